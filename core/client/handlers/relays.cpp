// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/core_side.h"

namespace kith::client {
namespace {

class Relays final : public RelayHandlers {
public:
    explicit Relays(CoreSide& core)
        : m_core(core) {}

    void handle(api::GoOnline&, Answer<api::GoOnline> answer) override { answer(m_core.messenger().goOnline()); }
    void handle(api::Sync&, Answer<api::Sync> answer) override { m_core.messenger().sync(std::move(answer)); }
    void handle(api::Join& command, Answer<api::Join> answer) override {
        if (const auto invite = wire::InviteLink::parse(command.link))
            m_core.messenger().join(*invite, std::move(answer));
        else
            answer(invite.error());
    }
    void handle(api::CancelJoin&, Answer<api::CancelJoin> answer) override {
        m_core.messenger().cancelJoin();
        answer({});
    }
    void handle(api::Homes&, Answer<api::Homes> answer) override { answer(m_core.messenger().homes()); }

private:
    CoreSide& m_core;
};

} // namespace

std::unique_ptr<RelayHandlers> relayHandlers(CoreSide& core) {
    return std::make_unique<Relays>(core);
}

} // namespace kith::client
