// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/opened_window.h"
#include "ui/actions/actions.h"
#include "ui/dialogs/keys_dialog.h"

#include <QMenu>
#include <QSet>

namespace kith::test {

using ui::Act;
using ui::ActionRow;
using ui::Actions;

/// One table holds every menu entry and every key.
class TestActions : public QObject {
    Q_OBJECT

    static QStringList namesIn(const QMenu& menu) {
        QStringList names;
        for (const QAction* action : menu.actions())
            if (!action->isSeparator())
                names += action->text();
        return names;
    }
    static QStringList namesOf(ui::Menu menu) {
        QStringList names;
        for (const ActionRow& row : ui::actionTable())
            if (row.menu == menu)
                names += ui::nameOf(row);
        return names;
    }

private Q_SLOTS:
    void everyKeyHasANameAndOneMeaning() {
        QSet<int> acts;
        QStringList keys;
        for (const ActionRow& row : ui::actionTable()) {
            QVERIFY(!ui::bareNameOf(row).isEmpty());
            QVERIFY(!acts.contains(static_cast<int>(row.act)));
            acts.insert(static_cast<int>(row.act));
            for (const QKeySequence& each : row.keys)
                keys += each.toString();
        }
        const qsizetype all = keys.size();
        keys.removeDuplicates();
        QCOMPARE(keys.size(), all);
    }

    void everyActionDoesSomethingAndStandsInAMenu() {
        Opened t;
        const auto& actions = *t.window.findChild<Actions*>();
        for (const ActionRow& row : ui::actionTable()) {
            QVERIFY2(row.opens != ui::Menu::None || actions.isBound(row.act), row.name);
            QVERIFY2(row.menu != ui::Menu::None || row.act == Act::Menu, row.name);
        }
    }

    void theMenuIsTheTable() {
        Opened t;
        QVERIFY(t.unlock());
        QTest::keyClick(&t.window, Qt::Key_F10);
        auto* menu = t.window.findChild<QMenu*>();
        QVERIFY(menu != nullptr);
        QCOMPARE(namesIn(*menu), namesOf(ui::Menu::Main));
        for (const QAction* action : menu->actions())
            for (const ActionRow& row : ui::actionTable())
                if (action->text() == ui::nameOf(row)) {
                    QCOMPARE(action->shortcut(), row.keys.value(0));
                    QCOMPARE(action->icon().isNull(), !row.icon.has_value());
                    if (row.opens != ui::Menu::None)
                        QCOMPARE(namesIn(*action->menu()), namesOf(row.opens));
                }
    }

    void theListOfKeysIsTheTable() {
        ui::Theme theme;
        ui::KeysDialog dialog(theme);
        QStringList shown;
        for (const auto* label : dialog.findChildren<ui::TextLabel*>())
            shown += label->text();
        for (const ActionRow& row : ui::actionTable()) {
            QCOMPARE(shown.contains(ui::bareNameOf(row)), !row.keys.isEmpty());
            for (const QKeySequence& keys : row.keys)
                QVERIFY(shown.join(u'\n').contains(keys.toString(QKeySequence::NativeText)));
        }
    }

    void aKeyOfTheChatsDoesNothingBelowASheet() {
        Opened t;
        QVERIFY(t.unlock());
        QTest::keyClick(&t.window, Qt::Key_Slash, Qt::ControlModifier);
        QVERIFY(t.window.findChild<ui::KeysDialog*>() != nullptr);
        QTest::keyClick(&t.window, Qt::Key_Down, Qt::AltModifier);
        QCOMPARE(t.pane().current(), t.client.conversation);
        t.window.findChild<ui::KeysDialog*>()->close();
        QTest::keyClick(&t.window, Qt::Key_Down, Qt::AltModifier);
        QCOMPARE(t.pane().current(), conversationWith(t.other));
    }

    void oneOfSeveralChoicesIsMarked() {
        Opened t;
        QVERIFY(t.unlock());
        auto& actions = *t.window.findChild<Actions*>();
        actions.run(Act::LookDark);
        QCOMPARE(t.theme.scheme(), ui::Scheme::Dark);
        actions.popUp(ui::Menu::Appearance, {});
        QStringList marked;
        for (const QAction* action : t.window.findChild<QMenu*>()->actions())
            if (action->isChecked())
                marked += action->text();
        QCOMPARE(marked, QStringList{ui::nameOf(ui::rowOf(Act::LookDark))});
    }

    void theMenuOfAMessageOffersWhatCanBeDoneWithIt() {
        Opened t;
        QVERIFY(t.unlock());
        const std::int64_t seq = t.client.receive(QStringLiteral("never left"), true);
        t.client.setState(seq, client::DeliveryState::Failed);
        ui::TimelineView& view = *t.pane().timeline();
        QTRY_COMPARE(view.model()->size(), 21);
        view.openContextMenu(20);
        QStringList names = namesIn(*t.window.findChild<QMenu*>());
        QVERIFY(names.contains(ui::nameOf(ui::rowOf(Act::Retry))));
        QVERIFY(names.contains(ui::nameOf(ui::rowOf(Act::Copy))));
        QVERIFY(!names.contains(ui::nameOf(ui::rowOf(Act::CopyLink))));
        t.window.findChild<Actions*>()->run(Act::Retry);
        QTRY_COMPARE(t.client.rows().back().state, client::DeliveryState::Queued);
    }

    void aMessageIsDeletedOnlyAfterAQuestion() {
        Opened t;
        QVERIFY(t.unlock());
        t.client.receive(QStringLiteral("a slip of the pen"), true);
        ui::TimelineView& view = *t.pane().timeline();
        QTRY_COMPARE(view.model()->size(), 21);
        view.openContextMenu(20);
        t.window.findChild<Actions*>()->run(Act::Delete);
        QCOMPARE(t.client.rows().size(), std::size_t(21));
        QVERIFY(answer(t.window, QStringLiteral("Delete it here")));
        QTRY_COMPARE(view.model()->size(), 20);
        QCOMPARE(t.client.rows().size(), std::size_t(20));
        QVERIFY(t.client.rows().back().text != QStringLiteral("a slip of the pen"));
    }
};

KITH_TEST(TestActions)

} // namespace kith::test

#include "test_actions.moc"
