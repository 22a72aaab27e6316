// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/core_side.h"

namespace kith::client {
namespace {

class Profile final : public ProfileHandlers {
public:
    explicit Profile(CoreSide& core)
        : m_core(core) {}

    void handle(api::Init& command, Answer<api::Init> answer) override {
        answer(m_core.create(command.name, command.passphrase.view()));
    }
    void handle(api::Unlock& command, Answer<api::Unlock> answer) override {
        answer(m_core.open(command.passphrase.view()));
    }
    void handle(api::Lock&, Answer<api::Lock> answer) override {
        m_core.close([answer = std::move(answer)] { answer({}); });
    }
    void handle(api::Whoami&, Answer<api::Whoami> answer) override { answer(m_core.messenger().info()); }
    void handle(api::Status&, Answer<api::Status> answer) override { answer(m_core.messenger().info()); }
    void handle(api::Rebuild&, Answer<api::Rebuild> answer) override { answer(m_core.messenger().store().rebuild()); }
    void handle(api::SetLastOpen& command, Answer<api::SetLastOpen> answer) override {
        m_core.messenger().setLastOpen(command.conversation, std::move(answer));
    }

private:
    CoreSide& m_core;
};

} // namespace

std::unique_ptr<ProfileHandlers> profileHandlers(CoreSide& core) {
    return std::make_unique<Profile>(core);
}

} // namespace kith::client
