// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/core_side.h"
#include "core/client/view_mapping.h"

#include <QDateTime>

#include <algorithm>

namespace kith::client {
namespace {

DeliveryState stateOf(api::WaitFor wait) {
    switch (wait) {
    case api::WaitFor::Queued:
        return DeliveryState::Queued;
    case api::WaitFor::Accepted:
        return DeliveryState::Accepted;
    case api::WaitFor::Delivered:
        return DeliveryState::Delivered;
    case api::WaitFor::Read:
        return DeliveryState::Read;
    }
    return DeliveryState::Queued;
}

Result<TimelinePage> readPage(sqlite::Database& db, const api::History& asked) {
    namespace queries = store::queries;
    const std::initializer_list<bool> anchors{asked.before.has_value(), asked.after.has_value(), asked.from.has_value(),
                                              asked.around.has_value(), asked.date.has_value()};
    if (std::count(anchors.begin(), anchors.end(), true) > 1)
        return fail(Code::Invalid, QStringLiteral("a page is at one place"));
    const auto [conversation, limit] = std::pair(asked.conversation, asked.limit);
    const auto page = asked.after    ? queries::timelineAfter(db, conversation, *asked.after, limit)
                      : asked.from   ? queries::timelineAt(db, conversation, *asked.from, limit)
                      : asked.around ? queries::timelineAround(db, conversation, asked.author, *asked.around, limit)
                      : asked.date   ? queries::timelineSince(db, conversation,
                                                              fromMs(asked.date->startOfDay().toMSecsSinceEpoch()), limit)
                                     : queries::timeline(db, conversation, asked.before, limit);
    if (!page)
        return page.error();
    return toView(*page);
}

class Messages final : public MessageHandlers {
public:
    explicit Messages(CoreSide& core)
        : m_core(core) {}

    void handle(api::Conversations&, Answer<api::Conversations> answer) override {
        m_core.read<std::vector<ConversationRow>>(std::move(answer),
                                                  [](sqlite::Database& db) -> Result<std::vector<ConversationRow>> {
                                                      TRY_ASSIGN(const auto rows, store::queries::conversations(db));
                                                      return toViews(rows);
                                                  });
    }
    void handle(api::History& command, Answer<api::History> answer) override {
        m_core.read<TimelinePage>(std::move(answer),
                                  [asked = command](sqlite::Database& db) { return readPage(db, asked); });
    }
    void handle(api::SendText& command, Answer<api::SendText> answer) override {
        const MessageId id = command.id.value_or(m_random.id<MessageId>());
        messages().sendText(command.conversation, command.text, id, stateOf(command.wait), command.replyTo,
                            command.draft, [answer = std::move(answer), id](const Result<DeliveryState>& state) {
                                if (state)
                                    answer(MessageSent{id, *state});
                                else
                                    answer(state.error());
                            });
    }
    void handle(api::Retry& command, Answer<api::Retry> answer) override {
        messages().retry(command.conversation, command.id, std::move(answer));
    }
    void handle(api::DeleteMessage& command, Answer<api::DeleteMessage> answer) override {
        messages().remove(command.id, command.author, std::move(answer));
    }
    void handle(api::MarkRead& command, Answer<api::MarkRead> answer) override {
        messages().markRead(command.conversation, command.seq, std::move(answer));
    }
    void handle(api::SetDraft& command, Answer<api::SetDraft> answer) override {
        messages().setDraft(command.conversation, command.text, std::move(answer));
    }

private:
    WrittenMessages& messages() { return m_core.messenger().messages(); }

    CoreSide& m_core;
    SystemRandom m_random;
};

} // namespace

std::unique_ptr<MessageHandlers> messageHandlers(CoreSide& core) {
    return std::make_unique<Messages>(core);
}

} // namespace kith::client
