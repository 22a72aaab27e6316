// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/requests.h"
#include "ui/widgets/form.h"

namespace kith::ui {

/// Asks for the passphrase, inside the window. A wrong one is told in a line, and stays there selected. Thread: GUI.
class UnlockPage final : public QWidget {
    Q_OBJECT
public:
    UnlockPage(const Theme& theme, Requests& requests, const QString& folder, QWidget* parent = nullptr);
    void reset(); ///< empty and focused

Q_SIGNALS:
    void unlocked(const kith::client::ProfileInfo& info);

private:
    void unlock();
    void onAnswer(const Result<client::ProfileInfo>& result);

    Requests& m_requests;
    NoticeBar* m_notice;
    PassphraseEdit* m_passphrase;
    Button* m_unlock;
};

} // namespace kith::ui
