// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/relay_commands.h"

#include "core/base/printable.h"
#include "core/relay/admin/admin_json.h"
#include "core/relay/server/public_address.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>

namespace kith::app {
namespace {

constexpr Millis DrainTime{30'000};

Error wrong(const QString& what) {
    return fail(Code::Invalid, what);
}

/// "7d", "12h", "30m": seconds.
std::optional<qint64> duration(const QString& text) {
    if (text.size() < 2)
        return std::nullopt;
    bool ok = false;
    const qint64 number = text.chopped(1).toLongLong(&ok);
    const QChar unit = text.back();
    const qint64 seconds = unit == u'd' ? 86'400 : unit == u'h' ? 3'600 : unit == u'm' ? 60 : 0;
    return ok && number > 0 && number < 100'000 && seconds > 0 ? std::optional(number * seconds) : std::nullopt;
}

Result<relay::ListenAddress> listenAddress(const QString& text) {
    const qsizetype colon = text.lastIndexOf(u':');
    QString host = text.left(colon);
    if (host.startsWith(u'[') && host.endsWith(u']'))
        host = host.mid(1).chopped(1);
    if (host == QLatin1String("localhost"))
        host = QStringLiteral("127.0.0.1");
    bool ok = false;
    const int port = text.mid(colon + 1).toInt(&ok);
    const QHostAddress address(host);
    if (colon < 0 || !ok || port < 0 || port > 65'535 || address.isNull())
        return wrong(QStringLiteral("--listen takes an address and a port, such as 0.0.0.0:8443 or [::1]:9000"));
    return relay::ListenAddress{address, static_cast<std::uint16_t>(port)};
}

Result<log::Level> level(const QString& name) {
    const QStringList names{QStringLiteral("error"), QStringLiteral("warning"), QStringLiteral("info"),
                            QStringLiteral("debug")};
    const qsizetype index = names.indexOf(name);
    if (index < 0)
        return wrong(QStringLiteral("--log-level takes error, warning, info or debug"));
    return static_cast<log::Level>(index);
}

Result<void> applyOption(const QString& name, const QString& value, RelayInvocation& out) {
    if (name == QLatin1String("--data")) {
        out.folder = value;
    } else if (name == QLatin1String("--listen")) {
        TRY_ASSIGN(const relay::ListenAddress address, listenAddress(value));
        out.listen.push_back(address);
    } else if (name == QLatin1String("--public")) {
        const auto endpoint = wire::Endpoint::parse(value);
        if (!endpoint)
            return wrong(QStringLiteral("--public takes host or host:port"));
        out.publicEndpoint = *endpoint;
    } else if (name == QLatin1String("--admin")) {
        const auto bytes = fromBase32(value);
        out.admin = bytes ? AccountId::from(*bytes) : std::nullopt;
        if (!out.admin)
            return wrong(QStringLiteral("--admin takes an account, 32 characters as \"kith-cli whoami\" shows it"));
    } else if (name == QLatin1String("--log-level")) {
        TRY_ASSIGN(out.logLevel, level(value));
    } else if (name == QLatin1String("--uses")) {
        bool ok = false;
        out.request.insert(QStringLiteral("uses"), value.toInt(&ok));
        if (!ok)
            return wrong(QStringLiteral("--uses takes a number"));
    } else if (name == QLatin1String("--expires")) {
        const auto seconds = duration(value);
        if (!seconds)
            return wrong(QStringLiteral("--expires takes a time such as 7d, 12h or 30m"));
        out.request.insert(QStringLiteral("expires_s"), *seconds);
    } else {
        return wrong(QStringLiteral("there is no option %1").arg(name));
    }
    return {};
}

QString remedyFor(Cause cause) {
    switch (cause) {
    case Cause::PortInUse:
        return QStringLiteral("; end the program that uses the port, or choose another one with --listen");
    case Cause::PortReserved:
        return QStringLiteral("; choose a port above 1023 with --listen");
    case Cause::NoSuchAddress:
        return QStringLiteral("; this computer does not have this address: name one of its own with --listen");
    case Cause::None:
    case Cause::Permission:
    case Cause::ReadOnly:
    case Cause::Exposed:
        break;
    }
    return {};
}

/// What only asks about the program itself; as its first word, so that no value is taken for it.
std::optional<RelayInvocation::Task> taskOf(const QString& word) {
    using Task = RelayInvocation::Task;
    if (word == QLatin1String("--help"))
        return Task::Help;
    if (word == QLatin1String("--version"))
        return Task::Version;
    return word == QLatin1String("--self-check") ? std::optional(Task::SelfCheck) : std::nullopt;
}

} // namespace

Result<RelayInvocation> parseRelayCommand(QStringList words) {
    static const QStringList commands{QStringLiteral("invite"), QStringLiteral("invites"),
                                      QStringLiteral("revoke-invite"), QStringLiteral("members"),
                                      QStringLiteral("status")};
    RelayInvocation out;
    words.removeFirst();
    if (const auto task = taskOf(words.value(0))) {
        out.task = *task;
        return out;
    }
    bool onlyArguments = false;
    while (!words.isEmpty()) {
        const QString word = words.takeFirst();
        const bool isOption = word.startsWith(QLatin1String("--")) && !onlyArguments;
        if (isOption && word.size() == 2) {
            onlyArguments = true;
        } else if (isOption && word == QLatin1String("--json")) {
            out.json = true;
        } else if (isOption && word == QLatin1String("--plain-loopback")) {
            out.security = relay::PortSecurity::PlainLoopback;
        } else if (isOption && word == QLatin1String("--no-rate-limits")) {
            out.rates = relay::RateLimits::Off;
        } else if (isOption) {
            if (words.isEmpty())
                return wrong(QStringLiteral("%1 needs a value").arg(word));
            TRY(applyOption(word, words.takeFirst(), out));
        } else if (out.command.isEmpty() && commands.contains(word)) {
            out.command = word;
        } else if (out.command == QLatin1String("revoke-invite") && !out.request.contains(QLatin1String("id"))) {
            out.request.insert(QStringLiteral("id"), word);
        } else {
            return wrong(QStringLiteral("there is no command %1").arg(word));
        }
    }
    if (out.folder.isEmpty())
        return wrong(QStringLiteral("--data DIR is missing"));
    if (out.command == QLatin1String("revoke-invite") && !out.request.contains(QLatin1String("id")))
        return wrong(QStringLiteral("revoke-invite needs the ID that \"invites\" shows"));
    out.request.insert(QStringLiteral("command"), out.command);
    if (out.listen.empty())
        out.listen = {{QHostAddress(QHostAddress::AnyIPv4), wire::DefaultPort},
                      {QHostAddress(QHostAddress::AnyIPv6), wire::DefaultPort}};
    return out;
}

RelayProgram::RelayProgram(RelayInvocation invocation)
    : m_given(std::move(invocation)) {}

RelayProgram::~RelayProgram() = default;

bool RelayProgram::start() {
    if (m_given.command.isEmpty())
        return startRelay();
    // From the event loop, which an answer that is there at once has to end.
    QMetaObject::invokeMethod(
        this, [this] { startCommand(); }, Qt::QueuedConnection);
    return true;
}

Result<void> RelayProgram::saveSettings(relay::MailStore& store) const {
    if (m_given.publicEndpoint)
        TRY(relay::savePublicEndpoint(store, *m_given.publicEndpoint));
    return m_given.admin ? relay::saveAdmin(store, *m_given.admin) : Result<void>();
}

bool RelayProgram::startRelay() {
    const bool unlimited = m_given.rates == relay::RateLimits::Off;
    auto folder = relay::RelayFolder::open(m_given.folder, QStringLiteral("kith-relay"), m_clock,
                                           unlimited ? relay::MailPolicy::withoutRates() : relay::MailPolicy());
    if (!folder) {
        printError(folder.error());
        return false;
    }
    auto known = relay::loadPublicEndpoint(*folder->store);
    std::optional<wire::Endpoint> publicEndpoint;
    if (m_given.publicEndpoint)
        publicEndpoint.emplace(*m_given.publicEndpoint);
    else if (known && *known)
        publicEndpoint.emplace(**known);
    if (const Result<void> saved = saveSettings(*folder->store); !saved) {
        printError(saved.error());
        return false;
    }
    auto server = relay::RelayServer::start(
        {std::move(*folder), m_given.listen, publicEndpoint, m_given.security, m_given.rates});
    if (!server) {
        Error error = server.error();
        error.detail += remedyFor(error.cause);
        printError(error);
        return false;
    }
    m_server = std::move(*server);
    m_admin = std::make_unique<relay::AdminSocket>(
        [this](const QJsonObject& request, const relay::AdminSocket::Reply& reply) { handleAdmin(request, reply); });
    if (const Result<void> listening = m_admin->listen(m_given.folder); !listening) {
        printError(listening.error());
        return false;
    }
    printReady();
    return true;
}

void RelayProgram::handleAdmin(const QJsonObject& request, const relay::AdminSocket::Reply& reply) {
    const bool isStatus = request[QLatin1String("command")].toString() == QLatin1String("status");
    m_server->order([request](relay::RelayAdmin& admin) { return relay::answerOrder(request, admin); },
                    [this, isStatus, reply](const QJsonObject& answer) {
                        if (!isStatus) {
                            reply(answer);
                            return;
                        }
                        m_server->liveStatus([answer, reply](const relay::LiveStatus& live) {
                            QJsonObject all = answer;
                            const QJsonObject more = relay::toJson(live);
                            for (auto it = more.begin(); it != more.end(); ++it)
                                all.insert(it.key(), *it);
                            reply(all);
                        });
                    });
}

void RelayProgram::printReady() {
    const wire::Endpoint& endpoint = m_server->publicEndpoint();
    if (QHostAddress(endpoint.host).isLoopback() && !m_server->listening().front().address.isLoopback())
        printProblem(QStringLiteral("no network address was found, so invites work on this computer only; name the "
                                    "relay's address with --public"));
    const QJsonObject ready{{QStringLiteral("event"), QStringLiteral("ready")},
                            {QStringLiteral("relay_id"), toBase64Url(m_server->identity().relay.view())},
                            {QStringLiteral("listen"), m_server->listening().front().toString()},
                            {QStringLiteral("public"), endpoint.toString()}};
    const auto print = [this, ready](const Result<std::optional<wire::InviteLink>>& first) {
        const bool isNew = first && *first;
        if (m_given.json) {
            QJsonObject line = ready;
            if (isNew)
                line.insert(QStringLiteral("invite"), (*first)->toString());
            m_output.json(line);
            return;
        }
        QString text = QStringLiteral("kith-relay listens on %1").arg(ready[QLatin1String("listen")].toString());
        if (isNew)
            text += QStringLiteral("\nnobody is a member yet; invite the first one: %1").arg((*first)->toString());
        m_output.text(text);
    };
    m_server->order([](relay::RelayAdmin& admin) { return admin.firstInvite(); }, print);
}

void RelayProgram::end() {
    if (m_server)
        m_server->drain(DrainTime, [] { QCoreApplication::exit(0); });
    else
        QCoreApplication::exit(0);
}

void RelayProgram::startCommand() {
    relay::askRelay(m_given.folder, m_given.request, this, [this](const Result<QJsonObject>& answer) {
        if (answer)
            finish(*answer);
        else
            runOnFolder();
    });
}

void RelayProgram::runOnFolder() {
    const bool mayBegin =
        m_given.command == QLatin1String("invite"); // the first invite may come before the first start
    if (!mayBegin && !relay::RelayFolder::exists(m_given.folder))
        return finish(
            relay::errorReply(fail(Code::NotFound, QStringLiteral("there is no relay in %1").arg(m_given.folder))));
    auto folder = relay::RelayFolder::open(m_given.folder, QStringLiteral("kith-relay"), m_clock);
    if (!folder) {
        finish(relay::errorReply(folder.error()));
        return;
    }
    const auto known = relay::loadPublicEndpoint(*folder->store);
    wire::Endpoint to = relay::guessedEndpoint({QHostAddress(QHostAddress::AnyIPv4), wire::DefaultPort});
    if (m_given.publicEndpoint)
        to = *m_given.publicEndpoint;
    else if (known && *known)
        to = **known;
    if (m_given.command == QLatin1String("invite") && QHostAddress(to.host).isLoopback())
        printProblem(QStringLiteral("this invite works on this computer only; name the relay's address with --public"));
    relay::RelayAdmin admin(*folder->store, folder->identity.relay, to, m_clock);
    finish(relay::answerOrder(m_given.request, admin));
}

void RelayProgram::finish(const QJsonObject& answer) {
    const QJsonObject error = answer[QLatin1String("error")].toObject();
    if (m_given.json) {
        m_output.json(answer);
    } else if (!error.isEmpty()) {
        printProblem(error[QLatin1String("message")].toString());
    } else if (answer.contains(QLatin1String("invite"))) {
        m_output.text(printable(answer[QLatin1String("invite")].toString()));
    } else {
        for (auto it = answer.begin(); it != answer.end(); ++it)
            m_output.text(printable(
                it.key() + QStringLiteral(": ") +
                (it->isArray() ? QString::fromUtf8(QJsonDocument(it->toArray()).toJson(QJsonDocument::Compact))
                               : it->toVariant().toString())));
    }
    QCoreApplication::exit(error.isEmpty() && !m_output.hasFailed() ? 0 : 1);
}

void RelayProgram::printError(const Error& error) {
    if (m_given.json)
        m_output.json(relay::errorReply(error));
    else
        printProblem(error.detail);
}

} // namespace kith::app
