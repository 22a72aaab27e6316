// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/sending/sent.h"

#include "core/store/projections/messages.h"
#include "core/wire/limits.h"

namespace kith::store {
namespace {

/// The columns row, conversation, message_id, kind, n, body, riders.
Repeat read(const sqlite::Statement& s) {
    return {{s.integer(0), ConversationId::checked(s.blob(1)), MessageId::checked(s.blob(2)),
             static_cast<wire::pb::Content::KindCase>(s.integer(3)), static_cast<std::uint64_t>(s.integer(4)),
             s.bytes(5)},
            s.bytes(6)};
}

Result<std::optional<Repeat>> readOne(sqlite::Statement& statement) {
    TRY_ASSIGN(const bool row, statement.step());
    return row ? std::optional(read(statement)) : std::nullopt;
}

} // namespace

Result<std::uint64_t> Sent::nextNumber(const ConversationId& conversation) {
    TRY_ASSIGN(const std::int64_t n,
               m_db.integer("INSERT INTO counter(conversation, last_n) VALUES(?, 1) "
                            "ON CONFLICT(conversation) DO UPDATE SET last_n = last_n + 1 RETURNING last_n",
                            conversation));
    return static_cast<std::uint64_t>(n);
}

Result<std::int64_t> Sent::add(const SentContent& content, WallTime now) {
    return m_db.integer("INSERT INTO sent_content(conversation, message_id, kind, n, body, day) "
                        "VALUES(?1, ?2, ?3, ?4, ?5, ?6) "
                        "ON CONFLICT(message_id) DO UPDATE SET n = ?4, body = ?5, day = ?6 RETURNING row",
                        content.conversation, content.message, static_cast<int>(content.kind),
                        static_cast<std::int64_t>(content.n), content.body, toDay(now));
}

Result<void> Sent::setBody(std::int64_t content, ByteView body) {
    return m_db.run("UPDATE sent_content SET body = ? WHERE row = ?", body, content);
}

Result<void> Sent::remove(std::int64_t content) {
    return m_db.run("DELETE FROM sent_content WHERE row = ?", content);
}

Result<void> Sent::noteCopies(std::int64_t content, const AccountId& account, std::uint32_t attempt,
                              const std::vector<SentCopy>& copies, ByteView riders, WallTime now) {
    TRY(m_db.run("UPDATE sent_content SET day = ? WHERE row = ?", toDay(now), content));
    // Frozen again, it may carry other riders: a repair repeats what went out last.
    for (const SentCopy& copy : copies)
        TRY(m_db.run("INSERT INTO sent_copy(content, account, device, attempt, msg_id, ciphertext_hash, riders) "
                     "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT(content, account, device) "
                     "DO UPDATE SET attempt = ?4, msg_id = ?5, ciphertext_hash = ?6, riders = ?7",
                     content, account, copy.device, attempt, copy.envelope, copy.ciphertextHash, riders));
    return {};
}

Result<Sent::ByNumber> Sent::byNumber(const ConversationId& conversation, std::uint64_t n, const AccountId& account,
                                      DeviceId device) {
    TRY_ASSIGN(sqlite::Statement statement,
               m_db.prepare("SELECT s.row, s.conversation, s.message_id, s.kind, s.n, s.body, c.riders, "
                            "EXISTS(SELECT 1 FROM outbox o WHERE o.content = s.row AND o.account = ?3 AND "
                            "coalesce(o.device, ?4) = ?4), c.device IS NOT NULL FROM sent_content s "
                            "LEFT JOIN sent_copy c ON c.content = s.row AND c.account = ?3 AND c.device = ?4 "
                            "WHERE s.conversation = ?1 AND s.n = ?2 AND s.n > 0"));
    TRY_ASSIGN(const bool row, statement.bind(conversation, static_cast<std::int64_t>(n), account, device).step());
    ByNumber found;
    if (!row)
        return found;
    found.isQueued = statement.integer(7) != 0;
    if (statement.integer(8) != 0 && !statement.blob(5).empty())
        found.repeat = read(statement);
    return found;
}

Result<std::optional<Repeat>> Sent::exactly(const ConversationId& conversation, const AccountId& account,
                                            const SentCopy& copy) {
    TRY_ASSIGN(sqlite::Statement statement,
               m_db.prepare("SELECT s.row, s.conversation, s.message_id, s.kind, s.n, s.body, c.riders "
                            "FROM sent_copy c JOIN sent_content s ON s.row = c.content "
                            "WHERE c.msg_id = ? AND c.account = ? AND c.device = ? AND c.ciphertext_hash = ? "
                            "AND s.conversation = ? AND length(s.body) > 0"));
    return readOne(statement.bind(copy.envelope, account, copy.device, copy.ciphertextHash, conversation));
}

Result<std::vector<Repeat>> Sent::unconfirmed(const ConversationId& conversation, const AccountId& self,
                                              const AccountId& account, DeviceId device) {
    TRY_ASSIGN(sqlite::Statement rows,
               m_db.prepare("SELECT s.row, s.conversation, s.message_id, s.kind, s.n, s.body, c.riders "
                            "FROM sent_content s JOIN sent_copy c ON c.content = s.row AND c.account = ?3 AND "
                            "c.device = ?4 WHERE s.conversation = ?1 AND s.n > 0 AND length(s.body) > 0 AND NOT EXISTS("
                            "SELECT 1 FROM message m JOIN delivery d ON d.message = m.seq AND d.account = ?3 "
                            "WHERE m.author = ?2 AND m.id = s.message_id AND d.state >= ?5) "
                            "AND NOT EXISTS(SELECT 1 FROM outbox o WHERE o.content = s.row AND o.account = ?3 "
                            "AND o.items IS NULL) ORDER BY s.n LIMIT ?6"));
    rows.bind(conversation, self, account, device, MessageState::Delivered,
              static_cast<std::int64_t>(wire::limits::GapNumbersMax));
    std::vector<Repeat> found;
    for (;;) {
        TRY_ASSIGN(auto repeat, readOne(rows));
        if (!repeat)
            return found;
        found.push_back(std::move(*repeat));
    }
}

Result<bool> Sent::hasGoneOut(std::int64_t content) {
    TRY_ASSIGN(const std::int64_t any, m_db.integer("SELECT EXISTS(SELECT 1 FROM sent_copy WHERE content = ?1) OR "
                                                    "EXISTS(SELECT 1 FROM outbox WHERE content = ?1)",
                                                    content));
    return any != 0;
}

Result<std::uint32_t> Sent::nextAttempt(std::int64_t content, const AccountId& account) {
    TRY_ASSIGN(
        const std::int64_t highest,
        m_db.integer("SELECT max((SELECT coalesce(max(attempt), -1) FROM sent_copy WHERE content = ?1 AND account = "
                     "?2), (SELECT coalesce(max(attempt), -1) FROM outbox WHERE content = ?1 AND account = ?2))",
                     content, account));
    return static_cast<std::uint32_t>(highest + 1);
}

Result<void> Sent::forgetBefore(std::int64_t day) {
    TRY(m_db.run("DELETE FROM sent_content WHERE day < ? AND NOT EXISTS(SELECT 1 FROM outbox WHERE content = "
                 "sent_content.row)",
                 day));
    return m_db.run("DELETE FROM sent_copy WHERE content NOT IN (SELECT row FROM sent_content)");
}

} // namespace kith::store
