// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/core_side.h"
#include "core/client/view_mapping.h"

namespace kith::client {
namespace {

Result<std::vector<ContactRow>> readContacts(sqlite::Database& db) {
    TRY_ASSIGN(const auto rows, store::queries::contacts(db));
    return toViews(rows);
}

class People final : public PeopleHandlers {
public:
    explicit People(CoreSide& core)
        : m_core(core) {}

    void handle(api::CreateContactLink& command, Answer<api::CreateContactLink> answer) override {
        links().create(command.reusable, [answer = std::move(answer)](const Result<wire::ContactLink>& link) {
            if (link)
                answer(ContactLinkText{link->toString()});
            else
                answer(link.error());
        });
    }
    void handle(api::Links&, Answer<api::Links> answer) override { answer(links().open()); }
    void handle(api::RevokeLink& command, Answer<api::RevokeLink> answer) override {
        links().revoke(command.id, std::move(answer));
    }
    void handle(api::AddContact& command, Answer<api::AddContact> answer) override {
        if (const auto link = wire::ContactLink::parse(command.link))
            contacts().add(*link, command.message,
                           [answer = std::move(answer)](const Result<store::ContactRow>& row) { answer(named(row)); });
        else
            answer(link.error());
    }
    void handle(api::Contacts&, Answer<api::Contacts> answer) override {
        m_core.read<std::vector<ContactRow>>(std::move(answer), readContacts);
    }
    void handle(api::Requests&, Answer<api::Requests> answer) override {
        m_core.read<std::vector<ContactRow>>(
            std::move(answer), [](sqlite::Database& db) -> Result<std::vector<ContactRow>> {
                TRY_ASSIGN(auto rows, readContacts(db));
                std::erase_if(rows, [](const ContactRow& row) { return row.state != ContactState::RequestReceived; });
                return rows;
            });
    }
    void handle(api::FindContact& command, Answer<api::FindContact> answer) override {
        answer(named(contacts().find(command.who)));
    }
    void handle(api::AcceptRequest& command, Answer<api::AcceptRequest> answer) override {
        contacts().accept(command.account, std::move(answer));
    }
    void handle(api::DeclineRequest& command, Answer<api::DeclineRequest> answer) override {
        contacts().decline(command.account, std::move(answer));
    }
    void handle(api::ReadSafetyNumber& command, Answer<api::ReadSafetyNumber> answer) override {
        answer(m_core.messenger().safetyNumber(command.account));
    }
    void handle(api::Verify& command, Answer<api::Verify> answer) override {
        contacts().setVerified(command.account, true, std::move(answer));
    }
    void handle(api::Unverify& command, Answer<api::Unverify> answer) override {
        contacts().setVerified(command.account, false, std::move(answer));
    }

private:
    Contacts& contacts() { return m_core.messenger().contacts(); }
    ContactLinks& links() { return m_core.messenger().links(); }
    static Result<ContactAdded> named(const Result<store::ContactRow>& row) {
        if (!row)
            return row.error();
        return ContactAdded{row->account, row->name};
    }

    CoreSide& m_core;
};

} // namespace

std::unique_ptr<PeopleHandlers> peopleHandlers(CoreSide& core) {
    return std::make_unique<People>(core);
}

} // namespace kith::client
