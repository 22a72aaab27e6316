// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/crypto/tls_leaf.h"
#include "core/relay/engine/relay_engine.h"
#include "core/relay/mailstore/memory_mail_store.h"
#include "tests/hostile/customer.h"

#include <QSslConfiguration>
#include <QTcpServer>
#include <QTimer>

#include <map>
#include <span>

namespace kith::hostile {

class FalseRelay;

/// One way to trouble the clients of a relay.
struct Lie {
    const char* name;
    enum class Begins {
        AtOnce, ///< before anybody knows who it is
        Later   ///< once they are logged in, or greeted on an anonymous socket: clients then come back soon
    } begins;
    bool isDeaf;
    /// For each frame that an honest relay would send. False: it is swallowed.
    bool (*meddle)(FalseRelay&, Customer&, pb::Frame&);
    /// 50 times a second for each connection.
    void (*play)(FalseRelay&, Customer&);
};
std::span<const Lie> allLies();

/// A relay with an identity, TLS and mailboxes, which serves its customers well until it is told to begin. From then on
/// each of its connections is played one lie after another, in an order of the seed. Prints lines of JSON. Never plays
/// what is believed until the person acts: REPLACED, another identity.
class FalseRelay final : public QTcpServer {
    Q_OBJECT
public:
    explicit FalseRelay(std::uint64_t seed);
    /// On a free port of 127.0.0.1.
    bool start();
    void begin();
    wire::InviteLink invite(std::uint32_t uses);

    test::SeededRandom& random() { return m_random; }
    /// Drops that customers have put here: theirs, or zeros when there is none.
    DropId anyDrop();
    const pb::Signed& anyManifest();

private:
    void incomingConnection(qintptr descriptor) override;
    void onUpgraded(Customer& customer);
    void onReceived(Customer& customer, const QByteArray& message);
    void onGone(Customer& customer);
    void carryOut();
    void onTick();
    void onBeat();
    void choose(Customer& customer);
    bool isPlayed(const Customer& customer) const;
    relay::Now now() const { return {m_clock.wall(), m_clock.steady()}; }

    wire::Endpoint m_endpoint;
    test::SeededRandom m_random;
    SystemClock m_clock;
    crypto::TlsLeaf m_leaf;
    QSslConfiguration m_tls;
    relay::MemoryMailStore m_store{m_clock};
    std::unique_ptr<relay::RelayEngine> m_engine;
    relay::Effects m_effects;
    std::map<relay::ConnectionId, Customer*> m_customers;
    std::uint64_t m_lastId = 0;
    std::vector<DropId> m_drops;
    std::vector<pb::Signed> m_manifests;
    std::vector<const Lie*> m_order;
    std::map<const Lie*, std::int64_t> m_played; ///< connections
    bool m_isHostile = false;
    QTimer m_tick;
    QTimer m_beat;
};

} // namespace kith::hostile
