// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/api/changes.h"
#include "core/client/api/profile.h"

#include <variant>

/// Every command, and every reply there is.
namespace kith::client::api {

namespace detail {

template <typename... Lists>
struct Joined;
template <typename... All>
struct Joined<List<All...>> {
    using Type = List<All...>;
};
template <typename... A, typename... B, typename... More>
struct Joined<List<A...>, List<B...>, More...> : Joined<List<A..., B...>, More...> {};

template <typename T>
using Stored = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

/// Each type once, in the order of first mention.
template <typename Seen, typename... Types>
struct Unique {
    using Type = Seen;
};
template <typename... Seen, typename Next, typename... More>
struct Unique<std::variant<Seen...>, Next, More...>
    : std::conditional_t<(std::is_same_v<Seen, Next> || ...), Unique<std::variant<Seen...>, More...>,
                         Unique<std::variant<Seen..., Next>, More...>> {};

template <typename All>
struct Variants;
template <typename... All>
struct Variants<List<All...>> {
    using Command = std::variant<All...>;
    using Reply = typename Unique<std::variant<std::monostate>, Stored<typename All::Reply>...>::Type;
};

} // namespace detail

using Commands = detail::Joined<ProfileCommands, RelayCommands, PeopleCommands, MessageCommands>::Type;
using Command = detail::Variants<Commands>::Command;

} // namespace kith::client::api

namespace kith::client {

/// std::monostate where a command has no more to say than that it is done.
using Reply = api::detail::Variants<api::Commands>::Reply;

/// The reply as its command means it.
template <typename Command>
Result<typename Command::Reply> replyOf(const Result<Reply>& reply) {
    if (!reply)
        return reply.error();
    if constexpr (std::is_void_v<typename Command::Reply>)
        return {};
    else
        return std::get<typename Command::Reply>(*reply);
}

} // namespace kith::client
