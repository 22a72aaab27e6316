// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/client.h"

#include <QHash>
#include <QObject>
#include <QPointer>

#include <functional>

namespace kith::ui {

namespace api = client::api;

/// Brings each answer of a Client to whoever waits for it. Thread: GUI. Keeps a reference to the client.
class Requests final : public QObject {
    Q_OBJECT
public:
    explicit Requests(client::Client& client, QObject* parent = nullptr);
    client::Client& client() const { return m_client; }

    /// `answer` takes a Result of the command's Reply and runs once, unless `context` is gone by then.
    template <typename Command, typename Answer>
    void ask(Command command, QObject* context, Answer answer) {
        wait(m_client.run(std::move(command)), context,
             [answer = std::move(answer)](const Result<client::Reply>& reply) {
                 answer(client::replyOf<Command>(reply));
             });
    }
    /// Nobody waits for the answer.
    void tell(api::Command command) { m_client.run(std::move(command)); }

private:
    struct Waiting {
        QPointer<QObject> context;
        std::function<void(const Result<client::Reply>&)> answer;
    };
    void wait(client::RequestId request, QObject* context, std::function<void(const Result<client::Reply>&)> answer);

    client::Client& m_client;
    QHash<client::RequestId, Waiting> m_waiting;
};

} // namespace kith::ui
