// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/api/all.h"

#include <functional>
#include <memory>

namespace kith::client {

class CoreSide;

/// May be called later, once, on the core thread.
template <typename Command>
using Answer = std::function<void(Result<typename Command::Reply>)>;

/// Carries out one kind of command.
template <typename Command>
class Handles {
public:
    virtual ~Handles() = default;
    virtual void handle(Command& command, Answer<Command> answer) = 0;
};

/// Carries out each command of a list: one without its handler does not compile.
template <typename Commands>
class HandlesAll;
template <typename... Commands>
class HandlesAll<api::List<Commands...>> : public Handles<Commands>... {
public:
    using Handles<Commands>::handle...;
};

using ProfileHandlers = HandlesAll<api::ProfileCommands>;
using RelayHandlers = HandlesAll<api::RelayCommands>;
using PeopleHandlers = HandlesAll<api::PeopleCommands>;
using MessageHandlers = HandlesAll<api::MessageCommands>;

std::unique_ptr<ProfileHandlers> profileHandlers(CoreSide& core);
std::unique_ptr<RelayHandlers> relayHandlers(CoreSide& core);
std::unique_ptr<PeopleHandlers> peopleHandlers(CoreSide& core);
std::unique_ptr<MessageHandlers> messageHandlers(CoreSide& core);

} // namespace kith::client
