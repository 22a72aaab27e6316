// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/output.h"

#include "core/base/platform.h"
#include "core/base/printable.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <cstdio>

namespace kith::app {
namespace {

constexpr int StandardOutput = 1;

} // namespace

Output::Output() = default;

void Output::json(const QJsonValue& value) {
    const QJsonDocument document = value.isArray() ? QJsonDocument(value.toArray()) : QJsonDocument(value.toObject());
    write(printable(QString::fromUtf8(document.toJson(QJsonDocument::Compact))).toUtf8() + '\n');
}

void Output::text(const QString& lines) {
    write(lines.toUtf8() + '\n');
}

void Output::watchReader() {
    if (!platform::isPipe(StandardOutput)) // a terminal is readable whenever somebody types
        return;
    m_reader = std::make_unique<QSocketNotifier>(StandardOutput, QSocketNotifier::Read);
    connect(m_reader.get(), &QSocketNotifier::activated, this, [this] {
        fail({Code::Unavailable, QStringLiteral("nobody reads this any more")});
    });
}

void Output::write(const QByteArray& bytes) {
    if (m_hasFailed)
        return;
    if (const Result<void> written = platform::writeAll(StandardOutput, bytes); !written)
        fail(written.error());
}

void Output::fail(const Error& error) {
    if (m_reader)
        m_reader->setEnabled(false);
    if (std::exchange(m_hasFailed, true))
        return;
    printProblem(QStringLiteral("standard output: ") + error.detail);
    Q_EMIT failed();
}

void printProblem(const QString& detail) {
    const QByteArray line = (QCoreApplication::applicationName() + QStringLiteral(": ") + printable(detail)).toUtf8();
    std::fprintf(stderr, "%s\n", line.constData());
}

} // namespace kith::app
