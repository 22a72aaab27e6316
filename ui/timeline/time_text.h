// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>

#include <cstdint>

namespace kith::ui {

/// The time of day as the locale writes it, without seconds.
QString timeText(std::int64_t sent_ms);
/// Day and time in full, for tooltips.
QString fullTimeText(std::int64_t sent_ms);
/// When Kith tries again, as a sentence; what is near gets no clock, which would show the minute that it is.
QString nextTryText(std::int64_t at_ms, std::int64_t now_ms);
/// Stands where a message is missing.
QString gapText();
/// Stands where the text of what is answered would be.
QString missingQuoteText();
QString newMessagesText(int count);

} // namespace kith::ui
