// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/relay/server/relay_server.h"
#include "ui/preferences.h"
#include "ui/relay_host.h"

namespace kith::app {

/// The relay of the desktop program: a RelayServer over a folder inside the profile's. Thread: GUI; the server has
/// its own. Destruction closes its sockets, commits and joins.
class EmbeddedRelay final : public ui::RelayHost {
    Q_OBJECT
public:
    EmbeddedRelay(QString folder, ui::Preferences& preferences);
    ~EmbeddedRelay() override;

    /// Starts what was running when the program ended; a failure is shown as "off" and logged.
    void startIfWanted();

    const Status& status() const override { return m_status; }
    void refresh() override;
    Result<void> enable(int port) override;
    void disable() override;
    void createInvite(const QString& contactLink, std::function<void(const Result<QString>&)> done) override;

private:
    QString m_folder;
    ui::Preferences& m_preferences;
    SystemClock m_clock;
    std::unique_ptr<relay::RelayServer> m_server;
    Status m_status;
};

} // namespace kith::app
