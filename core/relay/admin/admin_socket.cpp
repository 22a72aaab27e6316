// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/relay/admin/admin_socket.h"

#include "core/crypto/hash.h"

#include <QDir>
#include <QJsonDocument>
#include <QLocalSocket>
#include <QPointer>
#include <QTimer>

namespace kith::relay {
namespace {

constexpr qint64 LineMax = 64 * 1024;
constexpr int PatienceMs = 5000;
constexpr qsizetype SocketPathMax = 96; ///< of about 107 bytes that the system takes, with room for a temporary name

QByteArray lineOf(const QJsonObject& object) {
    return QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n';
}

} // namespace

QString adminSocketName(const QString& folder) {
    const QString path = QDir(folder).canonicalPath();
    const QString inside = path + QStringLiteral("/admin");
    if (inside.toUtf8().size() <= SocketPathMax)
        return inside;
    const QByteArray hash = crypto::sha256(view(path.toUtf8())).bytes().left(12).toHex();
    return QStringLiteral("kith-relay-") + QString::fromLatin1(hash);
}

AdminSocket::AdminSocket(Handler handler)
    : m_handler(std::move(handler)) {
    m_server.setSocketOptions(QLocalServer::UserAccessOption);
    connect(&m_server, &QLocalServer::newConnection, this, &AdminSocket::serve);
}

Result<void> AdminSocket::listen(const QString& folder) {
    const QString name = adminSocketName(folder);
    QLocalServer::removeServer(name); // of a relay that was killed: the folder's lock is ours
    if (!m_server.listen(name))
        return fail(Code::Unavailable,
                    QStringLiteral("the admin socket cannot be made: %1").arg(m_server.errorString()));
    return {};
}

void AdminSocket::serve() {
    while (QLocalSocket* socket = m_server.nextPendingConnection()) {
        connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
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
    auto* socket = new QLocalSocket(context);
    const auto finish = [socket, done = std::move(done)](const Result<QJsonObject>& result) {
        socket->disconnect();
        socket->deleteLater();
        done(result);
    };
    QObject::connect(socket, &QLocalSocket::connected, socket, [socket, request] { socket->write(lineOf(request)); });
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
    socket->connectToServer(adminSocketName(folder));
}

QJsonObject errorReply(const Error& error) {
    return {{QStringLiteral("error"),
             QJsonObject{{QStringLiteral("code"), codeName(error.code)}, {QStringLiteral("message"), error.detail}}}};
}

} // namespace kith::relay
