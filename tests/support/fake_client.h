// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/client.h"

#include <functional>
#include <map>

namespace kith::test {

/// A Client with one conversation of made-up messages. Answers later, from the event loop, with what was true when it
/// was asked, as a reader of the store does. Texts of the conversation are taken into it; what has no part in a
/// window is refused.
class FakeClient final : public client::Client {
    Q_OBJECT
public:
    explicit FakeClient(bool group = false);

    ConversationId conversation;
    AccountId self;
    AccountId peer;
    std::vector<client::ConversationRow> conversationRows; ///< what Conversations answers
    std::vector<client::ContactRow> contactRows;
    bool isLocked = false;   ///< refuses the lists
    bool isVerified = false; ///< the safety number was compared
    bool refusesUnlock = false;
    std::optional<client::ProfileCreated> created; ///< what Init answers; refuses without
    std::optional<client::Joined> joined;          ///< what Join answers; refuses without
    int pagesAsked = 0;
    int profilesAsked = 0;
    int requestsAnswered = 0;
    int timesOnline = 0;
    AccountId declined;
    std::int64_t readUpTo = 0;
    std::optional<ConversationId> lastOpen;
    bool hasHome = true;
    std::map<ConversationId, QString> drafts;
    std::optional<Error> refusesTexts; ///< what SendText ends with
    std::vector<std::pair<ConversationId, QString>> sent;
    bool isJoinWaiting = false; ///< Join is answered by CancelJoin only
    QStringList joinsAsked;
    int contactsAsked = 0;
    std::optional<Error> refusesLinks; ///< what CreateContactLink ends with
    std::vector<client::LinkRow> linkRows;

    /// Adds somebody to contactRows.
    client::ContactRow& know(const AccountId& account, const QString& name,
                             client::ContactState state = client::ContactState::Connected, WallTime since = {});
    /// `count` messages of mixed kinds, some minutes apart, the last one just before `newest`.
    void fill(int count, WallTime newest);
    /// Adds a row as it is, but for its seq, which is returned; untold.
    std::int64_t put(client::TimelineRow row);
    const std::vector<client::TimelineRow>& rows() const { return m_rows; }
    client::TimelineRow full(std::size_t index) const; ///< with its text

    // What happens in the conversation; each is told at once in an EventBatch of its own.
    std::int64_t receive(const QString& text, bool own = false);
    std::int64_t reply(std::int64_t toSeq, const QString& text, bool own = false);
    void rewrite(std::int64_t seq, const QString& text); ///< what it says is another text now
    std::int64_t receiveLate(std::int64_t afterSeq, const QString& text);
    std::int64_t noticeGap(std::int64_t afterSeq);
    void setState(std::int64_t seq, client::DeliveryState state);
    void closeGap(std::int64_t seq);
    void reorder(); ///< the newest row turns out to be the oldest
    /// What would be told until the death of the returned object is lost.
    class Deafness {
    public:
        explicit Deafness(FakeClient& client)
            : m_client(client) {
            m_client.m_deaf = true;
        }
        ~Deafness() { m_client.m_deaf = false; }

    private:
        FakeClient& m_client;
    };
    /// Answers wait for release().
    void hold() { m_held = true; }
    void release();

    client::RequestId run(client::api::Command command) override;

private:
    template <typename T>
    using Answered = std::optional<Result<T>>; ///< empty: answered by something else, later

    // One for each command that has a part in a window; what has none is refused.
    template <typename Command>
    Result<typename Command::Reply> handle(Command&) {
        return refusal();
    }
    static Error refusal();
    Result<client::ProfileCreated> handle(client::api::Init&);
    Result<client::ProfileInfo> handle(client::api::Unlock&);
    Result<void> handle(client::api::Lock&) { return {}; }
    Result<client::ProfileInfo> handle(client::api::Whoami&);
    Result<void> handle(client::api::SetLastOpen& command);
    Result<void> handle(client::api::GoOnline&);
    Answered<client::Joined> handle(client::api::Join& command);
    Result<void> handle(client::api::CancelJoin&);
    Result<client::ContactLinkText> handle(client::api::CreateContactLink& command);
    Result<std::vector<client::LinkRow>> handle(client::api::Links&) { return linkRows; }
    Result<void> handle(client::api::RevokeLink& command);
    Result<client::ContactAdded> handle(client::api::AddContact&);
    Result<std::vector<client::ContactRow>> handle(client::api::Contacts&);
    Result<void> handle(client::api::AcceptRequest&);
    Result<void> handle(client::api::DeclineRequest& command);
    Result<client::SafetyNumber> handle(client::api::ReadSafetyNumber& command);
    Result<void> handle(client::api::Verify&);
    Result<void> handle(client::api::Unverify&);
    Result<std::vector<client::ConversationRow>> handle(client::api::Conversations&);
    Result<client::TimelinePage> handle(client::api::History& command);
    Result<client::MessageSent> handle(client::api::SendText& command);
    Result<void> handle(client::api::Retry& command);
    Result<void> handle(client::api::DeleteMessage& command);
    Result<void> handle(client::api::MarkRead& command);
    Result<void> handle(client::api::SetDraft& command);

    client::TimelinePage page(std::size_t start, std::size_t end, bool countsBefore, bool countsAfter);
    void answer(client::RequestId request, Result<client::Reply> result);
    client::TimelineRow& make(std::size_t at, const QString& text, bool own);
    std::size_t find(std::int64_t seq) const;
    void tell(client::Change::Kind kind, const client::TimelineRow* row);

    std::vector<client::TimelineRow> m_rows; ///< those of fill() without their text, to save memory
    std::vector<std::function<void()>> m_answers;
    client::RequestId m_lastRequest = 0;
    client::RequestId m_waitingJoin = 0;
    std::int64_t m_lastSeq = 0;
    bool m_held = false;
    bool m_deaf = false;
};

} // namespace kith::test
