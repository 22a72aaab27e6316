// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures for people: KITH_RENDER_DIR=FOLDER build/dev/bin/gui RenderTimeline
#include "tests/support/fake_client.h"
#include "tests/support/fakes.h"
#include "tests/support/sample_text.h"
#include "tests/support/test_main.h"
#include "ui/models/people_model.h"
#include "ui/models/timeline_model.h"
#include "ui/theme.h"
#include "ui/timeline/timeline_view.h"
#include "ui/widgets/avatar.h"

#include <QDir>
#include <QLocale>
#include <QPainter>
#include <QPixmap>
#include <QTest>

#include <QApplication>

namespace kith::test {

using client::DeliveryState;
using ui::TimelineModel;
using ui::TimelineView;

namespace {

constexpr const char16_t* Hebrew =
    u"\u05d4\u05d9\u05d9, \u05e0\u05e4\u05d2\u05e9\u05d9\u05dd \u05de\u05d7\u05e8 \u05d1\u05ea\u05d7\u05e0\u05d4?";
constexpr const char16_t* HebrewLong =
    u"\u05d0\u05e0\u05d9 \u05d7\u05d5\u05e9\u05d1 \u05e9\u05db\u05d3\u05d0\u05d9 \u05dc\u05e6\u05d0\u05ea "
    u"\u05de\u05d5\u05e7\u05d3\u05dd, \u05db\u05d9 "
    u"\u05d4\u05e8\u05db\u05d1\u05ea \u05e9\u05dc 8:15 \u05ea\u05de\u05d9\u05d3 \u05de\u05dc\u05d0\u05d4 "
    u"\u05d1\u05d9\u05de\u05d9 \u05e8\u05d0\u05e9\u05d5\u05df, \u05d5\u05d0\u05d7\u05e8\u05d9\u05d4 \u05d9\u05e9 "
    u"https://a.example/trains \u05e8\u05e7 \u05d1-9:40.";

struct Script {
    FakeClient& client;
    WallTime now;

    std::int64_t say(bool own, const QString& text, int afterSeconds, DeliveryState state = DeliveryState::Read) {
        now += Millis(1'000 * afterSeconds);
        client::TimelineRow row;
        row.sender = own ? client.self : client.peer;
        row.text = text;
        row.sent = now;
        row.state = own ? state : DeliveryState::None;
        return client.put(row);
    }
};

void conversation(FakeClient& client, WallTime start, bool rightToLeft) {
    Script s{client, start};
    const auto u = [](const char16_t* text) { return QString::fromUtf16(text); };
    s.say(false, QStringLiteral("Did you get home all right?"), 0);
    s.say(true, QStringLiteral("Yes, just now"), 70);
    s.say(true, u(u"The last train was full of people with snowboards \U0001F602"), 20);
    s.say(true, QStringLiteral("Good night!"), 30);
    s.say(false, u(u"\U0001F634"), 60);
    s.say(false,
          QStringLiteral("Morning. I found the article about letter locking that I told you about: "
                         "https://a.example/letters/2026?from=feed#locking. They folded and cut the paper so that "
                         "nobody could read it without tearing it."),
          30'000);
    s.say(true, QStringLiteral("That is lovely"), 100);
    s.say(false, rightToLeft ? u(Hebrew) : QStringLiteral("Meet at 11:11 or at 20:48?"), 400);
    if (rightToLeft)
        s.say(true, u(HebrewLong), 60);
    client::TimelineRow gap;
    gap.kind = client::RowKind::Gap;
    gap.sender = client.peer;
    gap.sent = s.now + Millis(60'000);
    client.put(gap);
    s.say(true, QStringLiteral("20:48. First line\nand a second one that is somewhat longer than the first"), 300,
          DeliveryState::Delivered);
    s.say(false, u(u"\u2764\ufe0f\U0001F44D\U0001F3FD"), 60);
    s.say(true, QStringLiteral("11:11"), 200, DeliveryState::Accepted);
    s.say(true, QStringLiteral("This one could not go"), 10, DeliveryState::Failed);
    s.say(true, QStringLiteral("And this one waits for the network"), 10, DeliveryState::Queued);
}

struct Window {
    Window(int width, int height, ui::Scheme scheme, qreal scale, bool group)
        : client(group)
        , theme(scheme) {
        theme.setScale(scale);
        ui::applyTheme(*qobject_cast<QApplication*>(QCoreApplication::instance()), theme);
        view.resize(width, height);
    }
    void open(int unread = 0) {
        client.know(client.peer, peerName);
        people.begin(client.self, {});
        model = std::make_unique<TimelineModel>(client, people, TimelineModel::Setup{client.conversation, unread});
        view.setModel(model.get());
        view.show();
        view.activateWindow();
        view.setFocus();
        model->load();
        QVERIFY(QTest::qWaitFor([this] { return model->isLoaded(); }));
        for (int i = 0; i < 50; ++i)
            QCoreApplication::processEvents();
    }
    ~Window() { view.setModel(nullptr); }
    void save(const char* name) {
        const QDir folder(qEnvironmentVariable("KITH_RENDER_DIR"));
        QVERIFY(view.grab().save(folder.filePath(QLatin1String(name) + QStringLiteral(".png"))));
    }

    FakeClient client;
    FakeClock clock{fromMs(1'773'500'000'000)};
    ui::Theme theme;
    ui::Requests requests{client};
    ui::PeopleModel people{requests, theme};
    QString peerName = QStringLiteral("Ana");
    std::unique_ptr<TimelineModel> model;
    TimelineView view{theme, clock};
};

} // namespace

class RenderTimeline : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedKingdom)); }

    void plain_data() {
        QTest::addColumn<int>("scheme");
        QTest::addColumn<double>("scale");
        QTest::newRow("light") << 0 << 1.0;
        QTest::newRow("dark") << 1 << 1.0;
        QTest::newRow("light-200") << 0 << 2.0;
        QTest::newRow("dark-80") << 1 << 0.8;
    }
    void plain() {
        QFETCH(int, scheme);
        QFETCH(double, scale);
        Window w(760, 900, static_cast<ui::Scheme>(scheme), scale, false);
        conversation(w.client, start(w), false);
        w.open(1);
        w.save(QTest::currentDataTag());
    }

    void rightToLeft() {
        Window w(760, 900, ui::Scheme::Light, 1, false);
        conversation(w.client, start(w), true);
        w.open();
        w.save("hebrew");
        w.view.setLayoutDirection(Qt::RightToLeft);
        QCoreApplication::processEvents();
        w.save("hebrew-mirrored");
    }

    void group() {
        Window w(420, 700, ui::Scheme::Dark, 1, true);
        w.peerName = QStringLiteral("Wolfeschlegelsteinhausenbergerdorff of the very long names and titles, senior");
        conversation(w.client, start(w), false);
        w.open();
        w.view.setCurrentRow(w.model->size() - 3);
        w.save("group-narrow");
    }

    void replies_data() {
        QTest::addColumn<int>("scheme");
        QTest::addColumn<double>("scale");
        QTest::addColumn<bool>("isMirrored");
        QTest::newRow("replies-light") << 0 << 1.0 << false;
        QTest::newRow("replies-dark") << 1 << 1.0 << false;
        QTest::newRow("replies-200") << 0 << 2.0 << false;
        QTest::newRow("replies-mirrored") << 1 << 1.0 << true;
    }
    void replies() {
        QFETCH(int, scheme);
        QFETCH(double, scale);
        QFETCH(bool, isMirrored);
        Window w(560, 760, static_cast<ui::Scheme>(scheme), scale, true);
        w.client.know(w.client.peer, QStringLiteral("Mara Lindqvist"));
        w.client.fill(3, w.clock.wall());
        w.open();
        const std::int64_t asked =
            w.client.receive(QString::fromUtf16(u"Train tickets are booked \u2705 We leave at 7:42"));
        w.client.reply(asked, QStringLiteral("Wonderful!"), true);
        w.client.reply(w.client.receive(QStringLiteral("word ").repeated(60)), QString::fromUtf16(u"\U0001F600"));
        w.client.reply(w.client.receive(QString::fromUtf16(Hebrew)), QString::fromUtf16(Hebrew));
        client::TimelineRow lost = w.client.full(w.client.rows().size() - 1);
        lost.replyTo->second.data()[0] = 99;
        lost.sent += Millis(1'000);
        lost.text = QStringLiteral("No idea");
        lost.seq = 9'000;
        lost.quote.reset();
        Q_EMIT w.client.eventsAppended(
            {lost.seq, lost.seq, {{client::Change::Kind::MessageAdded, lost.seq, lost.conversation, lost, {}}}});
        w.view.setLayoutDirection(isMirrored ? Qt::RightToLeft : Qt::LeftToRight);
        for (int i = 0; i < 50; ++i)
            QCoreApplication::processEvents();
        w.save(QTest::currentDataTag());
    }

    void selectedAndLong() {
        Window w(760, 700, ui::Scheme::Light, 1, false);
        Script s{w.client, start(w)};
        s.say(false, sampleText(7), 0);
        s.say(true, QStringLiteral("A long one:\n") + sampleText(4).repeated(30), 60);
        s.say(true, QStringLiteral("Short"), 60);
        s.say(false, QStringLiteral("See https://a.example/x"), 60);
        s.say(false, QString::fromUtf16(Hebrew), 10);
        s.say(true, QStringLiteral("a") + QString(60, QChar(0x0301)) + QStringLiteral(" marks"), 60);
        w.open();
        w.view.selectAll();
        w.view.setCurrentRow(3);
        w.save("selected");
    }

    void scrolledUp() {
        Window w(760, 700, ui::Scheme::Dark, 1, false);
        w.client.fill(400, w.clock.wall());
        w.open(4);
        w.save("unread");
        QTest::keyClick(&w.view, Qt::Key_PageUp);
        QTest::keyClick(&w.view, Qt::Key_PageUp);
        w.client.receive(QStringLiteral("one more"));
        QCoreApplication::processEvents();
        w.save("scrolled");
    }

    void wide() {
        Window w(1'600, 700, ui::Scheme::Light, 1, false);
        w.client.fill(400, w.clock.wall());
        w.open(4);
        QTest::keyClick(&w.view, Qt::Key_PageUp);
        QTest::keyClick(&w.view, Qt::Key_PageUp);
        w.save("wide");
    }

    void avatars() {
        const ui::Theme theme;
        QPixmap picture(560, 72);
        picture.fill(theme.tokens().panel);
        QPainter painter(&picture);
        AccountId account;
        for (const char* name :
             {"Mara Lindqvist", "Ana", "Jonas Weber", "x", "", "Hut in June", "Grandma", "Wim Waas"}) {
            const int hue = account.data()[AccountId::size - 1]++;
            ui::drawAvatar(painter, theme, QRectF(14 + 68 * hue, 14, 44, 44), account, QLatin1String(name));
        }
        painter.end();
        QVERIFY(picture.save(QDir(qEnvironmentVariable("KITH_RENDER_DIR")).filePath(QStringLiteral("avatars.png"))));
    }

    void empty() {
        Window w(500, 400, ui::Scheme::Light, 1, false);
        w.open();
        w.save("empty");
    }

private:
    static WallTime start(const Window& w) { return w.clock.wall() - Millis(36'000'000); }
};

namespace {

// Pictures, no test: without a folder for them the class is not there at all.
const auto registration =
    qEnvironmentVariableIsSet("KITH_RENDER_DIR")
        ? std::make_unique<Registration>("RenderTimeline", []() -> QObject* { return new RenderTimeline; })
        : nullptr;

} // namespace

} // namespace kith::test

#include "render_timeline.moc"
