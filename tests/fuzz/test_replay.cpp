// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/corpus.h"
#include "tests/support/fakes.h"
#include "tests/support/test_main.h"

#include <QDir>
#include <QTest>

#include <csignal>
#include <unistd.h>

extern "C" {
int fuzz_frames(const std::uint8_t* data, std::size_t size);
int fuzz_links(const std::uint8_t* data, std::size_t size);
int fuzz_content(const std::uint8_t* data, std::size_t size);
int fuzz_seals(const std::uint8_t* data, std::size_t size);
int fuzz_manifests(const std::uint8_t* data, std::size_t size);
int fuzz_cards(const std::uint8_t* data, std::size_t size);
int fuzz_descriptors(const std::uint8_t* data, std::size_t size);
int fuzz_key_slots(const std::uint8_t* data, std::size_t size);
int fuzz_http_heads(const std::uint8_t* data, std::size_t size);
int fuzz_message_links(const std::uint8_t* data, std::size_t size);
int fuzz_engine(const std::uint8_t* data, std::size_t size);
int fuzz_pushes(const std::uint8_t* data, std::size_t size);
}

using namespace kith;

namespace {

constexpr qsizetype SeedMax = 4 * 1024;
constexpr qsizetype CorpusMax = 200 * 1024;

struct Target {
    const char* name;
    int (*run)(const std::uint8_t*, std::size_t);
    int mutations; ///< by what one run costs
};
constexpr Target Targets[] = {
    {"frames", fuzz_frames, 3'000},
    {"links", fuzz_links, 3'000},
    {"content", fuzz_content, 3'000},
    {"seals", fuzz_seals, 1'000},
    {"manifests", fuzz_manifests, 1'000},
    {"cards", fuzz_cards, 1'000},
    {"descriptors", fuzz_descriptors, 1'000},
    {"key_slots", fuzz_key_slots, 500},
    {"http_heads", fuzz_http_heads, 3'000},
    {"message_links", fuzz_message_links, 3'000},
    {"engine", fuzz_engine, 300},
    {"pushes", fuzz_pushes, 300},
};

QDir corpusOf(const QString& target) {
    return QDir(QStringLiteral("tests/fuzz/corpus/") + target);
}

QByteArray readSeed(const QDir& folder, const QString& name) {
    QFile file(folder.filePath(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// What is being replayed, for the handler: a broken promise ends the process.
char running[256];

void tellAndEnd(int signal) {
    [[maybe_unused]] const auto written = write(STDERR_FILENO, running, strlen(running));
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

/// A few changes: bytes set, flipped, taken out, put in; the end cut off; a piece of another seed behind.
QByteArray changed(Random& random, QByteArray bytes, const QByteArray& other) {
    const auto position = [&](qsizetype size) {
        return static_cast<qsizetype>(random.below(static_cast<std::uint64_t>(size) + 1));
    };
    for (std::uint64_t i = random.below(4) + 1; i > 0; --i) {
        const qsizetype at = position(bytes.size());
        switch (random.below(6)) {
        case 0:
            bytes.insert(at, random.bytes(random.below(4) + 1));
            break;
        case 1:
            bytes.remove(at, position(8));
            break;
        case 2:
            bytes.truncate(at);
            break;
        case 3:
            bytes = bytes.left(at) + other.mid(position(other.size()));
            break;
        default:
            if (at < bytes.size())
                bytes[at] = static_cast<char>(random.below(2) == 0 ? random.below(256)
                                                                   : std::uint8_t(bytes[at]) ^ 1U << random.below(8));
        }
    }
    return bytes;
}

} // namespace

/// The seeds of every fuzz target, and changes of them that KITH_TEST_SEED repeats, without libFuzzer.
class TestReplay : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() {
        std::signal(SIGABRT, tellAndEnd);
        std::signal(SIGSEGV, tellAndEnd);
    }
    void theSeedsAreWhatTheGeneratorMakes() {
        const bool isUpdate = qEnvironmentVariableIntValue("KITH_UPDATE_DUMPS") == 1;
        QStringList made;
        for (const test::Seed& seed : test::makeCorpus()) {
            const QDir folder = corpusOf(seed.target);
            if (isUpdate) {
                QFile file(folder.filePath(seed.name));
                QVERIFY(folder.mkpath(QStringLiteral(".")) && file.open(QIODevice::WriteOnly) &&
                        file.write(seed.bytes) == seed.bytes.size());
            }
            made.append(seed.target + u'/' + seed.name);
            QVERIFY2(readSeed(folder, seed.name) == seed.bytes, qPrintable(made.last()));
        }
        qsizetype total = 0;
        for (const Target& target : Targets)
            for (const QFileInfo& file : corpusOf(QLatin1String(target.name)).entryInfoList(QDir::Files)) {
                const QString name = QLatin1String(target.name) + u'/' + file.fileName();
                QVERIFY2(file.fileName().startsWith(QLatin1String("regression-")) || made.contains(name),
                         qPrintable(name));
                QVERIFY2(file.size() <= SeedMax, qPrintable(name));
                total += file.size();
            }
        QVERIFY(total <= CorpusMax);
    }
    void everySeedAndItsChangesKeepThePromises_data() {
        QTest::addColumn<int>("index");
        for (int i = 0; i < static_cast<int>(std::size(Targets)); ++i)
            QTest::newRow(Targets[i].name) << i;
    }
    void everySeedAndItsChangesKeepThePromises() {
        QFETCH(int, index);
        const Target& target = Targets[index];
        const QDir folder = corpusOf(QLatin1String(target.name));
        const QStringList names = folder.entryList(QDir::Files, QDir::Name);
        QVERIFY(!names.isEmpty());
        std::vector<QByteArray> seeds;
        for (const QString& name : names)
            seeds.push_back(readSeed(folder, name));
        test::SeededRandom random(test::seed());
        for (std::size_t i = 0; i < seeds.size() + static_cast<std::size_t>(target.mutations); ++i) {
            const std::size_t which = i % seeds.size();
            const bool isChanged = i >= seeds.size();
            QByteArray input = seeds[which];
            if (isChanged)
                input = changed(random, input, seeds[random.below(seeds.size())]);
            std::snprintf(running, sizeof running, "broken by %s/%s, run %zu%s\nKITH_TEST_SEED=%llu\n", target.name,
                          qPrintable(names[static_cast<qsizetype>(which)]), i, isChanged ? ", changed" : "",
                          test::seed());
            target.run(reinterpret_cast<const std::uint8_t*>(input.constData()),
                       static_cast<std::size_t>(input.size()));
        }
    }
};
KITH_TEST(TestReplay)
#include "test_replay.moc"
