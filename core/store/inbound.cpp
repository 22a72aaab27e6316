// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/inbound.h"

#include "core/wire/limits.h"

namespace kith::store {
namespace {

using namespace wire::limits;

/// A peer that jumps far ahead must not fill the disk with gaps; what lies farther back cannot be asked for anyway.
constexpr std::uint64_t GapsPerJump = 4 * GapNumbersMax;

template <typename Duration>
std::int64_t days(Duration duration) {
    return std::chrono::duration_cast<std::chrono::hours>(duration).count() / 24;
}

Gap read(const sqlite::Statement& row) {
    return {{AccountId::checked(row.blob(0)), DeviceId(row.integer(1))},
            ConversationId::checked(row.blob(2)),
            static_cast<std::uint64_t>(row.integer(3)),
            fromMs(row.integer(4)),
            row.integer(5) != 0};
}

} // namespace

Result<bool> Inbound::isSeen(const DropId& drop, const EnvelopeId& envelope) {
    TRY_ASSIGN(const std::int64_t any,
               m_db.integer("SELECT EXISTS(SELECT 1 FROM seen WHERE drop_id = ? AND msg_id = ?)", drop, envelope));
    return any != 0;
}

Result<void> Inbound::markSeen(const DropId& drop, const EnvelopeId& envelope, WallTime now) {
    return m_db.run("INSERT INTO seen(drop_id, msg_id, day) VALUES(?, ?, ?)", drop, envelope, toDay(now));
}

Result<bool> Inbound::hasFailed(const crypto::Hash32& bodyHash) {
    TRY_ASSIGN(const std::int64_t any,
               m_db.integer("SELECT EXISTS(SELECT 1 FROM failed WHERE body_hash = ?)", bodyHash));
    return any != 0;
}

Result<void> Inbound::keepFailed(const crypto::Hash32& bodyHash, Unreadable reason, ByteView body, WallTime now) {
    TRY(m_db.run(
        "INSERT INTO failed(body_hash, reason, body, day) VALUES(?, ?, ?, ?) ON CONFLICT(body_hash) DO NOTHING",
        bodyHash, reason, body, toDay(now)));
    TRY_ASSIGN(const std::int64_t size, m_db.integer("SELECT coalesce(sum(length(body)), 0) FROM failed"));
    // Over the limit the bytes go, oldest first; the hash stays, so that the poison is not tried again.
    if (size > static_cast<std::int64_t>(FailedRawBytes))
        TRY(m_db.run("UPDATE failed SET body = x'' WHERE body_hash IN "
                     "(SELECT body_hash FROM failed WHERE length(body) > 0 ORDER BY day LIMIT 64)"));
    return {};
}

Result<void> Inbound::hold(const crypto::Hash32& bodyHash, ByteView envelope, WallTime now) {
    TRY_ASSIGN(const std::int64_t size, m_db.integer("SELECT coalesce(sum(length(envelope)), 0) FROM held"));
    if (size + static_cast<std::int64_t>(envelope.size()) > static_cast<std::int64_t>(HeldRawBytes))
        return fail(Code::Quota, QStringLiteral("too much mail for unknown drops"));
    return m_db.run("INSERT INTO held(body_hash, envelope, day) VALUES(?, ?, ?) ON CONFLICT(body_hash) DO NOTHING",
                    bodyHash, envelope, toDay(now));
}

Result<std::vector<QByteArray>> Inbound::takeHeld(int limit) {
    std::vector<QByteArray> envelopes;
    TRY_ASSIGN(sqlite::Statement rows,
               m_db.prepare("DELETE FROM held WHERE body_hash IN "
                            "(SELECT body_hash FROM held ORDER BY day LIMIT ?) RETURNING envelope"));
    rows.bind(limit);
    for (;;) {
        TRY_ASSIGN(const bool row, rows.step());
        if (!row)
            return envelopes;
        envelopes.push_back(rows.bytes(0));
    }
}

Result<std::optional<Gap>> Inbound::noteNumber(const signal::PeerDevice& from, const ConversationId& conversation,
                                               std::uint64_t n, WallTime now) {
    const auto number = static_cast<std::int64_t>(n);
    std::optional<std::int64_t> high;
    {
        TRY_ASSIGN(sqlite::Statement statement,
                   m_db.prepare("SELECT high FROM numbering WHERE account = ? AND device = ? AND conversation = ?"));
        TRY_ASSIGN(const bool row, statement.bind(from.account, from.device, conversation).step());
        if (row)
            high = statement.integer(0);
    }
    if (high && number <= *high)
        return closeGap(from, conversation, n);
    TRY(m_db.run("INSERT INTO numbering(account, device, conversation, high) VALUES(?1, ?2, ?3, ?4) "
                 "ON CONFLICT(account, device, conversation) DO UPDATE SET high = ?4",
                 from.account, from.device, conversation, number));
    if (!high)
        return std::optional<Gap>();
    const std::int64_t first = std::max(*high + 1, number - static_cast<std::int64_t>(GapsPerJump));
    for (std::int64_t missing = first; missing < number; ++missing)
        TRY(m_db.run("INSERT INTO gap(account, device, conversation, n, noticed_ms, shown) VALUES(?, ?, ?, ?, ?, 0)",
                     from.account, from.device, conversation, missing, toMs(now)));
    return std::optional<Gap>();
}

Result<std::vector<Gap>> Inbound::gapsNoticedBefore(WallTime time) {
    std::vector<Gap> gaps;
    TRY_ASSIGN(sqlite::Statement rows,
               m_db.prepare("SELECT account, device, conversation, n, noticed_ms, shown FROM gap WHERE noticed_ms <= ? "
                            "ORDER BY account, device, conversation, n"));
    rows.bind(toMs(time));
    for (;;) {
        TRY_ASSIGN(const bool row, rows.step());
        if (!row)
            return gaps;
        gaps.push_back(read(rows));
    }
}

Result<void> Inbound::markShown(const Gap& gap) {
    return m_db.run("UPDATE gap SET shown = 1 WHERE account = ? AND device = ? AND conversation = ? AND n = ?",
                    gap.from.account, gap.from.device, gap.conversation, static_cast<std::int64_t>(gap.n));
}

Result<std::optional<Gap>> Inbound::closeGap(const signal::PeerDevice& from, const ConversationId& conversation,
                                             std::uint64_t n) {
    TRY_ASSIGN(sqlite::Statement statement,
               m_db.prepare("DELETE FROM gap WHERE account = ? AND device = ? AND conversation = ? AND n = ? "
                            "RETURNING account, device, conversation, n, noticed_ms, shown"));
    TRY_ASSIGN(const bool row,
               statement.bind(from.account, from.device, conversation, static_cast<std::int64_t>(n)).step());
    if (!row)
        return std::optional<Gap>();
    Gap gap = read(statement);
    TRY(statement.run());
    return std::optional(gap);
}

Result<bool> Inbound::hasGaps() {
    TRY_ASSIGN(const std::int64_t any, m_db.integer("SELECT EXISTS(SELECT 1 FROM gap)"));
    return any != 0;
}

Result<bool> Inbound::mayAsk(const signal::PeerDevice& device, Asked what, Millis every, WallTime now) {
    TRY(m_db.run("INSERT INTO asked(account, device, what, at_ms) VALUES(?1, ?2, ?3, ?4) "
                 "ON CONFLICT(account, device, what) DO UPDATE SET at_ms = ?4 WHERE at_ms <= ?5 OR at_ms > ?4",
                 device.account, device.device, what, toMs(now), toMs(now - every)));
    return m_db.changes() > 0;
}

Result<void> Inbound::forgetOld(WallTime now) {
    const std::int64_t today = toDay(now);
    TRY(m_db.run("DELETE FROM seen WHERE day < ?", today - days(SeenWindow)));
    TRY(m_db.run("DELETE FROM failed WHERE day < ?", today - days(FailedRawLife)));
    return m_db.run("DELETE FROM held WHERE day < ?", today - days(HeldRawLife));
}

} // namespace kith::store
