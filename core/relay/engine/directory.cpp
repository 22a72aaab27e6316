// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/relay/engine/directory.h"

#include "core/relay/engine/sends.h"

namespace kith::relay {

void Directory::get(Connection& connection, std::uint64_t request, const pb::BundlesGet& body) {
    const auto authority = Sends::authorityOf(connection, body.token());
    if (!authority)
        return m_board.refuse(connection, request, WireCode::Malformed);
    TakeBundles op;
    if (body.has_manifest()) {
        auto offered = m_self.read(body.manifest());
        if (!offered)
            return m_board.refuse(connection, request, WireCode::Malformed);
        op.manifest = std::move(offered).value();
    }
    op.drop = DropId::checked(body.drop_id());
    op.authority = *authority;
    op.knownVersion = body.known_ver();
    for (const std::uint32_t device : body.device_ids())
        op.devices.push_back(DeviceId(device));
    m_board.ask(connection, request, std::move(op));
}

void Directory::completed(Connection* connection, std::uint64_t request, TakeBundles& op) {
    if (op.outcome.adoption)
        m_deliveries.adopted(*op.outcome.adoption, connection);
    for (const TakeBundles::Low& low : op.outcome.low) {
        pb::Event event;
        event.mutable_keys_low()->set_count(low.left);
        m_deliveries.announceTo(low.mailbox, event);
    }
    if (connection == nullptr)
        return;
    if (!op.outcome.answer.isDone())
        return m_board.refuse(*connection, request, op.outcome.answer);
    pb::Frame frame;
    pb::Bundles& out = *frame.mutable_bundles();
    if (op.outcome.newer)
        *out.mutable_manifest() = std::move(*op.outcome.newer);
    for (pb::Bundle& bundle : op.outcome.bundles)
        *out.add_bundles() = std::move(bundle);
    m_board.reply(*connection, request, frame);
}

void Directory::get(Connection& connection, std::uint64_t request, const pb::CardGet& body) {
    m_board.ask(connection, request, ReadCard{CardId::checked(body.card_id()), {}});
}

void Directory::completed(Connection* connection, std::uint64_t request, ReadCard& op) {
    if (connection == nullptr)
        return;
    if (!op.outcome.answer.isDone())
        return m_board.refuse(*connection, request, op.outcome.answer);
    pb::Frame frame;
    frame.mutable_card_body()->set_body(std::move(op.outcome.body));
    m_board.reply(*connection, request, frame);
}

void Directory::get(Connection& connection, std::uint64_t request, const pb::DescGet& body) {
    ReadDescriptors op;
    op.drop = DropId::checked(body.drop_id());
    op.authority.tokenHash = crypto::tokenHash(view(body.token()));
    for (const std::string& relay : body.relay_ids())
        op.relays.push_back(RelayId::checked(relay));
    m_board.ask(connection, request, std::move(op));
}

void Directory::completed(Connection* connection, std::uint64_t request, ReadDescriptors& op) {
    if (connection == nullptr)
        return;
    if (!op.outcome.answer.isDone())
        return m_board.refuse(*connection, request, op.outcome.answer);
    pb::Frame frame;
    pb::Descriptors& out = *frame.mutable_descriptors();
    for (const RelayId& home : op.outcome.homes)
        if (home == m_self.relay)
            *out.add_descriptors() = m_self.descriptor.toWire();
    for (pb::Signed& descriptor : op.outcome.descriptors)
        *out.add_descriptors() = std::move(descriptor);
    m_board.reply(*connection, request, frame);
}

void Directory::put(Connection& connection, std::uint64_t request, const pb::ManifestPut& body) {
    auto offered = m_self.read(body.manifest());
    if (!offered || offered->manifest.manifest.account != connection.session->accountId)
        return m_board.refuse(connection, request, WireCode::Malformed);
    PutManifest op;
    op.account = connection.session->account;
    op.manifest = std::move(offered).value();
    op.bundles.assign(body.bundles().begin(), body.bundles().end());
    op.dropOneTimeKeys = connection.session->relayWasBehind;
    m_board.ask(connection, request, std::move(op));
}

void Directory::completed(Connection* connection, std::uint64_t request, PutManifest& op) {
    // A device may have removed itself: its answer goes out before its goodbye.
    answer(connection, request, op.outcome.answer);
    if (op.outcome.adoption)
        m_deliveries.adopted(*op.outcome.adoption, connection);
}

void Directory::put(Connection& connection, std::uint64_t request, const pb::KeysPut& body) {
    if (body.has_spk() && body.spk().device_id() != toU32(connection.session->device))
        return m_board.refuse(connection, request, WireCode::Malformed);
    PutKeys op;
    op.mailbox = connection.session->mailbox;
    if (body.has_spk())
        op.spk = body.spk();
    op.oneTimeKeys.assign(body.opks().begin(), body.opks().end());
    op.replace = body.replace();
    m_board.ask(connection, request, std::move(op));
}

void Directory::completed(Connection* connection, std::uint64_t request, PutKeys& op) {
    if (connection == nullptr)
        return;
    if (!op.outcome.answer.isDone())
        return m_board.refuse(*connection, request, op.outcome.answer);
    pb::Frame frame;
    frame.mutable_keys_held()->set_opk_count(op.outcome.held);
    m_board.reply(*connection, request, frame);
}

void Directory::put(Connection& connection, std::uint64_t request, const pb::DropPut& body) {
    const DropId own = crypto::dropIdOf(connection.session->accountKey, crypto::R16::checked(body.r16()));
    if (own.str() != body.drop_id())
        return m_board.refuse(connection, request, WireCode::Malformed);
    m_board.ask(connection, request, PutDrop{connection.session->account, body, {}});
}

void Directory::completed(Connection* connection, std::uint64_t request, PutDrop& op) {
    answer(connection, request, op.outcome.answer);
    if (!op.outcome.becamePaused)
        return;
    pb::Event event;
    event.mutable_drop_paused()->set_drop_id(op.drop.drop_id());
    m_deliveries.announce(op.account, event, connection);
}

void Directory::put(Connection& connection, std::uint64_t request, pb::CardPut& body) {
    m_board.ask(connection, request,
                PutCard{connection.session->account,
                        CardId::checked(body.card_id()),
                        std::move(*body.mutable_body()),
                        body.expires_min(),
                        {}});
}

void Directory::completed(Connection* connection, std::uint64_t request, PutCard& op) {
    answer(connection, request, op.outcome.answer);
}

void Directory::put(Connection& connection, std::uint64_t request, const pb::DescPut& body) {
    const auto verified = crypto::verifyDescriptor(body.descriptor());
    if (!verified)
        return m_board.refuse(connection, request, WireCode::Malformed);
    const crypto::Descriptor& descriptor = verified->descriptor;
    if (descriptor.relay == m_self.relay) // nobody knows this relay better than itself
        return m_board.replyOk(connection, request);
    m_board.ask(connection, request,
                PutDescriptor{connection.session->account,
                              descriptor.relay,
                              descriptor.generation,
                              static_cast<std::uint64_t>(toMs(descriptor.issued)),
                              body.descriptor(),
                              {}});
}

void Directory::completed(Connection* connection, std::uint64_t request, PutDescriptor& op) {
    answer(connection, request, op.outcome.answer);
}

void Directory::remove(Connection& connection, std::uint64_t request, const pb::DropDel& body) {
    m_board.ask(connection, request, DeleteDrop{connection.session->account, DropId::checked(body.drop_id()), {}});
}

void Directory::completed(Connection* connection, std::uint64_t request, DeleteDrop&) {
    answer(connection, request, {});
}

void Directory::remove(Connection& connection, std::uint64_t request, const pb::CardDel& body) {
    m_board.ask(connection, request, DeleteCard{connection.session->account, CardId::checked(body.card_id()), {}});
}

void Directory::completed(Connection* connection, std::uint64_t request, DeleteCard&) {
    answer(connection, request, {});
}

void Directory::list(Connection& connection, std::uint64_t request, const pb::DropList& body) {
    const DropId after = body.after().empty() ? DropId() : DropId::checked(body.after());
    m_board.ask(connection, request, ListDrops{connection.session->account, after, {}});
}

void Directory::completed(Connection* connection, std::uint64_t request, ListDrops& op) {
    if (connection == nullptr)
        return;
    pb::Frame frame;
    pb::DropPage& page = *frame.mutable_drop_page();
    for (pb::DropPut& drop : op.outcome.drops)
        *page.add_drops() = std::move(drop);
    page.set_more(op.outcome.hasMore);
    m_board.reply(*connection, request, frame);
}

void Directory::answer(Connection* connection, std::uint64_t request, const Answer& answer) {
    if (connection == nullptr)
        return;
    if (answer.isDone())
        m_board.replyOk(*connection, request);
    else
        m_board.refuse(*connection, request, answer);
}

} // namespace kith::relay
