// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <tuple>
#include <type_traits>

/// Commands are values: a struct for each, which names its Reply, the words people use for it and, once, the fields
/// that can be given as text. JSON-RPC, the command line, its help and the test of API.md are made from that; see
/// people.h for what one looks like.
namespace kith::client::api {

/// What a command needs before it can be carried out.
enum class Needs {
    Nothing, ///< opens or closes the profile
    Profile, ///< an unlocked one; it is done on this device alone
    Network, ///< waits for a relay's answer
};

struct Words {
    const char* name; ///< of the command line's and JSON-RPC's; nullptr: for windows only
    Needs needs = Needs::Profile;
    const char* help = "";
};

/// A field that can be given as text. What is optional, or has a default, is an option; `bool` is a flag.
template <typename Command, typename Value>
struct Field {
    const char* name;
    Value Command::*member;
    bool isArgument; ///< positional, required
    std::int64_t min = std::numeric_limits<std::int64_t>::min();
    std::int64_t max = std::numeric_limits<std::int64_t>::max();
};

template <typename Command, typename Value>
constexpr auto argument(const char* name, Value Command::*member) {
    return Field<Command, Value>{name, member, true};
}
template <typename Command, typename Value>
constexpr auto option(const char* name, Value Command::*member) {
    return Field<Command, Value>{name, member, false};
}
template <typename Command, typename Value>
constexpr auto number(const char* name, Value Command::*member, std::int64_t min, std::int64_t max) {
    return Field<Command, Value>{name, member, false, min, max};
}

/// Those that a command lists; one that takes nothing lists none.
template <typename Command>
constexpr auto fieldsOf() {
    if constexpr (requires { Command::fields(); })
        return Command::fields();
    else
        return std::tuple();
}

/// The words for the values of an enumeration that can be given as text, in its order.
template <typename Enum>
struct Spelling;

/// Lists of commands.
template <typename... Commands>
struct List {};

template <typename Visit, typename... Commands>
void forEach(List<Commands...>, Visit&& visit) {
    (visit(std::type_identity<Commands>()), ...);
}

} // namespace kith::client::api
