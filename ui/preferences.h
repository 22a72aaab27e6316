// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/theme.h"

#include <QSettings>

namespace kith::ui {

/// How the windows look and behave, kept between starts; nothing here is secret or names anybody. Thread: GUI.
class Preferences final {
public:
    enum class Appearance { System, Light, Dark };
    enum class Notifications { NameAndText, Name, Hidden, Off };

    /// `file` is an INI file; another window's changes are not followed.
    explicit Preferences(const QString& file)
        : m_settings(file, QSettings::IniFormat) {}

    Appearance appearance() const {
        return static_cast<Appearance>(m_settings.value(QStringLiteral("appearance"), 0).toInt());
    }
    void setAppearance(Appearance value) { m_settings.setValue(QStringLiteral("appearance"), static_cast<int>(value)); }
    /// The scheme to use where the desktop itself has `desktop`.
    Scheme scheme(Scheme desktop) const {
        return appearance() == Appearance::System ? desktop
               : appearance() == Appearance::Dark ? Scheme::Dark
                                                  : Scheme::Light;
    }
    /// What the desktop had when it was last asked: at a start nobody waits for its answer.
    Scheme desktopScheme(Scheme otherwise) const {
        const QVariant dark = m_settings.value(QStringLiteral("desktop_dark"));
        return !dark.isValid() ? otherwise : dark.toBool() ? Scheme::Dark : Scheme::Light;
    }
    void setDesktopScheme(Scheme value) { m_settings.setValue(QStringLiteral("desktop_dark"), value == Scheme::Dark); }
    bool reducesMotion() const { return m_settings.value(QStringLiteral("reduce_motion"), false).toBool(); }
    void setReducesMotion(bool value) { m_settings.setValue(QStringLiteral("reduce_motion"), value); }
    Notifications notifications() const {
        const int value = m_settings.value(QStringLiteral("notifications"), 0).toInt();
        return value < 0 || value > 3 ? Notifications::Hidden : static_cast<Notifications>(value);
    }
    void setNotifications(Notifications value) {
        m_settings.setValue(QStringLiteral("notifications"), static_cast<int>(value));
    }
    qreal fontScale() const { return m_settings.value(QStringLiteral("font_scale"), 1.0).toReal(); }
    void setFontScale(qreal value) { m_settings.setValue(QStringLiteral("font_scale"), value); }
    QByteArray geometry() const { return m_settings.value(QStringLiteral("geometry")).toByteArray(); }
    void setGeometry(const QByteArray& value) { m_settings.setValue(QStringLiteral("geometry"), value); }
    QByteArray splitter() const { return m_settings.value(QStringLiteral("splitter")).toByteArray(); }
    void setSplitter(const QByteArray& value) { m_settings.setValue(QStringLiteral("splitter"), value); }
    int relayPort() const { return m_settings.value(QStringLiteral("relay_port"), 0).toInt(); } ///< 0: no relay here
    void setRelayPort(int port) { m_settings.setValue(QStringLiteral("relay_port"), port); }

private:
    QSettings m_settings;
};

} // namespace kith::ui
