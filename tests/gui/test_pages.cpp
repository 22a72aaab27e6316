// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/fake_client.h"
#include "tests/support/test_main.h"
#include "ui/dialogs/question_dialog.h"
#include "ui/dialogs/safety_dialog.h"
#include "ui/models/people_model.h"
#include "ui/pages/unlock_page.h"
#include "ui/pages/welcome_page.h"

#include <QScrollArea>
#include <QScrollBar>
#include <QTest>

namespace kith::test {

/// The pages and dialogs by themselves, with letters of twice the size.
class TestPages : public QObject {
    Q_OBJECT

    /// Every line of the texts on a page has its room.
    static void verifyNothingIsCut(QWidget& page) {
        for (auto* label : page.findChildren<ui::TextLabel*>()) {
            if (!label->isVisible())
                continue;
            QVERIFY2(label->height() >= label->heightForWidth(label->width()), qPrintable(label->text()));
            QVERIFY2(label->width() <= page.width(), qPrintable(label->text()));
        }
    }

    static QLineEdit* nameField(QWidget& page) {
        for (auto* field : page.findChildren<QLineEdit*>())
            if (field->accessibleName() == QLatin1String("Your name"))
                return field;
        return nullptr;
    }

private Q_SLOTS:
    void aPageScrollsWhereTheWindowIsTooLow() {
        FakeClient client;
        ui::Requests requests(client);
        ui::Theme theme;
        theme.setScale(2);
        ui::WelcomePage page(theme, requests, QStringLiteral("/a/folder"));
        page.resize(600, 320);
        page.show();
        QVERIFY(QTest::qWaitForWindowExposed(&page));
        QScrollBar* bar = nullptr;
        for (auto* area : page.findChildren<QScrollArea*>())
            if (area->isVisible()) // the other one holds the next step
                bar = area->verticalScrollBar();
        QVERIFY(bar != nullptr && bar->maximum() > 0);
        verifyNothingIsCut(page);
        // The keyboard brings what it reaches into view.
        page.setFocus();
        for (int i = 0; i < 4; ++i)
            QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
        QVERIFY(bar->value() > 0);
        theme.setScale(1);
        page.resize(800, 700);
        QTRY_COMPARE(bar->maximum(), 0);
    }

    void aWeakPassphraseIsTakenOnlyAfterAWarning() {
        FakeClient client;
        ui::Requests requests(client);
        ui::Theme theme;
        ui::WelcomePage page(theme, requests, QStringLiteral("/a/folder"));
        page.resize(800, 700);
        page.show();
        auto* name = nameField(page);
        const auto fields = page.findChildren<ui::PassphraseEdit*>();
        QCOMPARE(fields.size(), 2);
        const auto write = [&](const QString& passphrase) {
            for (auto* field : fields)
                field->setText(passphrase);
        };
        name->setText(QStringLiteral("Ana"));
        write(QStringLiteral("secret"));
        QTest::keyClick(fields[1], Qt::Key_Return);
        QCOMPARE(client.profilesAsked, 0);
        QVERIFY(page.findChild<ui::NoticeBar*>()->isVisible());
        write(QStringLiteral("password1")); // another one, another warning
        QVERIFY(!page.findChild<ui::NoticeBar*>()->isVisible());
        QTest::keyClick(fields[1], Qt::Key_Return);
        QCOMPARE(client.profilesAsked, 0);
        QTest::keyClick(fields[1], Qt::Key_Return);
        QCOMPARE(client.profilesAsked, 1);
    }

    void aPassphraseIsTypedTwiceAndTheCodeOnce() {
        FakeClient client;
        client.created.emplace().recoveryCode = QStringLiteral("AAAA-BBBB CCCC-D1E2");
        ui::Requests requests(client);
        ui::Theme theme;
        ui::WelcomePage page(theme, requests, QStringLiteral("/a/folder"));
        page.resize(800, 700);
        page.show();
        const auto button = [&](const char* text) {
            for (auto* each : page.findChildren<ui::Button*>())
                if (each->text() == QLatin1String(text) && each->isVisible())
                    return each;
            return static_cast<ui::Button*>(nullptr);
        };
        const auto fields = page.findChildren<ui::PassphraseEdit*>();
        nameField(page)->setText(QStringLiteral("Ana"));
        fields[0]->setText(QStringLiteral("correct horse battery staple"));
        fields[1]->setText(QStringLiteral("correct horse battery stable"));
        QVERIFY(!button("Create my profile")->isEnabled());
        QTest::keyClick(fields[1], Qt::Key_Return);
        QCOMPARE(client.profilesAsked, 0);
        fields[1]->setText(fields[0]->text());
        int finished = 0;
        connect(&page, &ui::WelcomePage::finished, this, [&] { ++finished; });
        button("Create my profile")->click();
        QTRY_VERIFY(button("I have written it down") != nullptr);
        QStringList shown;
        for (auto* label : page.findChildren<ui::TextLabel*>())
            if (label->isVisible())
                shown += QString(label->text()).remove(QChar(0x200b));
        QVERIFY(shown.join(u' ').contains(QLatin1String("/a/folder")));
        QVERIFY(shown.join(u' ').contains(QLatin1String("D1E2")));
        QVERIFY(button("Show the folder") != nullptr);
        button("I have written it down")->click();
        QVERIFY(button("Go on") != nullptr && !button("Go on")->isEnabled());
        for (auto* label : page.findChildren<ui::TextLabel*>())
            QVERIFY(!label->isVisible() || !label->text().contains(QLatin1String("D1E2")));
        QLineEdit* last = nullptr;
        for (auto* field : page.findChildren<QLineEdit*>())
            if (field->isVisible())
                last = field;
        QVERIFY(last != nullptr);
        const auto isCalledWrong = [&] {
            const auto labels = page.findChildren<ui::TextLabel*>();
            return std::any_of(labels.begin(), labels.end(), [](const ui::TextLabel* label) {
                return label->isVisible() && label->text().contains(QLatin1String("not its last group"));
            });
        };
        last->setText(QStringLiteral("D1"));
        QVERIFY(!isCalledWrong()); // it is not all of it
        last->setText(QStringLiteral("D1E3"));
        QVERIFY(isCalledWrong());
        QTest::keyClick(last, Qt::Key_Return);
        QCOMPARE(finished, 0);
        button("Show the code again")->click();
        button("I have written it down")->click();
        last->setText(QStringLiteral(" d1e2 "));
        QTest::keyClick(last, Qt::Key_Return);
        QCOMPARE(finished, 1);
    }

    void aQuestionHasRoomForItsText() {
        ui::Theme theme;
        theme.setScale(2);
        QWidget parent;
        ui::QuestionDialog question(theme, QStringLiteral("Are you sure of it?"),
                                    QStringLiteral("Many words about what will happen then. ").repeated(6), &parent);
        question.setAttribute(Qt::WA_DeleteOnClose, false);
        question.addAnswer(ui::ButtonKind::Primary, QStringLiteral("Yes"), [] {});
        parent.resize(900, 900);
        parent.show();
        question.show();
        QVERIFY(QTest::qWaitForWindowExposed(&parent));
        verifyNothingIsCut(question);
    }

    void numbersThatDifferAreNeverMarkedAsCompared() {
        FakeClient client;
        client.isVerified = true;
        ui::Requests requests(client);
        ui::Theme theme;
        const ui::PeopleModel people(requests, theme);
        ui::SafetyDialog dialog(theme, requests, people, client.peer);
        dialog.show();
        const auto button = [&](const char* text) {
            for (auto* each : dialog.findChildren<ui::Button*>())
                if (each->text().contains(QLatin1String(text)) && each->isVisible())
                    return each;
            return static_cast<ui::Button*>(nullptr);
        };
        QTRY_VERIFY(button("Take that back") != nullptr);
        QVERIFY(button("are the same") == nullptr);
        button("differ")->click();
        QTRY_VERIFY(!client.isVerified);
        QTRY_VERIFY(button("are the same") != nullptr);
        verifyNothingIsCut(dialog);
        button("are the same")->click();
        QTRY_VERIFY(client.isVerified);
    }
};

KITH_TEST(TestPages)

} // namespace kith::test

#include "test_pages.moc"
