// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/result.h"

#include <QString>

namespace kith::sqlite {

/// SQLite takes the first bad frame of a write-ahead log for the end of it, as a crash leaves one, and writes over the
/// rest. This tells a crash from damage: every commit is on disk before the next one begins, so a bad frame with two
/// commits behind it was good once, as was the header of a log that has frames. Corrupt then. What was in the last
/// commit may be either and stays SQLite's to drop. Format: sqlite.org/fileformat2.html, section 4. Nobody may write.
Result<void> checkLog(const QString& path);

} // namespace kith::sqlite
