// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/result.h"

#include <QJsonObject>
#include <QLocalServer>
#include <QObject>

#include <functional>

namespace kith::relay {

/// Where a running relay takes orders: a local socket that only its user can reach, inside its folder where the path is
/// short enough, else named from a hash of the folder.
QString adminSocketName(const QString& folder);

/// One JSON line in, one out (README.md "admin socket"). Thread: the one that made it.
class AdminSocket : public QObject {
    Q_OBJECT
public:
    using Reply = std::function<void(const QJsonObject&)>;
    using Handler = std::function<void(const QJsonObject& request, Reply reply)>;
    explicit AdminSocket(Handler handler);
    Result<void> listen(const QString& folder);

private:
    void serve();

    Handler m_handler;
    QLocalServer m_server;
};

/// Asks a running relay. Unavailable: nobody listens there; Timeout: no answer in 5 s. Calls back once.
void askRelay(const QString& folder, const QJsonObject& request, QObject* context,
              std::function<void(const Result<QJsonObject>&)> done);

QJsonObject errorReply(const Error& error);

} // namespace kith::relay
