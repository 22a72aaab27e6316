// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/opened_window.h"
#include "ui/dialogs/add_dialog.h"
#include "ui/dialogs/keys_dialog.h"
#include "ui/dialogs/self_dialog.h"
#include "ui/style.h"
#include "ui/widgets/code_panel.h"
#include "ui/widgets/side_header.h"

#include <QApplication>
#include <QBuffer>
#include <QMenu>
#include <QPdfWriter>
#include <QPointer>
#include <QScrollArea>
#include <QScrollBar>
#include <QStyleOptionMenuItem>

namespace kith::test {

/// Menus and sheets are the program's own (look.md, principle 4).
class TestSheets : public QObject {
    Q_OBJECT

    template <typename Sheet>
    static Sheet* shown(Opened& t) {
        for (auto* sheet : t.window.findChildren<Sheet*>())
            if (sheet->isVisible())
                return sheet;
        return nullptr;
    }
    static void press(Opened& t, Qt::Key key, Qt::KeyboardModifiers held = Qt::NoModifier) {
        QWidget* focus = QApplication::focusWidget();
        QTest::keyClick(focus != nullptr ? focus : &t.window, key, held);
    }
    static QScrollArea* paperOf(QWidget& sheet) {
        return qobject_cast<QScrollArea*>(sheet.parentWidget()->parentWidget());
    }

private Q_SLOTS:
    void theFocusStaysInsideAndGoesBack() {
        Opened t;
        QVERIFY(t.unlock());
        t.pane().focusComposer();
        QPointer<QWidget> before = QApplication::focusWidget();
        press(t, Qt::Key_N, Qt::ControlModifier);
        auto* sheet = shown<ui::AddDialog>(t);
        QVERIFY(sheet != nullptr);
        QSet<QWidget*> reached;
        for (int i = 0; i < 12; ++i) {
            press(t, Qt::Key_Tab);
            QVERIFY(sheet->isAncestorOf(QApplication::focusWidget()));
            reached.insert(QApplication::focusWidget());
        }
        QVERIFY(reached.size() >= 4);
        press(t, Qt::Key_Backtab, Qt::ShiftModifier);
        QVERIFY(sheet->isAncestorOf(QApplication::focusWidget()));
        t.page().openConversation(conversationWith(t.other)); // what happens below takes no keys
        QVERIFY(sheet->isAncestorOf(QApplication::focusWidget()));
        press(t, Qt::Key_Escape);
        QTRY_VERIFY(shown<ui::AddDialog>(t) == nullptr);
        QCOMPARE(QApplication::focusWidget(), before.data());
    }

    void whatLiesBelowTakesNeitherKeysNorClicks() {
        Opened t;
        QVERIFY(t.unlock());
        const auto open = t.pane().current();
        press(t, Qt::Key_Slash, Qt::ControlModifier);
        QVERIFY(shown<ui::KeysDialog>(t) != nullptr);
        for (int i = 0; i < 5; ++i)
            QCoreApplication::processEvents();
        QCOMPARE(paperOf(*shown<ui::KeysDialog>(t))->verticalScrollBar()->value(), 0); // it begins at its beginning
        press(t, Qt::Key_Down, Qt::AltModifier);                                       // the next chat
        press(t, Qt::Key_N, Qt::ControlModifier);
        QTest::mouseClick(t.window.childAt(40, 200), Qt::LeftButton);
        QCoreApplication::processEvents();
        QCOMPARE(t.pane().current(), open);
        QVERIFY(shown<ui::AddDialog>(t) == nullptr);
        QVERIFY(shown<ui::KeysDialog>(t) != nullptr);
    }

    void aSheetIsAsHighAsItsContentAndNoHigherThanTheWindow() {
        Opened t;
        QVERIFY(t.unlock());
        t.window.resize(1'000, 800);
        press(t, Qt::Key_N, Qt::ControlModifier);
        auto* sheet = shown<ui::AddDialog>(t);
        QVERIFY(sheet != nullptr);
        QTRY_COMPARE(paperOf(*sheet)->verticalScrollBar()->maximum(), 0);
        QVERIFY(t.window.rect().contains(QRect(sheet->mapTo(&t.window, QPoint()), sheet->size())));
        t.window.resize(420, 320);
        QTRY_VERIFY(paperOf(*sheet)->verticalScrollBar()->maximum() > 0);
        const QRect paper(paperOf(*sheet)->mapTo(&t.window, QPoint()), paperOf(*sheet)->size());
        QVERIFY(t.window.rect().contains(paper));
        QVERIFY(sheet->width() <= paper.width());
        t.theme.setScale(2);
        QTRY_VERIFY(sheet->width() <= t.window.width());
    }

    void whoOneIsStandsAboveTheListAndTellsMore() {
        Opened t;
        QVERIFY(t.unlock());
        auto* self = t.window.findChild<ui::SelfButton*>();
        QVERIFY(self->accessibleName().contains(QLatin1String("You")));
        QVERIFY(!self->accessibleDescription().isEmpty());
        self->setFocus();
        press(t, Qt::Key_Return);
        QTRY_VERIFY(shown<ui::SelfDialog>(t) != nullptr);
        press(t, Qt::Key_Escape);
        QTRY_VERIFY(shown<ui::SelfDialog>(t) == nullptr);
    }

    void rowsOfMenusAreEasyToHit() {
        const ui::KithStyle style;
        QMenu menu;
        menu.addAction(QStringLiteral("Copy"));
        menu.addSeparator();
        QStyleOptionMenuItem item;
        item.fontMetrics = QFontMetrics(QApplication::font());
        item.menuItemType = QStyleOptionMenuItem::Normal;
        QCOMPARE(style.sizeFromContents(QStyle::CT_MenuItem, &item, {40, 16}, &menu).height(), 34);
        QFont large = QApplication::font();
        large.setPixelSize(30);
        item.fontMetrics = QFontMetrics(large);
        QVERIFY(style.sizeFromContents(QStyle::CT_MenuItem, &item, {40, 30}, &menu).height() >=
                QFontMetrics(large).height() + 10);
        QStyleHintReturnMask mask;
        QStyleOption option;
        option.rect = QRect(0, 0, 200, 100);
        QVERIFY(style.styleHint(QStyle::SH_Menu_Mask, &option, &menu, &mask) != 0);
        QVERIFY(!mask.region.contains(QPoint(1, 1)) && mask.region.contains(QPoint(100, 1)));
    }

    void aRecoveryCodeStandsInGroupsAndFitsOnAPage() {
        const QString code = QStringLiteral("aaaa-bbbb-cccc-dddd-eeee-ffff-gggg");
        QCOMPARE(ui::groupedCode(code), QStringLiteral("aaaa  bbbb  cccc  dddd\neeee  ffff  gggg"));
        ui::Theme theme;
        ui::CodePanel panel(theme);
        panel.setCode(code);
        QCOMPARE(panel.code(), code); // what is copied has no line break
        panel.clear();
        for (auto* label : panel.findChildren<QLabel*>())
            QVERIFY(label->text().isEmpty() && label->accessibleName().isEmpty());
        QBuffer page;
        QVERIFY(page.open(QIODevice::WriteOnly));
        {
            QPdfWriter writer(&page);
            ui::drawCodePage(writer, QStringLiteral("Ana"), code);
        }
        QVERIFY(page.data().startsWith("%PDF"));
        QCOMPARE(page.data().count("/Type /Page\n"), 1);
    }
};

KITH_TEST(TestSheets)

} // namespace kith::test

#include "test_sheets.moc"
