// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/add_dialog.h"

#include "ui/error_text.h"
#include "ui/link_kind.h"

#include <QPointer>

namespace kith::ui {

AddDialog::AddDialog(const Theme& theme, Requests& requests, RelayHost& host, QWidget* parent)
    : Dialog(parent)
    , m_requests(requests)
    , m_host(host)
    , m_notice(new NoticeBar(theme, this))
    , m_theirs(new QLineEdit(this))
    , m_text(new QLineEdit(this))
    , m_send(new Button(theme, ButtonKind::Primary, tr("Send a request"), this))
    , m_own(new LinkPanel(theme, this))
    , m_make(new Button(theme, ButtonKind::Plain, tr("Make a link"), this)) {
    setWindowTitle(tr("Add somebody"));
    setMinimumWidth(440);
    m_theirs->setPlaceholderText(QStringLiteral("kith://…"));
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
    column->addWidget(new TextLabel(theme, TextRole::ChatTitle, tr("Or give somebody a link of yours"), this));
    auto* hint = new TextLabel(
        theme, TextRole::Secondary,
        host.status().isRunning
            ? (host.status().isNetworkOnly
                   ? tr("It works for one person in the same network as this computer, and for a week: they join your "
                        "relay with it, and you are asked before they can write.")
                   : tr("It works for one person and for a week: they join your relay with it, and you are asked "
                        "before they can write."))
            : tr("It works for one person and for 14 days. You are asked before they can write."),
        this);
    hint->setSecondary();
    column->addWidget(hint);
    column->addWidget(m_own);
    column->addWidget(m_make);
    connect(m_theirs, &QLineEdit::textChanged, this, [this](const QString& link) {
        m_send->setEnabled(!link.trimmed().isEmpty());
        m_text->setVisible(linkKindOf(link) != LinkKind::Invite); // joining takes no words along
    });
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
                       if (!result)
                           return onLink(result.error());
                       const QString link = std::get<client::ContactLinkText>(*result).link;
                       if (!m_host.status().isRunning)
                           return onLink(link);
                       m_host.createInvite(link, [self = QPointer(this)](const Result<QString>& invite) {
                           if (self)
                               self->onLink(invite);
                       });
                   });
}

void AddDialog::onLink(const Result<QString>& link) {
    m_make->setEnabled(true);
    m_make->setText(tr("Make another one"));
    if (!link) {
        m_notice->show(NoticeBar::Tone::Problem, errorText(Occasion::MakeLink, link.error()));
        return;
    }
    m_own->setLink(*link);
    m_own->show();
    m_own->setFocus();
    fitOnScreen(this);
}

void AddDialog::send() {
    if (!m_send->isEnabled())
        return;
    m_notice->clear();
    m_send->setEnabled(false);
    m_send->setText(tr("Sending the request…"));
    client::Client& client = m_requests.client();
    const QString link = m_theirs->text().trimmed();
    const bool isInvite = linkKindOf(link) == LinkKind::Invite;
    m_requests.ask(isInvite ? client.join(link) : client.addContact(link, m_text->text()), this,
                   [this, isInvite](const Result<client::Reply>& result) {
                       onSent(isInvite ? Occasion::Join : Occasion::AddContact, result);
                   });
}

void AddDialog::onSent(Occasion occasion, const Result<client::Reply>& result) {
    m_send->setEnabled(true);
    m_send->setText(tr("Send a request"));
    if (!result) {
        m_notice->show(NoticeBar::Tone::Problem, errorText(occasion, result.error()));
        m_theirs->selectAll();
        m_theirs->setFocus();
        return;
    }
    m_theirs->clear();
    m_text->clear();
    if (const auto* joined = std::get_if<client::Joined>(&*result); joined != nullptr && joined->notAsked) {
        m_notice->show(NoticeBar::Tone::Problem, notAskedText(*joined->notAsked));
        return;
    }
    const auto* added = std::get_if<client::ContactAdded>(&*result);
    m_notice->show(NoticeBar::Tone::Info,
                   added != nullptr
                       ? tr("%1 has your request. The chat appears when it is accepted.").arg(isolated(added->name))
                       : tr("The link was used. The chat appears when your request is accepted."));
}

} // namespace kith::ui
