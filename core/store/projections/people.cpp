// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/projections/people.h"

namespace kith::store::people {
namespace {

Result<void> setContact(sqlite::Database& db, const std::string& account, const std::string& name, ContactState state,
                        const std::string& requestText, WallTime at) {
    return db.run(
        "INSERT INTO contact(account, name, state, verified, request_text, since_ms) VALUES(?1, ?2, ?3, 0, ?4, ?5) "
        "ON CONFLICT(account) DO UPDATE SET name = ?2, state = ?3, request_text = ?4",
        view(account), QString::fromStdString(name), state, QString::fromStdString(requestText), toMs(at));
}

Result<void> setConnected(sqlite::Database& db, const std::string& account) {
    return db.run("UPDATE contact SET state = ?, request_text = '' WHERE account = ?", ContactState::Connected,
                  view(account));
}

Result<void> setVerified(sqlite::Database& db, const std::string& account, bool verified) {
    return db.run("UPDATE contact SET verified = ? WHERE account = ?", verified, view(account));
}

} // namespace

Result<void> takeRequested(sqlite::Database& db, const StoredEvent& stored) {
    const pb::ContactRequested& asked = stored.event.contact_requested();
    return setContact(db, asked.account(), asked.name(), ContactState::RequestSent, asked.text(), stored.at);
}

Result<void> takeRequest(sqlite::Database& db, const StoredEvent& stored) {
    const pb::RequestReceived& request = stored.event.request_received();
    return setContact(db, request.account(), request.name(), ContactState::RequestReceived, request.text(), stored.at);
}

Result<void> takeAccepted(sqlite::Database& db, const StoredEvent& stored) {
    return setConnected(db, stored.event.request_accepted().account());
}

Result<void> takeConfirmed(sqlite::Database& db, const StoredEvent& stored) {
    return setConnected(db, stored.event.contact_confirmed().account());
}

Result<void> takeDeclined(sqlite::Database& db, const StoredEvent& stored) {
    return db.run("UPDATE contact SET state = ? WHERE account = ?", ContactState::Declined,
                  view(stored.event.request_declined().account()));
}

Result<void> takeVerified(sqlite::Database& db, const StoredEvent& stored) {
    const pb::ContactVerified& compared = stored.event.contact_verified();
    return setVerified(db, compared.account(), compared.verified());
}

Result<void> takeRecovered(sqlite::Database& db, const StoredEvent& stored) {
    return setVerified(db, stored.event.contact_recovered().account(), false);
}

const ProjectedTable table{
    "DELETE FROM contact",
    "SELECT json_array(hex(account), name, state, verified, request_text, since_ms) FROM contact ORDER BY account"};

} // namespace kith::store::people
