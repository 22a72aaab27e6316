// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "app/output.h"
#include "core/base/logging.h"
#include "core/relay/admin/admin_socket.h"
#include "core/relay/server/relay_server.h"

#include <QObject>
#include <QStringList>

namespace kith::app {

/// The command line of kith-relay, taken apart.
struct RelayInvocation {
    enum class Task { Work, Help, Version, SelfCheck };
    Task task = Task::Work;
    QString folder;
    QString command; ///< empty = run the relay
    QJsonObject request;
    std::vector<relay::ListenAddress> listen;
    std::optional<wire::Endpoint> publicEndpoint;
    std::optional<AccountId> admin;
    relay::PortSecurity security = relay::PortSecurity::Tls;
    relay::RateLimits rates = relay::RateLimits::Enforced;
    bool json = false;
    log::Level logLevel = log::Level::Warning;
};
/// Invalid: wrong usage; the detail says what.
Result<RelayInvocation> parseRelayCommand(QStringList words);

/// Runs the relay, or one command: through the admin socket of a running relay, else on the folder itself.
class RelayProgram : public QObject {
    Q_OBJECT
public:
    explicit RelayProgram(RelayInvocation invocation);
    ~RelayProgram() override;
    /// False when it could not be started; the reason was printed.
    bool start();
    /// SIGTERM: drains, then the program ends with 0.
    void end();

private:
    bool startRelay();
    Result<void> saveSettings(relay::MailStore& store) const;
    void startCommand();
    void runOnFolder();
    void handleAdmin(const QJsonObject& request, const relay::AdminSocket::Reply& reply);
    void printReady();
    void finish(const QJsonObject& answer);
    void printError(const Error& error);

    RelayInvocation m_given;
    Output m_output;
    SystemClock m_clock;
    std::unique_ptr<relay::RelayServer> m_server;
    std::unique_ptr<relay::AdminSocket> m_admin;
};

} // namespace kith::app
