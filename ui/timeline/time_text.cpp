// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/time_text.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>

namespace kith::ui {

QString timeText(std::int64_t sent_ms) {
    QString format = QLocale().timeFormat(QLocale::ShortFormat);
    format.remove(QStringLiteral(":ss")); // the C locale
    return QLocale().toString(QDateTime::fromMSecsSinceEpoch(sent_ms).time(), format);
}

QString fullTimeText(std::int64_t sent_ms) {
    return QLocale().toString(QDateTime::fromMSecsSinceEpoch(sent_ms), QLocale::LongFormat);
}

QString nextTryText(std::int64_t at_ms, std::int64_t now_ms) {
    return at_ms - now_ms < 60'000
               ? QCoreApplication::translate("Timeline", "Kith tries again within a minute.")
               : QCoreApplication::translate("Timeline", "Kith tries again at %1.").arg(timeText(at_ms));
}

QString gapText() {
    return QCoreApplication::translate("Timeline", "A message is missing here. It will appear when it arrives.");
}

QString missingQuoteText() {
    return QCoreApplication::translate("Timeline", "This message is not here");
}

QString newMessagesText(int count) {
    return count == 1 ? QCoreApplication::translate("Timeline", "1 new message")
                      : QCoreApplication::translate("Timeline", "%1 new messages").arg(QLocale().toString(count));
}

} // namespace kith::ui
