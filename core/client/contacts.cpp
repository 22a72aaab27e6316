// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/contacts.h"

#include "core/client/display_text.h"
#include "core/client/request_text.h"
#include "core/crypto/card.h"
#include "core/crypto/descriptor.h"
#include "core/wire/limits.h"

#include <algorithm>

namespace kith::client {

namespace {

constexpr Millis LookUpPatience{10'000};

} // namespace

/// A contact request on its way.
struct Contacts::Adding {
    wire::ContactLink link;
    QString text;
    std::optional<crypto::Card> card;
    std::function<void(Result<store::ContactRow>)> done;
};

Contacts::Contacts(Core& core, Directory& directory, Homes& homes, OutboxPump& pump, link::DropLink& drops)
    : m_core(core)
    , m_directory(directory)
    , m_homes(homes)
    , m_pump(pump)
    , m_drops(drops)
    , m_own(core.db()) {}

void Contacts::handleIncoming(IncomingHandlers& handlers) {
    handlers.on(wire::pb::Content::kContactCard,
                [this](store::Unit& unit, const Incoming& incoming) { return takeCard(unit, incoming); });
    handlers.on(wire::pb::Content::kDropUpdate, [this](store::Unit& unit, const Incoming& incoming) {
        return takeDropUpdate(unit, incoming.from.account, incoming.content.drop_update());
    });
}

void Contacts::add(const wire::ContactLink& link, const QString& text,
                   std::function<void(Result<store::ContactRow>)> done) {
    const auto manifest = store::loadOwnManifest(m_core.db());
    if (!manifest || !*manifest) {
        done(fail(Code::Unavailable,
                  QStringLiteral("join a relay first: the answer needs a place where it can wait for you")));
        return;
    }
    auto adding = std::make_shared<Adding>();
    adding->link = link;
    adding->text = cleanText(text);
    adding->done = std::move(done);
    if (adding->text.toUtf8().size() > static_cast<qsizetype>(wire::limits::RequestTextMax)) {
        adding->done(fail(Code::TooLarge, QStringLiteral("the message of a request has at most 1024 bytes")));
        return;
    }
    fetchCard(adding);
}

void Contacts::fetchCard(const std::shared_ptr<Adding>& adding) {
    wire::pb::Frame frame;
    frame.mutable_card_get()->set_card_id(crypto::cardIdOf(adding->link.card).str());
    const link::RelayAddress address{adding->link.relay, {adding->link.endpoint}, link::DialPolicy::LocalToo};
    m_drops.send(address, frame, LookUpPatience, [this, adding](const Result<link::Reply>& reply) {
        if (!reply) {
            adding->done(reply.error());
            return;
        }
        if (!reply->isOk()) {
            adding->done(
                reply->error == wire::WireCode::NotFound
                    ? fail(Code::NotFound,
                           QStringLiteral("this contact link was used, withdrawn or has expired; ask for a new one"))
                    : fail(Code::Unavailable, QStringLiteral("the relay cannot answer now; try again later")));
            return;
        }
        auto card = crypto::openCard(adding->link.card, view(reply->frame.card_body().body()));
        if (!card) {
            adding->done(card.error());
            return;
        }
        const AccountId account = card->account();
        const auto known = store::queries::contact(m_core.db(), account);
        if (account == m_core.self.account) {
            adding->done(fail(Code::Duplicate, QStringLiteral("this is your own contact link")));
            return;
        }
        if (known && *known && (*known)->state == store::ContactState::Connected) {
            adding->done(fail(Code::Duplicate, QStringLiteral("this person is a contact already")));
            return;
        }
        card->name = cleanName(card->name);
        adding->card = std::move(*card);
        fetchDescriptors(adding);
    });
}

/// Where the other homes of the card are; the link names one itself.
void Contacts::fetchDescriptors(const std::shared_ptr<Adding>& adding) {
    const crypto::Card& card = *adding->card;
    wire::pb::Frame frame;
    wire::pb::DescGet* get = frame.mutable_desc_get();
    get->set_drop_id(card.drop.str());
    get->set_token(crypto::dropToken(card.dropSecret.view()).str());
    for (const RelayId& relay : card.homes)
        if (relay != adding->link.relay)
            get->add_relay_ids(relay.str());
    if (get->relay_ids_size() == 0) {
        requestContact(adding);
        return;
    }
    const link::RelayAddress address{adding->link.relay, {adding->link.endpoint}, link::DialPolicy::LocalToo};
    m_drops.send(address, frame, LookUpPatience, [this, adding](const Result<link::Reply>& reply) {
        // Without them the link's own home must do.
        if (reply && reply->isOk()) {
            const Result<void> stored = m_core.store.unit([&](store::Unit& unit) -> Result<void> {
                int position = 1;
                for (const wire::pb::Signed& given : reply->frame.descriptors().descriptors()) {
                    const auto descriptor = crypto::verifyDescriptor(given);
                    if (descriptor && !descriptor->descriptor.endpoints.empty())
                        TRY(store::Peers(unit.db()).setHome(
                            adding->card->account(),
                            {descriptor->descriptor.relay, descriptor->descriptor.endpoints.front(), false},
                            position++));
                }
                return {};
            });
            if (!stored) {
                adding->done(stored.error());
                return;
            }
        }
        requestContact(adding);
    });
}

void Contacts::requestContact(const std::shared_ptr<Adding>& adding) {
    const AccountId account = adding->card->account();
    // The front door first: bundles are fetched through it.
    const Result<void> stored = m_core.store.unit([&](store::Unit& unit) -> Result<void> {
        store::Peers peers(unit.db());
        TRY(peers.setHome(account, {adding->link.relay, adding->link.endpoint, true}, 0));
        TRY(peers.removeDrop(account, wire::pb::DROP_FRONT, conversationWith(account)));
        TRY(peers.setDrop(account, conversationWith(account),
                          {adding->card->drop, adding->card->dropSecret.clone(), wire::pb::DROP_FRONT, 1}));
        return {};
    });
    if (!stored) {
        adding->done(stored.error());
        return;
    }
    m_directory.openSessions(
        account, adding->card->drop, adding->card->dropSecret.view(),
        [this, adding, account](const Result<void>& opened) {
            const auto manifest = store::Peers(m_core.db()).manifest(account);
            if (!opened || !manifest || !*manifest ||
                (*manifest)->manifest.version < adding->card->minManifestVersion) {
                adding->done(
                    !opened ? (opened.error().code == Code::Denied
                                   ? fail(Code::NotFound,
                                          QStringLiteral("this contact link was used or withdrawn; ask for a new one"))
                                   : opened.error())
                            : fail(Code::Untrusted,
                                   QStringLiteral("the relay answered with an outdated device list; try again later")));
                return;
            }
            const Result<void> requested = m_core.store.unit([&](store::Unit& unit) -> Result<void> {
                store::pb::Event event;
                event.mutable_contact_requested()->set_account(account.str());
                event.mutable_contact_requested()->set_name(adding->card->name.toStdString());
                event.mutable_contact_requested()->set_text(adding->text.toStdString());
                TRY(unit.append(event));
                TRY_ASSIGN(const store::OwnDrop reply, makeContactDrop(unit, account));
                TRY_ASSIGN(const auto homes, store::loadHomes(unit.db()));
                wire::pb::Content content;
                wire::pb::ContactCard* card = content.mutable_contact_card();
                card->set_name(m_core.self.name.toStdString());
                card->set_drop_id(reply.drop.str());
                card->set_drop_secret(toString(reply.secret.view()));
                card->set_text(adding->text.toStdString());
                for (const store::Home& home : homes) {
                    if (!home.registered)
                        continue;
                    wire::pb::AddressHint* hint = card->add_homes();
                    hint->set_relay_id(home.relay.str());
                    hint->set_endpoint(home.endpoint.toString().toStdString());
                }
                TRY_ASSIGN(const MessageId message,
                           m_pump.outgoing().queue(unit, audienceWith(account), std::move(content)));
                m_pump.whenDone(message, [this, adding, account](const Result<void>& sent) {
                    const auto contact = store::queries::contact(m_core.db(), account);
                    if (!sent)
                        adding->done(sent.error());
                    else if (contact && *contact)
                        adding->done(**contact);
                    else
                        adding->done(fail(Code::Internal, QStringLiteral("the contact vanished")));
                });
                unit.afterCommit([this](const Result<void>&) { m_homes.tend(); });
                return {};
            });
            if (!requested)
                adding->done(requested.error());
        });
}

Result<store::OwnDrop> Contacts::makeContactDrop(store::Unit& unit, const AccountId& account) {
    TRY_ASSIGN(auto existing, store::OwnDrops(unit.db()).forConversation(conversationWith(account)));
    if (existing)
        return std::move(*existing);
    store::OwnDrop drop;
    drop.r16 = m_core.links.random.id<crypto::R16>();
    drop.drop = crypto::dropIdOf(m_core.self.accountKey, drop.r16);
    drop.secret = m_core.links.random.secret(crypto::DropSecretSize);
    drop.conversation = conversationWith(account);
    TRY(m_own.add(drop));
    return drop;
}

Result<void> Contacts::sendDrop(store::Unit& unit, const AccountId& account, MessageId* message) {
    TRY_ASSIGN(const store::OwnDrop drop, makeContactDrop(unit, account));
    wire::pb::Content content;
    wire::pb::DropUpdate* update = content.mutable_drop_update();
    update->set_drop_id(drop.drop.str());
    update->set_drop_secret(toString(drop.secret.view()));
    update->set_ver(drop.version);
    TRY_ASSIGN(*message, m_pump.outgoing().queue(unit, audienceWith(account), std::move(content)));
    unit.afterCommit([this](const Result<void>&) { m_homes.tend(); });
    return {};
}

void Contacts::accept(const AccountId& account, Done done) {
    const Result<void> accepted = m_core.store.unit([&](store::Unit& unit) -> Result<void> {
        TRY_ASSIGN(const auto contact, store::queries::contact(unit.db(), account));
        if (!contact || contact->state != store::ContactState::RequestReceived)
            return fail(Code::NotFound, QStringLiteral("there is no request from this account"));
        store::pb::Event event;
        event.mutable_request_accepted()->set_account(account.str());
        TRY(unit.append(event));
        TRY(appendRequestText(unit, m_core.self.account,
                              {account, m_core.self.account, contact->requestText, contact->since}));
        MessageId message;
        TRY(sendDrop(unit, account, &message));
        m_pump.whenDone(message, done);
        return {};
    });
    if (!accepted)
        done(accepted);
}

void Contacts::decline(const AccountId& account, Done done) {
    const Result<void> declined = m_core.store.unit([&](store::Unit& unit) -> Result<void> {
        TRY_ASSIGN(const auto contact, store::queries::contact(unit.db(), account));
        if (!contact || contact->state != store::ContactState::RequestReceived)
            return fail(Code::NotFound, QStringLiteral("there is no request from this account"));
        store::pb::Event event;
        event.mutable_request_declined()->set_account(account.str());
        TRY(unit.append(event));
        TRY(store::Peers(unit.db()).forget(account)); // they hear nothing: silence is the answer
        unit.afterCommit(done);
        return {};
    });
    if (!declined)
        done(declined);
}

void Contacts::setVerified(const AccountId& account, bool verified, Done done) {
    const Result<void> stored = m_core.store.unit([&](store::Unit& unit) -> Result<void> {
        TRY_ASSIGN(const auto contact, store::queries::contact(unit.db(), account));
        if (!contact || contact->state != store::ContactState::Connected)
            return fail(Code::NotFound, QStringLiteral("this account is not a contact"));
        store::pb::Event event;
        event.mutable_contact_verified()->set_account(account.str());
        event.mutable_contact_verified()->set_verified(verified);
        TRY(unit.append(event));
        unit.afterCommit(done);
        return {};
    });
    if (!stored)
        done(stored);
}

Result<store::ContactRow> Contacts::find(const QString& who) {
    TRY_ASSIGN(const auto contacts, store::queries::contacts(m_core.db()));
    std::optional<store::ContactRow> found;
    for (const store::ContactRow& contact : contacts) {
        if (toBase32(contact.account.view()) == who.toLower())
            return contact;
        if (contact.name.compare(who, Qt::CaseInsensitive) != 0)
            continue;
        if (found)
            return fail(Code::Duplicate, QStringLiteral("several contacts have this name; use the account id"));
        found = contact;
    }
    if (!found)
        return fail(Code::NotFound, QStringLiteral("there is no contact of this name or account id"));
    return *found;
}

Result<void> Contacts::takeCard(store::Unit& unit, const Incoming& incoming) {
    const wire::pb::ContactCard& card = incoming.content.contact_card();
    const AccountId& account = incoming.from.account;
    TRY_ASSIGN(const auto contact, store::queries::contact(unit.db(), account));
    store::Peers peers(unit.db());
    int position = 0;
    for (const wire::pb::AddressHint& hint : card.homes()) {
        const auto endpoint = wire::Endpoint::parse(QString::fromStdString(hint.endpoint()));
        if (endpoint)
            TRY(peers.setHome(account, {RelayId::checked(hint.relay_id()), *endpoint, false}, position++));
    }
    TRY(peers.removeDrop(account, wire::pb::DROP_CONTACT, incoming.conversation));
    TRY_ASSIGN([[maybe_unused]] const bool set,
               peers.setDrop(account, incoming.conversation,
                             {DropId::checked(card.drop_id()), SecretBytes(view(card.drop_secret())),
                              wire::pb::DROP_CONTACT, 1}));
    if (incoming.drop.maxTotal == 1) {
        TRY(m_own.markDeleted(incoming.drop.drop)); // a one-time link is used up
        unit.afterCommit([this](const Result<void>&) { m_homes.tend(); });
    }
    const bool expected = contact && (contact->state == store::ContactState::RequestSent ||
                                      contact->state == store::ContactState::Connected);
    if (expected) {
        // Both asked, or a contact starts over: that is a yes already.
        TRY(confirm(unit, *contact));
        TRY(appendRequestText(unit, m_core.self.account,
                              {account, m_core.self.account, cleanText(QString::fromStdString(card.text())),
                               fromMs(static_cast<std::int64_t>(incoming.content.hlc()))}));
        MessageId message;
        return sendDrop(unit, account, &message);
    }
    store::pb::Event event;
    store::pb::RequestReceived* request = event.mutable_request_received();
    request->set_account(account.str());
    request->set_name(cleanName(QString::fromStdString(card.name())).toStdString());
    request->set_text(cleanText(QString::fromStdString(card.text())).toStdString());
    TRY(unit.append(event));
    return {};
}

Result<void> Contacts::takeDropUpdate(store::Unit& unit, const AccountId& from, const wire::pb::DropUpdate& update) {
    TRY_ASSIGN(const auto contact, store::queries::contact(unit.db(), from));
    if (!contact ||
        (contact->state != store::ContactState::RequestSent && contact->state != store::ContactState::Connected))
        return {};
    store::Peers peers(unit.db());
    TRY_ASSIGN(const bool newer,
               peers.setDrop(from, conversationWith(from),
                             {DropId::checked(update.drop_id()), SecretBytes(view(update.drop_secret())),
                              wire::pb::DROP_CONTACT, update.ver()}));
    if (newer)
        unit.afterCommit([this](const Result<void>&) { m_pump.poke(); });
    if (contact->state == store::ContactState::RequestSent) {
        TRY(peers.removeDrop(from, wire::pb::DROP_FRONT,
                             conversationWith(from))); // a contact no longer uses the front door
        TRY(confirm(unit, *contact));
    }
    return {};
}

/// They said yes: what was written with the request has arrived.
Result<void> Contacts::confirm(store::Unit& unit, const store::ContactRow& contact) {
    store::pb::Event event;
    event.mutable_contact_confirmed()->set_account(contact.account.str());
    TRY(unit.append(event));
    return appendRequestText(unit, m_core.self.account,
                             {m_core.self.account, contact.account, contact.requestText, contact.since});
}

} // namespace kith::client
