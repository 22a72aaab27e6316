// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/inbox.h"

#include "core/base/logging.h"
#include "core/crypto/seal.h"
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

Inbox::Inbox(Core& core, Directory& directory, Contacts& contacts, Repair& repair, ReceivedMessages& messages)
    : m_core(core)
    , m_directory(directory)
    , m_contacts(contacts)
    , m_repair(repair)
    , m_messages(messages)
    , m_inbound(core.db())
    , m_drops(core.db()) {
    m_directory.handleIncoming(m_handlers);
    m_contacts.handleIncoming(m_handlers);
    m_repair.handleIncoming(m_handlers);
    m_messages.handleIncoming(m_handlers);
    INVARIANT(m_handlers.isComplete());
}

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
        return discard(unit, envelope, Unreadable::Seal, drop.conversation);
    const auto seal = wire::decodeSeal(plain->view());
    if (!seal)
        return discard(unit, envelope, Unreadable::Malformed, drop.conversation);
    const AccountId sender = AccountId::checked(seal->sender_account());
    // A contact's drop carries that contact's mail and nothing else; whoever comes to the front door may be anybody
    // but ourselves. The session below proves what is only claimed here.
    if ((drop.kind == wire::pb::DROP_CONTACT && conversationWith(sender) != drop.conversation) ||
        sender == m_core.self.account)
        return discard(unit, envelope, Unreadable::NotAllowed, drop.conversation);
    if (seal->has_manifest()) {
        const auto manifest = crypto::verifyManifest(seal->manifest());
        if (!manifest || manifest->manifest.account != sender)
            return discard(unit, envelope, Unreadable::Malformed, drop.conversation);
        const auto adopted = m_directory.adopt(unit, *manifest);
        if (!adopted)
            return adopted.error().isStorage ? adopted.error()
                                             : discard(unit, envelope, Unreadable::UnknownDevice, drop.conversation);
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
                return discard(unit, envelope, Unreadable::UnknownDevice, drop.conversation);
            // Strangers are never answered: they would learn that somebody is there.
            if (drop.kind == wire::pb::DROP_CONTACT)
                TRY(m_repair.askRetry(unit, from, *drop.conversation, id, type, view(seal.ciphertext())));
            // A replay is not the same envelope again, which is seen: its sender is an old copy and uses a message key
            // twice.
            const bool isReplay = decrypted.error().code == Code::Duplicate;
            return discard(unit, envelope, isReplay ? Unreadable::Replay : Unreadable::Session, drop.conversation);
        }
        plaintext = std::move(decrypted->plaintext);
    }
    auto content = wire::decodeContent(view(plaintext));
    wipe(plaintext);
    if (!content)
        return discard(unit, envelope, Unreadable::Malformed, drop.conversation);
    const ConversationId conversation = drop.conversation.value_or(conversationWith(from.account));
    const wire::ContentKind* kind = wire::contentKind(content->kind_case());
    if (kind == nullptr) {
        // Its number is taken all the same, or it would be asked for again and again.
        if (drop.kind == wire::pb::DROP_CONTACT && seal.ctype() != wire::pb::PLAIN && content->n() > 0)
            TRY(m_repair.noteNumber(unit, {from, conversation, drop, std::move(*content), acceptedAt(envelope)}));
        return discard(unit, envelope, Unreadable::LaterVersion, drop.conversation);
    }
    if (!kind->mayCome(drop.kind, seal.ctype()) || !content->conv().empty())
        return discard(unit, envelope, Unreadable::NotAllowed, drop.conversation);
    TRY(take(unit, *kind, {from, conversation, drop, std::move(*content), acceptedAt(envelope)}));
    return m_inbound.markSeen(drop.drop, id, unit.now());
}

Result<void> Inbox::take(store::Unit& unit, const wire::ContentKind& kind, const Incoming& incoming) {
    const wire::pb::Content& content = incoming.content;
    if (kind.cipher == wire::ContentKind::Cipher::Session) { // else nobody knows yet whose numbers and riders these are
        if (content.n() > 0)
            TRY(m_repair.noteNumber(unit, incoming));
        for (const wire::pb::Receipt& receipt : content.receipts())
            TRY(m_messages.takeReceipt(unit, incoming, receipt));
        if (content.has_drop_update_rider())
            TRY(m_contacts.takeDropUpdate(unit, incoming.from.account, content.drop_update_rider()));
    }
    return m_handlers.handle(unit, incoming);
}

Result<void> Inbox::discard(store::Unit& unit, const wire::pb::Envelope& envelope, Unreadable why,
                            const std::optional<ConversationId>& conversation) {
    TRY(m_inbound.keepFailed(crypto::sha256(view(envelope.body())), why, view(envelope.body()), unit.now()));
    // Only what was sealed by a contact is worth a word: anything else a relay or a stranger can make at will.
    if (!conversation || why == Unreadable::Seal || why == Unreadable::Replay)
        return {};
    store::pb::Event event;
    event.mutable_message_unreadable()->set_conversation(conversation->str());
    event.mutable_message_unreadable()->set_reason(static_cast<std::uint32_t>(why));
    TRY(unit.append(event));
    return {};
}

} // namespace kith::client
