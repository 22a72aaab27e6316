// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QObject>

namespace kith::test {

/// Adds a QtTest class to this executable. Use KITH_TEST(Class) once below the class.
struct Registration {
    Registration(const char* name, QObject* (*make)());
};

/// The seed of this run: KITH_TEST_SEED or a fresh one; printed when a test fails.
unsigned long long seed();

} // namespace kith::test

#define KITH_TEST(Class)                                                                                               \
    static const ::kith::test::Registration registration##Class(#Class, []() -> QObject* { return new Class; });
