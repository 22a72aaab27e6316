// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/add_dialog.h"

#include "ui/dialogs/links_dialog.h"
#include "ui/error_text.h"
#include "ui/link_kind.h"

#include <QCheckBox>
#include <QPointer>

namespace kith::ui {

AddDialog::AddDialog(const Theme& theme, const Clock& clock, Requests& requests, RelayHost& host, QWidget* parent)
    : Dialog(theme, parent)
    , m_theme(theme)
    , m_requests(requests)
    , m_host(host)
    , m_firstMoment(this)
    , m_notice(new NoticeBar(theme, this))
    , m_relay(new TextLabel(theme, TextRole::Strong, {}, this))
    , m_what(new TextLabel(theme, TextRole::Body, {}, this))
    , m_theirs(new QLineEdit(this))
    , m_text(new QLineEdit(this))
    , m_send(new Button(theme, ButtonKind::Primary, tr("Send a request"), this))
    , m_wait(new WaitBar(theme, clock, requests, this))
    , m_own(new LinkPanel(theme, this))
    , m_hint(new TextLabel(theme, TextRole::Secondary, {}, this))
    , m_many(new QCheckBox(tr("For more than one person"), this))
    , m_make(new Button(theme, ButtonKind::Plain, tr("Make a link"), this)) {
    setWindowTitle(tr("Add somebody"));
    m_theirs->setPlaceholderText(QStringLiteral("kith://…"));
    m_theirs->setAccessibleName(tr("Contact link"));
    m_theirs->setMaxLength(600);
    m_text->setPlaceholderText(tr("A word with it, if you like"));
    m_text->setAccessibleName(m_text->placeholderText());
    m_text->setMaxLength(300);
    m_own->hide();
    m_hint->setSecondary();
    auto* open = new Button(theme, ButtonKind::Quiet, tr("Open links…"), this);
    column()->setSpacing(10);
    column()->addWidget(m_notice);
    column()->addWidget(new TextLabel(theme, TextRole::ChatTitle, tr("Somebody sent you a link"), this));
    column()->addWidget(m_theirs);
    column()->addWidget(m_relay);
    column()->addWidget(m_what);
    column()->addWidget(m_text);
    column()->addWidget(m_send);
    column()->addWidget(m_wait);
    column()->addSpacing(18);
    column()->addWidget(new TextLabel(theme, TextRole::ChatTitle, tr("Or give somebody a link of yours"), this));
    column()->addWidget(m_hint);
    column()->addWidget(m_many);
    column()->addWidget(m_own);
    column()->addWidget(m_make);
    column()->addWidget(open);
    connect(m_theirs, &QLineEdit::textChanged, this, &AddDialog::describe);
    connect(m_theirs, &QLineEdit::textEdited, this, [this] { m_isOffered = false; });
    for (QLineEdit* field : {m_theirs, m_text})
        connect(field, &QLineEdit::returnPressed, this, [this] {
            if (!m_isOffered) // that takes its button
                send();
        });
    connect(m_send, &QAbstractButton::clicked, this, &AddDialog::send);
    connect(m_wait, &WaitBar::cancelled, this, [this] {
        ++m_attempt;
        m_isJoining = false;
        setWaiting(false);
    });
    connect(m_many, &QCheckBox::toggled, this, [this] {
        m_own->setLink({}); // what is shown is of the other kind
        m_own->hide();
        m_make->setText(tr("Make a link"));
        tellHint();
    });
    connect(m_make, &QAbstractButton::clicked, this, &AddDialog::makeLink);
    connect(open, &QAbstractButton::clicked, this, &AddDialog::openLinks);
    describe({});
    tellHint();
    m_theirs->setFocus();
}

/// What this link is, and what will happen with it.
void AddDialog::describe(const QString& link) {
    const LinkKind kind = linkKindOf(link);
    const bool isInvite = kind == LinkKind::Invite;
    const bool isKnown = isInvite || kind == LinkKind::Contact;
    m_send->setEnabled(!link.trimmed().isEmpty());
    m_send->setText(isInvite ? tr("Join this relay") : tr("Send a request"));
    m_text->setVisible(!isInvite); // joining takes no words along
    m_relay->setText(isKnown ? breakable(hostOfLink(link)) : QString());
    m_relay->setVisible(isKnown);
    m_what->setText(isInvite
                        ? tr("An invite. You become a member of the relay above: it keeps your messages until they "
                             "are read, and whoever runs it can see when you are connected, but not what you "
                             "write. If the invite names somebody, they are asked to talk to you.")
                        : tr("A contact link. Its owner learns your name and what you write below, through the "
                             "relay above, and may accept."));
    m_what->setVisible(isKnown);
}

void AddDialog::offer(const QString& link) {
    m_theirs->setText(link);
    m_theirs->setCursorPosition(0);
    m_notice->show(NoticeBar::Tone::Info,
                   tr("This link comes from another program. Nothing has been done with it yet."));
    m_isOffered = true;
    m_theirs->clearFocus();
    setFocus(); // no field and no button: who is typing agrees to nothing
    m_firstMoment.begin();
}

void AddDialog::setWaiting(bool waiting) {
    m_theirs->setEnabled(!waiting);
    m_text->setEnabled(!waiting);
    m_make->setEnabled(!waiting);
    m_many->setEnabled(!waiting);
    m_make->setText(m_own->link().isEmpty() ? tr("Make a link") : tr("Make another one"));
    describe(m_theirs->text());
    m_send->setEnabled(m_send->isEnabled() && !waiting);
    if (!waiting)
        m_wait->end();
}

/// Who goes away waits no longer.
void AddDialog::done(int result) {
    if (std::exchange(m_isJoining, false))
        m_requests.tell(api::CancelJoin{});
    Dialog::done(result);
}

void AddDialog::tellHint() {
    const RelayHost::Status& relay = m_host.status();
    m_hint->setText(
        m_many->isChecked()
            ? tr("It works for everybody who has it and a relay, for a year, until you withdraw it. You "
                 "are asked each time before somebody can write.")
        : !relay.isRunning ? tr("It works for one person and for 14 days. You are asked before they can write.")
        : relay.isNetworkOnly
            ? tr("It works for one person in the same network as this computer, and for 14 days: they join your "
                 "relay with it, and you are asked before they can write.")
            : tr("It works for one person and for 14 days: they join your relay with it, and you are asked "
                 "before they can write."));
}

void AddDialog::openLinks() {
    (new LinksDialog(m_theme, m_requests, this))->open();
}

void AddDialog::makeLink() {
    m_notice->clear();
    const bool isForMany = m_many->isChecked();
    const int attempt = ++m_attempt;
    setWaiting(true);
    m_make->setText(tr("Making the link…"));
    m_wait->begin(WaitBar::For::Other);
    m_requests.ask(api::CreateContactLink{isForMany}, this,
                   [this, attempt, isForMany](const Result<client::ContactLinkText>& result) {
                       if (attempt != m_attempt)
                           return; // it stands among the open ones
                       if (!result)
                           return onLink(result.error());
                       const QString link = result->link;
                       if (!m_host.status().isRunning || isForMany) // an invite lets in one
                           return onLink(link);
                       m_host.createInvite(link, [self = QPointer(this)](const Result<QString>& invite) {
                           if (self)
                               self->onLink(invite);
                       });
                   });
}

void AddDialog::onLink(const Result<QString>& link) {
    if (link)
        m_own->setLink(*link);
    setWaiting(false);
    if (!link) {
        m_notice->show(NoticeBar::Tone::Problem, errorText(Occasion::MakeLink, link.error()));
        return;
    }
    m_own->show();
    m_own->setFocus();
}

void AddDialog::send() {
    if (!m_send->isEnabled())
        return;
    m_notice->clear();
    const QString link = m_theirs->text().trimmed();
    const bool isInvite = linkKindOf(link) == LinkKind::Invite;
    const int attempt = ++m_attempt;
    setWaiting(true);
    m_isJoining = isInvite;
    m_send->setText(isInvite ? tr("Joining…") : tr("Sending the request…"));
    m_wait->begin(isInvite ? WaitBar::For::Join : WaitBar::For::Other);
    if (isInvite)
        m_requests.ask(api::Join{link}, this, [this, attempt](const Result<client::Joined>& result) {
            if (attempt == m_attempt)
                onJoined(result);
        });
    else
        m_requests.ask(api::AddContact{link, m_text->text()}, this,
                       [this, attempt](const Result<client::ContactAdded>& result) {
                           if (attempt == m_attempt)
                               onAdded(result);
                       });
}

void AddDialog::onJoined(const Result<client::Joined>& result) {
    if (!endWaiting(Occasion::Join, result ? nullptr : &result.error()))
        return;
    Q_EMIT joined();
    if (result->notAsked)
        m_notice->show(NoticeBar::Tone::Problem, notAskedText(*result->notAsked));
    else
        tellSent(tr("The link was used. The chat appears when your request is accepted."));
}

void AddDialog::onAdded(const Result<client::ContactAdded>& result) {
    if (endWaiting(Occasion::AddContact, result ? nullptr : &result.error()))
        tellSent(tr("%1 has your request. The chat appears when it is accepted.").arg(isolated(result->name)));
}

/// True when it went well.
bool AddDialog::endWaiting(Occasion occasion, const Error* problem) {
    m_isJoining = false;
    setWaiting(false);
    if (problem != nullptr) {
        m_notice->show(NoticeBar::Tone::Problem, errorText(occasion, *problem));
        m_theirs->selectAll();
        m_theirs->setFocus();
        return false;
    }
    m_theirs->clear();
    m_text->clear();
    return true;
}

void AddDialog::tellSent(const QString& what) {
    if (std::exchange(m_isOffered, false))
        accept(); // the list shows what came of it
    else
        m_notice->show(NoticeBar::Tone::Info, what);
}

} // namespace kith::ui
