// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/chat_pane.h"

#include "ui/actions/actions.h"
#include "ui/dialogs/question_dialog.h"
#include "ui/dialogs/safety_dialog.h"
#include "ui/error_text.h"
#include "ui/models/people_model.h"
#include "ui/models/timeline_model.h"
#include "ui/timeline/time_text.h"
#include "ui/timeline/timeline_view.h"
#include "ui/widgets/avatar.h"
#include "ui/widgets/composer.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QKeyEvent>
#include <QLocale>
#include <QPainter>
#include <QPlainTextEdit>
#include <QStyle>

namespace kith::ui {
namespace {

constexpr int HeaderMin = 56;

} // namespace

/// Avatar, name, and in one line whether the safety number was compared.
class ChatPane::Header final : public QWidget {
public:
    Header(const Theme& theme, const PeopleModel& people, QWidget* parent)
        : QWidget(parent)
        , back(new Button(theme, Icon::Back, ChatPane::tr("Back to the chats"), this))
        , safety(new Button(theme, Icon::Shield, ChatPane::tr("Safety number"), this))
        , m_theme(theme)
        , m_people(people) {
        setObjectName(QStringLiteral("header"));
        auto* line = new QHBoxLayout(this);
        line->setContentsMargins(8, 0, 12, 0);
        line->addWidget(back);
        line->addStretch(1);
        line->addWidget(safety);
        back->hide();
        connect(&theme, &Theme::changed, this, [this] { fit(); });
        fit();
    }
    void show(const ConversationModel::Row& row) {
        m_row = row;
        setAccessibleName(name());
        safety->setVisible(row.kind == ConversationModel::Kind::Chat);
        update();
    }
    void clear() {
        m_row = {};
        setAccessibleName({});
    }

    Button* back;
    Button* safety;

protected:
    void paintEvent(QPaintEvent*) override {
        const Tokens& t = m_theme.tokens();
        QPainter painter(this);
        painter.fillRect(rect(), t.background);
        painter.fillRect(0, height() - 1, width(), 1, t.separator);
        const auto placed = [&](QRect rect) { return QStyle::visualRect(layoutDirection(), this->rect(), rect); };
        const int avatar = m_theme.grown(36);
        const int x = back->isVisible() ? back->width() + 16 : Metrics::EdgeMargin;
        drawAvatar(painter, m_theme, placed({x, (height() - avatar) / 2, avatar, avatar}), m_row.account, name());
        const int start = x + avatar + 12;
        const QFontMetrics title(m_theme.font(TextRole::ChatTitle));
        const QFontMetrics below(m_theme.font(TextRole::Secondary));
        const int top = (height() - title.height() - below.height()) / 2;
        const int width = this->width() - start - safety->width() - 28;
        const int side = static_cast<int>(Qt::AlignLeft | Qt::AlignVCenter); // the painter mirrors it
        painter.setFont(m_theme.font(TextRole::ChatTitle));
        painter.setPen(t.text);
        painter.drawText(placed({start, top, width, title.height()}), side,
                         title.elidedText(isolated(name()), Qt::ElideRight, width));
        painter.setFont(m_theme.font(TextRole::Secondary));
        const bool isVerified = m_people.isVerified(m_row.account);
        painter.setPen(isVerified ? t.ok : t.textSecondary);
        const QString state = m_row.kind != ConversationModel::Kind::Chat ? m_row.preview
                              : isVerified                                ? ChatPane::tr("Safety number compared")
                                                                          : ChatPane::tr("End-to-end encrypted");
        painter.drawText(placed({start, top + title.height(), width, below.height()}), side,
                         below.elidedText(state, Qt::ElideRight, width));
    }

private:
    QString name() const { return m_people.nameOf(m_row.account); }
    void fit() {
        const int text = QFontMetrics(m_theme.font(TextRole::ChatTitle)).height() +
                         QFontMetrics(m_theme.font(TextRole::Secondary)).height();
        setFixedHeight(std::max({HeaderMin, text + 16, m_theme.grown(36) + 16}));
        update();
    }
    const Theme& m_theme;
    const PeopleModel& m_people;
    ConversationModel::Row m_row;
};

ChatPane::ChatPane(const Theme& theme, const Clock& clock, Requests& requests, const PeopleModel& people,
                   ConversationModel& list, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_clock(clock)
    , m_requests(requests)
    , m_people(people)
    , m_list(list)
    , m_header(new Header(theme, people, this))
    , m_notice(new NoticeBar(theme, this))
    , m_waitingNotice(new NoticeBar(theme, this))
    , m_request(makeRequestPanel(theme))
    , m_view(new TimelineView(theme, clock, this))
    , m_composer(new Composer(theme, this)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_header);
    column->addWidget(m_notice);
    column->addWidget(m_request, 1);
    column->addWidget(m_view, 1);
    column->addWidget(m_waitingNotice);
    column->addWidget(m_composer);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setAccessibleName(tr("Messages"));
    takeTyping(m_view);
    connect(m_header->back, &QAbstractButton::clicked, this, &ChatPane::backRequested);
    connect(m_header->safety, &QAbstractButton::clicked, this, [this] {
        if (const ConversationModel::Row* shown = row())
            openSafety(shown->account);
    });
    connect(m_composer, &Composer::submitted, this, &ChatPane::send);
    connect(m_composer, &Composer::refused, this, [this](const QString& why) {
        m_notice->show(NoticeBar::Tone::Problem, why);
        m_isAboutText = true;
    });
    connect(m_composer, &Composer::draftChanged, this, [this](const QString& text) {
        if (!m_id)
            return;
        if (std::exchange(m_isAboutText, false)) // somebody has gone on
            m_notice->clear();
        m_list.setDraft(*m_id, text);
        m_requests.tell(api::SetDraft{*m_id, text});
    });
    connect(m_view, &TimelineView::seenUpTo, this, [this](std::int64_t seq) {
        if (m_id)
            m_requests.tell(api::MarkRead{*m_id, seq});
    });
    connect(m_view, &TimelineView::linkActivated, this, &ChatPane::linkActivated);
    connect(m_view, &TimelineView::retryRequested, this, &ChatPane::retry);
    connect(m_view, &TimelineView::contextMenuRequested, this, &ChatPane::openMenu);
    connect(&requests.client(), &client::Client::waitingChanged, this, [this](const client::WaitingRow& row) {
        if (row.nextTry)
            m_waiting[row.conversation] = row;
        else
            m_waiting.erase(row.conversation);
        showWaiting();
    });
    const auto follow = [this] {
        if (m_id)
            showRow();
    };
    connect(&list, &QAbstractItemModel::dataChanged, this, follow);
    connect(&list, &QAbstractItemModel::modelReset, this, follow);
}

ChatPane::~ChatPane() {
    m_view->setModel(nullptr);
}

QWidget* ChatPane::makeRequestPanel(const Theme& theme) {
    auto* panel = new QWidget(this);
    panel->setFocusPolicy(Qt::TabFocus);
    QVBoxLayout* column = columnOf(panel);
    m_requestAvatar = new AvatarView(theme, 72, panel);
    m_requestTitle = new TextLabel(theme, TextRole::PageTitle, {}, panel);
    m_requestText = new TextLabel(theme, TextRole::Body, {}, panel);
    m_requestHint = new TextLabel(theme, TextRole::Body, {}, panel);
    m_requestHint->setSecondary();
    for (TextLabel* label : {m_requestTitle, m_requestText, m_requestHint})
        label->setAlignment(Qt::AlignCenter);
    auto* accept = m_accept = new Button(theme, ButtonKind::Primary, tr("Accept"), panel);
    auto* decline = m_decline = new Button(theme, ButtonKind::Plain, tr("Decline"), panel);
    column->addStretch(2);
    column->addWidget(m_requestAvatar, 0, Qt::AlignCenter);
    column->addWidget(m_requestTitle);
    column->addWidget(m_requestText);
    column->addWidget(m_requestHint);
    column->addSpacing(8);
    column->addWidget(accept);
    column->addWidget(decline);
    column->addStretch(3);
    connect(accept, &QAbstractButton::clicked, this, [this] {
        if (const ConversationModel::Row* shown = row())
            answerRequest(shown->account, true);
    });
    connect(decline, &QAbstractButton::clicked, this, &ChatPane::askToDecline);
    return panel;
}

const ConversationModel::Row* ChatPane::row() const {
    const int at = m_id ? m_list.indexOf(*m_id) : -1;
    return at >= 0 ? &m_list.row(at) : nullptr;
}

void ChatPane::open(const ConversationId& id) {
    if (m_id == id)
        return;
    close();
    m_id = id;
    showRow();
}

void ChatPane::close() {
    if (!m_id)
        return;
    if (!m_composer->text().isEmpty())
        Q_EMIT m_composer->draftChanged(
            m_composer->text()); // first: the list tells of it, and the row is shown once more
    m_id.reset();
    m_notice->clear();
    m_view->setModel(nullptr);
    m_model.reset();
    m_composer->setText({});
    // After a lock nothing of it may be left in memory.
    m_header->clear();
    m_requestAvatar->clear();
    m_requestTitle->clear();
    m_requestText->clear();
    m_waitingNotice->clear();
}

void ChatPane::lock() {
    close();
    m_waiting.clear();
    m_isOffline = false;
}

void ChatPane::setOffline(bool offline) {
    m_isOffline = offline;
    showWaiting();
}

/// Why nothing leaves, while that is known.
void ChatPane::showWaiting() {
    const auto waiting = m_id ? m_waiting.find(*m_id) : m_waiting.end();
    const ConversationModel::Row* shown = row();
    if (waiting == m_waiting.end() || shown == nullptr || m_isOffline) {
        m_waitingNotice->clear();
        return;
    }
    using Why = client::WaitingRow::Why;
    const Why why = waiting->second.why;
    const QString text = why == Why::NoRoom ? tr("The mailbox of %1 is full. Your messages wait here. %2")
                         : why == Why::Busy
                             ? tr("The relay of %1 takes no more for the moment. Your messages wait here. %2")
                             : tr("The relay of %1 does not answer; it may be asleep. Your messages wait here. %2");
    m_waitingNotice->show(
        NoticeBar::Tone::Info,
        text.arg(isolated(m_list.nameOf(*shown)), nextTryText(toMs(*waiting->second.nextTry), toMs(m_clock.wall()))));
}

/// Follows the row of the list: a request that was accepted becomes a chat.
void ChatPane::showRow() {
    const ConversationModel::Row* shown = row();
    if (shown == nullptr)
        return;
    m_header->show(*shown);
    const bool isChat = shown->kind == ConversationModel::Kind::Chat;
    m_request->setVisible(!isChat);
    m_view->setVisible(isChat);
    m_composer->setVisible(isChat);
    if (!isChat)
        return showRequest(*shown);
    if (m_model)
        return;
    m_model =
        std::make_unique<TimelineModel>(m_requests.client(), m_people, TimelineModel::Setup{*m_id, shown->unread});
    connect(m_model.get(), &TimelineModel::loadFailed, this,
            [this](const Error& error) { m_notice->show(NoticeBar::Tone::Problem, errorText(Occasion::Load, error)); });
    m_view->setModel(m_model.get());
    m_model->load();
    m_composer->setRecipient(m_list.nameOf(*shown));
    m_composer->setText(shown->draft);
    m_composer->setFocus();
    showWaiting();
}

void ChatPane::showRequest(const ConversationModel::Row& row) {
    const bool asksUs = row.kind == ConversationModel::Kind::RequestReceived;
    const QString who = isolated(breakable(m_list.nameOf(row)));
    m_request->setAccessibleName(asksUs ? tr("Request") : tr("Request of yours"));
    m_requestTitle->setText(asksUs ? tr("%1 wants to talk to you").arg(who) : tr("You asked %1 to talk").arg(who));
    m_requestAvatar->show(row.account, m_list.nameOf(row));
    m_requestText->setText(QLocale().quoteString(breakable(row.requestText)));
    m_requestText->setVisible(!row.requestText.isEmpty());
    m_requestHint->setText(
        asksUs ? tr("Nothing is sent to them until you accept.")
               : tr("The chat begins here as soon as they accept. Nobody is told that a request was declined; with a "
                    "new link of theirs you can ask again."));
    m_accept->setVisible(asksUs);
    m_decline->setVisible(asksUs);
}

void ChatPane::setNarrow(bool narrow) {
    m_header->back->setVisible(narrow);
    m_header->update();
}

void ChatPane::focusComposer() {
    if (m_request->isVisibleTo(this))
        m_request->setFocus(); // no button: what was meant as a message must not press it
    else
        m_composer->setFocus();
}

void ChatPane::send(const QString& text) {
    m_notice->clear();
    const ConversationId id = *m_id;
    m_view->scrollToBottom();
    m_list.setDraft(id, {});
    api::SendText command;
    command.conversation = id;
    command.text = text;
    command.wait = api::WaitFor::Queued;
    command.draft = api::DraftThen::Removed;
    m_requests.ask(std::move(command), this, [this, id, text](const Result<client::MessageSent>& result) {
        if (!result)
            onSendFailed(id, text, result.error());
    });
}

/// A refused text is what is being written again, wherever the person is by now.
void ChatPane::onSendFailed(const ConversationId& id, const QString& text, const Error& error) {
    const bool isOpen = m_id == id;
    const int at = m_list.indexOf(id);
    const QString since = isOpen ? m_composer->text() : at >= 0 ? m_list.row(at).draft : QString();
    const QString both = since.isEmpty() ? text : text + u'\n' + since;
    m_list.setDraft(id, both);
    m_requests.tell(api::SetDraft{id, both});
    if (!isOpen)
        return;
    m_composer->setText(both);
    m_notice->show(NoticeBar::Tone::Problem, errorText(Occasion::Send, error));
    m_isAboutText = true;
}

void ChatPane::answerRequest(const AccountId& account, bool accept) {
    m_notice->clear();
    const auto onAnswer = [this, accept, id = conversationWith(account)](const Result<void>& result) {
        if (!result)
            m_notice->show(NoticeBar::Tone::Problem, errorText(Occasion::Answer, result.error()));
        else if (!accept && m_id == id)
            Q_EMIT backRequested();
    };
    if (accept)
        m_requests.ask(api::AcceptRequest{account}, this, onAnswer);
    else
        m_requests.ask(api::DeclineRequest{account}, this, onAnswer);
}

void ChatPane::askToDecline() {
    const ConversationModel::Row* shown = row();
    if (shown == nullptr)
        return;
    auto* question = new QuestionDialog(m_theme, tr("Decline this request?"),
                                        tr("%1 is not told. Whoever wants to ask again needs a new link from you.")
                                            .arg(isolated(m_list.nameOf(*shown))),
                                        this);
    question->addAnswer(ButtonKind::Primary, tr("Decline"),
                        [this, account = shown->account] { answerRequest(account, false); }); // whatever is open then
    question->open();
}

void ChatPane::openMenu(const TimelineTarget& target, const QPoint& at) {
    m_target = target;
    Q_EMIT menuRequested(Menu::Message, at);
}

void ChatPane::openSafety(const AccountId& account) {
    auto* dialog = new SafetyDialog(m_theme, m_requests, m_people, account, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
}

void ChatPane::takeTyping(QWidget* from) {
    from->setAttribute(Qt::WA_InputMethodEnabled); // dead keys and whole words come this way
    from->installEventFilter(this);
}

/// A letter, whatever key or keys it took; no command.
bool ChatPane::isTyped(QEvent* event) {
    if (event->type() == QEvent::InputMethod)
        return true;
    if (event->type() != QEvent::KeyPress)
        return false;
    const auto* key = static_cast<QKeyEvent*>(event);
    const QString text = key->text();
    const Qt::KeyboardModifiers held = key->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier);
    const bool isLetter = !text.isEmpty() && (text[0].isPrint() || text[0].isSurrogate()) && text[0] != u' ';
    return isLetter && (held == Qt::NoModifier || held == (Qt::ControlModifier | Qt::AltModifier)); // AltGr
}

/// Typing elsewhere goes to the composer.
bool ChatPane::eventFilter(QObject* watched, QEvent* event) {
    if (!isTyped(event) || !m_composer->isVisible())
        return QWidget::eventFilter(watched, event);
    QPlainTextEdit* edit = m_composer->edit();
    // While something is being composed the focus stays: moving it would throw that away.
    if (event->type() == QEvent::KeyPress || !static_cast<QInputMethodEvent*>(event)->commitString().isEmpty())
        m_composer->setFocus();
    QCoreApplication::sendEvent(edit, event);
    return true;
}

void ChatPane::paintEvent(QPaintEvent*) {
    QPainter(this).fillRect(rect(), m_theme.tokens().background);
}

} // namespace kith::ui
