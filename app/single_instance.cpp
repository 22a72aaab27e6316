// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/single_instance.h"

#include "core/base/logging.h"

#include <QLocalSocket>

namespace kith::app {
namespace {

constexpr int Patience = 1'000;
constexpr qint64 LinkMax = 600;
constexpr qsizetype PathMax = 100; ///< sun_path of unix(7) holds 108

} // namespace

SingleInstance::SingleInstance(const QString& folder)
    : m_path(folder + QStringLiteral("/window")) {
    m_server.setSocketOptions(QLocalServer::UserAccessOption);
    connect(&m_server, &QLocalServer::newConnection, this, [this] {
        QLocalSocket* socket = m_server.nextPendingConnection();
        connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
        connect(socket, &QLocalSocket::readyRead, this, [this, socket] {
            if (!socket->canReadLine() && socket->bytesAvailable() < LinkMax)
                return;
            const QString link = QString::fromUtf8(socket->readLine(LinkMax)).trimmed();
            socket->disconnectFromServer();
            Q_EMIT
            linkArrived(link);
        });
    });
}

bool SingleInstance::handedOver(const QString& link) {
    if (m_path.toLocal8Bit().size() > PathMax)
        return false;
    QLocalSocket socket;
    socket.connectToServer(m_path);
    if (!socket.waitForConnected(Patience))
        return false;
    socket.write(link.toUtf8() + '\n');
    return socket.waitForBytesWritten(Patience);
}

void SingleInstance::listen() {
    if (m_path.toLocal8Bit().size() > PathMax)
        return;
    QLocalServer::removeServer(m_path); // nobody answered there
    if (!m_server.listen(m_path))
        qCWarning(log::client) << "a second start will not find this window:" << m_server.errorString();
}

} // namespace kith::app
