// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/clock.h"
#include "ui/requests.h"
#include "ui/widgets/form.h"

namespace kith::ui {

/// Shown while something waits for a relay: what is known about the wait, with the time of the next try, and the way
/// out of it. Thread: GUI.
class WaitBar final : public QWidget {
    Q_OBJECT
public:
    WaitBar(const Theme& theme, const Clock& clock, Requests& requests, QWidget* parent = nullptr);
    enum class For { Join, Other };
    void begin(For what);
    void end();

Q_SIGNALS:
    /// A join was cancelled, which its answer says too; of anything else nobody here waits for the end any more.
    void cancelled();

private:
    void cancel();
    void onConnection(const client::ConnectionRow& row);

    const Clock& m_clock;
    Requests& m_requests;
    NoticeBar* m_notice;
    Button* m_cancel;
    For m_what = For::Other;
};

} // namespace kith::ui
