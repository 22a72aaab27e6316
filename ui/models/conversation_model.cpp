// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/conversation_model.h"

#include "core/base/text.h"
#include "ui/models/people_model.h"

#include <algorithm>

namespace kith::ui {

using client::Change;

QString oneLine(const QString& text) {
    constexpr qsizetype Enough = 160;
    constexpr qsizetype Looked = 16 * Enough; // a long text costs no more than a short one
    const auto begin = std::find_if(text.begin(), text.end(), [](QChar c) { return !c.isSpace(); });
    return beginningOf(text.mid(begin - text.begin(), Looked).simplified(), Enough);
}

ConversationModel::ConversationModel(Requests& requests, const PeopleModel& people, QObject* parent)
    : QAbstractListModel(parent)
    , m_requests(requests)
    , m_people(people) {
    m_again.setSingleShot(true);
    m_again.setInterval(50); // a burst asks once
    connect(&m_again, &QTimer::timeout, this, &ConversationModel::ask);
    connect(&requests.client(), &client::Client::eventsAppended, this, &ConversationModel::onEvents);
    connect(&people, &PeopleModel::changed, this, [this] {
        if (m_isLoaded)
            m_again.start();
        else
            ask();
    });
}

void ConversationModel::load() {
    m_isOpen = true;
    ask();
}

void ConversationModel::clear() {
    beginResetModel();
    m_rows.clear();
    m_isLoaded = false;
    m_isOpen = false;
    endResetModel();
}

void ConversationModel::ask() {
    if (!m_isOpen || !m_people.isLoaded())
        return;
    if (m_isAsking) {
        m_hasChanged = true;
        return;
    }
    m_isAsking = true;
    m_hasChanged = false;
    m_requests.ask(api::Conversations{}, this,
                   [this](const Result<std::vector<client::ConversationRow>>& answer) { onConversations(answer); });
}

void ConversationModel::onConversations(const Result<std::vector<client::ConversationRow>>& result) {
    m_isAsking = false;
    if (!result || !m_isOpen) { // locked meanwhile; perhaps open again already
        if (std::exchange(m_hasChanged, false))
            ask();
        return;
    }
    std::vector<Row> rows;
    for (const client::ConversationRow& conversation : *result) {
        Row row;
        row.id = conversation.id;
        row.account = contactOf(conversation.id).value_or(AccountId());
        row.unread = conversation.unread;
        row.draft = conversation.draft;
        if (conversation.last) {
            preview(row, *conversation.last);
        } else if (const client::ContactRow* contact = m_people.find(row.account)) {
            row.preview = tr("Nothing is written yet");
            row.time = contact->since;
        }
        rows.push_back(std::move(row));
    }
    placeRequests(rows);
    const bool sameRows = rows.size() == m_rows.size() &&
                          std::equal(rows.begin(), rows.end(), m_rows.begin(),
                                     [](const Row& a, const Row& b) { return a.id == b.id && a.kind == b.kind; });
    if (sameRows) { // keeps selection and scroll position
        m_rows = std::move(rows);
        if (!m_rows.empty())
            Q_EMIT dataChanged(index(0), index(rowCount() - 1));
    } else {
        beginResetModel();
        m_rows = std::move(rows);
        endResetModel();
    }
    m_isLoaded = true;
    Q_EMIT loaded();
    if (m_hasChanged)
        ask();
}

void ConversationModel::placeRequests(std::vector<Row>& rows) const {
    std::vector<Row> requests;
    for (const auto& [account, contact] : m_people.contacts()) {
        const bool isReceived = contact.state == client::ContactState::RequestReceived;
        if (!isReceived && contact.state != client::ContactState::RequestSent)
            continue;
        Row row;
        row.id = conversationWith(account);
        row.account = account;
        row.kind = isReceived ? Kind::RequestReceived : Kind::RequestSent;
        row.requestText = contact.requestText;
        row.preview = isReceived ? tr("Wants to talk to you") : tr("Request sent");
        row.time = contact.since;
        requests.push_back(std::move(row));
    }
    std::stable_sort(requests.begin(), requests.end(), [](const Row& a, const Row& b) { return a.time > b.time; });
    std::ptrdiff_t received = 0;
    for (Row& request : requests) {
        const auto below = rows.begin() + received;
        if (request.kind == Kind::RequestReceived) {
            rows.insert(below, std::move(request));
            ++received;
        } else { // one that is never answered sinks
            rows.insert(std::find_if(below, rows.end(), [&](const Row& row) { return row.time < request.time; }),
                        std::move(request));
        }
    }
}

void ConversationModel::preview(Row& row, const client::TimelineRow& last) const {
    row.isOwnPreview = m_people.isSelf(last.sender);
    row.preview = last.kind == client::RowKind::Gap ? tr("A message is missing") : oneLine(last.text);
    row.state = last.state;
    row.time = last.sent;
}

void ConversationModel::onEvents(const client::EventBatch& batch) {
    if (m_isAsking)
        m_hasChanged = true;
    for (const Change& change : batch.changes) {
        switch (change.kind) {
        case Change::Kind::MessageAdded:
            if (change.row)
                add(*change.row);
            break;
        case Change::Kind::MessageChanged: {
            const int at = indexOf(change.conversation);
            if (at >= 0 && change.row && row(at).time == change.row->sent && row(at).isOwnPreview) {
                m_rows[static_cast<std::size_t>(at)].state = change.row->state;
                update(at);
            }
            break;
        }
        case Change::Kind::RequestReceived:
            if (change.contact)
                Q_EMIT requestArrived(change.conversation, change.contact->account);
            break;
        case Change::Kind::MessageRemoved:
        case Change::Kind::Read:
            m_again.start();
            break;
        case Change::Kind::ContactChanged: // the people tell
        case Change::Kind::Unreadable:
        case Change::Kind::Reordered:
            break;
        }
    }
}

void ConversationModel::add(const client::TimelineRow& message) {
    const int at = indexOf(message.conversation);
    if (at < 0 || row(at).kind != Kind::Chat) {
        m_again.start();
        return;
    }
    Row& changed = m_rows[static_cast<std::size_t>(at)];
    const bool isOwn = m_people.isSelf(message.sender);
    if (!changed.time || message.sent >= *changed.time || changed.isOwnPreview != isOwn)
        preview(changed, message);
    if (!isOwn && message.kind == client::RowKind::Text)
        ++changed.unread;
    const int top = static_cast<int>(
        std::find_if(m_rows.begin(), m_rows.end(), [](const Row& each) { return each.kind != Kind::RequestReceived; }) -
        m_rows.begin());
    if (at > top && beginMoveRows({}, at, at, {}, top)) {
        std::rotate(m_rows.begin() + top, m_rows.begin() + at, m_rows.begin() + at + 1);
        endMoveRows();
    }
    update(std::min(at, top));
    if (!isOwn && message.kind == client::RowKind::Text)
        Q_EMIT messageArrived(message);
}

void ConversationModel::update(int row) {
    Q_EMIT dataChanged(index(row), index(row));
}

void ConversationModel::setDraft(const ConversationId& id, const QString& text) {
    const int at = indexOf(id);
    if (at < 0 || row(at).draft == text)
        return;
    m_rows[static_cast<std::size_t>(at)].draft = text;
    update(at);
}

int ConversationModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

QVariant ConversationModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Row& shown = row(index.row());
    switch (role) {
    case RowRole:
        return QVariant::fromValue(&shown);
    case Qt::DisplayRole:
        return nameOf(shown);
    case Qt::AccessibleTextRole: {
        QString text = nameOf(shown);
        if (shown.unread > 0)
            text += QStringLiteral(", ") + tr("%n unread", nullptr, shown.unread);
        if (!shown.draft.isEmpty())
            text += QStringLiteral(", ") + tr("Draft: %1").arg(oneLine(shown.draft));
        else if (!shown.preview.isEmpty())
            text += QStringLiteral(", ") + shown.preview;
        return text;
    }
    default:
        return {};
    }
}

int ConversationModel::indexOf(const ConversationId& id) const {
    for (std::size_t i = 0; i < m_rows.size(); ++i)
        if (m_rows[i].id == id)
            return static_cast<int>(i);
    return -1;
}

QString ConversationModel::nameOf(const Row& row) const {
    return m_people.nameOf(row.account);
}

int ConversationModel::unreadTotal() const {
    int total = 0;
    for (const Row& each : m_rows)
        total += each.unread;
    return total;
}

} // namespace kith::ui
