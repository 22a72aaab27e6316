// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/link/relay_link.h"
#include "tests/support/fake_transport.h"

#include <QStringList>

/// What the tests of RelayLink share: its owner, and frames of a relay.
namespace kith::link::owner_test {

using test::endpoint;
using test::FakeRelay;
using test::FakeSocket;
using wire::WireCode;
using wire::pb::Frame;

inline const DeviceId Device{7};
inline constexpr std::uint64_t ManifestVersion = 0x8000000000000005;
inline constexpr std::uint32_t Epoch = 3;

inline wire::pb::Signed someManifest() {
    wire::pb::Signed manifest;
    manifest.set_body("manifest");
    manifest.set_sig(std::string(64, 's'));
    return manifest;
}

/// One device with real keys. Records what it is told, in order.
class Owner final : public HomeOwner {
public:
    std::optional<wire::pb::Register> registration(const Greeting& greeting) override {
        log << QStringLiteral("registration?");
        if (isRegistered)
            return std::nullopt;
        wire::pb::Register result;
        *result.mutable_manifest() = someManifest();
        result.set_sig(accountKey
                           .sign(view(crypto::registerMessage(greeting.relay, greeting.leafPin, greeting.transcript,
                                                              crypto::sha256(view("manifest")))))
                           .str());
        return result;
    }
    wire::pb::Auth login(const Greeting& greeting, AttachManifest attach) override {
        log << (attach == AttachManifest::Yes ? QStringLiteral("login+manifest?") : QStringLiteral("login?"));
        wire::pb::Auth result;
        result.set_account_id(account.str());
        result.set_device_id(toU32(Device));
        result.set_manifest_ver(ManifestVersion);
        result.set_epoch(Epoch);
        result.set_seen_seq(11);
        if (attach == AttachManifest::Yes)
            *result.mutable_manifest() = someManifest();
        result.set_sig(deviceKey
                           .sign(view(crypto::authMessage(greeting.relay, greeting.leafPin, greeting.transcript,
                                                          account, Device, ManifestVersion)))
                           .str());
        return result;
    }
    void registered(const wire::pb::Registered&) override {
        log << QStringLiteral("registered");
        isRegistered = true;
    }
    void welcome(const wire::pb::Welcome&) override { note(QStringLiteral("welcome")); }
    void deliver(const wire::pb::Deliver& deliver) override {
        for (const auto& envelope : deliver.envelopes())
            seqs.push_back(envelope.seq());
        note(QStringLiteral("deliver"));
    }
    void drained(const wire::pb::Drained&) override { note(QStringLiteral("drained")); }
    void event(const wire::pb::Event&) override { note(QStringLiteral("event")); }
    void goAway(const wire::pb::GoAway&) override { note(QStringLiteral("goAway")); }
    void refused(const Reply& reply) override {
        lastRefusal = reply;
        note(QStringLiteral("refused"));
    }
    void stateChanged(const ConnectionState& state) override {
        states.push_back(state);
        note(stateName(state.state));
    }
    void note(const QString& what) {
        log << what;
        if (what == stopOn)
            link->stop();
    }

    crypto::SigningKey accountKey = crypto::SigningKey::fromSeed(view(QByteArray(32, 'a'))).value();
    crypto::SigningKey deviceKey = crypto::SigningKey::fromSeed(view(QByteArray(32, 'd'))).value();
    AccountId account = crypto::accountIdOf(accountKey.publicKey());
    bool isRegistered = true;
    QString stopOn;
    RelayLink* link = nullptr;
    QStringList log;
    std::vector<std::uint64_t> seqs;
    std::vector<ConnectionState> states;
    Reply lastRefusal;
};

inline Frame errorFrame(WireCode code, std::uint32_t retryAfterMs = 0) {
    Frame frame;
    frame.mutable_error()->set_code(std::uint32_t(code));
    frame.mutable_error()->set_retry_after_ms(retryAfterMs);
    return frame;
}
inline Frame welcomeFrame() {
    Frame frame;
    frame.mutable_welcome()->set_epoch(Epoch);
    frame.mutable_welcome()->set_manifest_hash(std::string(32, 'm'));
    frame.mutable_welcome()->set_drops_hash(std::string(32, 'd'));
    return frame;
}
inline Frame drainedFrame(std::uint32_t epoch = Epoch) {
    Frame frame;
    frame.mutable_drained()->set_epoch(epoch);
    return frame;
}
inline Frame goAwayFrame(wire::pb::GoAwayReason reason, std::uint32_t retryAfterMs = 0) {
    Frame frame;
    frame.mutable_go_away()->set_reason(reason);
    frame.mutable_go_away()->set_retry_after_ms(retryAfterMs);
    return frame;
}
inline void addEnvelope(Frame& frame, std::uint64_t seq, wire::pb::Class kind = wire::pb::CLASS_DURABLE) {
    frame.mutable_deliver()->set_epoch(Epoch);
    auto* envelope = frame.mutable_deliver()->add_envelopes();
    envelope->set_msg_id(std::string(16, 'm'));
    envelope->set_drop_id(std::string(16, 'd'));
    envelope->set_seq(seq);
    envelope->set_class_(kind);
}
inline Frame deliverFrame(std::uint64_t first, std::uint64_t last) {
    Frame frame;
    for (std::uint64_t seq = first; seq <= last; ++seq)
        addEnvelope(frame, seq);
    return frame;
}

} // namespace kith::link::owner_test
