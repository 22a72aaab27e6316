// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/relay_commands.h"
#include "app/self_check.h"
#include "core/base/logging.h"
#include "core/base/platform.h"
#include "core/crypto/process.h"
#include "core/crypto/self_test.h"

#include <QCoreApplication>
#include <QSocketNotifier>

using namespace kith;

namespace {

/// The first takes milliseconds and runs at every start.
constexpr app::Check AllChecks[] = {
    {"crypto", crypto::selfTest}, {"tls", app::checkTls}, {"database", app::checkDatabase}};

constexpr const char* Usage =
    "usage: kith-relay --data DIR [--listen ADDR:PORT ...] [--public HOST:PORT] [--admin ACCOUNT]\n"
    "                  [--log-level L] [--json]\n"
    "       kith-relay invite --data DIR [--uses N] [--expires 7d]    an invite: kith://j/...\n"
    "       kith-relay invites --data DIR                             the invites that are open\n"
    "       kith-relay revoke-invite ID --data DIR                    take one back\n"
    "       kith-relay members --data DIR                             who has joined, and when they were last here\n"
    "       kith-relay status --data DIR                              members, backlog, disk\n"
    "       kith-relay --self-check | --version\n"
    "\n"
    "  --data DIR          the relay's folder; made when it is missing\n"
    "  --listen ADDR:PORT  default 0.0.0.0:8443 and [::]:8443; port 0 picks a free one\n"
    "  --public HOST:PORT  how others reach this relay; stands in invites\n"
    "  --admin ACCOUNT     who may administer this relay from a client\n"
    "  --log-level L       error, warning (default), info or debug\n"
    "  --plain-loopback    no TLS; refused unless every listen address is loopback\n"
    "  --no-rate-limits    for load tests; refused unless every listen address is loopback";

int printed(const QString& text) {
    app::Output output;
    output.text(text);
    return output.hasFailed() ? 1 : 0;
}

} // namespace

int main(int argc, char** argv) {
    platform::hardenProcess();
    crypto::prepareProcess();
    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("kith-relay"));
    const QStringList words = QCoreApplication::arguments();
    if (words.size() == 1) {
        printed(QLatin1String(Usage));
        return 2;
    }
    const auto invocation = app::parseRelayCommand(words);
    if (!invocation) {
        app::printProblem(invocation.error().detail);
        app::printProblem(QStringLiteral("kith-relay --help shows how it is used"));
        return 2;
    }
    switch (invocation->task) {
    case app::RelayInvocation::Task::SelfCheck:
        return app::selfCheck(AllChecks);
    case app::RelayInvocation::Task::Version:
        return printed(QStringLiteral("kith-relay " KITH_VERSION));
    case app::RelayInvocation::Task::Help:
        return printed(QLatin1String(Usage));
    case app::RelayInvocation::Task::Work:
        break;
    }
    log::install(invocation->logLevel);
    if (const Result<void> fine = app::checkQuickly(std::span(AllChecks).first(1)); !fine) {
        app::printProblem(fine.error().detail);
        return 1;
    }
    app::RelayProgram program(*invocation);
    QSocketNotifier ended(platform::terminationDescriptor(), QSocketNotifier::Read);
    QObject::connect(&ended, &QSocketNotifier::activated, &program, [&ended, &program] {
        ended.setEnabled(false); // the descriptor stays readable
        program.end();
    });
    if (!program.start())
        return 1;
    return QCoreApplication::exec();
}
