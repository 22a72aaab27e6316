// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/client.h"

#include <QJsonObject>
#include <QObject>
#include <QStringList>

#include <functional>
#include <unordered_map>

namespace kith::app {

/// A command whose fields were read from text. Names of people are looked up before it is run.
struct ReadCommand {
    struct Lookup {
        QString who;
        std::function<void(client::api::Command&, const AccountId&)> fill;
    };
    client::api::Command command;
    std::vector<Lookup> lookups;
};

/// One command of the client as text sees it: made from its struct in core/client/api. The same table serves the
/// command line and JSON-RPC.
struct CommandSpec {
    QString name;
    QStringList arguments; ///< positional, all required
    QStringList options;   ///< --name TEXT
    QStringList numbers;   ///< --name NUMBER
    QStringList flags;     ///< --name
    client::api::Needs needs = client::api::Needs::Profile;
    QString help;
    /// Invalid unless every argument is there, nothing is unknown, and each is of its field's kind.
    std::function<Result<ReadCommand>(const QJsonObject& params)> read;

    /// As the command line shows it: `send CONVERSATION TEXT [--wait WAIT]`.
    QString usage() const;
};
const std::vector<CommandSpec>& commandTable();
const CommandSpec* findCommand(const QString& name);

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
    void run(client::api::Command command, Answer answer);

private:
    void lookUp(const std::shared_ptr<ReadCommand>& read, const Answer& answer);

    client::Client& m_client;
    std::unordered_map<client::RequestId, Answer> m_waiting;
};

} // namespace kith::app
