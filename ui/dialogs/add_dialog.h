// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/clock.h"
#include "ui/dialogs/dialog.h"
#include "ui/error_text.h"
#include "ui/relay_host.h"
#include "ui/requests.h"
#include "ui/widgets/first_moment.h"
#include "ui/widgets/link_panel.h"
#include "ui/widgets/wait_bar.h"

class QCheckBox;

namespace kith::ui {

/// Two people find each other: one hands on a link, the other pastes it. Where the relay of this computer runs, the
/// link is an invite to it as well: one link for somebody who has nothing yet. Thread: GUI.
class AddDialog final : public Dialog {
    Q_OBJECT
public:
    AddDialog(const Theme& theme, const Clock& clock, Requests& requests, RelayHost& host, QWidget* parent = nullptr);
    /// A link that came from another program, at a moment of its own choice: says where it leads, and takes neither key
    /// nor click at first.
    void offer(const QString& link);

    void makeLink();

Q_SIGNALS:
    void joined();

protected:
    void done(int result) override;

private:
    void describe(const QString& link);
    void setWaiting(bool waiting);
    void tellHint();
    void openLinks();
    void onLink(const Result<QString>& link);
    void onJoined(const Result<client::Joined>& result);
    void onAdded(const Result<client::ContactAdded>& result);
    bool endWaiting(Occasion occasion, const Error* problem);
    void tellSent(const QString& what);
    void send();

    const Theme& m_theme;
    Requests& m_requests;
    RelayHost& m_host;
    FirstMoment m_firstMoment;
    NoticeBar* m_notice;
    TextLabel* m_relay;
    TextLabel* m_what;
    QLineEdit* m_theirs;
    QLineEdit* m_text;
    Button* m_send;
    WaitBar* m_wait;
    LinkPanel* m_own;
    TextLabel* m_hint;
    QCheckBox* m_many;
    Button* m_make;
    int m_attempt = 0; ///< answers of those that were cancelled come to nobody
    bool m_isJoining = false;
    bool m_isOffered = false; ///< the link in the field is nothing that was typed or pasted here
};

} // namespace kith::ui
