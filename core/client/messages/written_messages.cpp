// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/messages/written_messages.h"

#include "core/client/display_text.h"
#include "core/store/reads/queries.h"
#include "core/store/receiving/places.h"
#include "core/store/redaction.h"
#include "core/wire/limits.h"

namespace kith::client {
namespace {

wire::pb::Content textContent(const MessageId& id, std::int64_t hlc, const QString& text,
                              const std::optional<std::pair<AccountId, MessageId>>& replyTo) {
    wire::pb::Content content;
    content.set_logical_id(id.str());
    content.set_hlc(static_cast<std::uint64_t>(hlc));
    content.mutable_text()->set_body(text.toStdString());
    if (replyTo) {
        content.mutable_text()->mutable_reply_to()->set_author(replyTo->first.str());
        content.mutable_text()->mutable_reply_to()->set_logical_id(replyTo->second.str());
    }
    return content;
}

/// An id names a message only together with its author, and a reply may answer either side.
Result<std::pair<AccountId, MessageId>> withAuthor(sqlite::Database& db, const ConversationId& conversation,
                                                   std::initializer_list<AccountId> authors, const MessageId& id) {
    std::optional<std::pair<AccountId, MessageId>> found;
    for (const AccountId& author : authors) {
        TRY_ASSIGN(const auto row, store::queries::message(db, author, id));
        if (!row || row->conversation != conversation || row->kind != store::RowKind::Text)
            continue;
        if (found)
            return fail(Code::Duplicate, QStringLiteral("two messages have this id"));
        found.emplace(author, id);
    }
    if (!found)
        return fail(Code::NotFound, QStringLiteral("there is no such message in this conversation"));
    return *found;
}

} // namespace

WrittenMessages::WrittenMessages(Core& core, OutboxPump& pump)
    : m_core(core)
    , m_pump(pump) {}

void WrittenMessages::sendText(const ConversationId& conversation, const QString& text, const MessageId& id,
                               DeliveryState waitFor, std::optional<MessageId> replyTo, api::DraftThen draft,
                               std::function<void(Result<DeliveryState>)> done) {
    const Result<void> composed = m_core.store.unit([&](store::Unit& unit) -> Result<void> {
        const auto to = contactOf(conversation);
        TRY_ASSIGN(const auto contact, to ? store::queries::contact(unit.db(), *to)
                                          : Result<std::optional<store::ContactRow>>(std::nullopt));
        if (!contact)
            return fail(Code::NotFound, QStringLiteral("there is no such conversation"));
        if (contact->state != store::ContactState::Connected)
            return fail(Code::Denied,
                        QStringLiteral("this person has not accepted yet; messages can be sent once they have"));
        TRY(compose(unit, *to, conversation, cleanText(text), id, replyTo));
        if (draft == api::DraftThen::Removed)
            TRY(store::queries::setDraft(unit.db(), conversation, {}, unit.now()));
        if (waitFor == DeliveryState::Accepted)
            m_pump.whenDone(id, [done](const Result<void>& accepted) {
                done(accepted ? Result<DeliveryState>(DeliveryState::Accepted) : accepted.error());
            });
        else if (waitFor != DeliveryState::Queued)
            m_deliveryWaits.push_back({id, waitFor, done});
        unit.afterCommit([this, waitFor, done](const Result<void>& committed) {
            if (!committed)
                done(committed.error());
            else if (waitFor == DeliveryState::Queued)
                done(DeliveryState::Queued);
        });
        return {};
    });
    if (!composed)
        done(composed.error());
}

Result<void> WrittenMessages::compose(store::Unit& unit, const AccountId& to, const ConversationId& conversation,
                                      const QString& text, const MessageId& id,
                                      const std::optional<MessageId>& replyTo) {
    const QByteArray utf8 = text.toUtf8();
    if (text.trimmed().isEmpty())
        return fail(Code::Invalid, QStringLiteral("the message is empty"));
    if (utf8.size() > static_cast<qsizetype>(wire::limits::TextMax))
        return fail(Code::TooLarge, QStringLiteral("a message has at most 48 KiB of text; send it in parts"));
    TRY(store::correctPlaces(unit, conversation));
    TRY_ASSIGN(const std::int64_t hlc, store::queries::nextHlc(unit.db(), conversation, unit.now()));
    store::pb::Event event;
    store::pb::MessageComposed* message = event.mutable_message_composed();
    message->set_conversation(conversation.str());
    message->set_author(m_core.self.account.str());
    message->set_id(id.str());
    message->set_hlc(hlc);
    message->set_text(toString(utf8));
    std::optional<std::pair<AccountId, MessageId>> answered;
    if (replyTo) {
        TRY_ASSIGN(answered, withAuthor(unit.db(), conversation, {m_core.self.account, to}, *replyTo));
        message->set_reply_author(answered->first.str());
        message->set_reply_id(answered->second.str());
    }
    TRY(unit.append(event));
    TRY(m_pump.outgoing().queue(unit, audienceWith(to), textContent(id, hlc, text, answered)));
    return {};
}

void WrittenMessages::retry(const ConversationId& conversation, const MessageId& id, Done done) {
    const Result<void> queued = m_core.store.unit([&](store::Unit& unit) -> Result<void> {
        TRY_ASSIGN(const auto row, store::queries::message(unit.db(), m_core.self.account, id));
        const auto to = contactOf(conversation);
        if (!row || !to || row->conversation != conversation || row->kind != store::RowKind::Text ||
            row->state != store::MessageState::Failed)
            return fail(Code::NotFound, QStringLiteral("there is no such message that failed"));
        TRY(store::correctPlaces(unit, conversation));
        TRY_ASSIGN(const std::int64_t hlc, store::queries::nextHlc(unit.db(), conversation, unit.now()));
        store::pb::Event event;
        store::pb::MessageRetried* message = event.mutable_message_retried();
        message->set_conversation(conversation.str());
        message->set_author(m_core.self.account.str());
        message->set_id(id.str());
        message->set_hlc(hlc);
        TRY(unit.append(event));
        TRY(m_pump.outgoing().queue(unit, audienceWith(*to), textContent(id, hlc, row->text, row->replyTo)));
        unit.afterCommit(done);
        return {};
    });
    if (!queued)
        done(queued);
}

void WrittenMessages::markRead(const ConversationId& conversation, std::int64_t seq, Done done) {
    const Result<void> stored = m_core.store.unit([&](store::Unit& unit) -> Result<void> {
        store::pb::Event event;
        event.mutable_conversation_read()->set_conversation(conversation.str());
        event.mutable_conversation_read()->set_seq(seq);
        TRY(unit.append(event));
        unit.afterCommit(done);
        return {};
    });
    if (!stored)
        done(stored);
}

void WrittenMessages::setDraft(const ConversationId& conversation, const QString& text, Done done) {
    const Result<void> stored = m_core.store.unit([&](store::Unit& unit) -> Result<void> {
        TRY(store::queries::setDraft(unit.db(), conversation, text, unit.now()));
        unit.afterCommit(done);
        return {};
    });
    if (!stored)
        done(stored);
}

void WrittenMessages::remove(const MessageId& id, const std::optional<AccountId>& author, Done done) {
    const Result<void> removed = m_core.store.unit([&](store::Unit& unit) -> Result<void> {
        TRY_ASSIGN(const auto row, store::queries::findMessage(unit.db(), m_core.self.account, id, author));
        TRY_ASSIGN(const store::Withdrawn withdrawn, store::redact(unit, row.author, id));
        for (const AccountId& account : withdrawn.accounts) // they need not ask for what never comes
            TRY(m_pump.outgoing().queueGone(unit, {row.conversation, {account}}, withdrawn.n));
        unit.afterCommit([this, id, isOwn = row.author == m_core.self.account, done](const Result<void>& committed) {
            if (committed) {
                m_core.store.eraseTraces();
                if (isOwn)
                    m_pump.forget(id);
            }
            done(committed);
        });
        return {};
    });
    if (!removed)
        done(removed);
}

void WrittenMessages::tellWaiting(const EventBatch& batch) {
    for (const Change& change : batch.changes) {
        const bool isRemoved = change.kind == Change::Kind::MessageRemoved;
        if ((change.kind != Change::Kind::MessageChanged && !isRemoved) || !change.row)
            continue;
        const TimelineRow& row = *change.row;
        const Result<DeliveryState> state = isRemoved ? fail(Code::NotFound, QStringLiteral("the message was deleted"))
                                            : row.state == DeliveryState::Failed
                                                ? fail(Code::Denied, QStringLiteral("the message cannot be delivered"))
                                                : Result<DeliveryState>(row.state);
        std::vector<std::function<void(Result<DeliveryState>)>> ready;
        std::erase_if(m_deliveryWaits, [&](const DeliveryWait& wait) {
            const bool reached = wait.message == row.id && (!state || row.state >= wait.state);
            if (reached)
                ready.push_back(wait.done);
            return reached;
        });
        for (const auto& tell : ready)
            tell(state);
    }
}

} // namespace kith::client
