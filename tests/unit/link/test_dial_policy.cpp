// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/link/dial_policy.h"
#include "tests/support/test_main.h"

#include <QTest>

using namespace kith;
using namespace kith::link;

class TestDialPolicy : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void addressesOutsideThePublicInternetAreLocal_data() {
        QTest::addColumn<bool>("local");
        const auto row = [](const char* host, bool local) { QTest::newRow(host) << local; };
        for (const char* host : {"127.0.0.1",
                                 "127.255.255.254",
                                 "0.0.0.0",
                                 "10.1.2.3",
                                 "172.16.0.1",
                                 "172.31.255.255",
                                 "192.168.1.1",
                                 "169.254.169.254",
                                 "100.64.0.1",
                                 "100.127.255.255",
                                 "198.18.0.1",
                                 "192.0.0.8",
                                 "224.0.0.251",
                                 "255.255.255.255",
                                 "::",
                                 "::1",
                                 "fe80::1",
                                 "fe80::1%eth0",
                                 "fc00::1",
                                 "fd12:3456::1",
                                 "ff02::1",
                                 "fec0::1",
                                 "::ffff:127.0.0.1",
                                 "::ffff:192.168.0.1",
                                 "::127.0.0.1",
                                 "64:ff9b::7f00:1",
                                 "64:ff9b:1::1",
                                 "2002:7f00:1::1",
                                 "2002:c0a8:101::1",
                                 "2001::1",
                                 "2001:db8::1",
                                 "localhost",
                                 "LOCALHOST",
                                 "localhost.",
                                 "a.localhost",
                                 "box",
                                 "box.local",
                                 "box.local.",
                                 "router.lan",
                                 "x.home.arpa",
                                 "metadata.internal",
                                 "127.1",
                                 "2130706433",
                                 "0x7f.0.0.1",
                                 "0x7f000001",
                                 "0177.0.0.1",
                                 "1.2.3.4.5",
                                 ""})
            row(host, true);
        for (const char* host :
             {"8.8.8.8", "172.15.0.1", "172.32.0.1", "100.63.255.255", "100.128.0.1", "192.0.1.1", "198.17.255.255",
              "198.20.0.1", "223.255.255.255", "2a00::1", "2001:4860::8888", "64:ff9b::808:808", "2002:808:808::1",
              "::ffff:8.8.8.8", "relay.example.org", "local.example.org", "127.0.0.1.example.org"})
            row(host, false);
    }
    void addressesOutsideThePublicInternetAreLocal() {
        QFETCH(bool, local);
        QCOMPARE(isLocal(wire::Endpoint{QString::fromLatin1(QTest::currentDataTag()), 8443}), local);
    }
    void loopbackIsThisMachineOnly() {
        for (const char* host : {"127.0.0.1", "127.1.2.3", "::1", "localhost"})
            QVERIFY2(isLoopback({QString::fromLatin1(host), 1}), host);
        for (const char* host : {"192.168.0.1", "10.0.0.1", "box", "relay.example.org", "127.0.0.1.example.org"})
            QVERIFY2(!isLoopback({QString::fromLatin1(host), 1}), host);
    }
};
KITH_TEST(TestDialPolicy)
#include "test_dial_policy.moc"
