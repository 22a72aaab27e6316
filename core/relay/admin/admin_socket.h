// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/platform.h"

#include <QJsonObject>
#include <QLocalServer>
#include <QObject>

#include <functional>

namespace kith::relay {

/// Where a running relay takes orders: a local socket inside its folder, which only its user can reach. One JSON line
/// in, one out (README.md "admin socket"). Thread: the one that made it.
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
    std::optional<platform::ShortFolderName> m_folder; ///< outlives the server, which takes its socket away
    QLocalServer m_server;
};

/// Asks a running relay. Unavailable: nobody listens there; Timeout: no answer in 5 s; NotFound, Denied: the folder is
/// not there or not ours. Calls back once, maybe before it returns.
void askRelay(const QString& folder, const QJsonObject& request, QObject* context,
              std::function<void(const Result<QJsonObject>&)> done);

} // namespace kith::relay
