// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/wire/link.h"
#include "tests/support/relay_client.h"

#include <QCoreApplication>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <sys/resource.h>

namespace kith::test {

/// A real kith-relay on a scratch folder and a free port of 127.0.0.1.
class RelayProcess {
public:
    /// `descriptors`: how many files and sockets it may open, hard; 0 = as many as this process.
    explicit RelayProcess(QStringList options = {}, int descriptors = 0)
        : m_options(std::move(options)) {
        if (descriptors > 0)
            m_process.setChildProcessModifier([descriptors] {
                const rlimit limit{static_cast<rlim_t>(descriptors), static_cast<rlim_t>(descriptors)};
                setrlimit(RLIMIT_NOFILE, &limit);
            });
    }
    ~RelayProcess() { kill(); }

    /// Waits for the ready line. False: it ended instead; see error().
    bool start() {
        const QString port = QString::number(m_port);
        m_process.start(program(), QStringList{QStringLiteral("--data"), folder(), QStringLiteral("--listen"),
                                               QStringLiteral("127.0.0.1:") + port, QStringLiteral("--json")} +
                                       m_options);
        while (m_process.state() != QProcess::NotRunning && !m_process.canReadLine())
            m_process.waitForReadyRead(1000);
        const QByteArray line = m_process.readLine();
        m_ready = QJsonDocument::fromJson(line).object();
        const auto endpoint = wire::Endpoint::parse(m_ready[QLatin1String("listen")].toString());
        if (!endpoint) {
            m_process.waitForFinished();
            return false;
        }
        m_endpoint = *endpoint;
        m_port = endpoint->port; // the same one after a restart
        m_relay = RelayId::checked(*fromBase64Url(m_ready[QLatin1String("relay_id")].toString()));
        return true;
    }
    void kill() {
        if (m_process.state() != QProcess::NotRunning) {
            ::kill(static_cast<pid_t>(m_process.processId()), SIGKILL);
            m_process.waitForFinished();
        }
    }
    /// SIGTERM; the exit status. The event loop runs meanwhile, so that clients can say goodbye.
    int stop() {
        ::kill(static_cast<pid_t>(m_process.processId()), SIGTERM);
        if (!QTest::qWaitFor([this] { return m_process.state() == QProcess::NotRunning; }, 20'000))
            return -1;
        return m_process.exitStatus() == QProcess::NormalExit ? m_process.exitCode() : -1;
    }
    /// Ends it; all that it wrote to stderr.
    QByteArray logAfterStop() {
        stop();
        return m_process.readAllStandardError();
    }
    /// Runs a sub-command; its exit status and JSON.
    std::pair<int, QJsonObject> command(const QStringList& words) const {
        QProcess process;
        process.start(program(), words + QStringList{QStringLiteral("--data"), folder(), QStringLiteral("--json")});
        process.waitForFinished();
        return {process.exitCode(), QJsonDocument::fromJson(process.readAllStandardOutput()).object()};
    }
    wire::InviteToken invite(const QStringList& options = {}) const {
        const auto answer = command(QStringList{QStringLiteral("invite")} + options).second;
        const auto link = wire::InviteLink::parse(answer[QLatin1String("invite")].toString());
        if (!link)
            qFatal("no invite: %s", QJsonDocument(answer).toJson().constData());
        return link->token;
    }

    static QString program() { return QCoreApplication::applicationDirPath() + QStringLiteral("/kith-relay"); }
    QString folder() const { return m_folder.filePath(QStringLiteral("relay")); }
    const RelayId& relay() const { return m_relay; }
    const wire::Endpoint& endpoint() const { return m_endpoint; }
    const QJsonObject& ready() const { return m_ready; }
    qint64 pid() const { return m_process.processId(); }

private:
    QStringList m_options;
    QTemporaryDir m_folder;
    QProcess m_process;
    QJsonObject m_ready;
    RelayId m_relay;
    wire::Endpoint m_endpoint;
    std::uint16_t m_port = 0;
};

} // namespace kith::test
