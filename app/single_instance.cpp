// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/single_instance.h"

#include "core/base/logging.h"

#include <QLocalSocket>

namespace kith::app {
namespace {

constexpr int Patience = 1'000;
constexpr qint64 LinkMax = 600;
constexpr QLatin1String SocketFile("window");

} // namespace

SingleInstance::SingleInstance(const QString& folder)
    : m_folder(folder) {
    m_server.setSocketOptions(QLocalServer::UserAccessOption);
    connect(&m_server, &QLocalServer::newConnection, this, [this] {
        QLocalSocket* socket = m_server.nextPendingConnection();
        connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
        if (!platform::isOwnPeer(socket->socketDescriptor())) {
            socket->abort();
            return;
        }
        connect(socket, &QLocalSocket::readyRead, this, [this, socket] {
            if (!socket->canReadLine() && socket->bytesAvailable() < LinkMax)
                return;
            const QString link = QString::fromUtf8(socket->readLine(LinkMax)).trimmed();
            socket->disconnectFromServer();
            Q_EMIT linkArrived(link);
        });
    });
}

bool SingleInstance::handedOver(const QString& link) {
    const auto place = platform::ShortFolderName::of(m_folder);
    if (!place)
        return false;
    QLocalSocket socket;
    socket.connectToServer(place->file(SocketFile));
    if (!socket.waitForConnected(Patience) || !platform::isOwnPeer(socket.socketDescriptor()))
        return false;
    socket.write(link.toUtf8() + '\n');
    return socket.waitForBytesWritten(Patience);
}

void SingleInstance::listen() {
    auto place = platform::ShortFolderName::of(m_folder);
    if (!place) {
        qCWarning(log::client) << "a second start will not find this window:" << place.error().detail;
        return;
    }
    m_place.emplace(std::move(*place));
    const QString path = m_place->file(SocketFile);
    QLocalServer::removeServer(path); // nobody answered there
    if (!m_server.listen(path))
        qCWarning(log::client) << "a second start will not find this window:" << m_server.errorString();
}

} // namespace kith::app
