// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/unlock_page.h"

#include "ui/error_text.h"
#include "ui/widgets/mark.h"

namespace kith::ui {

UnlockPage::UnlockPage(const Theme& theme, Requests& requests, const QString& folder, QWidget* parent)
    : QWidget(parent)
    , m_requests(requests)
    , m_notice(new NoticeBar(theme, this))
    , m_passphrase(new PassphraseEdit(theme, this))
    , m_unlock(new Button(theme, ButtonKind::Primary, tr("Unlock"), this)) {
    QVBoxLayout* column = columnOf(this);
    auto* title = new TextLabel(theme, TextRole::PageTitle, tr("Kith is locked"), this);
    title->setAlignment(Qt::AlignCenter);
    auto* where = new TextLabel(theme, TextRole::Secondary, isolated(folder), this);
    where->setAlignment(Qt::AlignCenter);
    where->setSecondary();
    m_passphrase->setPlaceholderText(tr("Passphrase"));
    m_passphrase->setAccessibleName(tr("Passphrase"));
    column->addStretch(2);
    column->addWidget(new Mark(theme, this), 0, Qt::AlignCenter);
    column->addWidget(title);
    column->addWidget(where);
    column->addSpacing(12);
    column->addWidget(m_notice);
    column->addWidget(m_passphrase);
    column->addWidget(m_unlock);
    column->addStretch(3);
    connect(m_passphrase, &QLineEdit::textChanged, this,
            [this](const QString& text) { m_unlock->setEnabled(!text.isEmpty()); });
    connect(m_passphrase, &QLineEdit::returnPressed, this, &UnlockPage::unlock);
    connect(m_unlock, &QAbstractButton::clicked, this, &UnlockPage::unlock);
    m_unlock->setEnabled(false);
    setFocusProxy(m_passphrase);
}

void UnlockPage::reset() {
    m_notice->clear();
    m_passphrase->wipe();
    m_passphrase->setFocus();
}

void UnlockPage::unlock() {
    if (!m_unlock->isEnabled())
        return;
    m_unlock->setEnabled(false);
    m_unlock->setText(tr("Unlocking…"));
    m_requests.ask(api::Unlock{m_passphrase->passphrase()}, this,
                   [this](const Result<client::ProfileInfo>& result) { onAnswer(result); });
}

void UnlockPage::onAnswer(const Result<client::ProfileInfo>& result) {
    m_unlock->setText(tr("Unlock"));
    m_unlock->setEnabled(true);
    if (!result) {
        m_notice->show(NoticeBar::Tone::Problem, errorText(Occasion::Unlock, result.error()));
        m_passphrase->selectAll();
        m_passphrase->setFocus();
        return;
    }
    reset();
    Q_EMIT unlocked(*result);
}

} // namespace kith::ui
