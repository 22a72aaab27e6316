// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/relay/admin/admin_socket.h"

#include <QJsonDocument>
#include <QLocalSocket>
#include <QPointer>
#include <QTimer>

namespace kith::relay {
namespace {

constexpr qint64 LineMax = 64 * 1024;
constexpr int PatienceMs = 5000;

QByteArray lineOf(const QJsonObject& object) {
    return QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n';
}

constexpr QLatin1String SocketFile("admin");

} // namespace

AdminSocket::AdminSocket(Handler handler)
    : m_handler(std::move(handler)) {
    m_server.setSocketOptions(QLocalServer::UserAccessOption);
    connect(&m_server, &QLocalServer::newConnection, this, &AdminSocket::serve);
}

Result<void> AdminSocket::listen(const QString& folder) {
    TRY_ASSIGN(platform::ShortFolderName place, platform::ShortFolderName::of(folder));
    m_folder.emplace(std::move(place));
    const QString path = m_folder->file(SocketFile);
    QLocalServer::removeServer(path); // of a relay that was killed: the folder's lock is ours
    if (!m_server.listen(path))
        return fail(Code::Unavailable,
                    QStringLiteral("the admin socket cannot be made: %1").arg(m_server.errorString()));
    return {};
}

void AdminSocket::serve() {
    while (QLocalSocket* socket = m_server.nextPendingConnection()) {
        connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
        if (!platform::isOwnPeer(socket->socketDescriptor())) {
            socket->abort();
            continue;
        }
        QTimer::singleShot(PatienceMs, socket, [socket] { socket->abort(); });
        connect(socket, &QLocalSocket::readyRead, this, [this, socket] {
            if (!socket->canReadLine()) {
                if (socket->bytesAvailable() > LineMax)
                    socket->abort();
                return;
            }
            const QJsonDocument request = QJsonDocument::fromJson(socket->readLine(LineMax));
            const QPointer<QLocalSocket> asker(socket);
            m_handler(request.object(), [asker](const QJsonObject& answer) {
                if (!asker)
                    return;
                asker->write(lineOf(answer));
                asker->disconnectFromServer();
            });
        });
    }
}

void askRelay(const QString& folder, const QJsonObject& request, QObject* context,
              std::function<void(const Result<QJsonObject>&)> done) {
    // A folder that others may change may hold a socket of theirs.
    const Result<void> isOurs = platform::checkPrivateFolder(folder);
    auto place = isOurs ? platform::ShortFolderName::of(folder) : Result<platform::ShortFolderName>(isOurs.error());
    if (!place) {
        done(place.error());
        return;
    }
    auto* socket = new QLocalSocket(context);
    const auto finish = [socket, done = std::move(done)](const Result<QJsonObject>& result) {
        socket->disconnect();
        socket->deleteLater();
        done(result);
    };
    QObject::connect(socket, &QLocalSocket::connected, socket, [socket, request, finish] {
        if (platform::isOwnPeer(socket->socketDescriptor()))
            socket->write(lineOf(request));
        else
            finish(fail(Code::Denied, QStringLiteral("another user listens in this folder"), Cause::Exposed));
    });
    QObject::connect(socket, &QLocalSocket::errorOccurred, socket,
                     [socket, finish](QLocalSocket::LocalSocketError error) {
                         if (error == QLocalSocket::PeerClosedError && socket->canReadLine())
                             return; // readyRead has the answer
                         finish(fail(Code::Unavailable, QStringLiteral("no relay runs on this folder")));
                     });
    QObject::connect(socket, &QLocalSocket::readyRead, socket, [socket, finish] {
        if (socket->canReadLine())
            finish(QJsonDocument::fromJson(socket->readLine(LineMax)).object());
    });
    QTimer::singleShot(PatienceMs, socket,
                       [finish] { finish(fail(Code::Timeout, QStringLiteral("the relay does not answer"))); });
    socket->connectToServer(place->file(SocketFile));
}

} // namespace kith::relay
