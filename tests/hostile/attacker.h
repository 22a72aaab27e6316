// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/crypto/card.h"
#include "core/crypto/manifest.h"
#include "tests/hostile/caller.h"

#include <QElapsedTimer>
#include <QTimer>

#include <deque>
#include <map>
#include <span>

namespace kith::hostile {

class Attacker;

/// One way to trouble a relay. `sockets` of it are kept open; who is cut off comes back, `opens` at each beat.
struct Trick {
    const char* name;
    int sockets;
    int opens;
    Stage stage;
    RawChannel channel;
    Ears ears;
    void (*play)(Attacker&, Caller&); ///< for each socket at its stage, at each beat
    void (*hear)(Attacker&, Caller&, const pb::Frame&) = nullptr;
};
std::span<const Trick> allTricks();

/// The contact link of an honest member, and what a stranger finds behind it.
struct Door {
    wire::ContactLink link;
    std::optional<crypto::Card> card;
    std::optional<crypto::ManifestDevice> device;
    EnvelopeId envelope;
    std::uint64_t nonce = 0; ///< how far the search for its proof of work has come
    std::uint32_t bits = 20;
};

/// Plays every trick on a relay: one after the other for half of the time, then four at once, always in an order of the
/// seed. Prints a line of JSON as each begins, and one with what it has done at the end.
class Attacker final : public QObject {
    Q_OBJECT
public:
    Attacker(const Target& target, const wire::InviteToken& invite, const std::vector<wire::ContactLink>& links,
             std::uint64_t seed, std::chrono::milliseconds length);

    test::SeededRandom& random() { return m_random; }
    const Target& target() const { return m_target; }
    /// Any of the links, the same for a socket.
    Door& doorOf(const Caller& caller);
    /// A drop that somebody else of the attacker's owns.
    const Account& anyAccount();
    Account& accountOf(const char* trick);

private:
    struct Run {
        const Trick* trick;
        qint64 until;
        std::vector<std::unique_ptr<Caller>> callers;
    };
    void onBeat();
    void keepOpen(Run& run);
    void begin(qint64 until);

    Target m_target;
    wire::InviteToken m_invite;
    test::SeededRandom m_random;
    std::vector<Door> m_doors;
    std::map<std::string, std::unique_ptr<Account>> m_accounts;
    std::deque<const Trick*> m_order;
    std::vector<Run> m_running;
    qint64 m_length;
    std::uint64_t m_opened = 0;
    std::map<std::uint32_t, std::int64_t> m_refusals; ///< by code
    std::int64_t m_answers = 0;
    QElapsedTimer m_time;
    QTimer m_beat;
};

} // namespace kith::hostile
