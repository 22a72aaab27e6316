// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window.h"

#include "ui/actions/actions.h"
#include "ui/dialogs/add_dialog.h"
#include "ui/dialogs/address_dialog.h"
#include "ui/dialogs/keys_dialog.h"
#include "ui/dialogs/links_dialog.h"
#include "ui/dialogs/question_dialog.h"
#include "ui/dialogs/relay_dialog.h"
#include "ui/dialogs/self_dialog.h"
#include "ui/dialogs/switcher_dialog.h"
#include "ui/link_kind.h"
#include "ui/models/conversation_model.h"
#include "ui/pages/begin_page.h"
#include "ui/pages/chat_page.h"
#include "ui/pages/chat_pane.h"
#include "ui/pages/unlock_page.h"
#include "ui/pages/welcome_page.h"

#include <QApplication>
#include <QCloseEvent>
#include <QMimeData>
#include <QStackedWidget>
#include <QUrl>

namespace kith::ui {
MainWindow::MainWindow(const Environment& environment, QWidget* parent)
    : QMainWindow(parent)
    , m_env(environment)
    , m_requests(environment.client)
    , m_people(m_requests, environment.theme)
    , m_notifier(environment.theme, environment.preferences)
    , m_actions(new Actions(*this, [this](Needs needs) { return isMet(needs); }))
    , m_pages(new QStackedWidget(this))
    , m_unlock(new UnlockPage(environment.theme, m_requests, environment.folder, this))
    , m_begin(new BeginPage(environment.theme, environment.clock, m_requests, environment.relay, this))
    , m_chats(new ChatPage(environment.theme, environment.clock, m_requests, m_people, environment.relay, this))
    , m_wasHosting(environment.relay.status().isRunning) {
    setObjectName(QStringLiteral("mainWindow"));
    setWindowTitle(tr("Kith"));
    setWindowIcon(markIcon(environment.theme.tokens(), false));
    setAcceptDrops(true);
    resize(1000, 680);
    if (const QByteArray geometry = environment.preferences.geometry(); !geometry.isEmpty())
        restoreGeometry(geometry);
    if (const QByteArray splitter = environment.preferences.splitter(); !splitter.isEmpty())
        m_chats->restoreSplitter(splitter);
    for (QWidget* page :
         {static_cast<QWidget*>(m_unlock), static_cast<QWidget*>(m_begin), static_cast<QWidget*>(m_chats)})
        m_pages->addWidget(page);
    setCentralWidget(m_pages);
    connect(m_unlock, &UnlockPage::unlocked, this, &MainWindow::onUnlocked);
    connect(m_begin, &BeginPage::joined, this, &MainWindow::goOn);
    connect(m_begin, &BeginPage::leftAlone, this, &MainWindow::goOn);
    connect(m_chats, &ChatPage::selfRequested, this, &MainWindow::openSelf);
    connect(m_chats, &ChatPage::switcherRequested, this, &MainWindow::openSwitcher);
    connect(m_chats, &ChatPage::addRequested, this, [this] { openAdd(); });
    connect(m_chats, &ChatPage::inviteRequested, this, &MainWindow::invite);
    connect(m_chats, &ChatPage::menuRequested, m_actions, &Actions::popUp);
    connect(&m_chats->pane(), &ChatPane::menuRequested, m_actions, &Actions::popUp);
    connect(m_chats, &ChatPage::linkActivated, this, &MainWindow::openLink);
    connect(&m_chats->list(), &ConversationModel::messageArrived, this,
            [this](const client::TimelineRow& row) { notify(row.conversation, row.sender, oneLine(row.text)); });
    connect(&m_chats->list(), &ConversationModel::requestArrived, this,
            [this](const ConversationId& conversation, const AccountId& account) {
                notify(conversation, account, tr("Wants to talk to you"));
            });
    connect(&m_chats->list(), &QAbstractItemModel::dataChanged, this, &MainWindow::showUnread);
    connect(&m_chats->list(), &QAbstractItemModel::modelReset, this, &MainWindow::showUnread);
    connect(&m_notifier, &Notifier::opened, this, [this] { handOver({}); });
    connect(&m_notifier, &Notifier::lockRequested, this, &MainWindow::lock);
    connect(&m_notifier, &Notifier::quitRequested, this, &MainWindow::quit);
    connect(&m_notifier, &Notifier::activated, this, [this](const ConversationId& conversation) {
        handOver({});
        if (isUnlocked())
            m_chats->openConversation(conversation);
    });
    connect(&environment.desktop, &Desktop::changed, this, &MainWindow::followDesktop);
    connect(&environment.relay, &RelayHost::statusChanged, this, [this] {
        const bool isHosting = m_env.relay.status().isRunning;
        if (isHosting && !m_wasHosting && isUnlocked()) // connects to it now, not when the next try is due
            m_requests.tell(api::GoOnline{});
        m_wasHosting = isHosting;
    });
    followDesktop();
    bindActions();
    if (environment.hasProfile) {
        showPage(m_unlock);
    } else {
        m_welcome = new WelcomePage(environment.theme, m_requests, environment.folder, this);
        m_pages->addWidget(m_welcome);
        connect(m_welcome, &WelcomePage::finished, this, [this] {
            m_requests.ask(api::Whoami{}, this, [this](const Result<client::ProfileInfo>& result) {
                if (result)
                    onUnlocked(*result);
            });
        });
        showPage(m_welcome);
    }
}

MainWindow::~MainWindow() = default;

void MainWindow::showPage(QWidget* page) {
    m_pages->setCurrentWidget(page);
    page->setFocus();
}

void MainWindow::onUnlocked(const client::ProfileInfo& info) {
    m_isUnlocked = true;
    m_requests.tell(api::GoOnline{});
    m_chats->begin(info);
    m_begin->setOptional(!info.homes.empty());
    if (info.homes.empty())
        showPage(m_begin);
    else
        goOn();
    if (m_welcome != nullptr) {
        m_welcome->deleteLater();
        m_welcome = nullptr;
    }
    if (!m_pendingLink.isEmpty())
        useLink(std::exchange(m_pendingLink, {}));
}

void MainWindow::goOn() {
    m_begin->setOptional(true);
    showPage(m_chats);
}

void MainWindow::lock() {
    if (!isUnlocked())
        return;
    m_isUnlocked = false;
    for (Dialog* sheet : findChildren<Dialog*>())
        sheet->close();
    m_chats->end();
    m_notifier.withdrawAll();
    showPage(m_unlock);
    m_unlock->reset();
    m_requests.tell(api::Lock{});
    showUnread();
}

/// There is one at a time.
AddDialog& MainWindow::openAdd() {
    for (auto* open : findChildren<AddDialog*>())
        if (open->isVisible())
            return *open;
    auto* dialog = new AddDialog(m_env.theme, m_env.clock, m_requests, m_env.relay, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &AddDialog::joined, this, [this] {
        if (m_pages->currentWidget() == m_begin)
            goOn();
    });
    dialog->open();
    return *dialog;
}

void MainWindow::invite() {
    openAdd().makeLink();
}

void MainWindow::openRelay() {
    auto* dialog = new RelayDialog(m_env.theme, m_env.relay, m_people, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &RelayDialog::inviteRequested, this, &MainWindow::invite);
    dialog->open();
}

void MainWindow::openSelf() {
    m_requests.ask(api::Whoami{}, this, [this](const Result<client::ProfileInfo>& result) {
        if (!result || !isUnlocked() || Dialog::isOpenOver(*this))
            return;
        auto* sheet = new SelfDialog(m_env.theme, *result, m_env.folder, this);
        connect(sheet, &SelfDialog::linksRequested, this, &MainWindow::openLinks);
        connect(sheet, &SelfDialog::lockRequested, this, &MainWindow::lock);
        sheet->open();
    });
}

void MainWindow::openLinks() {
    (new LinksDialog(m_env.theme, m_requests, this))->open();
}

void MainWindow::openSwitcher() {
    auto* dialog = new SwitcherDialog(m_env.theme, m_chats->list(), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &SwitcherDialog::chosen, m_chats, &ChatPage::openConversation);
    dialog->open();
}

void MainWindow::openKeys() {
    if (findChild<KeysDialog*>() != nullptr)
        return;
    auto* dialog = new KeysDialog(m_env.theme, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
}

/// Links in messages come from others: they leave the program only after the whole address was seen.
void MainWindow::openLink(const QUrl& url) {
    makeAddressDialog(m_env.theme, url, this)->open();
}

void MainWindow::useLink(const QString& link) {
    if (!isUnlocked()) {
        m_pendingLink = link;
        return;
    }
    openAdd().offer(link);
}

void MainWindow::handOver(const QString& link) {
    show();
    setWindowState((windowState() & ~Qt::WindowMinimized) | Qt::WindowActive);
    raise();
    activateWindow();
    if (!link.isEmpty())
        useLink(link);
}

void MainWindow::quit() {
    m_isEnding = true;
    close();
}

void MainWindow::setScale(qreal scale) {
    m_env.theme.setScale(scale);
    m_env.preferences.setFontScale(m_env.theme.scale());
}

void MainWindow::setAppearance(Preferences::Appearance appearance) {
    m_env.preferences.setAppearance(appearance);
    followDesktop();
}

void MainWindow::followDesktop() {
    if (m_env.desktop.isSchemeTold())
        m_env.preferences.setDesktopScheme(m_env.desktop.scheme());
    m_env.theme.setScheme(m_env.preferences.scheme(m_env.desktop.scheme()));
    // The cursor of a text field is all that moves by itself.
    m_cursor.setStill(m_env.preferences.reducesMotion() || m_env.desktop.reducesMotion());
}

void MainWindow::notify(const ConversationId& conversation, const AccountId& from, const QString& text) {
    if (!isActiveWindow() && isUnlocked()) {
        const int row = m_chats->list().indexOf(conversation);
        QApplication::alert(this);
        m_notifier.notify(conversation, m_people.nameOf(from), text, row < 0 ? 1 : m_chats->list().row(row).unread);
    }
    showUnread();
}

/// In the title and on the tray; notifications about what was read meanwhile go.
void MainWindow::showUnread() {
    const ConversationModel& list = m_chats->list();
    const int unread = isUnlocked() ? list.unreadTotal() : 0;
    setWindowTitle(unread > 0 ? tr("(%1) Kith").arg(unread) : tr("Kith"));
    m_notifier.setHasNews(unread > 0);
    if (!list.isLoaded())
        return;
    for (const ConversationId& conversation : m_notifier.shown()) {
        const int row = list.indexOf(conversation);
        if (row < 0 || (list.row(row).unread == 0 && list.row(row).kind != ConversationModel::Kind::RequestReceived))
            m_notifier.withdraw(conversation);
    }
}

void MainWindow::closeEvent(QCloseEvent* event) {
    m_env.preferences.setGeometry(saveGeometry());
    m_env.preferences.setSplitter(m_chats->splitterState());
    if (!m_isEnding && m_notifier.hasTray()) {
        hide(); // the tray brings it back
        event->ignore();
        return;
    }
    if (m_welcome != nullptr && m_welcome->isCodeShown() && !m_isSure) {
        m_isEnding = false;
        event->ignore();
        askToLeaveCode();
        return;
    }
    if (m_env.relay.status().isRunning && !m_isSure) {
        m_isEnding = false;
        event->ignore();
        askToStopHosting();
        return;
    }
    m_chats->pane().close(); // a draft that is being written
    event->accept();
    QApplication::quit();
}

void MainWindow::askToLeaveCode() {
    if (findChild<QuestionDialog*>() != nullptr)
        return;
    auto* question =
        new QuestionDialog(m_env.theme, tr("Leave without the recovery code?"),
                           tr("It is shown only now. Without it nothing can bring your identity back if this computer "
                              "is lost."),
                           this);
    question->addAnswer(ButtonKind::Primary, tr("Back to the code"), [] {});
    question->addAnswer(ButtonKind::Plain, tr("Leave without it"), [this] {
        m_isSure = true;
        quit();
    });
    question->open();
}

/// Others count on it, so it does not end by the way.
void MainWindow::askToStopHosting() {
    if (findChild<QuestionDialog*>() != nullptr)
        return;
    auto* question = new QuestionDialog(
        m_env.theme, tr("Close the relay too?"),
        tr("This computer hosts a relay. While Kith is closed, nobody can reach it, and "
           "messages for its members wait where they were written. Kept running, it hides its window until "
           "Kith is started again."),
        this);
    question->addAnswer(ButtonKind::Primary, tr("Keep it running"), [this] { showMinimized(); });
    question->addAnswer(ButtonKind::Plain, tr("Quit"), [this] {
        m_isSure = true;
        quit();
    });
    question->open();
}

void MainWindow::changeEvent(QEvent* event) {
    QMainWindow::changeEvent(event);
    if (event->type() == QEvent::ActivationChange && isActiveWindow())
        showUnread();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
    if (event->mimeData()->hasText() && linkKindOf(event->mimeData()->text()) != LinkKind::None)
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
    useLink(event->mimeData()->text().trimmed().left(600));
    event->acceptProposedAction();
}

} // namespace kith::ui
