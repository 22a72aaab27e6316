// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/relay/engine/logins.h"

#include "core/crypto/login.h"

namespace kith::relay {
namespace {

using namespace wire::limits;

constexpr std::size_t StateEventsMax = 256; ///< of one kind after WELCOME; DROP_LIST tells the rest

std::uint32_t seconds(std::chrono::seconds duration) {
    return static_cast<std::uint32_t>(duration.count());
}

} // namespace

/// Nobody is known yet, so a mistake ends the connection.
void Logins::hello(Connection& connection, ByteView message) {
    pb::Frame frame;
    pb::Hello hello;
    WireCode code = wire::decodeFrame(message, wire::Sender::Client, HandshakeFrameMax, frame);
    if (code == WireCode::None && !frame.has_hello())
        code = WireCode::AuthRequired;
    if (code == WireCode::None && !wire::decodeHello(frame.hello(), hello))
        code = WireCode::Malformed;
    if (code == WireCode::None && (hello.min() > MinorVersion || hello.max() < hello.min()))
        code = WireCode::Unsupported;
    if (code != WireCode::None) {
        m_board.refuse(connection, frame.id(), code);
        m_board.close(connection, code == WireCode::TooBig ? wire::CloseCode::TooBig : wire::CloseCode::Auth);
        return;
    }
    const std::string body = makeHelloOk(std::min(hello.max(), MinorVersion));
    connection.transcript = crypto::transcriptHash(frame.hello(), body);
    connection.phase = Connection::Phase::Ready;
    m_board.noteGreeting(connection);
    pb::Frame reply;
    reply.mutable_hello_ok()->set_body(body);
    reply.mutable_hello_ok()->set_sig(m_self.relayKey.sign(view(crypto::helloMessage(connection.transcript))).str());
    m_board.reply(connection, frame.id(), reply);
}

std::string Logins::makeHelloOk(std::uint32_t version) {
    pb::HelloOk out;
    out.set_relay_id(m_self.relay.str());
    out.set_rk(m_self.relayKey.publicKey().str());
    out.set_nonce(m_random.id<Hash32>().str());
    out.add_leaf_pins(m_self.leafPin.str());
    out.set_version(version);
    out.mutable_limits()->set_body_max(BodyMax);
    out.mutable_limits()->set_frame_max(FrameMax);
    out.mutable_limits()->set_window_msgs(WindowMsgs);
    out.mutable_limits()->set_window_bytes(WindowBytes);
    out.mutable_limits()->set_retention_s(seconds(Retention));
    out.set_server_ms(static_cast<std::uint64_t>(toMs(m_board.now().wall)));
    out.set_generation(m_self.descriptor.descriptor.generation);
    out.set_issued_ms(static_cast<std::uint64_t>(toMs(m_self.descriptor.descriptor.issued)));
    return out.SerializeAsString();
}

void Logins::registerAccount(Connection& connection, std::uint64_t request, pb::Register& body) {
    const auto offered = m_self.read(body.manifest());
    if (!offered)
        return refuseRegistration(connection, request, {WireCode::AuthFailed, 0, 0, 0, {}});
    if (!offered->listsThisRelay)
        return refuseRegistration(connection, request, {WireCode::Malformed, 0, 0, 0, {}});
    // Always by the holder of AK: else anybody could squat a victim's public manifest here.
    const QByteArray message =
        crypto::registerMessage(m_self.relay, m_self.leafPin, connection.transcript, offered->manifest.hash());
    if (!crypto::verifySignature(offered->manifest.manifest.accountKey, view(message), view(body.sig())))
        return refuseRegistration(connection, request, {WireCode::AuthFailed, 0, 0, 0, {}});
    RegisterAccount op;
    op.manifest = *offered;
    op.bundles.assign(body.bundles().begin(), body.bundles().end());
    if (!body.grant().invite_token().empty())
        op.invite = crypto::inviteIdOf(wire::InviteToken::checked(body.grant().invite_token()));
    m_board.ask(connection, request, std::move(op));
}

void Logins::completed(Connection* connection, std::uint64_t request, RegisterAccount& op) {
    if (op.outcome.adoption)
        m_deliveries.adopted(*op.outcome.adoption, connection);
    if (connection == nullptr)
        return;
    if (!op.outcome.answer.isDone())
        return refuseRegistration(*connection, request, op.outcome.answer);
    pb::Frame frame;
    frame.mutable_registered()->set_manifest_ver(op.outcome.manifestVersion);
    m_board.reply(*connection, request, frame);
}

/// Only refusals are counted: a party of guests with good invites comes from one address. Who goes on guessing hears
/// nothing but the time until which he waits.
void Logins::refuseRegistration(Connection& connection, std::uint64_t request, const Answer& answer) {
    const Millis wait = m_board.takeRegistration(connection);
    if (wait > Millis(0))
        return m_board.refuse(connection, request,
                              Answer{WireCode::Rate, static_cast<std::uint32_t>(wait.count()), 0, 0, {}});
    m_board.refuse(connection, request, answer);
}

void Logins::authenticate(Connection& connection, std::uint64_t request, pb::Auth& body) {
    if (connection.phase == Connection::Phase::LoggingIn)
        return m_board.refuse(connection, request, WireCode::RetryLater);
    if (body.role() != pb::ROLE_MAIL)
        return m_board.refuse(connection, request, WireCode::Unsupported);
    if (const Millis wait = m_board.takeLogin(connection); wait > Millis(0))
        return m_board.refuse(connection, request,
                              Answer{WireCode::Rate, static_cast<std::uint32_t>(wait.count()), 0, 0, {}});
    auto login = std::make_unique<PendingLogin>();
    if (body.has_manifest()) {
        auto offered = m_self.read(body.manifest());
        if (!offered || offered->manifest.manifest.account.str() != body.account_id())
            return m_board.refuse(connection, request, WireCode::AuthFailed);
        login->manifest = std::move(offered).value();
    }
    login->auth = std::move(body);
    connection.login = std::move(login);
    connection.phase = Connection::Phase::LoggingIn;
    FindDevice op;
    op.account = AccountId::checked(connection.login->auth.account_id());
    op.device = DeviceId(connection.login->auth.device_id());
    m_board.ask(connection, request, std::move(op));
}

bool Logins::isSigned(const Connection& connection, const crypto::VerifyKey& key, const pb::Auth& auth) const {
    const QByteArray message =
        crypto::authMessage(m_self.relay, m_self.leafPin, connection.transcript, AccountId::checked(auth.account_id()),
                            DeviceId(auth.device_id()), auth.manifest_ver());
    return crypto::verifySignature(key, view(message), view(auth.sig()));
}

void Logins::completed(Connection* connection, std::uint64_t request, FindDevice& op) {
    if (connection == nullptr || connection->phase != Connection::Phase::LoggingIn)
        return;
    const PendingLogin& login = *connection->login;
    const FindDevice::Outcome& found = op.outcome;
    std::optional<crypto::VerifyKey> key;
    bool isRemoved = found.known == FindDevice::Known::Removed;
    if (found.known != FindDevice::Known::Not)
        key = found.login;
    if (found.isAccountKnown && login.manifest && login.manifest->manifest.manifest.version > found.manifestVersion) {
        const crypto::ManifestDevice* listed = login.manifest->manifest.manifest.device(op.device);
        key = listed == nullptr ? std::nullopt : std::optional(listed->login);
        isRemoved = false;
    }
    // Whether or not the account is here: only who can already show its manifest learns it.
    if (!key && !login.manifest)
        return refuseLogin(*connection, request, {WireCode::NeedManifest, 0, 0, 0, {}});
    // A signature is checked in any case, so that the time does not tell an unknown device from a wrong signature.
    const bool fits = isSigned(*connection, key.value_or(m_self.relayKey.publicKey()), login.auth);
    if (!key || !fits)
        return refuseLogin(*connection, request, {WireCode::AuthFailed, 0, 0, 0, {}});
    if (isRemoved)
        return refuseLogin(*connection, request, {WireCode::Revoked, 0, 0, 0, found.manifest});
    // Only who holds the key pays, or anybody could keep a member out.
    if (!m_board.maySpend(*connection, request, found.ref, Switchboard::Spends::Login))
        return failed(*connection);
    OpenLease lease;
    lease.account = op.account;
    lease.device = op.device;
    lease.login = *key;
    lease.epoch = login.auth.epoch();
    lease.seenSeq = login.auth.seen_seq();
    lease.manifest = login.manifest;
    m_board.askQuietly(connection, std::move(lease), request);
}

void Logins::refuseLogin(Connection& connection, std::uint64_t request, const Answer& answer) {
    connection.phase = Connection::Phase::Ready;
    connection.login.reset();
    m_board.refuse(connection, request, answer);
}

void Logins::failed(Connection& connection) {
    if (connection.phase == Connection::Phase::LoggingIn)
        connection.phase = Connection::Phase::Ready;
    connection.login.reset();
}

void Logins::completed(Connection* connection, std::uint64_t request, OpenLease& op) {
    const OpenLease::Outcome& found = op.outcome;
    if (found.adoption)
        m_deliveries.adopted(*found.adoption, connection);
    if (connection == nullptr || connection->phase != Connection::Phase::LoggingIn)
        return;
    if (!found.answer.isDone())
        return refuseLogin(*connection, request, found.answer);

    const pb::Auth& auth = connection->login->auth;
    auto session = std::make_unique<Session>();
    session->account = found.ref;
    session->mailbox = found.mailbox;
    session->device = op.device;
    session->accountId = op.account;
    session->accountKey = found.accountKey;
    session->lease = found.lease;
    session->epoch = found.currentEpoch;
    session->headSeq = found.headSeq;
    session->relayWasBehind = auth.manifest_ver() > found.manifestVersion;
    session->windowItems = auth.window_msgs() == 0 ? WindowMsgs : std::min(auth.window_msgs(), WindowMsgs);
    session->windowBytes = auth.window_bytes() == 0 ? WindowBytes : std::min(auth.window_bytes(), WindowBytes);
    const std::uint64_t knownVersion = auth.manifest_ver();
    connection->login.reset();
    connection->session = std::move(session);
    connection->phase = Connection::Phase::Mail;
    m_board.noteLogin(*connection);
    m_deliveries.begin(*connection);
    if (found.renewedEpochs)
        m_deliveries.closeOthers(*connection);
    welcome(*connection, request, found);
    tellState(*connection, found, knownVersion);
    m_deliveries.resume(*connection);
}

void Logins::welcome(Connection& connection, std::uint64_t request, const OpenLease::Outcome& found) {
    pb::Frame frame;
    pb::Welcome& out = *frame.mutable_welcome();
    out.set_lease(found.lease);
    out.set_epoch(found.currentEpoch);
    out.set_head_seq(found.headSeq);
    out.set_lagged(found.isLagged);
    for (const DropId& drop : found.skipped)
        out.add_skipped_drops(drop.str());
    out.set_backlog_msgs(found.items);
    out.set_backlog_bytes(found.bytes);
    out.set_manifest_ver(found.manifestVersion);
    out.set_manifest_hash(found.manifestHash.str());
    out.set_opk_count(found.oneTimeKeys);
    out.set_spk_id(found.spkId);
    std::vector<QByteArray> entries;
    for (const DropEntry& drop : found.drops)
        entries.push_back(crypto::dropsHashEntry(drop.drop, drop.version));
    out.set_drops_hash(crypto::dropsHash(std::move(entries)).str());
    m_board.reply(connection, request, frame);
}

/// What was pushed as an event while the device was away and still holds.
void Logins::tellState(Connection& connection, const OpenLease::Outcome& found, std::uint64_t knownVersion) {
    const auto push = [&](auto fill) {
        pb::Frame frame;
        fill(*frame.mutable_event());
        m_board.push(connection, frame);
    };
    if (found.manifestVersion > knownVersion)
        push([&](pb::Event& event) { *event.mutable_manifest() = found.storedManifest; });
    if (found.oneTimeKeys < OneTimeKeysLow)
        push([&](pb::Event& event) { event.mutable_keys_low()->set_count(found.oneTimeKeys); });
    for (std::size_t i = 0; i < std::min(found.full.size(), StateEventsMax); ++i)
        push([&](pb::Event& event) { event.mutable_quota_hit()->set_drop_id(found.full[i].str()); });
    for (std::size_t i = 0; i < std::min(found.paused.size(), StateEventsMax); ++i)
        push([&](pb::Event& event) { event.mutable_drop_paused()->set_drop_id(found.paused[i].str()); });
}

} // namespace kith::relay
