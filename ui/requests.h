// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/client/client.h"

#include <QHash>
#include <QObject>
#include <QPointer>

#include <functional>

namespace kith::ui {

/// Brings each answer of a Client to whoever waits for it. Thread: GUI. Keeps a reference to the client.
class Requests final : public QObject {
    Q_OBJECT
public:
    using Answer = std::function<void(const Result<client::Reply>&)>;

    explicit Requests(client::Client& client, QObject* parent = nullptr);
    client::Client& client() const { return m_client; }

    /// `answer` runs once, unless `context` is gone by then.
    void ask(client::RequestId request, QObject* context, Answer answer);

private:
    struct Waiting {
        QPointer<QObject> context;
        Answer answer;
    };
    client::Client& m_client;
    QHash<client::RequestId, Waiting> m_waiting;
};

} // namespace kith::ui
