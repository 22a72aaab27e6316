// SPDX-License-Identifier: GPL-3.0-or-later
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
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTimer>

#include <cstdio>
#include <functional>

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

/// The command line, taken apart.
struct Invocation {
    QString profile;
    QString passphraseFile;
    int passphraseDescriptor = -1;
    bool json = false;
    bool allowLocal = false;
    bool plainLoopback = false;
    bool syncFirst = false;
    int timeoutSeconds = 30;
    log::Level logLevel = log::Level::Warning;
    QString command;
    QJsonObject params;
};

QString usage() {
    QString text = QStringLiteral(
        "usage: kith-cli --profile DIR [--passphrase-file F | --passphrase-fd N] [--json] [--timeout S] COMMAND\n"
        "       kith-cli --self-check | --version\n\n"
        "The passphrase is read from the file, the descriptor, KITH_PASSPHRASE, or asked for.\n\n"
        "  init --name NAME\n        a new account; write the recovery code down\n");
    for (const app::CommandSpec& spec : app::commandTable()) {
        text += QStringLiteral("  ") + spec.name;
        for (const QString& argument : spec.arguments)
            text += u' ' + argument.toUpper();
        for (const QString& option : spec.options)
            text += QStringLiteral(" [--%1 %2]").arg(option, option.toUpper());
        for (const QString& flag : spec.flags)
            text += QStringLiteral(" [--%1]").arg(flag);
        text += QStringLiteral("\n        ") + spec.help + u'\n';
    }
    return text + QStringLiteral("  watch\n        events as JSON lines until it is ended\n"
                                 "  rpc\n        JSON-RPC 2.0, one object a line\n");
}

void print(FILE* stream, const QString& text) {
    const QByteArray line = text.toUtf8() + '\n';
    std::fwrite(line.constData(), 1, static_cast<std::size_t>(line.size()), stream);
    std::fflush(stream);
}

void printJson(const QJsonValue& value) {
    const QJsonDocument document = value.isArray() ? QJsonDocument(value.toArray()) : QJsonDocument(value.toObject());
    print(stdout, QString::fromUtf8(document.toJson(QJsonDocument::Compact)));
}

/// Options before the command are the program's, those after it the command's.
Result<Invocation> parse(QStringList words) {
    Invocation out;
    words.removeFirst();
    QStringList positional;
    const auto wrong = [](const QString& what) { return fail(Code::Invalid, what); };
    static const app::CommandSpec init{QStringLiteral("init"), {}, {QStringLiteral("name")}, {}, {}, {}};
    static const app::CommandSpec bare{QStringLiteral("rpc"), {}, {}, {}, {}, {}};
    const app::CommandSpec* spec = nullptr;
    while (!words.isEmpty()) {
        const QString word = words.takeFirst();
        if (!word.startsWith(QLatin1String("--")) || word == QLatin1String("--")) {
            if (out.command.isEmpty()) {
                out.command = word;
                spec = word == QLatin1String("init")                                    ? &init
                       : word == QLatin1String("rpc") || word == QLatin1String("watch") ? &bare
                                                                                        : app::findCommand(word);
                if (spec == nullptr)
                    return wrong(QStringLiteral("there is no command %1").arg(word));
            } else {
                positional.append(word);
            }
            continue;
        }
        const QString name = word.mid(2);
        const auto value = [&]() -> Result<QString> {
            if (words.isEmpty())
                return wrong(QStringLiteral("%1 needs a value").arg(word));
            return words.takeFirst();
        };
        const auto number = [&](int max) -> Result<int> {
            TRY_ASSIGN(const QString text, value());
            bool ok = false;
            const int given = text.toInt(&ok);
            if (!ok || given < 0 || given > max)
                return wrong(QStringLiteral("%1 takes a number up to %2").arg(word).arg(max));
            return given;
        };
        if (spec != nullptr && spec->flags.contains(name)) {
            out.params.insert(name, true);
        } else if (spec != nullptr && spec->options.contains(name)) {
            TRY_ASSIGN(const QString given, value());
            out.params.insert(name, given);
        } else if (name == QLatin1String("profile")) {
            TRY_ASSIGN(out.profile, value());
        } else if (name == QLatin1String("passphrase-file")) {
            TRY_ASSIGN(out.passphraseFile, value());
        } else if (name == QLatin1String("passphrase-fd")) {
            TRY_ASSIGN(out.passphraseDescriptor, number(1'000'000));
        } else if (name == QLatin1String("timeout")) {
            TRY_ASSIGN(out.timeoutSeconds, number(86'400));
        } else if (name == QLatin1String("json")) {
            out.json = true;
        } else if (name == QLatin1String("sync")) {
            out.syncFirst = true;
        } else if (name == QLatin1String("allow-local")) {
            out.allowLocal = true;
        } else if (name == QLatin1String("plain-loopback")) {
            out.plainLoopback = true;
        } else if (name == QLatin1String("verbose")) {
            out.logLevel = log::Level::Debug;
        } else {
            return wrong(QStringLiteral("there is no option %1").arg(word));
        }
    }
    if (spec == nullptr || out.profile.isEmpty())
        return wrong(out.command.isEmpty() ? QStringLiteral("no command given")
                                           : QStringLiteral("--profile DIR is missing"));
    if (positional.size() != spec->arguments.size())
        return wrong(QStringLiteral("%1 takes %2 arguments").arg(out.command).arg(spec->arguments.size()));
    for (qsizetype i = 0; i < positional.size(); ++i)
        out.params.insert(spec->arguments[i], positional[i]);
    return out;
}

/// From the file, the descriptor, the environment or the terminal. One line; its end is not part of it.
Result<SecretBytes> readPassphrase(const Invocation& given) {
    constexpr std::size_t PassphraseMax = 1024;
    QFile file(given.passphraseFile);
    const bool fromFile = !given.passphraseFile.isEmpty();
    if (fromFile || given.passphraseDescriptor >= 0) {
        const bool opened =
            fromFile ? file.open(QIODevice::ReadOnly) : file.open(given.passphraseDescriptor, QIODevice::ReadOnly);
        if (!opened)
            return fail(Code::NotFound, QStringLiteral("the passphrase cannot be read: %1").arg(file.errorString()));
        QByteArray line = file.readLine(PassphraseMax + 1);
        while (line.endsWith('\n') || line.endsWith('\r'))
            line.chop(1);
        SecretBytes secret(view(line));
        wipe(line);
        return secret;
    }
    if (qEnvironmentVariableIsSet("KITH_PASSPHRASE")) {
        QByteArray text = qgetenv("KITH_PASSPHRASE");
        qunsetenv("KITH_PASSPHRASE");
        SecretBytes secret(view(text));
        wipe(text);
        return secret;
    }
    auto asked = platform::askSecret(QStringLiteral("Passphrase: "));
    if (!asked)
        return fail(Code::Invalid,
                    QStringLiteral("give a passphrase: --passphrase-file, --passphrase-fd or KITH_PASSPHRASE"));
    return asked;
}

class Program : public QObject {
public:
    explicit Program(Invocation invocation)
        : m_given(std::move(invocation))
        , m_client(options(m_given))
        , m_commands(m_client)
        , m_rpc(m_client, m_commands) {
        connect(&m_rpc, &app::RpcSession::ended, this, [this] { finish(Done); });
    }

    void start() {
        if (m_given.command == QLatin1String("rpc") && m_given.passphraseFile.isEmpty() &&
            m_given.passphraseDescriptor < 0 && !qEnvironmentVariableIsSet("KITH_PASSPHRASE")) {
            m_rpc.start(); // "init" or "unlock" come over the wire
            return;
        }
        auto passphrase = readPassphrase(m_given);
        if (!passphrase) {
            fail(passphrase.error(), WrongUse);
            return;
        }
        const bool isNew = m_given.command == QLatin1String("init");
        const QString name = m_given.params.value(QLatin1String("name")).toString();
        m_commands.expect(isNew ? m_client.init(name, std::move(*passphrase)) : m_client.unlock(std::move(*passphrase)),
                          [this, isNew](const Result<client::Reply>& opened) {
                              if (!opened)
                                  fail(opened.error(), RefusedExit);
                              else if (isNew)
                                  show(*opened);
                              else
                                  runCommand();
                          });
    }

private:
    static client::LocalClientOptions options(const Invocation& given) {
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
        const bool online = app::findCommand(m_given.command)->network == app::CommandSpec::Network::Online;
        if (online || m_given.syncFirst) {
            QTimer::singleShot(m_given.timeoutSeconds * 1000, this, [this] {
                fail(
                    {Code::Timeout, QStringLiteral("could not connect within %1 seconds; what was queued is sent later")
                                        .arg(m_given.timeoutSeconds)},
                    NotConnected);
            });
            m_commands.expect(m_client.goOnline(), [](const Result<client::Reply>&) {});
        }
        if (m_given.syncFirst)
            m_commands.expect(m_client.sync(), [this](const Result<client::Reply>&) { carryOut(false); });
        else
            carryOut(online && m_given.command != QLatin1String("sync"));
    }

    void carryOut(bool syncAfter) {
        if (m_given.params.value(QLatin1String("text")).toString() == QLatin1String("-")) {
            QFile input;
            input.open(0, QIODevice::ReadOnly);
            m_given.params.insert(QStringLiteral("text"), QString::fromUtf8(input.readAll()));
        }
        m_commands.run(m_given.command, m_given.params, [this, syncAfter](const Result<client::Reply>& result) {
            if (!result) {
                const Code code = result.error().code;
                const bool network = app::findCommand(m_given.command)->network == app::CommandSpec::Network::Online;
                fail(result.error(),
                     network && (code == Code::Unavailable || code == Code::Timeout) ? NotConnected : RefusedExit);
                return;
            }
            if (!syncAfter) {
                show(*result);
                return;
            }
            // It did what it was asked; while it is connected it also takes what waits and gives its receipts.
            m_commands.expect(m_client.sync(), [this, reply = *result](const Result<client::Reply>&) { show(reply); });
        });
    }

    void watch() {
        connect(&m_client, &client::Client::eventsAppended, this, [](const client::EventBatch& batch) {
            for (const client::Change& change : batch.changes)
                if (const QJsonObject event = app::toJson(change); !event.isEmpty())
                    printJson(event);
        });
        connect(&m_client, &client::Client::connectionChanged, this, [](const client::ConnectionRow& row) {
            QJsonObject event = app::toJson(row);
            event.insert(QStringLiteral("event"), QStringLiteral("connection"));
            printJson(event);
        });
        connect(&m_client, &client::Client::waitingChanged, this,
                [](const client::WaitingRow& row) { printJson(app::toJson(row)); });
        m_commands.expect(m_client.goOnline(), [](const Result<client::Reply>&) {});
        auto* input = new QSocketNotifier(0, QSocketNotifier::Read, this);
        connect(input, &QSocketNotifier::activated, this, [this, input] {
            char ignored[4096];
            if (platform::readSome(0, ignored, sizeof ignored) <= 0) {
                input->setEnabled(false);
                finish(Done);
            }
        });
    }

    void show(const client::Reply& reply) {
        if (m_finished)
            return;
        const QJsonValue value = app::toJson(reply);
        if (m_given.json)
            printJson(value);
        else
            print(stdout, app::toText(value));
        finish(Done);
    }

    void fail(const Error& error, int status) {
        if (m_finished)
            return;
        if (m_given.json)
            printJson(QJsonObject{{QStringLiteral("error"), app::errorJson(error)}});
        else
            print(stderr, QStringLiteral("kith-cli: ") + error.detail);
        finish(status);
    }

    void finish(int status) {
        if (!m_finished)
            QCoreApplication::exit(status);
        m_finished = true;
    }

    Invocation m_given;
    client::LocalClient m_client;
    app::Commands m_commands;
    app::RpcSession m_rpc;
    bool m_finished = false;
};

} // namespace

int main(int argc, char** argv) {
    platform::hardenProcess();
    crypto::prepareProcess();
    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("kith-cli"));
    const QStringList words = QCoreApplication::arguments();
    if (words.contains(QStringLiteral("--self-check")))
        return app::selfCheck(AllChecks);
    if (words.contains(QStringLiteral("--version"))) {
        print(stdout, QStringLiteral("kith-cli " KITH_VERSION));
        return Done;
    }
    if (words.contains(QStringLiteral("--help")) || words.size() == 1) {
        print(stdout, usage());
        return words.size() == 1 ? WrongUse : Done;
    }
    auto invocation = parse(words);
    if (!invocation) {
        print(stderr,
              QStringLiteral("kith-cli: %1\nkith-cli --help shows how it is used").arg(invocation.error().detail));
        return WrongUse;
    }
    log::install(invocation->logLevel);
    if (const Result<void> fine = app::checkQuickly(std::span(AllChecks).first(2)); !fine) {
        print(stderr, QStringLiteral("kith-cli: %1").arg(fine.error().detail));
        return RefusedExit;
    }
    const QSocketNotifier ended(platform::terminationDescriptor(), QSocketNotifier::Read);
    QObject::connect(&ended, &QSocketNotifier::activated, &application, [] { QCoreApplication::exit(Done); });
    Program program(std::move(*invocation));
    // From the event loop, which an early refusal has to end.
    QMetaObject::invokeMethod(
        &program, [&program] { program.start(); }, Qt::QueuedConnection);
    return QCoreApplication::exec();
}
