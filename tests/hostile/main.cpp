// SPDX-License-Identifier: GPL-3.0-or-later
//
// kith-hostile client HOST:PORT INVITE SECONDS SEED LINK...   troubles a relay as strangers and as members
// kith-hostile relay SEED                                    is a relay; troubles its customers once it reads a line
//
// For soaks on one machine (tests/system/soak_hostile.py). Prints lines of JSON.
#include "core/base/platform.h"
#include "core/crypto/process.h"
#include "tests/hostile/attacker.h"
#include "tests/hostile/false_relay.h"
#include "tests/hostile/json_lines.h"

#include <QCoreApplication>
#include <QHostAddress>
#include <QSocketNotifier>

#include <cstdio>

using namespace kith;

namespace {

[[noreturn]] void giveUp(const QString& why) {
    std::fprintf(stderr, "kith-hostile: %s\n", qPrintable(why));
    std::exit(2);
}

template <typename T>
T must(Result<T> result) {
    if (!result)
        giveUp(result.error().detail);
    return std::move(result).value();
}

wire::Endpoint loopback(const QString& text) {
    wire::Endpoint endpoint = must(wire::Endpoint::parse(text));
    if (!QHostAddress(endpoint.host).isLoopback())
        giveUp(QStringLiteral("it plays on the loopback only"));
    return endpoint;
}

int attack(const QStringList& words) {
    const auto invite = must(wire::InviteLink::parse(words[3]));
    std::vector<wire::ContactLink> links;
    for (const QString& link : words.mid(6))
        links.push_back(must(wire::ContactLink::parse(link)));
    hostile::Attacker attacker({loopback(words[2]), invite.relay}, invite.token, links, words[5].toULongLong(),
                               std::chrono::seconds(words[4].toInt()));
    return QCoreApplication::exec();
}

/// Ends with its standard input.
int pretend(const QStringList& words) {
    hostile::FalseRelay relay(words[2].toULongLong());
    if (!relay.start())
        giveUp(relay.errorString());
    hostile::printLine(
        {{QStringLiteral("event"), QStringLiteral("ready")}, {QStringLiteral("invite"), relay.invite(100).toString()}});
    QSocketNotifier input(fileno(stdin), QSocketNotifier::Read);
    QObject::connect(&input, &QSocketNotifier::activated, &relay, [&relay] {
        char line[64];
        if (std::fgets(line, sizeof line, stdin) == nullptr)
            QCoreApplication::exit(0);
        else
            relay.begin();
    });
    return QCoreApplication::exec();
}

} // namespace

int main(int argc, char** argv) {
    platform::hardenProcess();
    crypto::prepareProcess();
    QCoreApplication application(argc, argv);
    const QStringList words = QCoreApplication::arguments();
    if (words.size() > 6 && words[1] == QLatin1String("client"))
        return attack(words);
    if (words.size() == 3 && words[1] == QLatin1String("relay"))
        return pretend(words);
    giveUp(QStringLiteral("usage: kith-hostile client HOST:PORT INVITE SECONDS SEED LINK... | relay SEED"));
}
