// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/theme.h"

#include <QSettings>

namespace kith::ui {

/// How the windows look and behave, kept between starts; nothing here is secret or names anybody. Thread: GUI.
class Preferences final {
public:
    enum class Appearance { System, Light, Dark };

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
