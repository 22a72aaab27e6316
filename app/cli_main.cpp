// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli_invocation.h"
#include "app/output.h"
#include "app/reply_json.h"
#include "app/rpc_session.h"
#include "app/self_check.h"
#include "core/base/logging.h"
#include "core/base/platform.h"
#include "core/client/local_client.h"
#include "core/crypto/process.h"
#include "core/crypto/self_test.h"
#include "core/signal/self_test.h"

#include <QCoreApplication>
#include <QTimer>

#include <algorithm>

using namespace kith;

namespace {

constexpr int Done = 0;
constexpr int RefusedExit = 1;
constexpr int WrongUse = 2;
constexpr int NotConnected = 3;

/// The first two take milliseconds and run at every start.
constexpr app::Check AllChecks[] = {{"crypto", crypto::selfTest},
                                    {"signal", signal::selfTest},
                                    {"tls", app::checkTls},
                                    {"database", app::checkDatabase}};

constexpr qsizetype InputMax = 1024 * 1024; ///< far above what a message may hold: the client says so

QString withoutLineEnd(QString text) {
    if (text.endsWith(u'\n'))
        text.chop(text.endsWith(QLatin1String("\r\n")) ? 2 : 1);
    return text;
}

class Program : public QObject {
public:
    explicit Program(app::Invocation invocation)
        : m_given(std::move(invocation))
        , m_client(options(m_given))
        , m_commands(m_client)
        , m_rpc(m_client, m_commands, m_output, m_given.networkTimeout())
        , m_lives(m_given.command == QLatin1String("rpc") || m_given.command == QLatin1String("watch")) {
        connect(&m_rpc, &app::RpcSession::ended, this, [this] { finish(Done); });
        connect(&m_output, &app::Output::failed, this, [this] { finish(RefusedExit); });
        if (m_lives)
            m_output.watchReader();
    }

    void start() {
        if (m_given.command == QLatin1String("rpc") && !m_given.hasPassphrase()) {
            m_rpc.start(); // "init" or "unlock" come over the wire
            return;
        }
        auto passphrase = app::readPassphrase(m_given);
        if (!passphrase) {
            const Code code = passphrase.error().code;
            fail(passphrase.error(), code == Code::Timeout       ? NotConnected
                                     : code == Code::Unavailable ? RefusedExit
                                                                 : WrongUse);
            return;
        }
        const bool isNew = m_given.command == QLatin1String("init");
        const QString name = m_given.params.value(QLatin1String("name")).toString();
        const auto opened = [this, isNew](const Result<client::Reply>& result) {
            if (!result)
                fail(result.error(), RefusedExit);
            else if (isNew)
                show(*result);
            else
                runCommand();
        };
        if (isNew)
            m_commands.run(client::api::Init{name, std::move(*passphrase)}, opened);
        else
            m_commands.run(client::api::Unlock{std::move(*passphrase)}, opened);
    }

    /// SIGTERM and the like. What has not been done is no success.
    void end() {
        if (m_lives)
            finish(Done);
        else
            fail({Code::Unavailable, QStringLiteral("the program was asked to end before it was done")}, RefusedExit);
    }

private:
    static client::LocalClientOptions options(const app::Invocation& given) {
        return {given.profile, QStringLiteral("kith-cli"), {}, given.allowLocal, given.plainLoopback};
    }

    void runCommand() {
        if (m_given.command == QLatin1String("rpc")) {
            m_rpc.setUnlocked();
            m_rpc.start();
            return;
        }
        if (m_given.command == QLatin1String("watch")) {
            watch();
            return;
        }
        if (m_given.params.value(QLatin1String("text")).toString() == QLatin1String("-"))
            readText();
        else
            connectAndCarryOut();
    }

    /// The text of the command, from standard input; on the event loop, which notices the end of patience.
    void readText() {
        m_input = std::make_unique<QSocketNotifier>(0, QSocketNotifier::Read);
        connect(m_input.get(), &QSocketNotifier::activated, this, [this] {
            char chunk[64 * 1024];
            const std::int64_t got = platform::readSome(0, chunk, sizeof chunk);
            m_text.append(chunk, static_cast<qsizetype>(std::max<std::int64_t>(got, 0)));
            if (got > 0 && m_text.size() <= InputMax)
                return;
            m_input->setEnabled(false);
            m_patience.stop();
            m_given.params.insert(QStringLiteral("text"), withoutLineEnd(QString::fromUtf8(m_text)));
            connectAndCarryOut();
        });
        if (m_given.timeout)
            limit(*m_given.timeout, QStringLiteral("standard input did not end within %1 seconds"));
    }

    void limit(Millis patience, const QString& complaint) {
        m_patience.setSingleShot(true);
        m_patience.disconnect();
        connect(&m_patience, &QTimer::timeout, this, [this, patience, complaint] {
            const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(patience).count();
            fail({Code::Timeout, complaint.arg(seconds)}, NotConnected);
        });
        m_patience.start(patience);
    }

    void connectAndCarryOut() {
        const bool online = app::findCommand(m_given.command)->needs == client::api::Needs::Network;
        if (online || m_given.syncFirst) {
            limit(m_given.networkTimeout(),
                  QStringLiteral("could not connect within %1 seconds; what was queued is sent later"));
            m_commands.run(client::api::GoOnline{}, [](const Result<client::Reply>&) {});
        }
        if (m_given.syncFirst)
            m_commands.run(client::api::Sync{}, [this](const Result<client::Reply>&) { carryOut(false); });
        else
            carryOut(online && m_given.command != QLatin1String("sync"));
    }

    void carryOut(bool syncAfter) {
        m_commands.run(m_given.command, m_given.params, [this, syncAfter](const Result<client::Reply>& result) {
            if (!result) {
                const Code code = result.error().code;
                const bool network = app::findCommand(m_given.command)->needs == client::api::Needs::Network;
                fail(result.error(),
                     network && (code == Code::Unavailable || code == Code::Timeout) ? NotConnected : RefusedExit);
                return;
            }
            if (!syncAfter) {
                show(*result);
                return;
            }
            // It did what it was asked; while it is connected it also takes what waits and gives its receipts.
            m_commands.run(client::api::Sync{}, [this, reply = *result](const Result<client::Reply>&) { show(reply); });
        });
    }

    void watch() {
        connect(&m_client, &client::Client::eventsAppended, this, [this](const client::EventBatch& batch) {
            for (const client::Change& change : batch.changes)
                if (const QJsonObject event = app::toJson(change); !event.isEmpty())
                    m_output.json(event);
        });
        connect(&m_client, &client::Client::connectionChanged, this, [this](const client::ConnectionRow& row) {
            QJsonObject event = app::toJson(row);
            event.insert(QStringLiteral("event"), QStringLiteral("connection"));
            m_output.json(event);
        });
        connect(&m_client, &client::Client::waitingChanged, this,
                [this](const client::WaitingRow& row) { m_output.json(app::toJson(row)); });
        m_commands.run(client::api::GoOnline{}, [](const Result<client::Reply>&) {});
        m_input = std::make_unique<QSocketNotifier>(0, QSocketNotifier::Read);
        connect(m_input.get(), &QSocketNotifier::activated, this, [this] {
            char ignored[4096];
            if (platform::readSome(0, ignored, sizeof ignored) <= 0) {
                m_input->setEnabled(false);
                finish(Done);
            }
        });
    }

    void show(const client::Reply& reply) {
        if (m_finished)
            return;
        const QJsonValue value = app::toJson(reply);
        if (m_given.json)
            m_output.json(value);
        else
            m_output.text(app::toText(value));
        finish(Done);
    }

    void fail(const Error& error, int status) {
        if (m_finished)
            return;
        if (m_given.json)
            m_output.json(QJsonObject{{QStringLiteral("error"), app::errorJson(error)}});
        else
            app::printProblem(error.detail);
        finish(status);
    }

    void finish(int status) {
        if (!m_finished)
            QCoreApplication::exit(status);
        m_finished = true;
    }

    app::Invocation m_given;
    app::Output m_output;
    client::LocalClient m_client;
    app::Commands m_commands;
    app::RpcSession m_rpc;
    bool m_lives; ///< until it is ended
    std::unique_ptr<QSocketNotifier> m_input;
    QByteArray m_text;
    QTimer m_patience;
    bool m_finished = false;
};

int printed(const QString& text) {
    app::Output output;
    output.text(text);
    return output.hasFailed() ? RefusedExit : Done;
}

} // namespace

int main(int argc, char** argv) {
    platform::hardenProcess();
    std::optional<SecretBytes> passphrase = platform::takeSecretVariable("KITH_PASSPHRASE");
    crypto::prepareProcess();
    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("kith-cli"));
    const QStringList words = QCoreApplication::arguments();
    if (words.size() == 1) {
        printed(app::usage());
        return WrongUse;
    }
    auto invocation = app::parseInvocation(words);
    if (!invocation) {
        app::printProblem(invocation.error().detail);
        app::printProblem(QStringLiteral("kith-cli --help shows how it is used"));
        return WrongUse;
    }
    switch (invocation->task) {
    case app::Invocation::Task::SelfCheck:
        return app::selfCheck(AllChecks);
    case app::Invocation::Task::Version:
        return printed(QStringLiteral("kith-cli " KITH_VERSION));
    case app::Invocation::Task::Help:
        return printed(app::usage());
    case app::Invocation::Task::Command:
        break;
    }
    log::install(invocation->logLevel);
    if (const Result<void> fine = app::checkQuickly(std::span(AllChecks).first(2)); !fine) {
        app::printProblem(fine.error().detail);
        return RefusedExit;
    }
    invocation->passphrase = std::move(passphrase);
    QSocketNotifier ended(platform::terminationDescriptor(), QSocketNotifier::Read);
    Program program(std::move(invocation).value());
    QObject::connect(&ended, &QSocketNotifier::activated, &program, [&ended, &program] {
        ended.setEnabled(false); // the descriptor stays readable
        program.end();
    });
    // From the event loop, which an early refusal has to end.
    QMetaObject::invokeMethod(
        &program, [&program] { program.start(); }, Qt::QueuedConnection);
    return QCoreApplication::exec();
}
