// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/embedded_relay.h"
#include "app/output.h"
#include "app/self_check.h"
#include "app/single_instance.h"
#include "core/base/logging.h"
#include "core/base/platform.h"
#include "core/client/local_client.h"
#include "core/crypto/process.h"
#include "core/crypto/self_test.h"
#include "core/signal/self_test.h"
#include "ui/error_text.h"
#include "ui/main_window.h"

#include <QApplication>
#include <QDir>
#include <QFile>
#include <QMessageBox>
#include <QStandardPaths>
#include <QStringList>
#include <QTimer>

#include <cstdio>

using namespace kith;

namespace {

/// The first two take milliseconds and run at every start.
constexpr app::Check AllChecks[] = {{"crypto", crypto::selfTest},
                                    {"signal", signal::selfTest},
                                    {"tls", app::checkTls},
                                    {"database", app::checkDatabase}};

/// As the first word only: behind --profile it is a name.
bool isAskedFor(int argc, char** argv, const char* word) {
    return argc > 1 && qstrcmp(argv[1], word) == 0;
}

struct Arguments {
    QString folder;
    QString link;
};

/// "kith [--profile DIR] [LINK]"; nothing when a word is neither.
std::optional<Arguments> parseArguments(QStringList words) {
    Arguments found{QStandardPaths::writableLocation(QStandardPaths::AppDataLocation) + QStringLiteral("/profile"), {}};
    words.removeFirst();
    while (!words.isEmpty()) {
        const QString word = words.takeFirst();
        if (word == QLatin1String("--profile") && !words.isEmpty())
            found.folder = QDir(words.takeFirst()).absolutePath();
        else if (word.startsWith(QLatin1String("kith://")) && found.link.isEmpty())
            found.link = word;
        else
            return std::nullopt;
    }
    return found;
}

/// Builds the program and runs it. What is declared first ends last: window, client, relay.
int run(QApplication& application) {
    const auto arguments = parseArguments(QApplication::arguments());
    if (!arguments) {
        std::fputs("usage: kith [--profile DIR] [kith://LINK]\n", stderr);
        return 2;
    }
    app::SingleInstance instance(arguments->folder);
    // First: a folder that others may change may hold a socket of theirs.
    if (const Result<void> made = platform::makePrivateFolder(arguments->folder); !made) {
        app::printProblem(made.error().detail);
        QMessageBox::critical(nullptr, QApplication::applicationDisplayName(),
                              ui::errorText(ui::Occasion::Load, made.error()) + u'\n' + arguments->folder);
        return 1;
    }
    if (instance.handedOver(arguments->link))
        return 0;
    instance.listen();
    ui::Preferences preferences(arguments->folder + QStringLiteral("/window.ini"));
    ui::Desktop desktop(preferences.desktopScheme(ui::systemScheme(application)));
    ui::Theme theme(preferences.scheme(desktop.scheme()));
    theme.setScale(preferences.fontScale());
    ui::applyTheme(application, theme);
    QObject::connect(&theme, &ui::Theme::changed, &application, [&] { ui::applyTheme(application, theme); });
    const SystemClock clock;
    app::EmbeddedRelay relay(arguments->folder + QStringLiteral("/relay"), preferences);
    client::LocalClient client({arguments->folder, QStringLiteral("kith"), {}, false, false});
    ui::MainWindow window({client, relay, theme, preferences, clock, desktop, arguments->folder,
                           QFile::exists(arguments->folder + QStringLiteral("/profile.kith"))});
    QObject::connect(&instance, &app::SingleInstance::linkArrived, &window, &ui::MainWindow::handOver);
    window.show();
    // After the first paint: opening its store takes a moment.
    QTimer::singleShot(0, &relay, &app::EmbeddedRelay::startIfWanted);
    if (!arguments->link.isEmpty())
        window.handOver(arguments->link);
    return QApplication::exec();
}

} // namespace

int main(int argc, char** argv) {
    platform::hardenProcess();
    crypto::prepareProcess();
    log::install(log::Level::Warning);
    if (isAskedFor(argc, argv, "--self-check")) {
        QCoreApplication application(argc, argv);
        return app::selfCheck(AllChecks);
    }
    if (isAskedFor(argc, argv, "--version")) {
        std::puts("kith " KITH_VERSION);
        return 0;
    }
    if (!platform::hasDisplay()) {
        std::fputs("kith: there is no display here; kith-cli works without one\n", stderr);
        return 2;
    }
    QApplication application(argc, argv);
    QApplication::setApplicationName(QStringLiteral("kith"));
    QApplication::setApplicationDisplayName(QStringLiteral("Kith"));
    QApplication::setApplicationVersion(QStringLiteral(KITH_VERSION));
    QApplication::setDesktopFileName(QStringLiteral("kith"));
    if (const Result<void> fine = app::checkQuickly(std::span(AllChecks).first(2)); !fine) {
        app::printProblem(fine.error().detail);
        return 1;
    }
    return run(application);
}
