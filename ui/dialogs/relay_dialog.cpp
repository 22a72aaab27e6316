// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/relay_dialog.h"

#include "ui/dialogs/question_dialog.h"
#include "ui/error_text.h"
#include "ui/models/people_model.h"

#include <QDate>
#include <QHBoxLayout>
#include <QListView>
#include <QLocale>
#include <QSignalBlocker>
#include <QStringListModel>
#include <QTimer>

namespace kith::ui {
namespace {

constexpr int MembersSeen = 6; ///< lines without scrolling

} // namespace

RelayDialog::RelayDialog(const Theme& theme, RelayHost& host, const PeopleModel& people, QWidget* parent)
    : Dialog(theme, parent)
    , m_theme(theme)
    , m_host(host)
    , m_people(people)
    , m_notice(new NoticeBar(theme, this))
    , m_switch(new QCheckBox(tr("Host a relay here"), this))
    , m_port(new QSpinBox(this))
    , m_state(new TextLabel(theme, TextRole::Body, {}, this))
    , m_membersTitle(new TextLabel(theme, TextRole::Strong, tr("Who has joined"), this))
    , m_members(new QStringListModel(this))
    , m_memberList(new QListView(this))
    , m_makeInvite(new Button(theme, ButtonKind::Plain, tr("Invite somebody"), this)) {
    setWindowTitle(tr("Relay"));
    m_port->setRange(1, 65'535);
    m_port->setValue(host.status().port);
    m_port->setGroupSeparatorShown(false);
    m_port->setButtonSymbols(QAbstractSpinBox::NoButtons);
    m_port->setAccessibleName(tr("Port"));
    m_state->setSecondary();
    m_memberList->setModel(m_members);
    blendIn(m_memberList);
    m_memberList->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_memberList->setSelectionMode(QAbstractItemView::NoSelection);
    m_memberList->setSpacing(2);
    m_memberList->setTextElideMode(Qt::ElideRight);
    m_memberList->setAccessibleName(m_membersTitle->text());
    column()->addWidget(m_notice);
    auto* line = new QHBoxLayout;
    line->addWidget(new TextLabel(theme, TextRole::Body, tr("Port"), this));
    line->addWidget(m_port);
    line->addStretch(1);
    column()->addWidget(m_switch);
    column()->addLayout(line);
    column()->addWidget(m_state);
    column()->addWidget(m_membersTitle);
    column()->addWidget(m_memberList);
    column()->addWidget(m_makeInvite);
    connect(m_switch, &QCheckBox::toggled, this, &RelayDialog::toggle);
    connect(m_makeInvite, &QAbstractButton::clicked, this, [this] {
        accept();
        Q_EMIT inviteRequested();
    });
    connect(&host, &RelayHost::statusChanged, this, &RelayDialog::refresh);
    refresh();
    if (host.status().problem)
        m_notice->show(NoticeBar::Tone::Problem, errorText(Occasion::Host, *host.status().problem));
    // Somebody may join while the invite is shown.
    auto* look = new QTimer(this);
    connect(look, &QTimer::timeout, &host, &RelayHost::refresh);
    look->start(3'000);
    host.refresh();
}

void RelayDialog::toggle(bool on) {
    m_notice->clear();
    if (!on && m_host.status().members.size() > 1) {
        refresh(); // until it is answered
        auto* question = new QuestionDialog(m_theme, tr("Switch the relay off?"),
                                            tr("Nobody can reach it then, and messages for its members wait where they "
                                               "were written. It keeps what it holds."),
                                            this);
        question->addAnswer(ButtonKind::Primary, tr("Switch it off"), [this] { m_host.disable(); });
        question->open();
        return;
    }
    const RelayHost::Status& status = m_host.status();
    if (on && status.members.size() > 1 && m_port->value() != status.port) {
        refresh();
        const int port = m_port->value();
        auto* question =
            new QuestionDialog(m_theme, tr("Start it at another port?"),
                               tr("Its members look for it at port %1, this computer among them. At port %2 "
                                  "nobody of them finds it.")
                                   .arg(status.port)
                                   .arg(port),
                               this);
        question->addAnswer(ButtonKind::Primary, tr("Keep port %1").arg(status.port),
                            [this, old = status.port] { m_port->setValue(old); });
        question->addAnswer(ButtonKind::Plain, tr("Start it at port %1").arg(port), [this, port] { start(port); });
        question->open();
        return;
    }
    if (!on)
        m_host.disable();
    else
        start(m_port->value());
    refresh();
}

void RelayDialog::start(int port) {
    if (const Result<void> running = m_host.enable(port); !running)
        m_notice->show(NoticeBar::Tone::Problem, errorText(Occasion::Host, running.error()));
    refresh();
}

void RelayDialog::refresh() {
    const RelayHost::Status& status = m_host.status();
    const QSignalBlocker quiet(m_switch);
    m_switch->setChecked(status.isRunning);
    m_port->setEnabled(!status.isRunning);
    if (status.isRunning)
        m_port->setValue(status.port);
    m_makeInvite->setEnabled(status.isRunning);
    if (!status.isRunning)
        m_state->setText(tr("Off. Messages for members wait at their senders."));
    else if (status.isLocalOnly)
        m_state->setText(
            tr("On at %1. Only programs on this computer can reach it: no network was found. Nobody else can "
               "use an invite.")
                .arg(status.address));
    else if (status.isNetworkOnly)
        m_state->setText(tr("On at %1, as long as Kith runs on this computer. Computers in the same home or office "
                            "network can reach it, nobody from outside. Whoever you invite sees this address, and is "
                            "asked before they join.")
                             .arg(status.address));
    else
        m_state->setText(
            tr("On at %1, as long as Kith runs on this computer. Everybody on the internet can reach it, if "
               "your router lets them through; only who has an invite can join. Whoever you invite sees this "
               "address, and is asked before they join.")
                .arg(status.address));
    showMembers();
}

void RelayDialog::showMembers() {
    QStringList lines;
    const QDate today = QDate::currentDate();
    for (const RelayHost::Member& member : m_host.status().members) {
        const QString name = m_people.youOrNameOf(member.account);
        const QDate day = QDateTime::fromMSecsSinceEpoch(toMs(member.lastSeen), Qt::UTC).date();
        const QString who = name.isEmpty()
                                ? tr("Somebody you have not added (%1…)").arg(toBase32(member.account.view()).left(8))
                                : isolated(name);
        lines += day >= today ? who : tr("%1, last here on %2").arg(who, QLocale().toString(day, QLocale::ShortFormat));
    }
    const bool some = !lines.isEmpty();
    m_membersTitle->setVisible(some);
    m_memberList->setVisible(some);
    if (lines == m_members->stringList())
        return;
    m_members->setStringList(lines);
    const int seen = std::min(static_cast<int>(lines.size()), MembersSeen);
    m_memberList->setFixedHeight(seen * (std::max(m_memberList->sizeHintForRow(0), 1) + 4) + 4);
}

} // namespace kith::ui
