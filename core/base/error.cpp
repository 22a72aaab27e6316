// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"

#include <cstdio>
#include <cstdlib>

namespace kith {

QString codeName(Code code) {
    switch (code) {
    case Code::Unavailable:
        return QStringLiteral("Unavailable");
    case Code::Timeout:
        return QStringLiteral("Timeout");
    case Code::NotFound:
        return QStringLiteral("NotFound");
    case Code::Duplicate:
        return QStringLiteral("Duplicate");
    case Code::Denied:
        return QStringLiteral("Denied");
    case Code::Untrusted:
        return QStringLiteral("Untrusted");
    case Code::Invalid:
        return QStringLiteral("Invalid");
    case Code::TooLarge:
        return QStringLiteral("TooLarge");
    case Code::Quota:
        return QStringLiteral("Quota");
    case Code::Corrupt:
        return QStringLiteral("Corrupt");
    case Code::Full:
        return QStringLiteral("Full");
    case Code::Internal:
        return QStringLiteral("Internal");
    }
    return QStringLiteral("Internal");
}

void invariantFailed(const char* condition, const char* file, int line) {
    std::fprintf(stderr, "kith: broken invariant %s at %s:%d\n", condition, file, line);
    std::abort();
}

} // namespace kith
