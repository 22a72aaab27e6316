// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/requests.h"
#include "ui/widgets/form.h"

class QStackedLayout;

namespace kith::ui {

class CodePanel;

/// The first screen of all: a name, a passphrase twice, one button; then the recovery code, shown once and asked for
/// once. Thread: GUI.
class WelcomePage final : public QWidget {
    Q_OBJECT
public:
    WelcomePage(const Theme& theme, Requests& requests, const QString& folder, QWidget* parent = nullptr);

    /// The only look at the recovery code is not over yet.
    bool isCodeShown() const;

Q_SIGNALS:
    void finished(); ///< the profile is there and unlocked, and its code was seen

private:
    QWidget* makeForm();
    QWidget* makeRecovery();
    void create();
    void onCreated(const Result<client::ProfileCreated>& result);
    void checkForm();
    void askForCode(bool ask);
    void checkCode();
    void print();

    const Theme& m_theme;
    Requests& m_requests;
    QStackedLayout* m_steps;
    QLineEdit* m_name = nullptr;
    PassphraseEdit* m_passphrase = nullptr;
    PassphraseEdit* m_again = nullptr;
    StrengthBar* m_strength = nullptr;
    TextLabel* m_hint = nullptr;
    NoticeBar* m_notice = nullptr;
    bool m_isWarned = false; ///< that this passphrase is weak
    Button* m_create = nullptr;
    CodePanel* m_code = nullptr;
    Button* m_copy = nullptr;
    Button* m_print = nullptr;
    TextLabel* m_question = nullptr;
    QLineEdit* m_last = nullptr; ///< group of the code, as it was written down
    Button* m_showAgain = nullptr;
    Button* m_continue = nullptr;
    QString m_folder;
    bool m_isAsking = false;
};

} // namespace kith::ui
