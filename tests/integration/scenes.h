// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/store/peers/peers.h"
#include "core/store/sending/outbox.h"
#include "tests/support/sim_world.h"
#include "tests/support/test_main.h"

namespace kith::test {

/// `people` who all know each other, on `relays` by turns. Made once for each policy-free shape, then copied.
inline const Scene& friends(std::size_t people, std::size_t relays) {
    static std::map<std::pair<std::size_t, std::size_t>, Scene> made;
    const auto found = made.find({people, relays});
    if (found != made.end())
        return found->second;
    SimWorld world(1);
    for (std::size_t i = 0; i < relays; ++i)
        world.addRelay();
    static const char* const names[] = {"Ann", "Bob", "Cleo", "Dan"};
    for (std::size_t i = 0; i < people; ++i)
        world.addMember(QLatin1String(names[i]), world.relay(i % relays));
    for (std::size_t i = 0; i < people; ++i)
        for (std::size_t j = 0; j < i; ++j)
            world.befriend(world.person(i), world.person(j));
    return made[{people, relays}] = world.putAside();
}

/// Where `by` sends what is for `of`.
inline std::optional<store::PeerDrop> knownDrop(SimPerson& by, SimPerson& of) {
    return store::Peers(by.db()).drop(of.account(), wire::pb::DROP_CONTACT, conversationWith(of.account())).value();
}

/// Ann and Bob (and Cleo) on one relay, online and quiet.
struct Friends : SimWorld {
    explicit Friends(std::size_t count = 2)
        : SimWorld(seed(), friends(count, 1)) {
        run(std::chrono::seconds(5));
    }

    /// Ann's texts, as Bob sees them.
    QStringList shown() {
        QStringList texts;
        for (const store::TimelineRow& row : bob.history(ann))
            if (row.author == ann.account())
                texts.push_back(row.kind == store::RowKind::Text ? row.text : QStringLiteral("[gap]"));
        return texts;
    }
    bool arrives(const QStringList& texts, Millis patience = std::chrono::minutes(10)) {
        return runUntil([&] { return shown() == texts; }, patience) &&
               (run(std::chrono::seconds(30)), shown() == texts);
    }
    /// State of Ann's message.
    store::MessageState stateOf(const MessageId& id) {
        const auto row = store::queries::message(ann.db(), ann.account(), id).value();
        return row ? row->state : store::MessageState::None;
    }
    /// Puts content into Ann's outbox for Bob as it is, which her own code never would.
    void push(wire::pb::Content content, wire::pb::Content::KindCase kind) {
        queue(content, kind);
        ann.send(bob, QStringLiteral("after")); // wakes the pump
    }
    /// The same, until something wakes the pump.
    void queue(wire::pb::Content content, wire::pb::Content::KindCase kind) {
        queue(
            [&](const MessageId& id, WallTime now) {
                content.set_v(1);
                content.set_logical_id(id.str());
                if (content.hlc() == 0)
                    content.set_hlc(static_cast<std::uint64_t>(toMs(now)));
                return content.SerializeAsString();
            },
            kind);
    }
    void push(const std::function<std::string(const MessageId&, WallTime)>& make, wire::pb::Content::KindCase kind) {
        queue(make, kind);
        ann.send(bob, QStringLiteral("after"));
    }
    void queue(const std::function<std::string(const MessageId&, WallTime)>& make, wire::pb::Content::KindCase kind) {
        const Result<void> done = ann->store().unit([&](store::Unit& unit) -> Result<void> {
            store::SentContent content;
            content.conversation = conversationWith(bob.account());
            content.message = random.id<MessageId>();
            content.kind = kind;
            const std::string bytes = make(content.message, unit.now());
            content.body = toByteArray(view(bytes));
            store::OutboxRow row;
            row.lane = store::Lane::Repairs;
            row.account = bob.account();
            row.created = row.due = unit.now();
            TRY_ASSIGN(row.content.row, store::Sent(unit.db()).add(content, unit.now()));
            return store::Outbox(unit.db()).add(row);
        });
        INVARIANT(done);
    }
    std::size_t count(client::Change::Kind kind) {
        std::size_t total = 0;
        for (const client::EventBatch& batch : bob.events())
            for (const client::Change& change : batch.changes)
                total += change.kind == kind ? 1 : 0;
        return total;
    }

    SimPerson& ann = person(0);
    SimPerson& bob = person(1);
    SimRelay& home = relay(0);
};

} // namespace kith::test
