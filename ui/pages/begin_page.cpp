// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/begin_page.h"

#include "ui/link_kind.h"

#include <QKeyEvent>

namespace kith::ui {
namespace {

constexpr int PortsTried = 10;

} // namespace

BeginPage::BeginPage(const Theme& theme, const Clock& clock, Requests& requests, RelayHost& host, QWidget* parent)
    : QWidget(parent)
    , m_requests(requests)
    , m_host(host)
    , m_notice(new NoticeBar(theme, this))
    , m_invite(new QLineEdit(this))
    , m_join(new Button(theme, ButtonKind::Primary, tr("Join"), this))
    , m_wait(new WaitBar(theme, clock, requests, this))
    , m_hostHere(new Button(theme, ButtonKind::Plain, tr("Host a relay on this computer"), this))
    , m_notNow(new Button(theme, ButtonKind::Quiet, tr("Not now"), this)) {
    QVBoxLayout* column = columnOf(this, 460);
    m_invite->setPlaceholderText(QStringLiteral("kith://j/…"));
    m_invite->setAccessibleName(tr("Invite"));
    m_invite->setMaxLength(600);
    m_hostHere->setDrawnIcon(Icon::Server);
    column->addStretch(2);
    column->addWidget(new TextLabel(theme, TextRole::PageTitle, tr("I have an invite"), this));
    auto* text = new TextLabel(theme, TextRole::Body,
                               tr("Messages wait on a relay until they are read. Paste the invite that somebody who "
                                  "runs one has sent you."),
                               this);
    text->setSecondary();
    column->addWidget(text);
    column->addWidget(m_notice);
    column->addWidget(m_invite);
    column->addWidget(m_join);
    column->addWidget(m_wait);
    column->addSpacing(28);
    auto* ownTitle = new TextLabel(theme, TextRole::PageTitle, tr("Or run the relay yourself"), this);
    column->addWidget(ownTitle);
    auto* own =
        new TextLabel(theme, TextRole::Body,
                      tr("This computer then keeps the sealed messages of your group while it is on. It cannot "
                         "read them. Computers in the same home or office network can reach it; from outside "
                         "only where it has an address on the internet. Kith tells you which it is, and whoever "
                         "you invite sees that address."),
                      this);
    own->setSecondary();
    column->addWidget(own);
    column->addWidget(m_hostHere);
    column->addSpacing(12);
    column->addWidget(m_notNow);
    column->addStretch(3);
    connect(m_invite, &QLineEdit::textChanged, this,
            [this](const QString& link) { m_join->setEnabled(!link.trimmed().isEmpty()); });
    connect(m_invite, &QLineEdit::returnPressed, this, [this] { join(m_invite->text()); });
    connect(m_join, &QAbstractButton::clicked, this, [this] { join(m_invite->text()); });
    connect(m_wait, &WaitBar::cancelled, this, [this] { m_isCancelled = true; });
    connect(m_hostHere, &QAbstractButton::clicked, this, &BeginPage::hostHere);
    connect(m_notNow, &QAbstractButton::clicked, this, &BeginPage::leftAlone);
    m_notNow->hide();
    m_ownPart = {ownTitle, own, m_hostHere};
    m_join->setEnabled(false);
    setFocusProxy(m_invite);
}

void BeginPage::setOptional(bool optional) {
    m_notNow->setVisible(optional);
    m_notNow->setText(tr("Not now"));
}

void BeginPage::showEvent(QShowEvent* event) {
    for (QWidget* part : m_ownPart) // whoever hosts already is not asked to
        part->setVisible(!m_host.status().isRunning);
    QWidget::showEvent(event);
}

void BeginPage::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Escape && m_notNow->isVisible())
        m_notNow->click();
    else
        QWidget::keyPressEvent(event);
}

void BeginPage::setBusy(bool busy) {
    m_join->setEnabled(!busy && !m_invite->text().trimmed().isEmpty());
    m_hostHere->setEnabled(!busy);
    m_invite->setEnabled(!busy);
    m_join->setText(busy ? tr("Joining…") : tr("Join"));
    if (busy)
        m_wait->begin(WaitBar::For::Join);
    else
        m_wait->end();
}

void BeginPage::tellProblem(Occasion occasion, const Error& error) {
    m_notice->show(NoticeBar::Tone::Problem, errorText(occasion, error));
    m_invite->setFocus(); // and not on the next button, which would host a relay at the next Enter
    m_invite->selectAll();
}

void BeginPage::join(const QString& link) {
    if (link.trimmed().isEmpty())
        return;
    m_notice->clear();
    if (linkKindOf(link) == LinkKind::Contact) {
        m_notice->show(
            NoticeBar::Tone::Problem,
            tr("This is a contact link, which needs a relay first. Ask your friend for an invite, or run a relay "
               "yourself; then use this link under \"Add somebody\"."));
        return;
    }
    setBusy(true);
    m_isCancelled = false;
    m_requests.ask(api::Join{link.trimmed()}, this, [this](const Result<client::Joined>& result) {
        setBusy(false);
        if (!result && m_isCancelled) {
            m_invite->setFocus();
            return;
        }
        if (!result && result.error().code != Code::Duplicate) {
            tellProblem(Occasion::Join, result.error());
            return;
        }
        m_invite->clear();
        if (result && result->notAsked) {
            setOptional(true);
            m_notNow->setText(tr("Go on"));
            m_notNow->setFocus();
            m_notice->show(NoticeBar::Tone::Problem, notAskedText(*result->notAsked));
            return;
        }
        Q_EMIT joined();
    });
}

void BeginPage::hostHere() {
    m_notice->clear();
    Result<void> running = m_host.enable(RelayHost::DefaultPort);
    for (int other = 1; !running && running.error().code == Code::Unavailable && other < PortsTried; ++other)
        running = m_host.enable(RelayHost::DefaultPort + other); // another program has this one
    if (!running) {
        tellProblem(Occasion::Host, running.error());
        return;
    }
    setBusy(true);
    m_host.createInvite({}, [this](const Result<QString>& invite) {
        setBusy(false);
        if (invite)
            join(*invite);
        else
            tellProblem(Occasion::Host, invite.error());
    });
}

} // namespace kith::ui
