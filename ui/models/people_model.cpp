// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/people_model.h"

#include "ui/theme.h"

#include <algorithm>

namespace kith::ui {

PeopleModel::PeopleModel(Requests& requests, Theme& theme, QObject* parent)
    : QObject(parent)
    , m_requests(requests)
    , m_theme(theme) {
    connect(&requests.client(), &client::Client::eventsAppended, this, &PeopleModel::onEvents);
}

void PeopleModel::begin(const AccountId& self, const QString& name) {
    m_self = self;
    m_ownName = name;
    ask();
}

void PeopleModel::end() {
    m_self = {};
    m_ownName.clear();
    m_contacts.clear();
    m_answered = ++m_asked; // an answer that is under way is nobody's
    m_isLoaded = false;
}

/// Only the last question counts.
void PeopleModel::ask() {
    m_requests.ask(api::Contacts{}, this,
                   [this, asked = ++m_asked](const Result<std::vector<client::ContactRow>>& contacts) {
                       if (asked != m_asked)
                           return;
                       m_answered = asked;
                       if (contacts)
                           take(*contacts);
                   });
}

void PeopleModel::take(const std::vector<client::ContactRow>& contacts) {
    m_contacts.clear();
    for (const client::ContactRow& contact : contacts)
        m_contacts[contact.account] = contact;
    m_isLoaded = true;
    tellChanged();
}

void PeopleModel::onEvents(const client::EventBatch& batch) {
    if (!m_isLoaded && m_asked == m_answered)
        return;
    bool isNew = false;
    for (const client::Change& change : batch.changes)
        if (change.contact) {
            m_contacts[change.contact->account] = *change.contact;
            isNew = true;
        }
    if (isNew && m_asked != m_answered)
        ask();
    else if (isNew)
        tellChanged();
}

void PeopleModel::tellChanged() {
    std::vector<const client::ContactRow*> byComing;
    for (const auto& [account, contact] : m_contacts)
        byComing.push_back(&contact);
    std::stable_sort(byComing.begin(), byComing.end(),
                     [](const auto* a, const auto* b) { return a->since < b->since; });
    std::vector<AccountId> accounts{m_self};
    for (const client::ContactRow* contact : byComing)
        accounts.push_back(contact->account);
    m_theme.giveHues(accounts);
    Q_EMIT changed();
}

const client::ContactRow* PeopleModel::find(const AccountId& account) const {
    const auto found = m_contacts.find(account);
    return found != m_contacts.end() ? &found->second : nullptr;
}

QString PeopleModel::nameOf(const AccountId& account) const {
    if (isSelf(account))
        return m_ownName;
    const client::ContactRow* contact = find(account);
    return contact != nullptr ? contact->name : QString();
}

QString PeopleModel::youOrNameOf(const AccountId& account) const {
    return isSelf(account) ? tr("You") : nameOf(account);
}

bool PeopleModel::isVerified(const AccountId& account) const {
    const client::ContactRow* contact = find(account);
    return contact != nullptr && contact->verified;
}

} // namespace kith::ui
