// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sqlite/detail/log_check.h"

#include "core/base/bytes.h"

#include <QFile>
#include <QFileInfo>

namespace kith::sqlite {
namespace {

constexpr std::size_t HeaderSize = 32;
constexpr std::size_t FrameHeaderSize = 24;
constexpr std::size_t FrameSize = FrameHeaderSize + 4096;
constexpr std::uint32_t Magic = 0x377f0682; ///< the last bit: sums are over big-endian words

class Sum {
public:
    explicit Sum(bool isBigEndian)
        : m_isBigEndian(isBigEndian) {}
    void add(ByteView bytes) {
        for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
            m_first += word(bytes) + m_second;
            m_second += word(bytes.subspan(4)) + m_first;
        }
    }
    bool is(ByteView stored) const { return readU32(stored) == m_first && readU32(stored.subspan(4)) == m_second; }

private:
    std::uint32_t word(ByteView bytes) const {
        const std::uint32_t value = readU32(bytes);
        return m_isBigEndian ? value : __builtin_bswap32(value);
    }
    bool m_isBigEndian;
    std::uint32_t m_first = 0;
    std::uint32_t m_second = 0;
};

} // namespace

Result<void> checkLog(const QString& path) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly) || file.size() < static_cast<qint64>(HeaderSize + FrameSize))
        return {};
    const QByteArray content = file.readAll();
    const ByteView log = view(content);
    const auto damaged = [&path] {
        return fail(Code::Corrupt, QStringLiteral("%1 is damaged; restore it from a backup, or move it away to go on "
                                                  "without what was written last")
                                       .arg(QFileInfo(path).fileName()));
    };
    Sum sum((readU32(log) & 1U) != 0);
    sum.add(log.first(24));
    if ((readU32(log) & ~1U) != Magic || !sum.is(log.subspan(24)))
        return damaged();
    const ByteView salts = log.subspan(16, 8);
    bool isGood = true;
    int commits = 0;
    for (std::size_t at = HeaderSize; at + FrameSize <= log.size(); at += FrameSize) {
        const ByteView frame = log.subspan(at, FrameSize);
        const bool isOfThisLog = std::equal(salts.begin(), salts.end(), frame.begin() + 8);
        sum.add(frame.first(8));
        sum.add(frame.subspan(FrameHeaderSize));
        isGood = isGood && isOfThisLog && sum.is(frame.subspan(16));
        const bool isCommit = readU32(frame.subspan(4)) != 0;
        if (!isGood && isOfThisLog && isCommit && ++commits >= 2)
            return damaged();
    }
    return {};
}

} // namespace kith::sqlite
