// SPDX-License-Identifier: GPL-3.0-or-later
// Prints one JSON line: what opening, scrolling and changing a timeline of 100,000 messages costs.
#include "tests/support/fake_client.h"
#include "tests/support/fakes.h"
#include "tests/support/sample_text.h"
#include "ui/models/people_model.h"
#include "ui/models/timeline_model.h"
#include "ui/theme.h"
#include "ui/timeline/timeline_view.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QScrollBar>
#include <QWheelEvent>

#include <algorithm>
#include <cstdio>
#include <random>
#include <unistd.h>

using namespace kith;

namespace {

constexpr int Rows = 100'000;
constexpr int Frames = 600;
constexpr int Step = 48;

double residentMiB() {
    QFile file(QStringLiteral("/proc/self/statm"));
    if (!file.open(QIODevice::ReadOnly))
        return 0;
    return file.readAll().split(' ')[1].toDouble() * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1024 * 1024);
}

template <typename Work>
double msOf(Work work) {
    QElapsedTimer timer;
    timer.start();
    work();
    return static_cast<double>(timer.nsecsElapsed()) / 1e6;
}

double percentile(std::vector<double> values, double p) {
    std::sort(values.begin(), values.end());
    return values[std::min(values.size() - 1, static_cast<std::size_t>(p * static_cast<double>(values.size())))];
}

void settle() {
    for (int i = 0; i < 40; ++i)
        QCoreApplication::processEvents();
}

class Bench {
public:
    Bench() {
        m_client.fill(Rows, m_clock.wall());
        m_view.resize(800, 700);
        m_view.show();
        settle();
    }
    ~Bench() { m_view.setModel(nullptr); }

    QJsonObject run() {
        m_people.begin(m_client.self, {});
        const double before = residentMiB();
        m_out[QStringLiteral("open_ms")] = msOf([&] {
            m_view.setModel(&m_model);
            m_model.load();
            waitFor([&] { return m_model.isLoaded() && m_view.work().rowsPainted > 0; });
        });
        loadAll();
        m_view.setModel(nullptr);
        settle();
        m_out[QStringLiteral("open_loaded_ms")] = msOf([&] {
            const std::int64_t painted = m_view.work().rowsPainted;
            m_view.setModel(&m_model);
            waitFor([&] { return m_view.work().rowsPainted > painted; });
        });
        settle();
        scroll("scroll_up", Step);
        scroll("scroll_back", -Step);
        jump();
        m_out[QStringLiteral("width_change_ms")] = msOf([&] {
            m_view.resize(700, 700);
            QCoreApplication::processEvents();
        });
        m_out[QStringLiteral("font_change_ms")] = msOf([&] {
            m_theme.setScale(1.25);
            QCoreApplication::processEvents();
        });
        m_out[QStringLiteral("append_ms")] = append();
        m_out[QStringLiteral("memory_mib")] = residentMiB() - before;
        return m_out;
    }

private:
    template <typename Condition>
    static void waitFor(Condition condition) {
        while (!condition())
            QCoreApplication::processEvents();
    }

    void loadAll() {
        std::vector<double> pages;
        settle();
        while (m_model.hasOlder()) {
            m_client.hold();
            m_model.need(0, 1);
            pages.push_back(msOf([&] {
                m_client.release();
                QCoreApplication::processEvents();
            }));
        }
        report("prepend", pages);
    }

    void scroll(const char* name, int dy) {
        std::vector<double> frames;
        for (int i = 0; i < Frames; ++i)
            frames.push_back(msOf([&] {
                QWheelEvent event(QPointF(300, 300), m_view.mapToGlobal(QPointF(300, 300)), QPoint(0, dy),
                                  QPoint(0, dy), Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
                QCoreApplication::sendEvent(m_view.viewport(), &event);
                QCoreApplication::processEvents();
            }));
        report(name, frames);
    }

    void jump() {
        std::mt19937 random(1);
        std::vector<double> frames;
        for (int i = 0; i < 100; ++i) {
            const auto maximum = static_cast<unsigned>(m_view.verticalScrollBar()->maximum());
            const auto target = static_cast<int>(random() % maximum);
            frames.push_back(msOf([&] {
                m_view.verticalScrollBar()->setValue(target);
                QCoreApplication::processEvents(); // texts arrive, rows are painted
                QCoreApplication::processEvents();
            }));
            settle();
        }
        report("jump", frames);
    }

    double append() {
        m_view.scrollToBottom();
        settle();
        std::vector<double> times;
        for (int i = 0; i < 50; ++i)
            times.push_back(msOf([&] {
                m_client.receive(test::sampleText(i));
                QCoreApplication::processEvents();
            }));
        return percentile(times, 0.5);
    }

    void report(const char* name, const std::vector<double>& times) {
        m_out[QLatin1String(name) + QStringLiteral("_p50_ms")] = percentile(times, 0.5);
        m_out[QLatin1String(name) + QStringLiteral("_p99_ms")] = percentile(times, 0.99);
    }

    test::FakeClock m_clock{fromMs(1'773'500'000'000)};
    test::FakeClient m_client;
    ui::Theme m_theme;
    ui::Requests m_requests{m_client};
    ui::PeopleModel m_people{m_requests, m_theme};
    ui::TimelineModel m_model{m_client, m_people, {m_client.conversation, 0}};
    ui::TimelineView m_view{m_theme, m_clock};
    QJsonObject m_out;
};

} // namespace

int main(int argc, char** argv) {
    if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication application(argc, argv);
    ui::applyTheme(application, ui::Scheme::Light);
    Bench bench;
    std::puts(QJsonDocument(bench.run()).toJson(QJsonDocument::Compact).constData());
    return 0;
}
