// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/frame.h"
#include "core/wire/limits.h"
#include "tests/integration/scenes.h"

#include <QTest>

namespace kith::test {

using namespace std::chrono_literals;
using wire::pb::Frame;

/// A relay that does not keep to the protocol (PROTOCOL.md s16 "malicious relay"): what it says may delay or lose
/// things as long as it lies, but changes nothing that was said, and an honest relay in its place mends the rest.
class TestLyingRelay : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// Some bytes of what it sends are others, wherever they still make a frame.
    void liesInAnyFieldChangeNothingThatWasSaid_data() {
        QTest::addColumn<int>("round");
        for (int round = 0; round < 10; ++round)
            QTest::addRow("%d", round) << round;
    }
    void liesInAnyFieldChangeNothingThatWasSaid() {
        QFETCH(const int, round);
        Friends world;
        SeededRandom lies(seed() + static_cast<std::uint64_t>(round));
        world.home.meddle = [&lies](Frame& frame) {
            lie(lies, frame);
            return true;
        };
        for (int i = 0; i < 20; ++i) {
            world.ann.send(world.bob, QStringLiteral("a%1").arg(i));
            world.bob.send(world.ann, QStringLiteral("b%1").arg(i));
            if (lies.below(4) == 0) // it greets them again
                (lies.below(2) == 0 ? world.ann : world.bob).line().cut();
            world.run(20s);
        }
        world.home.meddle = {};
        world.home.crash();
        world.home.start();
        QVERIFY(world.runUntil([&] { return world.isCalm(); }, 6h));
        world.ann.send(world.bob, QStringLiteral("the end"));
        world.bob.send(world.ann, QStringLiteral("the end"));
        QVERIFY2(world.runUntil([&] { return agree(world.ann, world.bob) && agree(world.bob, world.ann); }, 6h),
                 qPrintable(difference(world.ann, world.bob) + difference(world.bob, world.ann)));
    }

    /// It says that Bob's devices are those of somebody else who listens.
    void anotherAccountsManifestIsNotTaken() {
        Friends world(3);
        SimPerson& cleo = world.person(2);
        const auto foreign = store::loadOwnManifest(cleo.db()).value()->toWire();
        int lies = 0;
        world.home.meddle = [&](Frame& frame) {
            if (frame.has_sent()) {
                ++lies;
                wire::pb::Error error;
                error.set_code(static_cast<std::uint32_t>(wire::WireCode::DevicesChanged));
                *error.mutable_manifest() = foreign;
                *frame.mutable_error() = error;
            } else if (frame.has_bundles()) {
                *frame.mutable_bundles()->mutable_manifest() = foreign;
            }
            return true;
        };
        world.ann.send(world.bob, QStringLiteral("for Bob"));
        world.run(60s);
        QVERIFY(lies > 0);
        world.home.meddle = {};
        QVERIFY(world.arrives({QStringLiteral("for Bob")}, 3h));
        QCOMPARE(cleo.texts(world.ann), QStringList());
        const auto devices = store::Peers(world.ann.db()).devices(world.bob.account()).value();
        QCOMPARE(devices.size(), std::size_t(1));
    }

    /// It keeps showing the manifest of last week.
    void aManifestNeverGoesBack() {
        Friends world;
        SimRelay& second = world.addRelay();
        const auto old = store::loadOwnManifest(world.bob.db()).value()->toWire();
        bool joined = false;
        world.bob->join(second.invite(), [&joined](const Result<client::Joined>& done) { joined = done.has_value(); });
        QVERIFY(world.runUntil([&] { return joined; }));
        const auto version = [&] {
            return store::Peers(world.ann.db()).manifest(world.bob.account()).value()->manifest.version;
        };
        world.ann.send(world.bob, QStringLiteral("zero"));
        QVERIFY(world.arrives({QStringLiteral("zero")}, 3h));
        QCOMPARE(version(), 2u);
        world.home.meddle = [&](Frame& frame) {
            if (frame.has_sent()) {
                wire::pb::Error error;
                error.set_code(static_cast<std::uint32_t>(wire::WireCode::DevicesChanged));
                *error.mutable_manifest() = old;
                *frame.mutable_error() = error;
            }
            return true;
        };
        world.ann.send(world.bob, QStringLiteral("one"));
        QVERIFY(world.arrives({QStringLiteral("zero"), QStringLiteral("one")}, 3h));
        QCOMPARE(version(), 2u);
    }

    /// It takes the registration and then does what no honest one does.
    void aJoinThatIsAnsweredWithNonsenseEnds_data() {
        QTest::addColumn<int>("how");
        QTest::newRow("an answer to nothing") << 0;
        QTest::newRow("another copy has logged in") << 1;
        QTest::newRow("the device was removed") << 2;
    }
    void aJoinThatIsAnsweredWithNonsenseEnds() {
        QFETCH(const int, how);
        Friends world;
        SimRelay& second = world.addRelay();
        second.meddle = [how](Frame& frame) {
            if (!frame.has_registered())
                return true;
            if (how == 0) {
                frame.set_id(frame.id() + 7);
            } else {
                frame.set_id(0);
                frame.mutable_go_away()->set_reason(how == 1 ? wire::pb::REPLACED : wire::pb::REVOKED);
            }
            return true;
        };
        std::optional<Code> ended;
        world.bob->join(second.invite(),
                        [&](const Result<client::Joined>& done) { ended = done ? Code::Internal : done.error().code; });
        QVERIFY(world.runUntil([&] { return ended.has_value(); }, 10min));
        QCOMPARE(*ended, Code::Unavailable);
    }

private:
    static void lie(SeededRandom& random, Frame& frame) {
        // What ends or stops a link has its own tests: a lie there is believed until the person acts.
        if (random.below(4) != 0 || frame.has_hello_ok() || frame.has_go_away() || frame.has_error())
            return;
        std::string bytes = frame.SerializeAsString();
        for (auto changes = 1 + random.below(3); changes > 0 && !bytes.empty(); --changes)
            bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
        Frame lied;
        if (wire::decodeFrame(view(bytes), wire::Sender::Relay, wire::limits::FrameMax, lied) == wire::WireCode::None &&
            !lied.has_go_away() && !lied.has_error())
            frame = lied;
    }

    /// What the author's window shows as sent is what the reader's shows, once and in order.
    static bool agree(SimPerson& author, SimPerson& reader) {
        return sides(author, reader, true) == sides(author, reader, false);
    }
    static QStringList sides(SimPerson& author, SimPerson& reader, bool own) {
        QStringList texts;
        for (const store::TimelineRow& row : (own ? author.history(reader) : reader.history(author))) {
            if (row.author != author.account())
                continue;
            if (row.kind == store::RowKind::Text && row.state != store::MessageState::Failed)
                texts.push_back(row.text);
            else if (row.kind == store::RowKind::Gap)
                texts.push_back(QStringLiteral("[gap]"));
        }
        return texts;
    }
    static QString difference(SimPerson& author, SimPerson& reader) {
        return QStringLiteral("%1 said %2, %3 sees %4; ")
            .arg(author.name(), sides(author, reader, true).join(u' '), reader.name(),
                 sides(author, reader, false).join(u' '));
    }
};

KITH_TEST(TestLyingRelay)

} // namespace kith::test

#include "test_lying_relay.moc"
