// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/chat_page.h"

#include "ui/actions/actions.h"
#include "ui/models/conversation_model.h"
#include "ui/models/people_model.h"
#include "ui/models/timeline_model.h"
#include "ui/pages/chat_pane.h"
#include "ui/timeline/time_text.h"
#include "ui/timeline/timeline_view.h"
#include "ui/widgets/composer.h"
#include "ui/widgets/conversation_delegate.h"
#include "ui/widgets/mark.h"
#include "ui/widgets/side_header.h"

#include <QListView>
#include <QPainter>
#include <QSplitter>

#include <limits>

namespace kith::ui {
namespace {

constexpr int NarrowBelow = 600;
constexpr int SideMin = 240;
constexpr int SideMax = 420;
constexpr int ConnectionPatience = 2'000;

/// Its selected row is the open chat, whatever row the cursor is on: it says where a text would go.
class ChatList final : public QListView {
public:
    using QListView::QListView;

protected:
    QItemSelectionModel::SelectionFlags selectionCommand(const QModelIndex&, const QEvent*) const override {
        return QItemSelectionModel::NoUpdate;
    }
};

} // namespace

ChatPage::ChatPage(const Theme& theme, const Clock& clock, Requests& requests, PeopleModel& people,
                   const RelayHost& host, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_clock(clock)
    , m_requests(requests)
    , m_people(people)
    , m_host(host)
    , m_list(new ConversationModel(requests, people, this))
    , m_connectionLate(new QTimer(this))
    , m_connection(new NoticeBar(theme, this))
    , m_side(makeSide())
    , m_empty(makeEmpty())
    , m_pane(new ChatPane(theme, clock, requests, people, *m_list, this))
    , m_splitter(new QSplitter(Qt::Horizontal, this)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_connection);
    column->addWidget(m_splitter, 1);
    auto* content = new QWidget(this);
    auto* layout = new QVBoxLayout(content);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_empty);
    layout->addWidget(m_pane);
    m_splitter->addWidget(m_side);
    m_splitter->addWidget(content);
    m_splitter->setChildrenCollapsible(false);
    m_splitter->setHandleWidth(1);
    m_splitter->setStretchFactor(1, 1);
    m_splitter->setSizes({300, 700});
    m_connectionLate->setSingleShot(true);
    m_connectionLate->setInterval(ConnectionPatience);
    connect(m_connectionLate, &QTimer::timeout, this, &ChatPage::tellConnection);
    connect(&requests.client(), &client::Client::connectionChanged, this, &ChatPage::onConnection);
    connect(m_pane, &ChatPane::backRequested, this, &ChatPage::closeChat);
    connect(m_pane, &ChatPane::linkActivated, this, &ChatPage::linkActivated);
    m_pane->takeTyping(m_view);
    // A list that comes anew keeps the chosen row.
    connect(m_list, &QAbstractItemModel::modelAboutToBeReset, this, [this] {
        const QModelIndex at = m_view->currentIndex();
        m_chosen = at.isValid() ? std::optional(m_list->row(at.row()).id) : std::nullopt;
    });
    connect(m_list, &QAbstractItemModel::modelReset, this, [this] {
        const int row = m_chosen ? m_list->indexOf(*m_chosen) : -1;
        if (row >= 0)
            m_view->setCurrentIndex(m_list->index(row));
        mark();
    });
    connect(m_list, &ConversationModel::loaded, this, [this] {
        arrange();
        if (std::exchange(m_isReopening, false))
            reopen();
    });
    m_pane->hide();
}

QWidget* ChatPage::makeSide() {
    auto* side = new QWidget(this);
    side->setMinimumWidth(SideMin);
    auto* column = new QVBoxLayout(side);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    auto* top = new QHBoxLayout;
    top->setContentsMargins(10, 8, 12, 0);
    top->setSpacing(4);
    m_me = new SelfButton(m_theme, side);
    auto* add = new Button(m_theme, Icon::Plus, tipOf(Act::AddSomebody), side);
    m_more = new Button(m_theme, Icon::More, tipOf(Act::Menu), side);
    top->addWidget(m_me, 1);
    top->addWidget(add);
    top->addWidget(m_more);
    column->addLayout(top);
    auto* search = new SearchButton(m_theme, Act::FindChat, side);
    auto* below = new QHBoxLayout;
    below->setContentsMargins(12, 2, 12, 6);
    below->addWidget(search);
    column->addLayout(below);
    m_view = new ChatList(side);
    m_view->setModel(m_list);
    m_view->setItemDelegate(new ConversationDelegate(m_theme, m_view));
    blendIn(m_view);
    m_view->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_view->setMouseTracking(true);
    m_view->setAccessibleName(tr("Chats"));
    column->addWidget(m_view, 1);
    connect(m_me, &QAbstractButton::clicked, this, &ChatPage::selfRequested);
    connect(add, &QAbstractButton::clicked, this, &ChatPage::addRequested);
    connect(search, &QAbstractButton::clicked, this, &ChatPage::switcherRequested);
    connect(m_more, &QAbstractButton::clicked, this, &ChatPage::openMenu);
    // Arrows only move the selection: reading is not answering for having read.
    connect(m_view, &QListView::clicked, this, [this](const QModelIndex& index) { openRow(index.row()); });
    connect(m_view, &QListView::activated, this, [this](const QModelIndex& index) { openRow(index.row()); });
    m_view->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(m_view, &QListView::customContextMenuRequested, this, &ChatPage::openRowMenu);
    connect(&m_theme, &Theme::changed, m_view, &QListView::doItemsLayout);
    return side;
}

QWidget* ChatPage::makeEmpty() {
    auto* page = new QWidget(this);
    QVBoxLayout* column = columnOf(page, 360);
    m_emptyTitle = new TextLabel(m_theme, TextRole::PageTitle, {}, page);
    m_emptyTitle->setAlignment(Qt::AlignCenter);
    m_emptyText = new TextLabel(m_theme, TextRole::Body, {}, page);
    m_emptyText->setAlignment(Qt::AlignCenter);
    m_emptyText->setSecondary();
    m_emptyAdd = new Button(m_theme, ButtonKind::Primary, tr("Add somebody"), page);
    column->addStretch(2);
    column->addWidget(new Mark(m_theme, page), 0, Qt::AlignCenter);
    column->addWidget(m_emptyTitle);
    column->addWidget(m_emptyText);
    column->addWidget(m_emptyAdd, 0, Qt::AlignCenter);
    column->addStretch(3);
    connect(m_emptyAdd, &QAbstractButton::clicked, this, [this] {
        if (m_host.status().isRunning) {
            Q_EMIT inviteRequested();
        } else {
            Q_EMIT addRequested();
        }
    });
    connect(&m_host, &RelayHost::statusChanged, this, [this] {
        arrange();
        tellState();
    });
    return page;
}

void ChatPage::begin(const client::ProfileInfo& info) {
    m_people.begin(info.account, info.name);
    m_me->show(info.account, info.name);
    m_homes.clear();
    for (const client::ConnectionRow& home : info.homes)
        m_homes[home.relay] = home;
    m_lastOpen = info.lastOpen;
    m_isReopening = true;
    tellState();
    m_list->load();
    arrange();
    m_view->setFocus();
}

void ChatPage::reopen() {
    if (m_pane->isOpen() || width() < NarrowBelow)
        return;
    if (m_lastOpen)
        openConversation(*m_lastOpen);
}

void ChatPage::end() {
    closeChat();
    m_pane->lock();
    m_list->clear();
    m_people.end();
    m_homes.clear();
    m_connectionLate->stop();
    m_connection->clear();
    m_me->clear();
}

void ChatPage::openRow(int row) {
    if (row < 0 || row >= m_list->rowCount())
        return;
    openConversation(m_list->row(row).id);
}

void ChatPage::openConversation(const ConversationId& id) {
    const int row = m_list->indexOf(id);
    if (row < 0)
        return;
    m_view->setCurrentIndex(m_list->index(row));
    m_pane->open(id);
    if (std::exchange(m_lastOpen, id) != id)
        m_requests.tell(api::SetLastOpen{id});
    mark();
    arrange();
    m_pane->focusComposer();
}

void ChatPage::openRowMenu(const QPoint& at) {
    const QModelIndex index = m_view->indexAt(at);
    if (!index.isValid() || m_list->row(index.row()).kind != ConversationModel::Kind::Chat)
        return;
    m_menuChat = m_list->row(index.row()).id;
    Q_EMIT menuRequested(Menu::Chat, m_view->viewport()->mapToGlobal(at));
}

void ChatPage::bindActions(Actions& actions) {
    actions.bind(
        Act::MarkRead, [this] { m_requests.tell(api::MarkRead{*m_menuChat}); },
        [this] { return Actions::State{.isEnabled = m_list->row(m_list->indexOf(*m_menuChat)).unread > 0}; });
    actions.bind(Act::Safety, [this] { m_pane->openSafety(*contactOf(*m_menuChat)); });
}

void ChatPage::step(int by) {
    const int count = m_list->rowCount();
    if (count == 0)
        return;
    const int at = m_pane->current() ? m_list->indexOf(*m_pane->current()) : by > 0 ? -1 : count;
    openRow(std::clamp(at + by, 0, count - 1));
}

void ChatPage::stepUnread(int by) {
    const int count = m_list->rowCount();
    const int at = m_pane->current() ? m_list->indexOf(*m_pane->current()) : by > 0 ? -1 : count;
    for (int row = at + by; row >= 0 && row < count; row += by)
        if (m_list->row(row).unread > 0 || m_list->row(row).kind == ConversationModel::Kind::RequestReceived)
            return openRow(row);
}

void ChatPage::closeChat() {
    m_pane->close();
    mark();
    arrange();
    m_view->setFocus();
}

/// The open chat is the selected row.
void ChatPage::mark() {
    const int row = m_pane->current() ? m_list->indexOf(*m_pane->current()) : -1;
    if (row >= 0)
        m_view->selectionModel()->select(m_list->index(row), QItemSelectionModel::ClearAndSelect);
    else
        m_view->selectionModel()->clearSelection();
}

void ChatPage::cyclePanes() {
    if (m_view->hasFocus() && m_pane->isOpen())
        m_pane->timeline()->setFocus();
    else if (m_pane->timeline()->hasFocus())
        m_pane->focusComposer();
    else
        m_view->setFocus();
}

void ChatPage::openMenu() {
    Q_EMIT menuRequested(Menu::Main, m_more->mapToGlobal(QPoint(0, m_more->height())));
}

QByteArray ChatPage::splitterState() const {
    return m_splitter->saveState();
}

void ChatPage::restoreSplitter(const QByteArray& state) {
    m_splitter->restoreState(state);
}

void ChatPage::arrange() {
    const bool narrow = width() < NarrowBelow;
    const bool open = m_pane->isOpen();
    m_side->setMaximumWidth(narrow ? QWIDGETSIZE_MAX : SideMax);
    m_side->setVisible(!narrow || !open);
    m_pane->parentWidget()->setVisible(!narrow || open);
    m_pane->setVisible(open);
    m_empty->setVisible(!open);
    m_pane->setNarrow(narrow);
    using Kind = ConversationModel::Kind;
    const auto has = [this](Kind kind) {
        for (int row = 0; row < m_list->rowCount(); ++row)
            if (m_list->row(row).kind == kind)
                return true;
        return false;
    };
    const bool isHosting = m_host.status().isRunning;
    const bool isRequest = has(Kind::RequestReceived);
    const bool hasChats = has(Kind::Chat);
    const bool isWaiting = has(Kind::RequestSent);
    // What comes next, for whoever has just arrived and for whoever comes back.
    m_emptyTitle->setText(isRequest   ? tr("Somebody wants to talk to you")
                          : hasChats  ? tr("Choose a chat")
                          : isWaiting ? tr("Your request is on its way")
                                      : tr("Nobody is here yet"));
    m_emptyText->setText(
        isRequest   ? tr("Open the request on top of the list and say whether you want to.")
        : hasChats  ? tr("Choose a chat in the list, or go to one by its name.")
        : isWaiting ? tr("The chat begins as soon as it is accepted. Meanwhile you can invite somebody else.")
        : isHosting ? tr("Your relay is running. Make a link for a friend: whoever has it joins, and asks to talk "
                         "to you.")
                    : tr("Make a link for a friend, or paste the one that a friend has sent you."));
    m_emptyAdd->setText(isHosting ? tr("Invite somebody") : tr("Add somebody"));
    m_emptyAdd->setVisible(m_list->isLoaded() && !isRequest && !hasChats);
}

/// No focus proxy: Tab would go past what stands before the list.
void ChatPage::focusInEvent(QFocusEvent*) {
    m_view->setFocus();
}

void ChatPage::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    arrange();
}

void ChatPage::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), m_theme.tokens().panel);
    if (!m_pane->isVisible())
        painter.fillRect(m_splitter->geometry().intersected(
                             QRect(m_pane->parentWidget()->mapTo(this, QPoint()), m_pane->parentWidget()->size())),
                         m_theme.tokens().background);
}

void ChatPage::onConnection(const client::ConnectionRow& row) {
    if (row.isJoining)
        return; // who joins is told where that was asked for
    m_homes[row.relay] = row;
    m_pane->setOffline(!isLive());
    tellState();
    if (isLive()) {
        m_connectionLate->stop();
        m_connection->clear();
    } else if (m_connection->isVisible() && row.state != QLatin1String("connecting")) {
        m_connectionLate->stop();
        tellConnection();
    } else if (!m_connectionLate->isActive()) {
        m_connectionLate->start();
    }
}

bool ChatPage::isLive() const {
    return std::any_of(m_homes.begin(), m_homes.end(),
                       [](const auto& home) { return home.second.state == QLatin1String("live"); });
}

/// Below the own name.
void ChatPage::tellState() {
    if (m_homes.empty())
        return m_me->setState(tr("No relay yet"), false);
    const RelayHost::Status& relay = m_host.status();
    const int members = static_cast<int>(relay.members.size());
    if (relay.isRunning && isLive())
        m_me->setState(members > 1 ? tr("Your relay is on, %n members", nullptr, members) : tr("Your relay is on"),
                       true);
    else
        m_me->setState(isLive() ? tr("Connected") : tr("Not connected"), isLive());
}

/// The one that matters most: an own relay that is switched off says nothing of the others.
const client::ConnectionRow& ChatPage::nearestHome() const {
    const auto rank = [this](const client::ConnectionRow& home) {
        return std::pair(isOwnAndOff(home), home.nextTry.value_or(WallTime::max()));
    };
    return std::min_element(m_homes.begin(), m_homes.end(),
                            [&](const auto& a, const auto& b) { return rank(a.second) < rank(b.second); })
        ->second;
}

bool ChatPage::isOwnAndOff(const client::ConnectionRow& home) const {
    return !m_host.status().isRunning && home.endpoint == m_host.status().address;
}

/// In one sentence what is known about it.
QString ChatPage::whyOffline(const client::ConnectionRow& home) const {
    const QString& reason = home.reason;
    if (reason == QLatin1String("Untrusted"))
        return tr("Another relay answers at the address of yours, and Kith does not talk to it: ask the person who "
                  "runs yours.");
    if (reason == QLatin1String("CannotStore"))
        return tr("This computer has no room for new messages: free some space.");
    if (reason == QLatin1String("LoginRefused"))
        return tr("The relay does not know this profile any more: ask the person who runs it.");
    if (reason == QLatin1String("Busy"))
        return tr("The relay is busy.");
    if (isOwnAndOff(home))
        return tr("The relay on this computer is switched off.");
    return tr("The relay does not answer; it may be asleep.");
}

void ChatPage::tellConnection() {
    if (m_homes.empty())
        return;
    const client::ConnectionRow& home = nearestHome();
    if (home.state == QLatin1String("stopped")) {
        m_connection->show(NoticeBar::Tone::Problem,
                           home.reason == QLatin1String("Replaced")
                               ? tr("This profile was opened on another computer, so it is not connected here. Lock "
                                    "and unlock to take it back.")
                               : tr("Not connected. Lock and unlock to try again."));
    } else if (home.nextTry) {
        m_connection->show(NoticeBar::Tone::Info,
                           tr("Offline. %1 %2 What you write is kept and sent then.")
                               .arg(whyOffline(home), nextTryText(toMs(*home.nextTry), toMs(m_clock.wall()))));
    } else {
        m_connection->show(NoticeBar::Tone::Info, tr("Connecting. What you write is kept and sent then."));
    }
}

} // namespace kith::ui
