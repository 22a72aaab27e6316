// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>

namespace kith::client {

/// A name as it may be shown: no control, direction-override or invisible characters, no line breaks, single spaces, at
/// most two combining marks on a letter, at most 128 bytes of UTF-8 and cut between letters. May be empty: of what
/// nobody can see nothing is left.
QString cleanName(const QString& given);

/// A message text as it may be stored: line ends are "\n", no control characters but "\n" and tab, at most eight
/// combining marks on a letter, and every direction override or isolate that it opens is closed again (UAX #9), so that
/// it cannot reorder what stands around it. More than 16 of them inside one another are left out. At most 32 bytes
/// longer than given.
QString cleanText(const QString& given);

} // namespace kith::client
