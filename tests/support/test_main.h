// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QObject>

class QCoreApplication;

namespace kith::test {

/// Adds a QtTest class to this executable. Use KITH_TEST(Class) once below the class.
struct Registration {
    Registration(const char* name, QObject* (*make)());
};

/// The application object of this executable: a QCoreApplication, unless one file names another class with
/// KITH_TEST_APPLICATION(Class).
struct ApplicationRegistration {
    explicit ApplicationRegistration(QCoreApplication* (*make)(int& argc, char** argv));
};

/// The seed of this run: KITH_TEST_SEED or a fresh one; printed when a test fails.
unsigned long long seed();

} // namespace kith::test

#define KITH_TEST(Class)                                                                                               \
    static const ::kith::test::Registration registration##Class(#Class, []() -> QObject* { return new Class; });
#define KITH_TEST_APPLICATION(Class)                                                                                   \
    static const ::kith::test::ApplicationRegistration applicationRegistration(                                        \
        [](int& argc, char** argv) -> QCoreApplication* { return new Class(argc, argv); });
