// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/theme.h"

#include <QDBusMessage>
#include <QObject>

namespace kith::ui {

/// What the person has set for the whole desktop: a dark or light look, and whether things may move. Asks the settings
/// portal (org.freedesktop.portal.Settings, namespaces org.freedesktop.appearance and org.gnome.desktop.interface) and
/// follows it; without a portal the first palette decides. Never waits. Thread: GUI.
class Desktop final : public QObject {
    Q_OBJECT
public:
    /// `scheme` holds until the portal has answered.
    explicit Desktop(Scheme scheme, QObject* parent = nullptr);

    Scheme scheme() const { return m_scheme; }
    bool isSchemeTold() const { return m_isSchemeTold; } ///< by the portal, not guessed
    bool reducesMotion() const { return m_reducesMotion; }

Q_SIGNALS:
    void changed();

private Q_SLOTS:
    void onSettingChanged(const QDBusMessage& message);

private:
    void read(const QString& space, const QString& key);
    void take(const QString& key, const QVariant& value);

    Scheme m_scheme;
    bool m_isSchemeTold = false;
    bool m_reducesMotion = false;
};

} // namespace kith::ui
