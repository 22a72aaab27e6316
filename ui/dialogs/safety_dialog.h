// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/dialogs/dialog.h"
#include "ui/requests.h"
#include "ui/widgets/form.h"

namespace kith::ui {

class PeopleModel;
class QrView;

/// The safety number of a contact, 12 groups of 5 digits and a QR code, and whether it was compared. Thread: GUI.
class SafetyDialog final : public Dialog {
    Q_OBJECT
public:
    SafetyDialog(const Theme& theme, Requests& requests, const PeopleModel& people, const AccountId& account,
                 QWidget* parent = nullptr);

private:
    void showNumber(const Result<client::SafetyNumber>& result);
    void setVerified(bool verified);

    Requests& m_requests;
    AccountId m_account;
    NoticeBar* m_notice;
    TextLabel* m_digits;
    QrView* m_code;
    Button* m_verify;
    Button* m_takeBack;
    Button* m_differ;
    bool m_isVerified = false;
};

/// 60 digits as 3 lines of 4 groups.
QString groupedDigits(const QString& digits);

} // namespace kith::ui
