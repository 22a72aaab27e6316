// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/add_dialog.h"

#include "ui/error_text.h"

namespace kith::ui {

AddDialog::AddDialog(const Theme& theme, Requests& requests, QWidget* parent)
    : QDialog(parent)
    , m_requests(requests)
    , m_notice(new NoticeBar(theme, this))
    , m_theirs(new QLineEdit(this))
    , m_text(new QLineEdit(this))
    , m_send(new Button(theme, ButtonKind::Primary, tr("Send a request"), this))
    , m_own(new LinkPanel(theme, this))
    , m_make(new Button(theme, ButtonKind::Plain, tr("Make a contact link"), this)) {
    setWindowTitle(tr("Add somebody"));
    setMinimumWidth(440);
    m_theirs->setPlaceholderText(QStringLiteral("kith://c/…"));
    m_theirs->setAccessibleName(tr("Contact link"));
    m_theirs->setMaxLength(600);
    m_text->setPlaceholderText(tr("A word with it, if you like"));
    m_text->setAccessibleName(m_text->placeholderText());
    m_text->setMaxLength(300);
    m_send->setEnabled(false);
    m_own->hide();
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(24, 20, 24, 24);
    column->setSpacing(10);
    column->addWidget(m_notice);
    column->addWidget(new TextLabel(theme, TextRole::ChatTitle, tr("Somebody sent you a link"), this));
    column->addWidget(m_theirs);
    column->addWidget(m_text);
    column->addWidget(m_send);
    column->addSpacing(18);
    column->addWidget(new TextLabel(theme, TextRole::ChatTitle, tr("Or hand on a link of yours"), this));
    auto* hint =
        new TextLabel(theme, TextRole::Secondary,
                      tr("It works for one person and for 14 days. You are asked before they can write."), this);
    hint->setSecondary();
    column->addWidget(hint);
    column->addWidget(m_own);
    column->addWidget(m_make);
    connect(m_theirs, &QLineEdit::textChanged, this,
            [this](const QString& link) { m_send->setEnabled(!link.trimmed().isEmpty()); });
    connect(m_theirs, &QLineEdit::returnPressed, this, &AddDialog::send);
    connect(m_text, &QLineEdit::returnPressed, this, &AddDialog::send);
    connect(m_send, &QAbstractButton::clicked, this, &AddDialog::send);
    connect(m_make, &QAbstractButton::clicked, this, &AddDialog::makeLink);
    m_theirs->setFocus();
}

void AddDialog::setLink(const QString& link) {
    m_theirs->setText(link);
    m_send->setFocus();
}

void AddDialog::makeLink() {
    m_notice->clear();
    m_make->setEnabled(false);
    m_make->setText(tr("Making the link…"));
    m_requests.ask(m_requests.client().createContactLink(client::LinkUse::OneTime), this,
                   [this](const Result<client::Reply>& result) {
                       m_make->setEnabled(true);
                       m_make->setText(tr("Make another one"));
                       if (!result) {
                           m_notice->show(NoticeBar::Tone::Problem, errorText(Occasion::MakeLink, result.error()));
                           return;
                       }
                       m_own->setLink(std::get<client::ContactLinkText>(*result).link);
                       m_own->show();
                       m_own->setFocus();
                       fitOnScreen(this);
                   });
}

void AddDialog::send() {
    if (!m_send->isEnabled())
        return;
    m_notice->clear();
    m_send->setEnabled(false);
    m_send->setText(tr("Sending the request…"));
    m_requests.ask(m_requests.client().addContact(m_theirs->text().trimmed(), m_text->text()), this,
                   [this](const Result<client::Reply>& result) {
                       m_send->setEnabled(true);
                       m_send->setText(tr("Send a request"));
                       if (!result) {
                           m_notice->show(NoticeBar::Tone::Problem, errorText(Occasion::AddContact, result.error()));
                           m_theirs->selectAll();
                           m_theirs->setFocus();
                           return;
                       }
                       const QString name = std::get<client::ContactAdded>(*result).name;
                       m_theirs->clear();
                       m_text->clear();
                       m_notice->show(
                           NoticeBar::Tone::Info,
                           tr("%1 has your request. The chat appears when it is accepted.").arg(isolated(name)));
                   });
}

} // namespace kith::ui
