// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/test_main.h"
#include "ui/widgets/composer.h"

#include <QApplication>
#include <QClipboard>
#include <QInputMethodEvent>
#include <QMimeData>
#include <QSignalSpy>
#include <QTest>

namespace kith::test {

using ui::Composer;

class TestComposer : public QObject {
    Q_OBJECT

    struct Shown {
        Shown() {
            composer.resize(400, 60);
            composer.show();
        }
        void type(const QString& text) { QTest::keyClicks(composer.edit(), text); }
        void key(Qt::Key key, Qt::KeyboardModifiers modifiers = {}) {
            QTest::keyClick(composer.edit(), key, modifiers);
        }
        void paste(QMimeData* data) {
            QApplication::clipboard()->setMimeData(data);
            composer.edit()->paste();
        }
        ui::Theme theme;
        Composer composer{theme};
        QSignalSpy sent{&composer, &Composer::submitted};
        QSignalSpy drafts{&composer, &Composer::draftChanged};
        QSignalSpy refused{&composer, &Composer::refused};
    };

private Q_SLOTS:
    void enterSendsAndShiftEnterBeginsALine() {
        Shown shown;
        shown.type(QStringLiteral("one"));
        shown.key(Qt::Key_Return, Qt::ShiftModifier);
        shown.type(QStringLiteral("two"));
        QCOMPARE(shown.sent.count(), 0);
        shown.key(Qt::Key_Return);
        QCOMPARE(shown.sent.count(), 1);
        QCOMPARE(shown.sent.front().front().toString(), QStringLiteral("one\ntwo"));
        QCOMPARE(shown.composer.text(), QString());
        shown.key(Qt::Key_Enter, Qt::KeypadModifier); // nothing to send
        QCOMPARE(shown.sent.count(), 1);
        shown.composer.edit()->undo(); // sent by mistake: the words come back
        QCOMPARE(shown.composer.text(), QStringLiteral("one\ntwo"));
    }

    void composingWithAnInputMethodSendsNothing() {
        Shown shown;
        QInputMethodEvent composing(QStringLiteral("ni"), {});
        QCoreApplication::sendEvent(shown.composer.edit(), &composing);
        QCOMPARE(shown.sent.count(), 0);
        QInputMethodEvent chosen(QString(), {});
        chosen.setCommitString(QStringLiteral("\u4f60"));
        QCoreApplication::sendEvent(shown.composer.edit(), &chosen);
        QCOMPARE(shown.sent.count(), 0);
        QCOMPARE(shown.composer.text(), QStringLiteral("\u4f60"));
    }

    void itGrowsFromOneToEightLines() {
        Shown shown;
        const int one = shown.composer.edit()->height();
        int last = one;
        for (int line = 2; line <= 8; ++line) {
            shown.key(Qt::Key_Return, Qt::ShiftModifier);
            QVERIFY(shown.composer.edit()->height() > last);
            last = shown.composer.edit()->height();
        }
        shown.key(Qt::Key_Return, Qt::ShiftModifier);
        QCOMPARE(shown.composer.edit()->height(), last);
        shown.composer.setText({});
        QCOMPARE(shown.composer.edit()->height(), one);
    }

    void aDraftIsToldSoonAndItsEndAtOnce() {
        Shown shown;
        shown.type(QStringLiteral("half a thought"));
        QVERIFY(shown.drafts.wait());
        QCOMPARE(shown.drafts.back().front().toString(), QStringLiteral("half a thought"));
        shown.composer.edit()->selectAll();
        const auto told = shown.drafts.count();
        shown.key(Qt::Key_Delete);
        QCOMPARE(shown.drafts.count(), told + 1);
        QCOMPARE(shown.drafts.back().front().toString(), QString());
        shown.composer.setText(QStringLiteral("of another chat"));
        QCOMPARE(shown.drafts.count(), told + 1);
    }

    void whatIsPastedIsPlainAndNeitherHugeNorAFile() {
        Shown shown;
        auto* rich = new QMimeData;
        rich->setHtml(QStringLiteral("<b>bold</b>"));
        rich->setText(QStringLiteral("bold"));
        shown.paste(rich);
        QCOMPARE(shown.composer.text(), QStringLiteral("bold"));
        auto* huge = new QMimeData;
        huge->setText(QString(1'000'000, u'x'));
        shown.paste(huge);
        QCOMPARE(shown.refused.count(), 1);
        auto* folder = new QMimeData;
        folder->setUrls({QUrl::fromLocalFile(QStringLiteral("/tmp"))});
        shown.paste(folder);
        QCOMPARE(shown.refused.count(), 2);
        QCOMPARE(shown.composer.text(), QStringLiteral("bold")); // nothing is lost
    }
};

KITH_TEST(TestComposer)

} // namespace kith::test

#include "test_composer.moc"
