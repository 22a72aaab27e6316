// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>

namespace kith {

/// A text of somebody else as it may reach a terminal or a log: what would move the cursor, break the line, change the
/// direction or not be seen at all (control and format characters, line and paragraph separators) is spelled as in JSON
/// strings: "\n", "\u202e". So it forges no line, and a line of JSON stays the same JSON. Joiners stay: emoji and some
/// scripts need them.
QString printable(const QString& text);

} // namespace kith
