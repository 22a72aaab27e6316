// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/relay/engine/sends.h"

#include "core/crypto/pow.h"

namespace kith::relay {

std::optional<Authority> Sends::authorityOf(const Connection& connection, const std::string& token) {
    if (connection.session)
        return token.empty() ? std::optional(Authority{{}, connection.session->account}) : std::nullopt;
    return token.empty() ? std::nullopt : std::optional(Authority{crypto::tokenHash(view(token)), {}});
}

void Sends::send(Connection& connection, std::uint64_t request, pb::Send& body) {
    const auto authority = authorityOf(connection, body.token());
    if (!authority)
        return m_board.refuse(connection, request, WireCode::Malformed);
    EnqueueItems op;
    if (body.has_manifest()) {
        auto offered = m_self.read(body.manifest());
        if (!offered)
            return m_board.refuse(connection, request, WireCode::Malformed);
        op.manifest = std::move(offered).value();
    }
    op.drop = DropId::checked(body.drop_id());
    op.authority = *authority;
    op.envelope = EnvelopeId::checked(body.msg_id());
    op.kind = body.class_() == pb::CLASS_LIVE ? EnqueueItems::Kind::Live : EnqueueItems::Kind::Durable;
    op.ttlSeconds = body.ttl_s();
    op.manifestVersion = body.manifest_ver();
    op.powBits = powBits(body);
    op.items.reserve(static_cast<std::size_t>(body.items_size()));
    for (pb::Item& item : *body.mutable_items())
        op.items.push_back({DeviceId(item.device_id()), std::move(*item.mutable_body())});
    m_board.ask(connection, request, std::move(op));
}

/// The best of the hours that a clock an hour off may mean.
std::uint32_t Sends::powBits(const pb::Send& body) const {
    if (!body.has_pow())
        return 0;
    const auto hour = static_cast<std::uint32_t>(toMs(m_board.now().wall) / 3'600'000);
    std::uint32_t best = 0;
    for (const std::uint32_t candidate : {hour - 1, hour, hour + 1})
        best = std::max(best, crypto::powBits(DropId::checked(body.drop_id()), EnvelopeId::checked(body.msg_id()),
                                              candidate, body.pow()));
    return best;
}

void Sends::completed(Connection* connection, std::uint64_t request, EnqueueItems& op) {
    const EnqueueItems::Outcome& outcome = op.outcome;
    if (outcome.adoption)
        m_deliveries.adopted(*outcome.adoption, connection);
    if (outcome.becameFull)
        m_deliveries.quotaHit(outcome.account, op.drop, false);
    if (connection != nullptr) {
        if (!outcome.answer.isDone()) {
            const bool isQuota = outcome.answer.code == WireCode::Quota;
            m_board.refuse(*connection, request, outcome.answer, isQuota ? &op.drop : nullptr);
        } else {
            pb::Frame frame;
            frame.mutable_sent()->set_status(outcome.isDuplicate ? pb::DUPLICATE : pb::ACCEPTED);
            m_board.reply(*connection, request, frame);
        }
    }
    m_deliveries.offer(op);
}

} // namespace kith::relay
