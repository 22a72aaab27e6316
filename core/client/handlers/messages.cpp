// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/core_side.h"
#include "core/client/view_mapping.h"

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
    if ((asked.before ? 1 : 0) + (asked.after ? 1 : 0) + (asked.from ? 1 : 0) > 1)
        return fail(Code::Invalid, QStringLiteral("a page is before or after one row, not both"));
    auto page = asked.after  ? store::queries::timelineAfter(db, asked.conversation, *asked.after, asked.limit)
                : asked.from ? store::queries::timelineAt(db, asked.conversation, *asked.from, asked.limit)
                             : store::queries::timeline(db, asked.conversation, asked.before, asked.limit);
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
