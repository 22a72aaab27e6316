// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/desktop.h"

#include <QDBusConnection>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusVariant>

namespace kith::ui {
namespace {

constexpr QLatin1String Service("org.freedesktop.portal.Desktop");
constexpr QLatin1String Path("/org/freedesktop/portal/desktop");
constexpr QLatin1String Interface("org.freedesktop.portal.Settings");
constexpr QLatin1String ColourScheme("color-scheme");
constexpr QLatin1String Animations("enable-animations");
constexpr QLatin1String AppearanceSpace("org.freedesktop.appearance");
constexpr QLatin1String GnomeSpace("org.gnome.desktop.interface");
constexpr uint PreferDark = 1;
constexpr uint PreferLight = 2;

/// Read() packs its answer twice.
QVariant unpacked(QVariant value) {
    while (value.canConvert<QDBusVariant>())
        value = value.value<QDBusVariant>().variant();
    return value;
}

} // namespace

Desktop::Desktop(Scheme scheme, QObject* parent)
    : QObject(parent)
    , m_scheme(scheme) {
    QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected())
        return;
    bus.connect(Service, Path, Interface, QStringLiteral("SettingChanged"), this, SLOT(onSettingChanged(QDBusMessage)));
    read(AppearanceSpace, ColourScheme);
    read(GnomeSpace, Animations);
}

void Desktop::read(const QString& space, const QString& key) {
    QDBusMessage call = QDBusMessage::createMethodCall(Service, Path, Interface, QStringLiteral("Read"));
    call << space << key;
    auto* watcher = new QDBusPendingCallWatcher(QDBusConnection::sessionBus().asyncCall(call), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, key](QDBusPendingCallWatcher* done) {
        const QDBusPendingReply<QDBusVariant> reply = *done;
        done->deleteLater();
        if (!reply.isError())
            take(key, reply.value().variant());
    });
}

void Desktop::onSettingChanged(const QDBusMessage& message) {
    const QVariantList values = message.arguments();
    if (values.size() != 3)
        return;
    const QString space = values[0].toString();
    if (space == AppearanceSpace || space == GnomeSpace)
        take(values[1].toString(), values[2]);
}

void Desktop::take(const QString& key, const QVariant& value) {
    const QVariant plain = unpacked(value);
    if (key == ColourScheme) {
        const uint wish = plain.toUInt();
        m_isSchemeTold = wish == PreferDark || wish == PreferLight;
        if (m_isSchemeTold)
            m_scheme = wish == PreferDark ? Scheme::Dark : Scheme::Light;
    } else if (key == Animations && plain.typeId() == QMetaType::Bool) {
        m_reducesMotion = !plain.toBool();
    } else {
        return;
    }
    Q_EMIT changed();
}

} // namespace kith::ui
