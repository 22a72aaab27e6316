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

QString causeName(Cause cause) {
    switch (cause) {
    case Cause::None:
        return {};
    case Cause::Permission:
        return QStringLiteral("Permission");
    case Cause::ReadOnly:
        return QStringLiteral("ReadOnly");
    case Cause::Exposed:
        return QStringLiteral("Exposed");
    case Cause::PortInUse:
        return QStringLiteral("PortInUse");
    case Cause::PortReserved:
        return QStringLiteral("PortReserved");
    case Cause::NoSuchAddress:
        return QStringLiteral("NoSuchAddress");
    }
    return {};
}

void invariantFailed(const char* condition, const char* file, int line) {
    std::fprintf(stderr, "kith: broken invariant %s at %s:%d\n", condition, file, line);
    std::abort();
}

} // namespace kith
