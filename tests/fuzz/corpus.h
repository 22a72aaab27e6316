// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QByteArray>
#include <QString>

#include <vector>

namespace kith::test {

/// One committed input: tests/fuzz/corpus/<target>/<name>.
struct Seed {
    QString target;
    QString name;
    QByteArray bytes;
};

/// The inputs made from valid values; the same on every machine. Files named regression-* are not made: each is an
/// input that once broke something.
std::vector<Seed> makeCorpus();

} // namespace kith::test
