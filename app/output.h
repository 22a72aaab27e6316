// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/result.h"

#include <QJsonValue>
#include <QSocketNotifier>

namespace kith::app {

/// Standard output of a program without windows. A line is with its reader, or on its disk, when this returns; no
/// buffer keeps it. After the first failure everything more is dropped. Thread: the one that made it.
class Output final : public QObject {
    Q_OBJECT
public:
    Output();
    /// One line, in which nothing hides and nothing but its end breaks a line.
    void json(const QJsonValue& value);
    /// Ready lines: what others wrote has gone through printable().
    void text(const QString& lines);
    /// From now on a reader that leaves is a failure at once, not only when there is something to say.
    void watchReader();
    bool hasFailed() const { return m_hasFailed; }

Q_SIGNALS:
    void failed(); ///< once; the reason was printed

private:
    void write(const QByteArray& bytes);
    void fail(const Error& error);

    bool m_hasFailed = false;
    std::unique_ptr<QSocketNotifier> m_reader;
};

/// "program: what went wrong", one line on standard error.
void printProblem(const QString& detail);

} // namespace kith::app
