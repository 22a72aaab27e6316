// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/wire/link.h"
#include "tests/support/raw_websocket.h"
#include "tests/support/relay_frames.h"

#include <QSslSocket>

namespace kith::hostile {

namespace pb = wire::pb;
using test::RawChannel;

/// How far a connection to a relay goes by itself.
enum class Stage { Connected, Encrypted, Upgraded, Greeted, Member };
/// Deaf: from its stage on nothing is read, so that what the relay says piles up there.
enum class Ears { Open, Deaf };

struct Target {
    wire::Endpoint endpoint;
    RelayId relay;
};

/// An account of the attacker's. It joins when it first logs in, and remembers what it needs to go on.
struct Account {
    Account(Random& random, const RelayId& home, const wire::InviteToken& token)
        : keys(random, {home})
        , invite(token)
        , drop(test::TestDrop::of(random, keys)) {}

    test::TestAccount keys;
    wire::InviteToken invite;
    test::TestDrop drop; ///< one that strangers may write to
    bool isRegistered = false;
    std::uint64_t version = 1; ///< of its manifest at the relay
    std::uint32_t lastKey = 0;
};

/// One TLS connection that goes up to a stage and then does whatever it is told, well-formed or not. Ends without a
/// word.
class Caller final : public QObject {
    Q_OBJECT
public:
    Caller(Random& random, const Target& target, Stage stage, RawChannel channel, Ears ears, Account* account);

    bool isThere() const { return m_stage == m_wanted; }
    bool isOver() const { return m_isOver; }
    /// Asks for no more than that; for one `play` of a trick.
    bool hasRoom() const { return m_socket.bytesToWrite() + m_socket.encryptedBytesToWrite() < 128 * 1024; }
    void write(const QByteArray& bytes) { m_socket.write(bytes); }
    void say(char type, const QByteArray& payload) { write(test::masked(type, payload)); }
    /// The id is set here and returned.
    std::uint64_t ask(pb::Frame frame);
    void hangUp() { m_isOver = true; }

    Account* account() const { return m_account; }
    const test::Met& met() const { return m_met; }
    std::uint64_t plays = 0;  ///< how often a trick has had it
    std::uint64_t number = 0; ///< tells it from the other callers

Q_SIGNALS:
    void heard(const kith::wire::pb::Frame& frame);

private:
    void read();
    void take(const pb::Frame& frame);
    void greet();
    void logIn();
    void reach(Stage stage);

    Random& m_random;
    Target m_target;
    Stage m_wanted;
    RawChannel m_channel;
    Ears m_ears;
    Account* m_account;
    Stage m_stage = Stage::Connected;
    bool m_hasUpgraded = false;
    bool m_isOver = false;
    std::string m_hello;
    test::Met m_met;
    std::uint64_t m_lastId = 0;
    test::RawMessages m_messages;
    QSslSocket m_socket; ///< last: its end is told to all of the above
};

} // namespace kith::hostile
