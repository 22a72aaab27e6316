// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli_invocation.h"

#include "app/commands.h"

namespace kith::app {
namespace {

Error wrong(const QString& what) {
    return fail(Code::Invalid, what);
}

const CommandSpec* specOf(const QString& name) {
    static const CommandSpec init{QStringLiteral("init"), {}, {QStringLiteral("name")}, {}, {}, {}, {}, {}};
    static const CommandSpec bare{QStringLiteral("rpc"), {}, {}, {}, {}, {}, {}, {}};
    if (name == QLatin1String("init"))
        return &init;
    if (name == QLatin1String("rpc") || name == QLatin1String("watch"))
        return &bare;
    const CommandSpec* spec = findCommand(name);
    return spec != nullptr && spec->needs != client::api::Needs::Nothing ? spec : nullptr;
}

/// Takes words from the front.
class Parser {
public:
    explicit Parser(QStringList words)
        : m_words(std::move(words)) {}

    Result<Invocation> run() {
        while (!m_words.isEmpty() && m_out.task == Invocation::Task::Command) {
            const QString word = m_words.takeFirst();
            if (word == QLatin1String("--") && !m_onlyArguments)
                m_onlyArguments = true;
            else if (word.startsWith(QLatin1String("--")) && !m_onlyArguments)
                TRY(takeOption(word));
            else
                TRY(takeWord(word));
        }
        if (m_out.task == Invocation::Task::Command)
            TRY(finish());
        return std::move(m_out);
    }

private:
    Result<void> takeWord(const QString& word) {
        if (m_spec != nullptr) {
            m_arguments.append(word);
            return {};
        }
        m_out.command = word;
        m_spec = specOf(word);
        return m_spec != nullptr ? Result<void>() : wrong(QStringLiteral("there is no command %1").arg(word));
    }

    Result<void> takeOption(const QString& word) {
        const QString name = word.mid(2);
        if (m_spec != nullptr && m_spec->flags.contains(name)) {
            m_out.params.insert(name, true);
        } else if (m_spec != nullptr && (m_spec->options.contains(name) || m_spec->numbers.contains(name))) {
            TRY_ASSIGN(const QString given, valueOf(word));
            m_out.params.insert(name, given);
        } else if (m_spec == nullptr && name == QLatin1String("help")) { // behind a command it may be meant as a text
            m_out.task = Invocation::Task::Help;
        } else if (m_spec == nullptr && name == QLatin1String("version")) {
            m_out.task = Invocation::Task::Version;
        } else if (m_spec == nullptr && name == QLatin1String("self-check")) {
            m_out.task = Invocation::Task::SelfCheck;
        } else {
            TRY(takeProgramOption(word));
        }
        return {};
    }

    Result<void> takeProgramOption(const QString& word) {
        const QString name = word.mid(2);
        if (name == QLatin1String("profile")) {
            TRY_ASSIGN(m_out.profile, valueOf(word));
        } else if (name == QLatin1String("passphrase-file")) {
            TRY_ASSIGN(m_out.passphraseFile, valueOf(word));
        } else if (name == QLatin1String("passphrase-fd")) {
            TRY_ASSIGN(m_out.passphraseDescriptor, numberOf(word, 1'000'000));
        } else if (name == QLatin1String("timeout")) {
            TRY_ASSIGN(const int seconds, numberOf(word, 86'400));
            m_out.timeout = std::chrono::seconds(seconds);
        } else if (name == QLatin1String("json")) {
            m_out.json = true;
        } else if (name == QLatin1String("sync")) {
            m_out.syncFirst = true;
        } else if (name == QLatin1String("allow-local")) {
            m_out.allowLocal = true;
        } else if (name == QLatin1String("plain-loopback")) {
            m_out.plainLoopback = true;
        } else if (name == QLatin1String("verbose")) {
            m_out.logLevel = log::Level::Debug;
        } else {
            return wrong(
                QStringLiteral("there is no option %1; a text that begins with -- comes after a word --").arg(word));
        }
        return {};
    }

    Result<QString> valueOf(const QString& option) {
        if (m_words.isEmpty())
            return wrong(QStringLiteral("%1 needs a value").arg(option));
        return m_words.takeFirst();
    }
    Result<int> numberOf(const QString& option, int max) {
        TRY_ASSIGN(const QString text, valueOf(option));
        bool ok = false;
        const int given = text.toInt(&ok);
        if (!ok || given < 0 || given > max)
            return wrong(QStringLiteral("%1 takes a number up to %2").arg(option).arg(max));
        return given;
    }

    Result<void> finish() {
        if (m_spec == nullptr)
            return wrong(QStringLiteral("no command given"));
        if (m_out.profile.isEmpty())
            return wrong(QStringLiteral("--profile DIR is missing"));
        if (m_arguments.size() != m_spec->arguments.size())
            return wrong(QStringLiteral("%1 takes %2 arguments").arg(m_out.command).arg(m_spec->arguments.size()));
        for (qsizetype i = 0; i < m_arguments.size(); ++i)
            m_out.params.insert(m_spec->arguments[i], m_arguments[i]);
        return {};
    }

    QStringList m_words;
    QStringList m_arguments;
    const CommandSpec* m_spec = nullptr;
    bool m_onlyArguments = false;
    Invocation m_out;
};

} // namespace

QString usage() {
    QString text = QStringLiteral(
        "usage: kith-cli --profile DIR [--passphrase-file F | --passphrase-fd N] [--json] [--timeout S] COMMAND\n"
        "       kith-cli --self-check | --version\n\n"
        "The passphrase is read from the file, the descriptor, KITH_PASSPHRASE, or asked for.\n"
        "After a word -- nothing is an option.\n\n"
        "  init --name NAME\n        a new account; write the recovery code down\n");
    for (const CommandSpec& spec : commandTable())
        if (spec.needs != client::api::Needs::Nothing)
            text += QStringLiteral("  ") + spec.usage() + QStringLiteral("\n        ") + spec.help + u'\n';
    return text + QStringLiteral("  watch\n        events as JSON lines until it is ended\n"
                                 "  rpc\n        JSON-RPC 2.0, one object a line");
}

Result<Invocation> parseInvocation(QStringList words) {
    words.removeFirst();
    return Parser(std::move(words)).run();
}

Result<SecretBytes> readPassphrase(Invocation& given) {
    if (!given.passphraseFile.isEmpty())
        return platform::readSecretLine(given.passphraseFile, given.timeout);
    if (given.passphraseDescriptor >= 0)
        return platform::readSecretLine(given.passphraseDescriptor, given.timeout);
    if (given.passphrase)
        return *std::exchange(given.passphrase, std::nullopt);
    auto asked = platform::askSecret(QStringLiteral("Passphrase: "), given.timeout);
    if (!asked && asked.error().code == Code::NotFound)
        return wrong(QStringLiteral("give a passphrase: --passphrase-file, --passphrase-fd or KITH_PASSPHRASE"));
    return asked;
}

} // namespace kith::app
