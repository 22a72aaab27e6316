// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/display_text.h"
#include "core/wire/limits.h"
#include "tests/support/test_main.h"

#include <QTest>

using namespace kith;
using client::cleanName;
using client::cleanText;

class TestDisplayText : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aNameIsOneQuietLine_data() {
        QTest::addColumn<QString>("given");
        QTest::addColumn<QString>("clean");
        QTest::newRow("plain") << QStringLiteral("Ann") << QStringLiteral("Ann");
        QTest::newRow("spaces") << QStringLiteral("  Ann \t\n B ") << QStringLiteral("Ann B");
        QTest::newRow("override") << QStringLiteral("Ann\u202eevil") << QStringLiteral("Annevil");
        QTest::newRow("isolates") << QStringLiteral("\u2066A\u2069nn\u200f") << QStringLiteral("Ann");
        QTest::newRow("control") << QStringLiteral("A\x01nn\u0085") << QStringLiteral("A nn");
        QTest::newRow("marks") << QStringLiteral("a\u0301\u0302\u0303\u0304b") << QStringLiteral("a\u0301\u0302b");
        QTest::newRow("half a surrogate pair")
            << QString(QChar(0xd83d)) + QStringLiteral("x") << QStringLiteral("\uFFFDx");
        for (const char16_t blank : {0x200b, 0x3164, 0x2800, 0x00ad, 0x2060, 0x034f, 0x115f, 0x1160, 0xffa0, 0x180e,
                                     0x17b4, 0x200d, 0xfe0f, 0x2062, 0x00a0, 0x3000, 0xfeff, 0x061c})
            QTest::addRow("only U+%04x", blank) << QString(3, QChar(blank)) << QString();
        QTest::newRow("blanks inside") << QStringLiteral("A\u3164n\u00adn") << QStringLiteral("Ann");
        QTest::newRow("a tag alone") << QStringLiteral("\U000E0041\U000E0042") << QString();
        QTest::newRow("family") << QStringLiteral("\U0001F468\u200d\U0001F469 x")
                                << QStringLiteral("\U0001F468\u200d\U0001F469 x");
        QTest::newRow("heart") << QStringLiteral("\u2764\ufe0f") << QStringLiteral("\u2764\ufe0f");
        QTest::newRow("Persian") << QStringLiteral("\u0645\u06cc\u200c\u062e")
                                 << QStringLiteral("\u0645\u06cc\u200c\u062e");
        QTest::newRow("nothing left") << QStringLiteral("\u202e \n") << QString();
    }
    void aNameIsOneQuietLine() {
        QFETCH(const QString, given);
        QFETCH(const QString, clean);
        QCOMPARE(cleanName(given), clean);
        QCOMPARE(cleanName(clean), clean);
    }

    void aLongNameIsCutBetweenCharacters() {
        const QString name = cleanName(QStringLiteral("\U0001F600").repeated(100));
        QVERIFY(name.toUtf8().size() <= static_cast<qsizetype>(wire::limits::NameMax));
        QCOMPARE(name.toUcs4().size() * 2, name.size());
        const QString flag = QStringLiteral("\U0001F1E9\U0001F1EA");
        const QString flags = cleanName(QStringLiteral("abc") + flag.repeated(40));
        QVERIFY(flags.toUtf8().size() <= static_cast<qsizetype>(wire::limits::NameMax));
        QCOMPARE(QString(flags).mid(3).remove(flag), QString());
    }

    void aTextClosesWhatItOpens_data() {
        QTest::addColumn<QString>("given");
        QTest::addColumn<QString>("clean");
        QTest::newRow("plain") << QStringLiteral("a\nb\tc") << QStringLiteral("a\nb\tc");
        QTest::newRow("line ends") << QStringLiteral("a\r\nb\rc") << QStringLiteral("a\nb\nc");
        QTest::newRow("controls") << QStringLiteral("a\x1b[31mb\x7f") << QStringLiteral("a[31mb");
        QTest::newRow("override") << QStringLiteral("\u202eabc") << QStringLiteral("\u202eabc\u202c");
        QTest::newRow("closed already") << QStringLiteral("\u202eabc\u202c") << QStringLiteral("\u202eabc\u202c");
        QTest::newRow("isolate") << QStringLiteral("\u2067abc") << QStringLiteral("\u2067abc\u2069");
        QTest::newRow("innermost first") << QStringLiteral("\u202ea\u2067b")
                                         << QStringLiteral("\u202ea\u2067b\u2069\u202c");
        QTest::newRow("an isolate ends what is in it")
            << QStringLiteral("\u2067a\u202eb\u2069c") << QStringLiteral("\u2067a\u202eb\u2069c");
        QTest::newRow("nothing to close") << QStringLiteral("a\u202cb\u2069c") << QStringLiteral("abc");
    }
    /// Accents of every living script fit; towers that cover the lines above do not.
    void aTextHasFewMarksOnALetter() {
        const QString tower =
            QStringLiteral("a") + QStringLiteral("\u0301").repeated(16'384) + QStringLiteral("b\u0302");
        QCOMPARE(cleanText(tower),
                 QStringLiteral("a") + QStringLiteral("\u0301").repeated(8) + QStringLiteral("b\u0302"));
        QCOMPARE(cleanText(QStringLiteral("\u0301").repeated(5'000)).size(), 8);
    }

    void aTextOfOverridesDoesNotGrow() {
        const QString text = cleanText(QStringLiteral("\u202e").repeated(10'000) + u'a');
        QCOMPARE(text.size(), 16 + 1 + 16);
        QCOMPARE(cleanText(text), text);
    }

    void aTextClosesWhatItOpens() {
        QFETCH(const QString, given);
        QFETCH(const QString, clean);
        QCOMPARE(cleanText(given), clean);
        QCOMPARE(cleanText(clean), clean);
    }
};

KITH_TEST(TestDisplayText)
#include "test_display_text.moc"
