// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/inbox.h"

#include "core/base/logging.h"
#include "core/client/display_text.h"
#include "core/crypto/seal.h"
#include "core/store/places.h"
#include "core/wire/content.h"
#include "core/wire/envelope.h"
#include "core/wire/frame.h"
#include "core/wire/limits.h"

namespace kith::client {

using store::Unreadable;

namespace {

/// seq holds the minute (PROTOCOL.md s14) and only rises, so that a relay cannot date an item before the last one.
WallTime acceptedAt(const wire::pb::Envelope& envelope) {
    return fromMs(0) + std::chrono::minutes(envelope.seq() >> 20U);
}

} // namespace

Inbox::Inbox(Core& core, Directory& directory, Contacts& contacts, Repair& repair, OutboxPump& pump)
    : m_core(core)
    , m_directory(directory)
    , m_contacts(contacts)
    , m_repair(repair)
    , m_pump(pump)
    , m_inbound(core.db())
    , m_drops(core.db())
    , m_outbox(core.db()) {}

void Inbox::receive(const wire::pb::Envelope& envelope, std::function<void(Stored)> done) {
    Result<void> stored = store([&](store::Unit& unit) { return process(unit, envelope); }, done);
    if (!stored && !stored.error().isStorage) {
        qCWarning(log::client) << "an item was refused:" << stored.error().detail;
        stored = store([&](store::Unit& unit) { return discard(unit, envelope, Unreadable::Malformed); }, done);
    }
    if (stored)
        return;
    qCWarning(log::client) << "mail could not be stored and stays at the relay:" << stored.error().detail;
    done(Stored::No);
}

Result<void> Inbox::store(const std::function<Result<void>(store::Unit&)>& work,
                          const std::function<void(Stored)>& done) {
    return m_core.store.unit([&](store::Unit& unit) -> Result<void> {
        TRY(work(unit));
        unit.afterCommit([this, done](const Result<void>& committed) {
            m_receivedCount += committed ? 1 : 0;
            done(committed ? Stored::Yes : Stored::No);
        });
        return {};
    });
}

Result<void> Inbox::process(store::Unit& unit, const wire::pb::Envelope& envelope) {
    const DropId drop = DropId::checked(envelope.drop_id());
    const EnvelopeId id = EnvelopeId::checked(envelope.msg_id());
    TRY_ASSIGN(const bool seen, m_inbound.isSeen(drop, id));
    if (seen || envelope.class_() != wire::pb::CLASS_DURABLE)
        return {};
    const crypto::Hash32 bodyHash = crypto::sha256(view(envelope.body()));
    TRY_ASSIGN(const bool failedBefore, m_inbound.hasFailed(bodyHash));
    if (failedBefore)
        return {};
    TRY_ASSIGN(const auto own, m_drops.find(drop));
    if (!own) {
        // Another device of this account may have made the drop and told us later. A full shelf drops the newest.
        const std::string raw = envelope.SerializeAsString();
        const Result<void> held = m_inbound.hold(bodyHash, view(raw), unit.now());
        return !held && held.error().code != Code::Quota ? held : Result<void>();
    }
    if (own->deleted)
        return {};
    return open(unit, envelope, *own);
}

Result<void> Inbox::open(store::Unit& unit, const wire::pb::Envelope& envelope, const store::OwnDrop& drop) {
    const EnvelopeId id = EnvelopeId::checked(envelope.msg_id());
    const SecretBytes psk = crypto::dropPsk(drop.secret.view());
    const QByteArray info = wire::sealInfo(wire::SealKind::Item, drop.drop, m_core.self.device, id);
    const auto plain =
        crypto::openBody(m_core.sealKey, psk.view(), drop.drop.view(), view(info), view(envelope.body()));
    if (!plain)
        return discard(unit, envelope, Unreadable::Seal, drop.account);
    const auto seal = wire::decodeSeal(plain->view());
    if (!seal)
        return discard(unit, envelope, Unreadable::Malformed, drop.account);
    const AccountId sender = AccountId::checked(seal->sender_account());
    // A contact's drop carries that contact's mail and nothing else; whoever comes to the front door may be anybody
    // but ourselves. The session below proves what is only claimed here.
    if ((drop.kind == wire::pb::DROP_CONTACT && sender != drop.account) || sender == m_core.self.account)
        return discard(unit, envelope, Unreadable::NotAllowed, drop.account);
    if (seal->has_manifest()) {
        const auto manifest = crypto::verifyManifest(seal->manifest());
        if (!manifest || manifest->manifest.account != sender)
            return discard(unit, envelope, Unreadable::Malformed, drop.account);
        const auto adopted = m_directory.adopt(unit, *manifest);
        if (!adopted)
            return adopted.error().isStorage ? adopted.error()
                                             : discard(unit, envelope, Unreadable::UnknownDevice, drop.account);
    }
    return decrypt(unit, envelope, drop, *seal);
}

Result<void> Inbox::decrypt(store::Unit& unit, const wire::pb::Envelope& envelope, const store::OwnDrop& drop,
                            const wire::pb::Seal& seal) {
    const EnvelopeId id = EnvelopeId::checked(envelope.msg_id());
    const signal::PeerDevice from{AccountId::checked(seal.sender_account()), DeviceId(seal.sender_device())};
    QByteArray plaintext;
    if (seal.ctype() == wire::pb::PLAIN) {
        plaintext = toByteArray(view(seal.ciphertext()));
    } else {
        const auto type =
            seal.ctype() == wire::pb::PREKEY ? signal::CiphertextType::PreKey : signal::CiphertextType::Whisper;
        auto decrypted = m_core.signal.decrypt(from, type, view(seal.ciphertext()));
        if (!decrypted) {
            if (decrypted.error().isStorage)
                return decrypted.error();
            if (decrypted.error().code == Code::Untrusted)
                return discard(unit, envelope, Unreadable::UnknownDevice, drop.account);
            // Strangers are never answered: they would learn that somebody is there.
            if (drop.kind == wire::pb::DROP_CONTACT)
                TRY(m_repair.askRetry(unit, from, id, type, view(seal.ciphertext())));
            // A replay is not the same envelope again, which is seen: its sender is an old copy and uses a message key
            // twice.
            const bool isReplay = decrypted.error().code == Code::Duplicate;
            return discard(unit, envelope, isReplay ? Unreadable::Replay : Unreadable::Session, drop.account);
        }
        plaintext = std::move(decrypted->plaintext);
    }
    auto content = wire::decodeContent(view(plaintext));
    wipe(plaintext);
    if (!content)
        return discard(unit, envelope, Unreadable::Malformed, drop.account);
    if (content->kind_case() == wire::pb::Content::KIND_NOT_SET) {
        // Its number is taken all the same, or it would be asked for again and again.
        if (drop.kind == wire::pb::DROP_CONTACT && seal.ctype() != wire::pb::PLAIN && content->n() > 0)
            TRY(m_repair.noteNumber(unit, {from, drop, std::move(*content), acceptedAt(envelope)}));
        return discard(unit, envelope, Unreadable::LaterVersion, drop.account);
    }
    if (!wire::isAllowed(content->kind_case(), drop.kind, seal.ctype()) || !content->conv().empty())
        return discard(unit, envelope, Unreadable::NotAllowed, drop.account);
    if (seal.ctype() == wire::pb::PLAIN)
        TRY(m_repair.receiveRetryRequest(unit, from, content->retry_request()));
    else
        TRY(take(unit, {from, drop, std::move(*content), acceptedAt(envelope)}));
    return m_inbound.markSeen(drop.drop, id, unit.now());
}

Result<void> Inbox::take(store::Unit& unit, const Incoming& incoming) {
    const wire::pb::Content& content = incoming.content;
    if (content.kind_case() == wire::pb::Content::kContactCard)
        return m_contacts.receiveCard(unit, incoming);
    if (content.n() > 0)
        TRY(m_repair.noteNumber(unit, incoming));
    for (const wire::pb::Receipt& receipt : content.receipts())
        TRY(takeReceipt(unit, incoming.from.account, receipt));
    if (content.has_drop_update_rider())
        TRY(m_contacts.receiveDropUpdate(unit, incoming.from.account, content.drop_update_rider()));
    switch (content.kind_case()) {
    case wire::pb::Content::kText:
        return takeText(unit, incoming);
    case wire::pb::Content::kReceipt:
        return takeReceipt(unit, incoming.from.account, content.receipt());
    case wire::pb::Content::kDropUpdate:
        return m_contacts.receiveDropUpdate(unit, incoming.from.account, content.drop_update());
    case wire::pb::Content::kManifest: {
        const auto manifest = crypto::verifyManifest(content.manifest().manifest());
        if (!manifest || manifest->manifest.account != incoming.from.account)
            return {};
        const auto adopted = m_directory.adopt(unit, *manifest);
        return adopted || !adopted.error().isStorage ? Result<void>() : adopted.error();
    }
    case wire::pb::Content::kGapRequest:
        return m_repair.receiveGapRequest(unit, incoming);
    case wire::pb::Content::kGone:
        return m_repair.receiveGone(unit, incoming);
    default:
        return {}; // a descriptor: addresses of homes come with the relay set
    }
}

Result<void> Inbox::takeText(store::Unit& unit, const Incoming& incoming) {
    const AccountId& author = incoming.from.account;
    const wire::pb::Content& content = incoming.content;
    TRY_ASSIGN(const auto contact, store::queries::contact(unit.db(), author));
    if (!contact || contact->state != store::ContactState::Connected)
        return {};
    const MessageId id = MessageId::checked(content.logical_id());
    TRY_ASSIGN(const auto known, store::queries::message(unit.db(), author, id));
    if (!known) { // a repair may bring what came after all
        const ConversationId conversation = conversationWith(author);
        const auto hlc = static_cast<std::int64_t>(content.hlc());
        TRY(store::correctPlaces(unit, conversation));
        TRY_ASSIGN(const store::Place place, store::placeOf(unit, {conversation, author, incoming.from.device,
                                                                   content.n(), fromMs(hlc), incoming.accepted}));
        store::pb::Event event;
        store::pb::MessageReceived* message = event.mutable_message_received();
        message->set_conversation(conversation.str());
        message->set_author(author.str());
        message->set_device(toU32(incoming.from.device));
        message->set_id(content.logical_id());
        message->set_hlc(hlc);
        message->set_text(cleanText(QString::fromStdString(content.text().body())).toStdString());
        if (content.text().has_reply_to()) {
            message->set_reply_author(content.text().reply_to().author());
            message->set_reply_id(content.text().reply_to().logical_id());
        }
        message->set_n(content.n());
        message->set_place_ms(toMs(place.at));
        message->set_wrong_clock(place.isWrongClock);
        message->set_late(place.isLate);
        TRY(unit.append(event));
    }
    return queueReceipt(unit, author, id);
}

Result<void> Inbox::queueReceipt(store::Unit& unit, const AccountId& to, const MessageId& message) {
    unit.afterCommit([this](const Result<void>&) { m_pump.poke(); });
    TRY_ASSIGN(const auto waiting, m_outbox.queuedReceipts(to));
    if (!waiting.empty()) {
        TRY_ASSIGN(wire::pb::Content content, wire::decodeContent(view(waiting.back().content)));
        if (content.receipt().ids_size() < wire::limits::ReceiptIdsMax) {
            content.mutable_receipt()->add_ids(message.str());
            TRY_ASSIGN(const QByteArray bytes, wire::encodeContent(content));
            return m_outbox.setContent(waiting.back().row, view(bytes));
        }
    }
    wire::pb::Content content;
    content.mutable_receipt()->set_type(wire::pb::RECEIPT_DELIVERED);
    content.mutable_receipt()->add_ids(message.str());
    TRY(m_contacts.queue(unit, to, std::move(content)));
    return {};
}

Result<void> Inbox::takeReceipt(store::Unit& unit, const AccountId& from, const wire::pb::Receipt& receipt) {
    store::pb::Event event;
    store::pb::ReceiptReceived* received = event.mutable_receipt_received();
    received->set_conversation(conversationWith(from).str());
    received->set_author(m_core.self.account.str());
    received->set_kind(receipt.type() == wire::pb::RECEIPT_READ ? store::pb::READ : store::pb::DELIVERED);
    for (const std::string& id : receipt.ids()) {
        // Only for messages of this very conversation, or a contact could answer for somebody else.
        TRY_ASSIGN(const auto message, store::queries::message(unit.db(), m_core.self.account, MessageId::checked(id)));
        if (message && message->conversation == conversationWith(from))
            received->add_ids(id);
    }
    if (received->ids_size() > 0)
        TRY(unit.append(event));
    return {};
}

Result<void> Inbox::discard(store::Unit& unit, const wire::pb::Envelope& envelope, Unreadable why,
                            const std::optional<AccountId>& from) {
    TRY(m_inbound.keepFailed(crypto::sha256(view(envelope.body())), why, view(envelope.body()), unit.now()));
    // Only what was sealed by a contact is worth a word: anything else a relay or a stranger can make at will.
    if (!from || why == Unreadable::Seal || why == Unreadable::Replay)
        return {};
    store::pb::Event event;
    event.mutable_message_unreadable()->set_conversation(conversationWith(*from).str());
    event.mutable_message_unreadable()->set_reason(static_cast<std::uint32_t>(why));
    TRY(unit.append(event));
    return {};
}

} // namespace kith::client
