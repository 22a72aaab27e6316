// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "tests/support/sim_world.h"

#include <set>

namespace kith::test {

/// Random faults while everybody writes, then calm and a last word from everybody to everybody (which shows what a
/// relay has swallowed), then the check: what was stored by its sender is shown to its reader exactly once, in the
/// sender's order, with its receipts; nothing waits anywhere; the log and the projections agree. That is the end of a
/// calm run with the same texts. The seed decides everything. New kinds of actors and faults are further entries of the
/// table in storm.cpp.
class Storm {
public:
    Storm(std::uint64_t seed, const Scene& scene);

    /// Empty when all is well, else what is wrong.
    QString run();
    int sent() const { return m_confirmed; }

private:
    struct Action {
        unsigned weight;
        void (Storm::*act)();
    };
    static const std::vector<Action>& table();

    // Actions
    void send();
    void cutLine();
    void switchLine();
    void freezeLine();
    void killPerson();
    void killWhileSending();
    void quitPerson();
    void openPerson();
    void killRelay();
    void startRelay();
    void bribeRelay();
    void setDate();
    void fillDisk();
    void waitLong();

    void stir();
    void say(std::size_t author, std::size_t reader);
    bool meddle(wire::pb::Frame& frame);
    bool settle();
    void overhear(const wire::pb::Frame& frame);
    void calmDown();
    bool isOver();
    QString check();
    QString standing(); ///< what everybody waits for, to understand a failure
    QString checkPair(std::size_t author, std::size_t reader);

    std::size_t below(std::size_t bound) { return static_cast<std::size_t>(m_random.below(bound)); }
    SimPerson& anybody() { return m_world.person(below(m_world.people.size())); }
    SimRelay& anyRelay() { return m_world.relay(below(m_world.relays.size())); }

    SeededRandom m_random;
    SimWorld m_world;
    /// What each said to each, in order, once stored; and what may have been lost with its author.
    struct Said {
        QStringList stored;
        std::set<QString> maybe;
    };
    std::map<std::pair<std::size_t, std::size_t>, Said> m_said;
    std::optional<std::size_t> m_trapped; ///< has just sent something and dies before its next step
    /// Hash of each body, by drop, envelope and device: sent again it has the same bytes, or one message key has sealed
    /// two.
    std::map<std::string, crypto::Hash32> m_bodies;
    bool m_sealedTwice = false;
    bool m_bribed = false; ///< receipts that a relay swallows are gone (PROTOCOL.md s20)
    int m_count = 0;
    int m_confirmed = 0;
};

} // namespace kith::test
