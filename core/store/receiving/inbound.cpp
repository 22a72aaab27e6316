// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/receiving/inbound.h"

#include "core/wire/limits.h"

namespace kith::store {
namespace {

using namespace wire::limits;

/// A peer that jumps far ahead, once or with every message, must not fill the disk with gaps.
constexpr std::int64_t GapsPerDevice = 4 * GapNumbersMax;

/// Nor may junk: by count, so that none of it makes the next one slower.
constexpr std::int64_t FailedBodiesKept = FailedRawBytes / BodyMax;
constexpr std::int64_t FailedHashesKept = 65'536;

/// Longer than any rate that is asked of mayAsk.
constexpr auto AskedLife = 24h;

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
    TRY(m_db.run("INSERT INTO failed(body_hash, reason, day) VALUES(?, ?, ?) ON CONFLICT(body_hash) DO NOTHING",
                 bodyHash, reason, toDay(now)));
    if (m_db.changes() == 0)
        return {};
    // The hash outlives its bytes, so that the poison is not tried again. They lie in a table of their own: a row that
    // was emptied in place would keep its page.
    const std::int64_t row = m_db.lastInsertRowId();
    TRY(m_db.run("INSERT INTO failed_body(row, body) VALUES(?, ?)", row, body));
    TRY(m_db.run("DELETE FROM failed_body WHERE row <= ?", row - FailedBodiesKept));
    return m_db.run("DELETE FROM failed WHERE row <= ?", row - FailedHashesKept);
}

Result<void> Inbound::hold(const crypto::Hash32& bodyHash, ByteView envelope, WallTime now) {
    // Rows are added and taken like a queue and each knows the sum up to itself: the size is a difference.
    TRY_ASSIGN(const std::int64_t added,
               m_db.integer("SELECT coalesce((SELECT total FROM held ORDER BY row DESC LIMIT 1), 0)"));
    TRY_ASSIGN(
        const std::int64_t taken,
        m_db.integer("SELECT coalesce((SELECT total - (length(envelope) + 4095) / 4096 * 4096 FROM held ORDER BY "
                     "row LIMIT 1), 0)"));
    // In whole pages, as the disk has it: one of 2,100 bytes leaves no room for a second one beside it.
    const auto size = static_cast<std::int64_t>((envelope.size() + 4'095) / 4'096 * 4'096);
    if (added - taken + size > static_cast<std::int64_t>(HeldRawBytes))
        return fail(Code::Quota, QStringLiteral("too much mail for unknown drops"));
    return m_db.run("INSERT INTO held(body_hash, envelope, total, day) VALUES(?, ?, ?, ?) "
                    "ON CONFLICT(body_hash) DO NOTHING",
                    bodyHash, envelope, added + size, toDay(now));
}

Result<std::vector<QByteArray>> Inbound::takeHeld(int limit) {
    std::vector<QByteArray> envelopes;
    std::int64_t last = 0;
    {
        TRY_ASSIGN(sqlite::Statement rows, m_db.prepare("SELECT row, envelope FROM held ORDER BY row LIMIT ?"));
        rows.bind(limit);
        for (;;) {
            TRY_ASSIGN(const bool row, rows.step());
            if (!row)
                break;
            last = rows.integer(0);
            envelopes.push_back(rows.bytes(1));
        }
    }
    TRY(m_db.run("DELETE FROM held WHERE row <= ?", last));
    return envelopes;
}

Result<std::optional<Gap>> Inbound::noteNumber(const signal::PeerDevice& from, const ConversationId& conversation,
                                               std::uint64_t n, WallTime now) {
    if (n == 0 || n > MessageNumberMax)
        return std::optional<Gap>();
    const auto number = static_cast<std::int64_t>(n);
    std::optional<std::int64_t> high;
    {
        TRY_ASSIGN(sqlite::Statement statement,
                   m_db.prepare("SELECT high FROM numbering WHERE account = ? AND device = ? AND conversation = ?"));
        TRY_ASSIGN(const bool row, statement.bind(from.account, from.device, conversation).step());
        if (row)
            high = statement.integer(0);
    }
    if (!high && n <= wire::limits::FirstNumberMax)
        high = 0; // numbers begin at 1: what came before this one is missing
    if (high && number <= *high)
        return closeGap(from, conversation, n);
    TRY(m_db.run("INSERT INTO numbering(account, device, conversation, high) VALUES(?1, ?2, ?3, ?4) "
                 "ON CONFLICT(account, device, conversation) DO UPDATE SET high = ?4",
                 from.account, from.device, conversation, number));
    if (!high || number == *high + 1)
        return std::optional<Gap>();
    TRY_ASSIGN(const std::int64_t open,
               m_db.integer("SELECT count(*) FROM gap WHERE account = ? AND device = ? AND conversation = ?",
                            from.account, from.device, conversation));
    const std::int64_t first = std::max(*high + 1, number - (GapsPerDevice - open));
    for (std::int64_t missing = first; missing < number; ++missing)
        TRY(m_db.run("INSERT INTO gap(account, device, conversation, n, noticed_ms, shown) VALUES(?, ?, ?, ?, ?, 0)",
                     from.account, from.device, conversation, missing, toMs(now)));
    return std::optional<Gap>();
}

Result<std::vector<Gap>> Inbound::gapsToAsk(Millis patience, WallTime now) {
    std::vector<Gap> gaps;
    TRY_ASSIGN(sqlite::Statement rows,
               m_db.prepare("SELECT account, device, conversation, n, noticed_ms, shown FROM gap "
                            "WHERE noticed_ms <= ? OR noticed_ms > ? ORDER BY account, device, conversation, n"));
    rows.bind(toMs(now - patience), toMs(now));
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

Result<bool> Inbound::mayAsk(const signal::PeerDevice& device, Asked what, Millis every, WallTime now, int times) {
    constexpr int Kinds = 16;
    for (int slot = 0; slot < times; ++slot) {
        TRY(m_db.run("INSERT INTO asked(account, device, what, at_ms) VALUES(?1, ?2, ?3, ?4) "
                     "ON CONFLICT(account, device, what) DO UPDATE SET at_ms = ?4 WHERE at_ms <= ?5 OR at_ms > ?4",
                     device.account, device.device, static_cast<int>(what) + Kinds * slot, toMs(now),
                     toMs(now - every)));
        if (m_db.changes() > 0)
            return true;
    }
    return false;
}

Result<void> Inbound::forgetOld(WallTime now) {
    const std::int64_t today = toDay(now);
    TRY(m_db.run("DELETE FROM seen WHERE day < ?", today - days(SeenWindow)));
    TRY(m_db.run("DELETE FROM failed WHERE day < ?", today - days(FailedRawLife)));
    TRY(m_db.run("DELETE FROM failed_body WHERE row NOT IN (SELECT row FROM failed)"));
    TRY(m_db.run("DELETE FROM held WHERE day < ?", today - days(HeldRawLife)));
    TRY(m_db.run("DELETE FROM gap WHERE noticed_ms < ?", toMs(now - OutboxHorizon)));
    return m_db.run("DELETE FROM asked WHERE at_ms < ?", toMs(now - AskedLife));
}

} // namespace kith::store
