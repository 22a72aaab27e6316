// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/requests.h"

#include <QAbstractListModel>
#include <QTimer>

#include <vector>

namespace kith::ui {

class PeopleModel;

/// The conversations and the requests sent, the latest first, and above them the requests that wait for our answer. A
/// message changes and moves one row; what changes more is asked for again, and once more when something happened
/// meanwhile. Thread: GUI.
class ConversationModel final : public QAbstractListModel {
    Q_OBJECT
public:
    enum class Kind { Chat, RequestReceived, RequestSent };
    struct Row {
        ConversationId id;
        AccountId account;
        Kind kind = Kind::Chat;
        int unread = 0;
        QString preview; ///< one line
        bool isOwnPreview = false;
        client::DeliveryState state = client::DeliveryState::None;
        std::optional<WallTime> time;
        QString draft;
        QString requestText;
    };
    enum Role { RowRole = Qt::UserRole };

    ConversationModel(Requests& requests, const PeopleModel& people, QObject* parent = nullptr);

    void load(); ///< once it is known who is who
    void clear();
    bool isLoaded() const { return m_isLoaded; }

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    const Row& row(int row) const { return m_rows[static_cast<std::size_t>(row)]; }
    int indexOf(const ConversationId& id) const; ///< -1: none
    QString nameOf(const Row& row) const;        ///< the title of a chat
    int unreadTotal() const;
    void setDraft(const ConversationId& id, const QString& text);

Q_SIGNALS:
    void loaded();
    /// Of somebody else, new: for notifications.
    void messageArrived(const kith::client::TimelineRow& row);
    void requestArrived(const kith::ConversationId& conversation, const kith::AccountId& account);

private:
    void ask();
    void onConversations(const Result<std::vector<client::ConversationRow>>& result);
    void onEvents(const client::EventBatch& batch);
    void add(const client::TimelineRow& row);
    void update(int row);
    void placeRequests(std::vector<Row>& rows) const;
    void preview(Row& row, const client::TimelineRow& last) const;

    Requests& m_requests;
    const PeopleModel& m_people;
    std::vector<Row> m_rows;
    QTimer m_again;
    bool m_isOpen = false; ///< between load() and clear(); an answer that comes later is dropped
    bool m_isLoaded = false;
    bool m_isAsking = false;
    bool m_hasChanged = false; ///< since it was asked
};

/// The text of a message as one line of a list.
QString oneLine(const QString& text);

} // namespace kith::ui

Q_DECLARE_METATYPE(const kith::ui::ConversationModel::Row*)
