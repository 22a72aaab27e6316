// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/notifier.h"

#include "core/base/text.h"
#include "ui/icon.h"

#include <QDBusConnection>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QGuiApplication>
#include <QMenu>
#include <QPainter>
#include <QSystemTrayIcon>

#include <algorithm>

namespace kith::ui {
namespace {

constexpr QLatin1String Service("org.freedesktop.Notifications");
constexpr QLatin1String Path("/org/freedesktop/Notifications");
constexpr QLatin1String DefaultAction("default");
constexpr int AsTheServiceLikes = -1; ///< how long it stays
constexpr int TextMax = 200;

QDBusMessage call(const QString& method) {
    return QDBusMessage::createMethodCall(Service, Path, Service, method);
}

} // namespace

QIcon markIcon(const Tokens& tokens, bool hasNews) {
    QIcon icon;
    for (const int size : {16, 22, 32, 48, 64, 128, 256}) {
        QPixmap pixmap(size, size);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        drawMark(painter, QRectF(0, 0, size, size), tokens.accent, tokens.bubbleOut);
        if (hasNews) {
            painter.setRenderHint(QPainter::Antialiasing);
            painter.setPen(Qt::NoPen);
            painter.setBrush(tokens.danger);
            painter.drawEllipse(QRectF(size * 0.62, 0, size * 0.38, size * 0.38));
        }
        icon.addPixmap(pixmap);
    }
    return icon;
}

Notifier::Notifier(const Theme& theme, const Preferences& preferences, QObject* parent)
    : QObject(parent)
    , m_theme(theme)
    , m_preferences(preferences) {
    makeTray();
    QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected())
        return;
    bus.connect(Service, Path, Service, QStringLiteral("ActionInvoked"), this, SLOT(onAction(uint, QString)));
    bus.connect(Service, Path, Service, QStringLiteral("NotificationClosed"), this, SLOT(onClosed(uint, uint)));
    askForMarkup();
}

void Notifier::askForMarkup() {
    QDBusMessage question = call(QStringLiteral("GetCapabilities"));
    question.setAutoStartService(false);
    auto* watcher = new QDBusPendingCallWatcher(QDBusConnection::sessionBus().asyncCall(question), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this](QDBusPendingCallWatcher* done) {
        const QDBusPendingReply<QStringList> reply = *done;
        done->deleteLater();
        if (!reply.isError())
            m_readsMarkup = reply.value().contains(QLatin1String("body-markup"));
    });
}

Notifier::~Notifier() {
    withdrawAll();
}

void Notifier::makeTray() {
    if (!QSystemTrayIcon::isSystemTrayAvailable())
        return;
    m_tray = new QSystemTrayIcon(markIcon(m_theme.tokens(), false), this);
    auto* menu = new QMenu;
    connect(this, &QObject::destroyed, menu, &QObject::deleteLater);
    menu->addAction(tr("Open Kith"), this, &Notifier::opened);
    menu->addAction(tr("Lock"), this, &Notifier::lockRequested);
    menu->addAction(tr("Quit"), this, &Notifier::quitRequested);
    m_tray->setContextMenu(menu);
    m_tray->setToolTip(tr("Kith"));
    connect(m_tray, &QSystemTrayIcon::activated, this, [this](QSystemTrayIcon::ActivationReason reason) {
        if (reason == QSystemTrayIcon::Trigger)
            Q_EMIT opened();
    });
    connect(m_tray, &QSystemTrayIcon::messageClicked, this, [this] {
        if (m_trayMessage)
            Q_EMIT activated(*m_trayMessage);
    });
    connect(&m_theme, &Theme::changed, this, [this] { m_tray->setIcon(markIcon(m_theme.tokens(), m_hasNews)); });
    m_tray->show();
}

bool Notifier::hasTray() const {
    return m_tray != nullptr && m_tray->isVisible() && QSystemTrayIcon::isSystemTrayAvailable();
}

void Notifier::setHasNews(bool news) {
    if (m_hasNews == news)
        return;
    m_hasNews = news;
    if (m_tray != nullptr)
        m_tray->setIcon(markIcon(m_theme.tokens(), news));
}

QString Notifier::titleOf(const QString& name, int unread) {
    return unread > 1 ? tr("%1 (%2)").arg(name, QString::number(unread)) : name; // at once: a name may hold a %2
}

void Notifier::notify(const ConversationId& conversation, const QString& name, const QString& text, int unread) {
    const auto detail = m_preferences.notifications();
    if (detail == Preferences::Notifications::Off)
        return;
    const bool isNamed = detail != Preferences::Notifications::Hidden;
    const QString title = isNamed ? titleOf(name, unread) : tr("Kith");
    const QString body = detail == Preferences::Notifications::NameAndText ? beginningOf(text, TextMax)
                         : unread > 1                                      ? tr("New messages")
                                                                           : tr("New message");
    if (QDBusConnection::sessionBus().isConnected()) {
        send(conversation, title, body);
    } else if (m_tray != nullptr) {
        m_trayMessage = conversation;
        m_tray->showMessage(title, body, m_tray->icon());
    }
}

void Notifier::send(const ConversationId& conversation, const QString& title, const QString& body) {
    Shown& shown = m_shown[conversation];
    shown.isWithdrawn = false;
    QDBusMessage message = call(QStringLiteral("Notify"));
    message << QGuiApplication::applicationDisplayName() << shown.id << QGuiApplication::desktopFileName() << title
            << (m_readsMarkup ? body.toHtmlEscaped() : body) << QStringList{DefaultAction, tr("Open")}
            << QVariantMap{{QStringLiteral("desktop-entry"), QGuiApplication::desktopFileName()},
                           {QStringLiteral("category"), QStringLiteral("im.received")}}
            << AsTheServiceLikes;
    auto* watcher = new QDBusPendingCallWatcher(QDBusConnection::sessionBus().asyncCall(message), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this,
            [this, conversation, title, body](QDBusPendingCallWatcher* done) {
                const QDBusPendingReply<uint> reply = *done;
                done->deleteLater();
                const auto at = m_shown.find(conversation);
                if (reply.isError()) {
                    const bool isWanted = at != m_shown.end() && !at->second.isWithdrawn;
                    if (at != m_shown.end())
                        m_shown.erase(at);
                    if (isWanted && m_tray != nullptr) {
                        m_trayMessage = conversation;
                        m_tray->showMessage(title, body, m_tray->icon());
                    }
                } else if (at == m_shown.end() || at->second.isWithdrawn) {
                    close(reply.value()); // it was read, or the window locked, meanwhile
                    if (at != m_shown.end())
                        m_shown.erase(at);
                } else {
                    at->second.id = reply.value();
                }
            });
}

void Notifier::close(uint id) {
    QDBusConnection::sessionBus().asyncCall(call(QStringLiteral("CloseNotification")) << id);
}

void Notifier::withdraw(const ConversationId& conversation) {
    const auto at = m_shown.find(conversation);
    if (at == m_shown.end())
        return;
    if (at->second.id == 0) {
        at->second.isWithdrawn = true; // closed when the service says what it is called
        return;
    }
    close(at->second.id);
    m_shown.erase(at);
}

void Notifier::withdrawAll() {
    for (const ConversationId& conversation : shown())
        withdraw(conversation);
    m_trayMessage.reset();
}

std::vector<ConversationId> Notifier::shown() const {
    std::vector<ConversationId> all;
    for (const auto& [conversation, each] : m_shown)
        all.push_back(conversation);
    return all;
}

std::map<ConversationId, Notifier::Shown>::iterator Notifier::find(uint id) {
    return std::find_if(m_shown.begin(), m_shown.end(), [id](const auto& entry) { return entry.second.id == id; });
}

void Notifier::onAction(uint id, const QString& action) {
    const auto at = find(id); // the service tells everybody about everything
    if (id != 0 && at != m_shown.end() && action == DefaultAction)
        Q_EMIT activated(ConversationId(at->first));
}

void Notifier::onClosed(uint id, uint) {
    const auto at = find(id);
    if (id != 0 && at != m_shown.end())
        m_shown.erase(at);
}

} // namespace kith::ui
