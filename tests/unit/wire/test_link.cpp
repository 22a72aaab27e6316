// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/link.h"
#include "tests/support/fakes.h"
#include "tests/support/test_main.h"

#include <QTest>

using namespace kith;
using namespace kith::wire;

class TestLink : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void linksRoundTrip() {
        test::SeededRandom random(test::seed());
        for (const char* address : {"relay.example", "relay.example:9000", "127.0.0.1:1", "[::1]:65535", "[fe80::1]"}) {
            const auto endpoint = Endpoint::parse(QString::fromLatin1(address));
            VERIFY_OK(endpoint);
            QCOMPARE(endpoint->toString(), QString::fromLatin1(address));
            const InviteLink invite{*endpoint, random.id<RelayId>(), random.id<InviteToken>(), random.id<CardSecret>()};
            const auto readInvite = InviteLink::parse(invite.toString() + QStringLiteral(" \n"));
            VERIFY_OK(readInvite);
            QCOMPARE(readInvite->toString(), invite.toString());
            const ContactLink contact{*endpoint, random.id<RelayId>(), random.id<CardSecret>()};
            QCOMPARE(ContactLink::parse(contact.toString())->toString(), contact.toString());
            VERIFY_CODE(ContactLink::parse(invite.toString()), Code::Invalid);
            for (qsizetype size = 0; size < contact.toString().size(); ++size)
                VERIFY_CODE(ContactLink::parse(contact.toString().left(size)), Code::Invalid);
        }
    }
    void addressesThatAreNoneAreRefused_data() {
        QTest::addColumn<QString>("text");
        for (const char* text :
             {"",         ":80",     "a:0",   "a:65536", "a:+80", "a:8 0",          "a b",  "a/b",         "a@b",
              "-a",       "a-",      "a..b",  "[::1",    "[zz]",  "[fe80::1%eth0]", "::1",  "[127.0.0.1]", "a:80:80",
              "x\u00e4y", "[::1]80", "a:080", "a: 80",   "a:80 ", "a:-1",           "a:8\t"})
            QTest::newRow(text) << QString::fromUtf8(text);
    }
    void addressesThatAreNoneAreRefused() {
        QFETCH(QString, text);
        VERIFY_CODE(Endpoint::parse(text), Code::Invalid);
    }
    void hostileLinksAreRefusedWithAWordOnWhatToDo_data() {
        QTest::addColumn<QString>("text");
        QTest::newRow("empty") << QString();
        QTest::newRow("http") << QStringLiteral("https://example/#a.b");
        QTest::newRow("huge") << QString(1 << 20, u'x');
        QTest::newRow("no secrets") << QStringLiteral("kith://j/host/");
        QTest::newRow("no slash") << QStringLiteral("kith://j/host#a.b");
        QTest::newRow("path") << QStringLiteral("kith://j/host/../../etc/passwd#a.b");
        QTest::newRow("user") << QStringLiteral("kith://j/user@host/#a.b");
        QTest::newRow("short id") << QStringLiteral("kith://j/host/#AAAA.AAAAAAAAAAAAAAAAAAAAAA");
        QTest::newRow("four parts") << QStringLiteral("kith://j/host/#a.b.c.d");
        QTest::newRow("nul") << QStringLiteral("kith://j/ho") + QChar(0) + QStringLiteral("st/#a.b");
    }
    void hostileLinksAreRefusedWithAWordOnWhatToDo() {
        QFETCH(QString, text);
        const auto link = InviteLink::parse(text);
        VERIFY_CODE(link, Code::Invalid);
        QVERIFY(link.error().detail.size() > 20);
    }
};
KITH_TEST(TestLink)
#include "test_link.moc"
