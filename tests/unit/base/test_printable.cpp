// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/printable.h"
#include "tests/support/test_main.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace kith;

class TestPrintable : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatIsSeenStaysAsItIs() {
        for (const QString& text : {QStringLiteral("hello, \"world\" \\ 5 €"), QStringLiteral("مرحبا"),
                                    QStringLiteral("👩\u200d👩\u200d👧"), QStringLiteral("e\u0301")})
            QCOMPARE(printable(text), text);
    }
    void whatForgesOrHidesIsSpelled() {
        QCOMPARE(printable(QStringLiteral("a\nb\r\x1b[2J")), QStringLiteral("a\\nb\\u000d\\u001b[2J"));
        QCOMPARE(printable(QStringLiteral("\u202e\u2066\u2028\u2029\u0085\u009b\ufeff\u00ad")),
                 QStringLiteral("\\u202e\\u2066\\u2028\\u2029\\u0085\\u009b\\ufeff\\u00ad"));
        QCOMPARE(printable(QStringLiteral("\U000e0041")), QStringLiteral("\\udb40\\udc41"));
        QCOMPARE(printable(QString(QChar(0xd800))), QStringLiteral("\\ud800"));
    }
    void aLineOfJsonStaysTheSameJson() {
        const QJsonArray before{QStringLiteral("a\n\"\\\u202e\u2028\U000e0041\u0007")};
        const QByteArray line = QJsonDocument(before).toJson(QJsonDocument::Compact);
        const QString safe = printable(QString::fromUtf8(line));
        QVERIFY(!safe.contains(QChar(0x202e)));
        QCOMPARE(QJsonDocument::fromJson(safe.toUtf8()).array(), before);
    }
};
KITH_TEST(TestPrintable)
#include "test_printable.moc"
