// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/self_check.h"
#include "core/base/logging.h"
#include "core/base/platform.h"
#include "core/crypto/process.h"
#include "core/crypto/self_test.h"
#include "core/signal/self_test.h"
#include "ui/main_window.h"
#include "ui/theme.h"

#include <QApplication>
#include <QStringList>

#include <cstdio>

using namespace kith;

namespace {

/// The first two take milliseconds and run at every start.
constexpr app::Check AllChecks[] = {{"crypto", crypto::selfTest},
                                    {"signal", signal::selfTest},
                                    {"tls", app::checkTls},
                                    {"database", app::checkDatabase}};

bool hasWord(int argc, char** argv, const char* word) {
    for (int i = 1; i < argc; ++i)
        if (qstrcmp(argv[i], word) == 0)
            return true;
    return false;
}

} // namespace

int main(int argc, char** argv) {
    platform::hardenProcess();
    crypto::prepareProcess();
    log::install(log::Level::Warning);
    if (hasWord(argc, argv, "--self-check")) {
        QCoreApplication application(argc, argv);
        return app::selfCheck(AllChecks);
    }
    if (hasWord(argc, argv, "--version")) {
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
        std::fprintf(stderr, "kith: %s\n", fine.error().detail.toUtf8().constData());
        return 1;
    }
    ui::applyTheme(application, ui::systemScheme(application));
    ui::MainWindow window;
    window.show();
    return QApplication::exec();
}
