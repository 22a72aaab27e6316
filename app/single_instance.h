// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/platform.h"

#include <QLocalServer>

namespace kith::app {

/// One window for each profile: a second start hands its link to the first and ends. The socket lies inside the
/// profile's folder, where no other user can take its name, and talks to processes of the same user only. Thread: GUI.
class SingleInstance final : public QObject {
    Q_OBJECT
public:
    explicit SingleInstance(const QString& folder);

    /// True: another program has this profile's window and took the link; end. Waits 1 s at most.
    bool handedOver(const QString& link);
    /// From now on links come here. A failure costs the hand-over only.
    void listen();

Q_SIGNALS:
    void linkArrived(const QString& link); ///< may be empty: come to the front

private:
    QString m_folder;
    std::optional<platform::ShortFolderName> m_place; ///< outlives the server, which takes its socket away
    QLocalServer m_server;
};

} // namespace kith::app
