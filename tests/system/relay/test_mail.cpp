// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/limits.h"
#include "tests/support/test_main.h"
#include "tests/system/relay/relay_process.h"

using namespace kith;
using namespace kith::test;
using wire::WireCode;
using Channel = RelayClient::Channel;

/// Mail through a real relay over TLS.
class TestMail : public QObject {
    Q_OBJECT

    struct Post {
        bool begin() {
            if (!relay.start())
                return false;
            reader.emplace(random, relay.endpoint());
            sender.emplace(random, relay.endpoint());
            owner = std::make_unique<TestAccount>(random, std::vector{relay.relay()});
            if (!reader->open(Channel::Authenticated, relay.relay()) || !reader->logIn(*owner, relay.invite()) ||
                !reader->backlog() || !sender->open(Channel::Anonymous, relay.relay()))
                return false;
            drop = TestDrop::of(random, *owner);
            const auto put = reader->call(dropPutFrame(drop, pb::DROP_CONTACT));
            return put && put->has_ok();
        }
        pb::Frame mail(const std::string& body) { return sendFrame(random, drop, {owner->device()}, body); }

        SeededRandom random{seed()};
        RelayProcess relay;
        std::optional<RelayClient> reader;
        std::optional<RelayClient> sender;
        std::unique_ptr<TestAccount> owner;
        TestDrop drop;
    };

private Q_SLOTS:
    void mailIsAcceptedDeliveredAndGoneAfterTheAck() {
        Post p;
        QVERIFY(p.begin());
        const auto sent = p.sender->call(p.mail("hello"));
        VERIFY_OK(sent);
        QCOMPARE(sent->sent().status(), pb::ACCEPTED);
        const auto got = p.reader->envelopes(1);
        VERIFY_OK(got);
        QCOMPARE(got->front().body(), std::string("hello"));
        QCOMPARE(p.relay.command({QStringLiteral("status")}).second[QLatin1String("backlog_items")].toInt(), 1);
        // The epoch is in WELCOME; a second login shows it and brings the item again.
        p.reader->close();
        VERIFY_OK(p.reader->open(Channel::Authenticated, p.relay.relay()));
        const auto welcome = p.reader->logIn(*p.owner);
        VERIFY_OK(welcome);
        QCOMPARE(p.reader->backlog()->size(), 1U);
        p.reader->send(ackFrame(welcome->epoch(), got->front().seq()));
        QTRY_COMPARE(p.relay.command({QStringLiteral("status")}).second[QLatin1String("backlog_items")].toInt(-1), 0);
    }
    void aKillBetweenAcceptAndDeliveryLosesNothingAndDoublesNothing() {
        Post p;
        QVERIFY(p.begin());
        p.reader->close(); // nobody is there to take it
        const pb::Frame mail = p.mail("survives");
        QCOMPARE(p.sender->call(mail)->sent().status(), pb::ACCEPTED);
        p.relay.kill();
        QVERIFY(p.relay.start());
        VERIFY_OK(p.sender->open(Channel::Anonymous, p.relay.relay()));
        QCOMPARE(p.sender->call(mail)->sent().status(), pb::DUPLICATE); // the sender never heard the first answer
        VERIFY_OK(p.reader->open(Channel::Authenticated, p.relay.relay()));
        const auto welcome = p.reader->logIn(*p.owner);
        VERIFY_OK(welcome);
        auto items = p.reader->backlog();
        VERIFY_OK(items);
        QCOMPARE(items->size(), 1U);
        QCOMPARE(items->front().body(), std::string("survives"));
        // Delivered but not acked: once more after another kill, under the same number.
        p.relay.kill();
        QVERIFY(p.relay.start());
        VERIFY_OK(p.reader->open(Channel::Authenticated, p.relay.relay()));
        VERIFY_OK(p.reader->logIn(*p.owner));
        const auto again = p.reader->backlog();
        VERIFY_OK(again);
        QCOMPARE(again->size(), 1U);
        QCOMPARE(again->front().seq(), items->front().seq());
    }
    void everythingAcceptedUnderKillsArrivesOnceAndInOrder() {
        Post p;
        QVERIFY(p.begin());
        p.reader->close();
        std::vector<std::string> accepted;
        int number = 0;
        for (int round = 0; round < 3; ++round) {
            std::vector<std::pair<std::uint64_t, std::string>> flying;
            for (int i = 0; i < 15; ++i) {
                const std::string body = std::to_string(number++);
                flying.emplace_back(p.sender->send(p.mail(body)), body);
            }
            for (std::size_t i = 0; i < 5 * static_cast<std::size_t>(round + 1);
                 ++i) // the others may or may not be stored
                if (p.sender->reply(flying[i].first))
                    accepted.push_back(flying[i].second);
            p.relay.kill();
            QVERIFY(p.relay.start());
            VERIFY_OK(p.sender->open(Channel::Anonymous, p.relay.relay()));
        }
        VERIFY_OK(p.reader->open(Channel::Authenticated, p.relay.relay()));
        VERIFY_OK(p.reader->logIn(*p.owner));
        const auto items = p.reader->backlog();
        VERIFY_OK(items);
        int last = -1;
        std::vector<std::string> bodies;
        for (const pb::Envelope& envelope : *items) {
            bodies.push_back(envelope.body());
            QVERIFY(std::stol(envelope.body()) > last);
            last = static_cast<int>(std::stol(envelope.body()));
        }
        for (const std::string& body : accepted)
            QVERIFY2(std::find(bodies.begin(), bodies.end(), body) != bodies.end(), "an accepted item is missing");
    }
    void invitesThatAreUsedExpiredOrForeignAdmitNobody() {
        Post p;
        QVERIFY(p.begin());
        const auto used = p.relay.invite();
        const auto refused = [&](const wire::InviteToken& token) {
            const TestAccount newcomer(p.random, {p.relay.relay()});
            RelayClient client(p.random, p.relay.endpoint());
            if (!client.open(Channel::Authenticated, p.relay.relay()))
                return WireCode::Internal;
            return codeOf(*client.call(registerFrame(client.met(), newcomer, 1, token)));
        };
        QCOMPARE(refused(used), WireCode::None);
        QCOMPARE(refused(used), WireCode::GrantInvalid);
        QCOMPARE(refused(p.random.id<wire::InviteToken>()), WireCode::GrantInvalid);
        const QJsonObject listed = p.relay.command({QStringLiteral("invite")}).second;
        QCOMPARE(p.relay.command({QStringLiteral("revoke-invite"), listed[QLatin1String("id")].toString()}).first, 0);
        QCOMPARE(refused(wire::InviteLink::parse(listed[QLatin1String("invite")].toString())->token),
                 WireCode::GrantInvalid);
    }
    void aRelayThatEndsSaysGoodbyeAndExitsWithZero() {
        Post p;
        QVERIFY(p.begin());
        QCOMPARE(p.relay.stop(), 0);
        const auto goodbye = p.reader->push();
        VERIFY_OK(goodbye);
        QCOMPARE(goodbye->go_away().reason(), pb::DRAIN);
        VERIFY_OK(p.reader->closeCode());
        VERIFY_OK(p.sender->closeCode());
    }
    void nothingThatNamesAnybodyIsInTheLog() {
        RelayProcess relay({QStringLiteral("--log-level"), QStringLiteral("debug")});
        QVERIFY(relay.start());
        SeededRandom random(seed());
        TestAccount owner(random, {relay.relay()});
        RelayClient reader(random, relay.endpoint());
        VERIFY_OK(reader.open(Channel::Authenticated, relay.relay()));
        const auto invite = relay.invite();
        VERIFY_OK(reader.logIn(owner, invite));
        const TestDrop drop = TestDrop::of(random, owner);
        VERIFY_OK(reader.call(dropPutFrame(drop, pb::DROP_CONTACT)));
        RelayClient sender(random, relay.endpoint());
        VERIFY_OK(sender.open(Channel::Anonymous, relay.relay()));
        VERIFY_OK(sender.call(sendFrame(random, drop, {owner.device()}, "canary")));
        const QByteArray log = relay.logAfterStop();
        for (const QByteArray& id : {owner.id().bytes(), drop.id.bytes(), drop.token.bytes(), invite.bytes()})
            for (const QByteArray& spelled :
                 {id.toHex(), id.toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals),
                  toBase32(view(id)).toLatin1()})
                QVERIFY(!log.contains(spelled));
        QVERIFY(!log.contains("canary"));
        QVERIFY(!log.contains("127.0.0.1"));
    }
};

KITH_TEST(TestMail)
#include "test_mail.moc"
