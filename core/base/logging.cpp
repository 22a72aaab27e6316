// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/logging.h"

#include "core/base/printable.h"

#include <QDateTime>

#include <cstdio>

namespace kith::log {

Q_LOGGING_CATEGORY(app, "kith.app")
Q_LOGGING_CATEGORY(client, "kith.client")
Q_LOGGING_CATEGORY(link, "kith.link")
Q_LOGGING_CATEGORY(relay, "kith.relay")
Q_LOGGING_CATEGORY(store, "kith.store")

namespace {

const char* levelName(QtMsgType type) {
    switch (type) {
    case QtDebugMsg:
        return "debug";
    case QtInfoMsg:
        return "info";
    case QtWarningMsg:
        return "warning";
    case QtCriticalMsg:
    case QtFatalMsg:
        return "error";
    }
    return "error";
}

void writeLine(QtMsgType type, const QMessageLogContext& context, const QString& message) {
    const QByteArray line = QDateTime::currentDateTimeUtc().toString(Qt::ISODateWithMs).toLatin1() + ' ' +
                            levelName(type) + ' ' + (context.category != nullptr ? context.category : "default") + ' ' +
                            printable(message).toUtf8() + '\n';
    std::fwrite(line.constData(), 1, static_cast<std::size_t>(line.size()), stderr);
}

} // namespace

void install(Level level) {
    QString rules = QStringLiteral("*.debug=false\n*.info=false\n");
    if (level >= Level::Info)
        rules += QStringLiteral("kith.*.info=true\n");
    if (level >= Level::Debug)
        rules += QStringLiteral("kith.*.debug=true\n");
    if (level == Level::Error)
        rules += QStringLiteral("*.warning=false\n");
    QLoggingCategory::setFilterRules(rules);
    qInstallMessageHandler(writeLine);
}

} // namespace kith::log
