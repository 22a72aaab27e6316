// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/error_text.h"
#include "ui/relay_host.h"
#include "ui/requests.h"
#include "ui/widgets/wait_bar.h"

#include <array>

namespace kith::ui {

/// For a profile without a relay: paste an invite, or host a relay on this computer. Thread: GUI.
class BeginPage final : public QWidget {
    Q_OBJECT
public:
    BeginPage(const Theme& theme, const Clock& clock, Requests& requests, RelayHost& host, QWidget* parent = nullptr);
    void setOptional(bool optional); ///< one may go back: there is a relay already

Q_SIGNALS:
    void joined();
    void leftAlone();

protected:
    void showEvent(QShowEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void join(const QString& link);
    void hostHere();
    void setBusy(bool busy);
    void tellProblem(Occasion occasion, const Error& error);

    Requests& m_requests;
    RelayHost& m_host;
    NoticeBar* m_notice;
    QLineEdit* m_invite;
    Button* m_join;
    WaitBar* m_wait;
    bool m_isCancelled = false;
    Button* m_hostHere;
    Button* m_notNow;
    std::array<QWidget*, 3> m_ownPart{};
};

} // namespace kith::ui
