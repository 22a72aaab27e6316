// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "tests/support/fake_client.h"
#include "tests/support/fakes.h"
#include "tests/support/test_main.h"
#include "ui/dialogs/question_dialog.h"
#include "ui/main_window.h"
#include "ui/models/people_model.h"
#include "ui/models/timeline_model.h"
#include "ui/pages/chat_page.h"
#include "ui/pages/chat_pane.h"
#include "ui/timeline/timeline_view.h"
#include "ui/widgets/composer.h"

#include <QDropEvent>
#include <QListView>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QTemporaryDir>
#include <QTest>

namespace kith::test {

class FakeRelay final : public ui::RelayHost {
public:
    const Status& status() const override { return m_status; }
    void refresh() override {}
    Result<void> enable(int) override {
        m_status.isRunning = true;
        return {};
    }
    void disable() override { m_status = {}; }
    void createInvite(const QString&, std::function<void(const Result<QString>&)> done) override {
        done(QStringLiteral("kith://j/example"));
    }
    Status m_status;
};

/// The whole window on a client that makes its answers up: two chats, the one with messages is the latest.
struct Opened {
    Opened()
        : window({client, relay, theme, preferences, clock, desktop, folder.path(), true}) {
        client.fill(20, clock.wall());
        client.lastOpen = client.conversation;
        for (const auto& [account, name] :
             {std::pair{client.peer, QStringLiteral("Ben Ackermann")}, std::pair{other, QStringLiteral("Bea")}}) {
            client::ConversationRow row;
            row.id = conversationWith(account);
            client.conversationRows.push_back(row);
            client.know(account, name);
        }
        window.show();
    }
    bool unlock() {
        auto* field = window.findChild<ui::PassphraseEdit*>();
        window.activateWindow();
        field->setText(QStringLiteral("whatever"));
        QTest::keyClick(field, Qt::Key_Return);
        return QTest::qWaitFor([this] {
            return pane().isOpen() && pane().timeline()->model() != nullptr && pane().timeline()->model()->isLoaded();
        });
    }
    ui::ChatPane& pane() { return page().pane(); }
    QString nameAt(int row) { return page().list().index(row).data().toString(); }
    ui::ChatPage& page() { return *window.findChild<ui::ChatPage*>(); }
    QListView& list() {
        for (auto* view : window.findChildren<QListView*>())
            if (view->model() == &page().list())
                return *view;
        qFatal("there is no list");
    }
    QPlainTextEdit& field() { return *pane().composer()->findChild<QPlainTextEdit*>(); }
    void drop(const QMimeData& data) {
        QDropEvent event(QPointF(500, 300), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(&window, &event);
    }
    bool enters(const QMimeData& data) {
        QDragEnterEvent event(QPoint(500, 300), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        event.setAccepted(false);
        QCoreApplication::sendEvent(&window, &event);
        return event.isAccepted();
    }
    QStringList notices() {
        QStringList texts;
        for (auto* bar : window.findChildren<ui::NoticeBar*>())
            if (bar->isVisible())
                texts += bar->text();
        return texts;
    }

    QTemporaryDir folder;
    FakeClient client;
    FakeRelay relay;
    FakeClock clock{fromMs(1'773'500'000'000)};
    AccountId other = SeededRandom(seed()).id<AccountId>();
    ui::Theme theme;
    ui::Preferences preferences{folder.filePath(QStringLiteral("window.ini"))};
    ui::Desktop desktop{ui::Scheme::Light};
    ui::MainWindow window;
};

/// Presses the answer with this text in the question that is asked.
inline bool answer(QWidget& window, const QString& text) {
    auto* question = window.findChild<ui::QuestionDialog*>();
    for (auto* button : question != nullptr ? question->findChildren<ui::Button*>() : QList<ui::Button*>())
        if (button->text() == text) {
            button->click();
            return true;
        }
    return false;
}

} // namespace kith::test
