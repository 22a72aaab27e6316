// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/integration/storm.h"

#include "core/store/receiving/inbound.h"

namespace kith::test {

using namespace std::chrono_literals;

Storm::Storm(std::uint64_t seed, const Scene& scene)
    : m_random(seed)
    , m_world(seed + 1, scene) {
    m_world.network.latencyMax = Millis(static_cast<std::int64_t>(1 + m_random.below(200)));
    for (const auto& relay : m_world.relays) {
        relay->storeDelay = Millis(static_cast<std::int64_t>(m_random.below(20)));
        relay->overhear = [this](const wire::pb::Frame& frame) { overhear(frame); };
    }
}

void Storm::overhear(const wire::pb::Frame& frame) {
    for (const wire::pb::Item& item : frame.send().items()) {
        const std::string name = frame.send().drop_id() + frame.send().msg_id() + std::to_string(item.device_id());
        const crypto::Hash32 hash = crypto::sha256(view(item.body()));
        m_sealedTwice |= m_bodies.try_emplace(name, hash).first->second != hash;
    }
}

const std::vector<Storm::Action>& Storm::table() {
    static const std::vector<Action> actions{
        {40, &Storm::send},
        {6, &Storm::cutLine},
        {6, &Storm::switchLine},
        {6, &Storm::freezeLine},
        {8, &Storm::killPerson},
        {3, &Storm::quitPerson},
        {16, &Storm::openPerson},
        {4, &Storm::killRelay},
        {10, &Storm::startRelay},
        {3, &Storm::setDate},
        {6, &Storm::waitLong},
        {5, &Storm::fillDisk},
        {6, &Storm::killWhileSending},
        {4, &Storm::bribeRelay},
    };
    return actions;
}

QString Storm::run() {
    // Mostly short: many beginnings find more than long stories, which come too.
    const auto actions = below(20) == 0 ? 200 : 10 + below(50);
    unsigned total = 0;
    for (const Action& action : table())
        total += action.weight;
    for (std::size_t i = 0; i < actions; ++i) {
        auto pick = below(total);
        for (const Action& action : table()) {
            if (pick < action.weight) {
                (this->*action.act)();
                break;
            }
            pick -= action.weight;
        }
        stir();
    }
    calmDown();
    if (settle()) {
        for (std::size_t author = 0; author < m_world.people.size(); ++author)
            for (std::size_t reader = 0; reader < m_world.people.size(); ++reader)
                if (author != reader)
                    say(author, reader);
        if (settle())
            return check();
    }
    return QStringLiteral("no calm after six hours: ") + standing() + check();
}

bool Storm::settle() {
    return m_world.runUntil([this] { return isOver(); }, 6h);
}

/// Some steps of whatever is due: the next action falls between any two of them.
void Storm::stir() {
    for (auto steps = below(60); steps > 0; --steps) {
        if (m_world.loop.step()) {
            if (const auto victim = std::exchange(m_trapped, std::nullopt))
                m_world.person(*victim).crash();
            continue;
        }
        const auto next = m_world.loop.untilNext();
        if (!next || *next > 2s)
            return;
        m_world.clock.advance(*next);
    }
}

void Storm::send() {
    const auto author = below(m_world.people.size());
    say(author, (author + 1 + below(m_world.people.size() - 1)) % m_world.people.size());
}

void Storm::say(std::size_t author, std::size_t reader) {
    SimPerson& person = m_world.person(author);
    if (!person.isRunning())
        return;
    const QString text = QStringLiteral("%1 of %2").arg(++m_count).arg(person.name());
    Said& said = m_said[{author, reader}];
    said.maybe.insert(text);
    person.send(m_world.person(reader), text, [this, &said, text](bool isStored) {
        said.maybe.erase(text);
        if (!isStored)
            return; // the disk was full, and it was told so
        said.stored.push_back(text);
        ++m_confirmed;
    });
}

void Storm::cutLine() {
    anybody().line().cut();
}
void Storm::switchLine() {
    SimLine& line = anybody().line();
    line.setUp(!line.isUp());
}
void Storm::freezeLine() {
    SimLine& line = anybody().line();
    if (line.isFrozen())
        line.thaw();
    else
        line.freeze();
}
void Storm::killPerson() {
    anybody().crash();
}
/// What has left must have been made true before: the next commit never comes.
void Storm::killWhileSending() {
    const auto victim = below(m_world.people.size());
    SimLine& line = m_world.person(victim).line();
    line.onSend = [this, &line, victim] {
        m_trapped = victim;
        line.onSend = {};
    };
}
void Storm::quitPerson() {
    anybody().quit();
}
void Storm::openPerson() {
    anybody().open();
}
void Storm::killRelay() {
    anyRelay().crash();
}
void Storm::startRelay() {
    anyRelay().start();
}
void Storm::bribeRelay() {
    m_bribed = true;
    SimRelay& relay = anyRelay();
    if (std::exchange(relay.meddle, {}))
        relay.crash(); // an honest one takes its place; on a live connection what it swallowed would never come again
    else
        relay.meddle = [this](wire::pb::Frame& frame) { return meddle(frame); };
}

/// Swallows, repeats and reorders mail, and loses answers.
bool Storm::meddle(wire::pb::Frame& frame) {
    if (!frame.has_deliver())
        return below(20) != 0;
    auto& envelopes = *frame.mutable_deliver()->mutable_envelopes();
    switch (below(4)) {
    case 0:
        return false;
    case 1: {
        std::vector<std::uint64_t> numbers;
        for (const auto& envelope : envelopes)
            numbers.push_back(envelope.seq());
        std::reverse(envelopes.begin(), envelopes.end());
        for (int i = 0; i < envelopes.size(); ++i)
            envelopes[i].set_seq(numbers[static_cast<std::size_t>(i)]);
        return true;
    }
    case 2:
        envelopes.Add()->CopyFrom(envelopes[static_cast<int>(below(static_cast<std::size_t>(envelopes.size())))]);
        return true;
    default:
        return true;
    }
}
void Storm::setDate() {
    const Millis far = 48h;
    anybody().clock().setSkew(Millis(static_cast<std::int64_t>(m_random.below(2 * far.count()))) - far);
}
void Storm::fillDisk() {
    SimPerson& person = anybody();
    person.setDiskFull(!person.isDiskFull());
}
void Storm::waitLong() {
    m_world.run(Millis(static_cast<std::int64_t>(m_random.below(180'000))));
}

void Storm::calmDown() {
    for (const auto& relay : m_world.relays) {
        if (std::exchange(relay->meddle, {}))
            relay->crash(); // an honest one takes its place
        relay->start();
    }
    m_trapped.reset();
    for (const auto& person : m_world.people) {
        person->line().onSend = {};
        person->line().setUp(true);
        person->line().thaw();
        person->setDiskFull(false);
        person->open();
    }
}

bool Storm::isOver() {
    for (const auto& relay : m_world.relays)
        if (relay->waiting() > 0)
            return false;
    for (const auto& person : m_world.people) {
        const auto gaps = store::Inbound(person->db()).hasGaps();
        if (!gaps || *gaps)
            return false;
    }
    return m_world.isCalm();
}

QString Storm::standing() {
    QString text;
    for (const auto& person : m_world.people) {
        text +=
            QStringLiteral("%1 has %2 waiting, ").arg(person->name()).arg(store::Outbox(person->db()).count().value());
        for (const client::ConnectionRow& row : (*person)->info().value().homes)
            text += QStringLiteral("home %1 %2; ").arg(row.state, row.reason);
    }
    for (const auto& relay : m_world.relays)
        text += QStringLiteral("a relay holds %1; ").arg(relay->waiting());
    return text;
}

QString Storm::check() {
    for (std::size_t author = 0; author < m_world.people.size(); ++author)
        for (std::size_t reader = 0; reader < m_world.people.size(); ++reader)
            if (author != reader)
                if (const QString wrong = checkPair(author, reader); !wrong.isEmpty())
                    return wrong;
    if (m_sealedTwice)
        return QStringLiteral("a message was encrypted twice under one name");
    for (const auto& person : m_world.people) {
        for (const client::EventBatch& batch : person->events())
            for (const client::Change& change : batch.changes)
                if (change.kind == client::Change::Kind::Unreadable)
                    return person->name() + QStringLiteral(" could not read something");
        if (const auto rebuilt = (*person)->store().rebuild(); !rebuilt)
            return person->name() + u' ' + rebuilt.error().detail;
    }
    return {};
}

QString Storm::checkPair(std::size_t author, std::size_t reader) {
    SimPerson& from = m_world.person(author);
    SimPerson& to = m_world.person(reader);
    const auto ofAuthor = [&from](const std::vector<store::TimelineRow>& rows) {
        QStringList texts;
        for (const store::TimelineRow& row : rows)
            if (row.author == from.account())
                texts.push_back(row.kind == store::RowKind::Text ? row.text : QStringLiteral("[gap]"));
        return texts;
    };
    const auto own = from.history(to);
    const QStringList kept = ofAuthor(own);
    const QStringList shown = ofAuthor(to.history(from));
    const QString pair = QStringLiteral("%1 to %2: ").arg(from.name(), to.name());
    if (kept != shown)
        return pair + QStringLiteral("kept %1, shown %2")
                          .arg(kept.join(QStringLiteral(", ")), shown.join(QStringLiteral(", ")));
    const Said& said = m_said[{author, reader}];
    QStringList certain;
    for (const QString& text : shown)
        if (!said.maybe.contains(text))
            certain.push_back(text);
    if (certain != said.stored)
        return pair + QStringLiteral("stored %1, shown %2")
                          .arg(said.stored.join(QStringLiteral(", ")), certain.join(QStringLiteral(", ")));
    const auto enough = m_bribed ? store::MessageState::Accepted : store::MessageState::Delivered;
    for (const store::TimelineRow& row : own)
        if (row.author == from.account() && row.state < enough)
            return pair + QStringLiteral("no receipt for ") + row.text;
    return {};
}

} // namespace kith::test
