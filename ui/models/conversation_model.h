// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/requests.h"

#include <QAbstractListModel>
#include <QTimer>

#include <map>
#include <vector>

namespace kith::ui {

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
        QString name;
        Kind kind = Kind::Chat;
        bool isVerified = false;
        int unread = 0;
        QString preview; ///< one line
        bool isOwnPreview = false;
        client::DeliveryState state = client::DeliveryState::None;
        std::optional<WallTime> time;
        QString draft;
        QString requestText;
    };
    enum Role { RowRole = Qt::UserRole };

    explicit ConversationModel(Requests& requests, QObject* parent = nullptr);

    void setSelf(const AccountId& self) { m_self = self; }
    void load();
    void clear();
    bool isLoaded() const { return m_isLoaded; }

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    const Row& row(int row) const { return m_rows[static_cast<std::size_t>(row)]; }
    int indexOf(const ConversationId& id) const; ///< -1: none
    QString nameOf(const AccountId& account) const;
    int unreadTotal() const;
    std::vector<AccountId> inOrderOfComing() const; ///< we, and who is known, the first one first
    void setDraft(const ConversationId& id, const QString& text);

Q_SIGNALS:
    void loaded();
    /// Of somebody else, new: for notifications.
    void messageArrived(const kith::client::TimelineRow& row);
    void requestArrived(const kith::ConversationId& conversation, const QString& name);

private:
    void ask();
    void onContacts(const Result<std::vector<client::ContactRow>>& result);
    void onConversations(const Result<std::vector<client::ConversationRow>>& result);
    void onEvents(const client::EventBatch& batch);
    void add(const client::TimelineRow& row);
    void update(int row);
    void placeRequests(std::vector<Row>& rows);
    static void preview(Row& row, const client::TimelineRow& last, const AccountId& self);

    Requests& m_requests;
    AccountId m_self;
    std::vector<Row> m_rows;
    std::vector<Row> m_requestRows; ///< of the answer that is being put together
    std::map<AccountId, WallTime> m_since;
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
