// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/integration/storm.h"

#include "core/store/inbound.h"

namespace kith::test {

using namespace std::chrono_literals;

Storm::Storm(std::uint64_t seed, const Scene& scene)
    : m_random(seed)
    , m_world(seed + 1, scene) {
    m_world.network.latencyMax = Millis(static_cast<std::int64_t>(1 + m_random.below(200)));
    for (const auto& relay : m_world.relays)
        relay->storeDelay = Millis(static_cast<std::int64_t>(m_random.below(20)));
}

const std::vector<Storm::Action>& Storm::table() {
    static const std::vector<Action> actions{
        {40, &Storm::send},       {6, &Storm::cutLine},    {6, &Storm::switchLine},  {6, &Storm::freezeLine},
        {8, &Storm::killPerson},  {3, &Storm::quitPerson}, {16, &Storm::openPerson}, {4, &Storm::killRelay},
        {10, &Storm::startRelay}, {3, &Storm::setDate},    {6, &Storm::waitLong},    {5, &Storm::fillDisk},
    };
    return actions;
}

QString Storm::run(int actions) {
    unsigned total = 0;
    for (const Action& action : table())
        total += action.weight;
    for (int i = 0; i < actions; ++i) {
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
    if (!m_world.runUntil([this] { return isOver(); }, 6h))
        return QStringLiteral("no calm after six hours: ") + standing() + check();
    return check();
}

/// Some steps of whatever is due: the next action falls between any two of them.
void Storm::stir() {
    for (auto steps = below(60); steps > 0; --steps) {
        if (m_world.loop.step())
            continue;
        const auto next = m_world.loop.untilNext();
        if (!next || *next > 2s)
            return;
        m_world.clock.advance(*next);
    }
}

void Storm::send() {
    const auto author = below(m_world.people.size());
    const auto reader = (author + 1 + below(m_world.people.size() - 1)) % m_world.people.size();
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
    for (const auto& relay : m_world.relays)
        relay->start();
    for (const auto& person : m_world.people) {
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
    for (const store::TimelineRow& row : own)
        if (row.author == from.account() && row.state != store::MessageState::Delivered)
            return pair + QStringLiteral("no receipt for ") + row.text;
    return {};
}

} // namespace kith::test
