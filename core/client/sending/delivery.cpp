// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/sending/delivery.h"

#include "core/crypto/pow.h"
#include "core/wire/limits.h"

#include <algorithm>

namespace kith::client {
namespace {

constexpr Millis SendPatience{15'000};
constexpr Millis QuotaWait{3'600'000};

/// What nobody has to ask for.
std::uint32_t firstBits(wire::pb::DropKind kind) {
    return kind == wire::pb::DROP_FRONT ? wire::limits::FrontPowFirstBits : 0;
}
/// Only the door of a stranger may ask for half a minute: a contact's relay would get it of every message.
std::uint32_t mostBits(wire::pb::DropKind kind) {
    return kind == wire::pb::DROP_FRONT ? wire::limits::FrontPowMaxBits : wire::limits::FrontPowFirstBits;
}

} // namespace

Delivery::Delivery(Core& core, link::DropLink& drops, store::OutboxRow row, store::PeerDrop drop,
                   std::vector<link::RelayAddress> homes, std::function<void(const Outcome&)> done)
    : m_core(core)
    , m_drops(drops)
    , m_row(std::move(row))
    , m_drop(std::move(drop))
    , m_homes(std::move(homes))
    , m_done(std::move(done))
    , m_powBits(firstBits(m_drop.kind))
    , m_gone(std::make_shared<std::atomic<bool>>(false)) {}

Delivery::~Delivery() {
    m_gone->store(true);
}

void Delivery::start() {
    m_core.links.scheduler.post([this, gone = m_gone] {
        if (!gone->load())
            tryHome();
    });
}

void Delivery::tryHome() {
    if (m_home >= m_homes.size()) {
        const bool everybodyDenied = !m_homes.empty() && m_denials == m_homes.size();
        end({everybodyDenied ? Outcome::Kind::Denied : Outcome::Kind::Later, m_retryAfter, {}, m_why});
        return;
    }
    if (m_powBits == 0 || m_pow) {
        send();
        return;
    }
    m_drops.greet(m_homes[m_home], SendPatience, [this, gone = m_gone](const Result<link::Greeting>& greeting) {
        if (gone->load())
            return;
        if (greeting)
            solvePow(*greeting);
        else
            nextHome();
    });
}

void Delivery::nextHome() {
    ++m_home;
    m_attachManifest = false;
    m_powBits = firstBits(m_drop.kind);
    m_pow.reset(); // its hour is that of another clock
    tryHome();
}

void Delivery::solvePow(const link::Greeting& greeting) {
    const auto hour = static_cast<std::uint32_t>(toMs(greeting.relayTime(m_core.links.clock)) / 3'600'000);
    Scheduler& scheduler = m_core.links.scheduler;
    m_core.heavy.post([this, hour, &scheduler, drop = m_row.frozen->drop, envelope = m_row.frozen->envelope,
                       bits = m_powBits, gone = m_gone] {
        const auto nonce = crypto::solvePow(drop, envelope, hour, bits, *gone);
        if (!nonce)
            return;
        scheduler.post([this, nonce, gone] {
            if (gone->load())
                return;
            m_pow = nonce;
            send();
        });
    });
}

void Delivery::send() {
    wire::pb::Frame frame;
    wire::pb::Send& send = *frame.mutable_send();
    const store::OutboxRow::Frozen& frozen = *m_row.frozen;
    send.ParseFromArray(frozen.items.constData(), static_cast<int>(frozen.items.size()));
    send.set_drop_id(frozen.drop.str());
    send.set_token(crypto::dropToken(m_drop.secret.view()).str());
    send.set_msg_id(frozen.envelope.str());
    send.set_class_(wire::pb::CLASS_DURABLE);
    send.set_ttl_s(static_cast<std::uint32_t>(std::chrono::seconds(wire::limits::Retention).count()));
    send.set_manifest_ver(frozen.manifestVersion);
    if (m_pow)
        send.set_pow(*m_pow);
    if (m_attachManifest) {
        const auto manifest = store::Peers(m_core.db()).manifest(m_row.account);
        if (manifest && *manifest)
            *send.mutable_manifest() = (*manifest)->toWire();
    }
    m_drops.send(m_homes[m_home], std::move(frame), SendPatience,
                 [this, gone = m_gone](const Result<link::Reply>& reply) {
                     if (!gone->load())
                         onReply(reply);
                 });
}

void Delivery::onReply(const Result<link::Reply>& reply) {
    if (!reply) {
        nextHome();
        return;
    }
    switch (reply->error) {
    case wire::WireCode::None:
        end({Outcome::Kind::Accepted, Millis(0), {}});
        return;
    case wire::WireCode::Denied:
        ++m_denials;
        nextHome();
        return;
    case wire::WireCode::DevicesChanged:
        onDevicesChanged(reply->frame.error());
        return;
    case wire::WireCode::NeedManifest:
        if (std::exchange(m_attachManifest, true))
            nextHome(); // it has it and still asks: a broken home
        else
            send();
        return;
    case wire::WireCode::PowRequired:
        onPowRequired(reply->frame.error().pow_bits());
        return;
    case wire::WireCode::Quota:
        m_retryAfter = QuotaWait;
        m_why = WaitingRow::Why::NoRoom;
        nextHome();
        return;
    case wire::WireCode::TooBig:
    case wire::WireCode::Malformed:
    case wire::WireCode::Unsupported:
        end({Outcome::Kind::Refused, Millis(0), {}});
        return;
    default:
        if (m_why == WaitingRow::Why::NoAnswer)
            m_why = WaitingRow::Why::Busy;
        m_retryAfter = std::max(m_retryAfter, reply->retryAfter());
        nextHome();
        return;
    }
}

void Delivery::onDevicesChanged(const wire::pb::Error& error) {
    auto manifest = crypto::verifyManifest(error.manifest());
    // Acted on only when it is newer than what we know, or an endless answer would stall the lane.
    if (!manifest || manifest->manifest.account != m_row.account ||
        manifest->manifest.version <= m_row.frozen->manifestVersion) {
        nextHome();
        return;
    }
    end({Outcome::Kind::Changed, Millis(0), std::move(*manifest)});
}

void Delivery::onPowRequired(std::uint32_t bits) {
    if (bits > mostBits(m_drop.kind) || (m_pow && bits <= m_powBits)) {
        nextHome(); // more than it may ask for, or what it has got already
        return;
    }
    m_powBits = std::max(bits, wire::limits::FrontPowFirstBits);
    m_pow.reset();
    tryHome();
}

void Delivery::end(const Outcome& outcome) {
    const auto done = std::move(m_done); // it may destroy this
    done(outcome);
}

} // namespace kith::client
