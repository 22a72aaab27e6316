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
    std::vector<client::ConversationRow> conversationRows; ///< what conversations() answers
    std::vector<client::ContactRow> contactRows;
    bool isLocked = false;   ///< refuses the lists
    bool isVerified = false; ///< the safety number was compared
    bool refusesUnlock = false;
    std::optional<client::ProfileCreated> created; ///< what init() answers; refuses without
    std::optional<client::Joined> joined;          ///< what join() answers; refuses without
    int pagesAsked = 0;
    int profilesAsked = 0;
    int requestsAnswered = 0;
    int timesOnline = 0;
    AccountId declined;
    std::int64_t readUpTo = 0;
    std::optional<ConversationId> lastOpen;
    bool hasHome = true;
    std::map<ConversationId, QString> drafts;
    std::optional<Error> refusesTexts; ///< what sendText() ends with
    std::vector<std::pair<ConversationId, QString>> sent;
    bool isJoinWaiting = false; ///< join() is answered by cancelJoin() only
    QStringList joinsAsked;
    int contactsAsked = 0;
    std::optional<Error> refusesLinks; ///< what createContactLink() ends with
    std::vector<client::LinkRow> linkRows;

    /// `count` messages of mixed kinds, some minutes apart, the last one just before `newest`.
    void fill(int count, WallTime newest);
    /// Adds a row as it is, but for its seq, which is returned; untold.
    std::int64_t put(client::TimelineRow row);
    const std::vector<client::TimelineRow>& rows() const { return m_rows; }
    client::TimelineRow full(std::size_t index) const; ///< with its text

    // What happens in the conversation; each is told at once in an EventBatch of its own.
    std::int64_t receive(const QString& text, bool own = false);
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

    client::RequestId init(const QString&, SecretBytes) override {
        ++profilesAsked;
        return created ? answer(client::Reply(*created)) : refuse();
    }
    client::RequestId unlock(SecretBytes) override;
    client::RequestId whoami() override;
    client::RequestId goOnline() override {
        ++timesOnline;
        return answer(client::Reply());
    }
    client::RequestId sync() override { return refuse(); }
    client::RequestId join(const QString& link) override;
    client::RequestId cancelJoin() override;
    client::RequestId createContactLink(client::LinkUse use) override;
    client::RequestId links() override { return answer(client::Reply(linkRows)); }
    client::RequestId revokeLink(const DropId& id) override;
    client::RequestId addContact(const QString&, const QString&) override {
        ++contactsAsked;
        return refuse();
    }
    client::RequestId contacts() override { return isLocked ? refuse() : answer(client::Reply(contactRows)); }
    client::RequestId findContact(const QString&) override { return refuse(); }
    client::RequestId acceptRequest(const AccountId&) override { return answerRequest(); }
    client::RequestId declineRequest(const AccountId& account) override {
        declined = account;
        return answerRequest();
    }
    client::RequestId safetyNumber(const AccountId& account) override {
        return answer(
            client::Reply(client::SafetyNumber{account, QStringLiteral("1234567890").repeated(6), isVerified}));
    }
    client::RequestId setVerified(const AccountId&, bool verified) override {
        isVerified = verified;
        return answer(client::Reply());
    }
    client::RequestId conversations() override { return isLocked ? refuse() : answer(client::Reply(conversationRows)); }
    client::RequestId timelinePage(const ConversationId& conversation, std::optional<std::int64_t> before,
                                   int limit) override;
    client::RequestId timelineAfter(const ConversationId& conversation, std::int64_t after, int limit) override;
    client::RequestId timelineAt(const ConversationId& conversation, int index, int limit) override;
    client::RequestId sendText(const ConversationId& conversation, const QString& text, client::WaitFor,
                               std::optional<MessageId>, client::DraftThen draft, MessageId* id) override;
    client::RequestId retry(const ConversationId& conversation, const MessageId& id) override;
    client::RequestId setLastOpen(const ConversationId& shown) override {
        lastOpen = shown;
        return answer(client::Reply());
    }
    client::RequestId markRead(const ConversationId& conversation, std::int64_t seq) override;
    client::RequestId setDraft(const ConversationId& of, const QString& text) override {
        drafts[of] = text;
        return answer(client::Reply());
    }
    client::RequestId lock() override { return answer(client::Reply()); }

private:
    client::RequestId answerRequest() {
        ++requestsAnswered;
        return answer(client::Reply());
    }
    client::RequestId refuse();
    client::RequestId page(std::size_t start, std::size_t end, bool countsBefore, bool countsAfter);
    client::RequestId answer(Result<client::Reply> result);
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
