// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>

namespace kith::test {

/// The text of the n-th made-up message: 200 letters in the mean, a tenth with a link, a tenth with emoji, some Hebrew.
QString sampleText(std::int64_t n);

} // namespace kith::test
