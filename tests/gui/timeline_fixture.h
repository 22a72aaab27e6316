// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "tests/support/fake_client.h"
#include "tests/support/fakes.h"
#include "ui/models/people_model.h"
#include "ui/models/timeline_model.h"
#include "ui/theme.h"
#include "ui/timeline/timeline_view.h"

#include <QImage>
#include <QLocale>
#include <QTest>
#include <QWheelEvent>

namespace kith::test {

/// A view of 800x700 on a made-up conversation.
struct TimelineFixture {
    explicit TimelineFixture(int rows = 0, int unread = 0, bool group = false)
        : client(group) {
        QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedKingdom));
        client.fill(rows, clock.wall());
        client.know(client.peer, QStringLiteral("Ana"));
        people.begin(client.self, QStringLiteral("Me"));
        model =
            std::make_unique<ui::TimelineModel>(client, people, ui::TimelineModel::Setup{client.conversation, unread});
        view.resize(800, 700);
    }
    ~TimelineFixture() { view.setModel(nullptr); }

    bool open() {
        view.setModel(model.get());
        view.show();
        view.activateWindow();
        view.setFocus();
        model->load();
        return QTest::qWaitForWindowActive(&view) && QTest::qWaitFor([this] { return model->isLoaded(); }) && settle();
    }
    /// Pages are read until all rows are there; the view is where it was.
    bool loadAll() {
        while (model->hasOlder()) {
            const int before = model->size();
            model->need(0, 1);
            while (model->size() == before)
                QCoreApplication::processEvents();
        }
        return settle();
    }
    /// Answers, paints and layouts that are under way are done, and so are those that they cause.
    bool settle() {
        for (int i = 0; i < 30; ++i)
            QCoreApplication::processEvents();
        return true;
    }
    /// What is loaded is a stretch of the conversation as it is, with the right number of rows around it.
    bool isTrue() const {
        const auto& rows = client.rows();
        const auto before = static_cast<std::size_t>(model->rowsBefore());
        const auto size = static_cast<std::size_t>(model->size());
        if (before + size + static_cast<std::size_t>(model->rowsAfter()) != rows.size())
            return false;
        for (std::size_t i = 0; i < size; ++i)
            if (model->row(static_cast<int>(i)).seq != rows[before + i].seq)
                return false;
        return true;
    }
    const ui::TimelineGeometry& geometry() const { return *view.geometry(); }
    int bubbleTopOf(std::int64_t seq) const { return geometry().bubbleTop(model->indexOf(seq)); }
    /// Of the row in the middle of the viewport.
    std::int64_t middleSeq() const { return model->row(geometry().rowAt(350)).seq; }
    int bottomOf(int row) const { return geometry().top(row) + geometry().height(row); }
    QImage picture() { return view.viewport()->grab().toImage(); }
    void pressKey(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier) {
        QTest::keyClick(&view, key, modifiers);
    }
    void wheel(int dy) {
        QWheelEvent event(QPointF(300, 300), view.mapToGlobal(QPointF(300, 300)), QPoint(0, dy), QPoint(0, dy),
                          Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(view.viewport(), &event);
    }
    /// To the middle of what is loaded.
    void scrollToMiddle() {
        view.scrollToMessage(model->row(model->size() / 2).seq);
        view.setCurrentRow(-1);
        settle();
    }

    FakeClient client;
    FakeClock clock{fromMs(1'773'500'000'000)};
    ui::Theme theme;
    ui::Requests requests{client};
    ui::PeopleModel people{requests, theme};
    std::unique_ptr<ui::TimelineModel> model;
    ui::TimelineView view{theme, clock};
};

} // namespace kith::test
