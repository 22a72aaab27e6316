// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/requests.h"

namespace kith::ui {

Requests::Requests(client::Client& client, QObject* parent)
    : QObject(parent)
    , m_client(client) {
    connect(&client, &client::Client::finished, this,
            [this](client::RequestId request, const Result<client::Reply>& result) {
                const Waiting waiting = m_waiting.take(request);
                if (waiting.context && waiting.answer)
                    waiting.answer(result);
            });
}

void Requests::wait(client::RequestId request, QObject* context,
                    std::function<void(const Result<client::Reply>&)> answer) {
    m_waiting.insert(request, {context, std::move(answer)});
}

} // namespace kith::ui
