// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/safety_dialog.h"

#include "ui/error_text.h"
#include "ui/models/people_model.h"
#include "ui/widgets/qr_view.h"

namespace kith::ui {

QString groupedDigits(const QString& digits) {
    QString text;
    QString bare;
    for (const QChar c : digits)
        if (c.isDigit())
            bare += c;
    for (qsizetype i = 0; i < bare.size(); i += 5) {
        if (i > 0)
            text += i % 20 == 0 ? QChar(u'\n') : QChar(u' ');
        text += bare.mid(i, 5);
    }
    return text;
}

SafetyDialog::SafetyDialog(const Theme& theme, Requests& requests, const PeopleModel& people, const AccountId& account,
                           QWidget* parent)
    : Dialog(theme, parent)
    , m_requests(requests)
    , m_account(account)
    , m_notice(new NoticeBar(theme, this))
    , m_digits(new TextLabel(theme, TextRole::Mono, {}, this))
    , m_code(new QrView(this))
    , m_verify(new Button(theme, ButtonKind::Primary, tr("The numbers are the same"), this))
    , m_takeBack(new Button(theme, ButtonKind::Plain, tr("Compared. Take that back"), this))
    , m_differ(new Button(theme, ButtonKind::Quiet, tr("They differ"), this)) {
    const QString name = people.nameOf(account);
    setWindowTitle(tr("You and %1").arg(isolated(name)));
    const QString who = isolated(breakable(name));
    auto* text =
        new TextLabel(theme, TextRole::Body,
                      tr("Compare these numbers when you meet, or on the phone. If %1 sees the same ones, nobody "
                         "stands between you.")
                          .arg(who),
                      this);
    text->setSecondary();
    column()->addWidget(text);
    column()->addWidget(m_notice);
    column()->addWidget(m_code, 0, Qt::AlignCenter);
    m_digits->setAlignment(Qt::AlignCenter);
    m_digits->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_digits->setAccessibleName(tr("Safety number"));
    column()->addWidget(m_digits);
    column()->addWidget(m_verify);
    column()->addWidget(m_takeBack);
    column()->addWidget(m_differ);
    m_takeBack->hide();
    m_digits->setFocus(); // Enter must not confirm what nobody has compared
    m_verify->setEnabled(false);
    connect(m_verify, &QAbstractButton::clicked, this, [this] { setVerified(true); });
    connect(m_takeBack, &QAbstractButton::clicked, this, [this] { setVerified(false); });
    connect(m_differ, &QAbstractButton::clicked, this, [this, who] {
        m_notice->show(
            NoticeBar::Tone::Problem,
            tr("Then somebody may stand between you and %1: write nothing secret here. Make sure that each of "
               "you looks at the chat with the other, and compare once more when you meet.")
                .arg(who));
        if (m_isVerified)
            setVerified(false);
    });
    m_requests.ask(api::ReadSafetyNumber{account}, this,
                   [this](const Result<client::SafetyNumber>& result) { showNumber(result); });
}

void SafetyDialog::showNumber(const Result<client::SafetyNumber>& result) {
    if (!result) {
        m_notice->show(NoticeBar::Tone::Problem, errorText(Occasion::Load, result.error()));
        return;
    }
    const client::SafetyNumber& number = *result;
    const QString grouped = groupedDigits(number.digits);
    m_digits->setText(grouped);
    QString bare = grouped;
    bare.remove(u' ').remove(u'\n');
    m_code->setText(bare);
    m_isVerified = number.verified;
    m_verify->setVisible(!m_isVerified);
    m_takeBack->setVisible(m_isVerified);
    m_verify->setEnabled(true);
    m_takeBack->setEnabled(true);
}

void SafetyDialog::setVerified(bool verified) {
    m_digits->setFocus();
    m_verify->setEnabled(false);
    m_takeBack->setEnabled(false);
    const auto showNow = [this](const Result<void>& result) {
        if (!result)
            m_notice->show(NoticeBar::Tone::Problem, errorText(Occasion::Load, result.error()));
        m_requests.ask(api::ReadSafetyNumber{m_account}, this,
                       [this](const Result<client::SafetyNumber>& number) { showNumber(number); });
    };
    if (verified)
        m_requests.ask(api::Verify{m_account}, this, showNow);
    else
        m_requests.ask(api::Unverify{m_account}, this, showNow);
}

} // namespace kith::ui
