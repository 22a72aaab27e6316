// SPDX-License-Identifier: GPL-3.0-or-later
// What can be done with one message, from its menu and by keys.
#include "ui/actions/actions.h"
#include "ui/dialogs/question_dialog.h"
#include "ui/error_text.h"
#include "ui/models/people_model.h"
#include "ui/models/timeline_model.h"
#include "ui/pages/chat_pane.h"
#include "ui/timeline/timeline_view.h"

#include <QClipboard>
#include <QGuiApplication>

namespace kith::ui {

const client::TimelineRow* ChatPane::targetBody() const {
    const int index = m_model ? m_model->indexOf(m_target.seq) : -1;
    return index >= 0 ? m_model->body(index) : nullptr;
}

void ChatPane::bindActions(Actions& actions) {
    const auto bind = [&](Act act, std::function<void()> handler, std::function<bool()> isThere) {
        actions.bind(act, std::move(handler),
                     [isThere = std::move(isThere)] { return Actions::State{.isThere = isThere()}; });
    };
    bind(
        Act::CopyLink, [this] { QGuiApplication::clipboard()->setText(m_target.link.toString(QUrl::FullyEncoded)); },
        [this] { return !m_target.link.isEmpty(); });
    bind(
        Act::Copy,
        [this] {
            if (m_target.hasSelection)
                m_view->copy();
            else
                m_view->copyMessage(m_target.seq);
        },
        [this] { return m_target.hasSelection || targetBody() != nullptr; });
    bind(
        Act::SelectAll, [this] { m_view->selectAll(); }, [this] { return m_model != nullptr; });
    actions.bind(
        Act::Back, [this] { m_view->goBack(); }, [this] { return Actions::State{.isEnabled = m_view->canGoBack()}; });
    bind(
        Act::GoToQuoted, [this] { m_view->goToQuoted(m_model->indexOf(m_target.seq)); },
        [this] { return targetBody() != nullptr && targetBody()->quote; });
    bind(
        Act::Retry, [this] { retry(m_target.seq); },
        [this] { return targetBody() != nullptr && targetBody()->state == client::DeliveryState::Failed; });
    bind(
        Act::Delete, [this] { askToDelete(m_target.seq); }, [this] { return targetBody() != nullptr; });
}

void ChatPane::retry(std::int64_t seq) {
    const int index = m_model ? m_model->indexOf(seq) : -1;
    const client::TimelineRow* body = index >= 0 ? m_model->body(index) : nullptr;
    if (body == nullptr)
        return;
    m_notice->clear();
    m_requests.ask(api::Retry{*m_id, body->id}, this, [this](const Result<void>& result) {
        if (!result && result.error().code != Code::NotFound) // else it is on its way already
            m_notice->show(NoticeBar::Tone::Problem, errorText(Occasion::Send, result.error()));
    });
}

void ChatPane::askToDelete(std::int64_t seq) {
    const int index = m_model ? m_model->indexOf(seq) : -1;
    const client::TimelineRow* body = index >= 0 ? m_model->body(index) : nullptr;
    if (body == nullptr)
        return;
    const bool isWaiting = body->state == client::DeliveryState::Queued;
    auto* question = new QuestionDialog(
        m_theme, tr("Delete this message?"),
        isWaiting ? tr("It has not been sent yet, and will not be. It goes from this computer for good.")
                  : tr("It goes from this computer for good. Others keep their copy."),
        this);
    question->setAttribute(Qt::WA_DeleteOnClose);
    question->addAnswer(ButtonKind::Primary, tr("Delete it here"), [this, id = body->id, author = body->sender] {
        m_requests.ask(api::DeleteMessage{id, author}, this, [this](const Result<void>& result) {
            if (!result && result.error().code != Code::NotFound) // else it is gone already
                m_notice->show(NoticeBar::Tone::Problem, errorText(Occasion::Send, result.error()));
        });
    });
    question->open();
}

} // namespace kith::ui
