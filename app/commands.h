// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/client.h"

#include <QJsonObject>
#include <QObject>
#include <QStringList>

#include <functional>
#include <unordered_map>

namespace kith::app {

/// One command of the client: its words and what it takes. The same table serves the command line and JSON-RPC.
struct CommandSpec {
    enum class Network { Local, Online };
    QString name;
    QStringList arguments; ///< positional, all required
    QStringList options;   ///< --name TEXT
    QStringList numbers;   ///< --name NUMBER
    QStringList flags;     ///< --name
    Network network = Network::Local;
    QString help;
};
const std::vector<CommandSpec>& commandTable();
const CommandSpec* findCommand(const QString& name);
/// Invalid unless every argument is there, nothing is unknown, and each is of the kind that the table says.
Result<void> checkParams(const CommandSpec& spec, const QJsonObject& params);

/// Carries out commands on a Client. Commands of several steps (a name is looked up first) keep their order, because
/// every step goes through the client's one queue. Thread: the client's.
class Commands : public QObject {
    Q_OBJECT
public:
    using Answer = std::function<void(const Result<client::Reply>&)>;

    explicit Commands(client::Client& client);
    /// `params` has the keys of the table, lower case; numbers may be spelled. Invalid for missing, unknown or wrong
    /// parameters.
    void run(const QString& name, const QJsonObject& params, const Answer& answer);
    /// Waits for one request of the client.
    void expect(client::RequestId request, Answer answer) { m_waiting[request] = std::move(answer); }
    bool isBusy() const { return !m_waiting.empty(); }

private:
    void withContact(const QString& who, std::function<void(const AccountId&)> next, Answer answer);
    void send(const QJsonObject& params, const Answer& answer);
    void revokeLink(const QJsonObject& params, const Answer& answer);
    void retry(const QJsonObject& params, const Answer& answer);
    void history(const QJsonObject& params, const Answer& answer);
    void requests(const Answer& answer);

    client::Client& m_client;
    std::unordered_map<client::RequestId, Answer> m_waiting;
};

} // namespace kith::app
