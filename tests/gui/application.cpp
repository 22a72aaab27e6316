// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/test_main.h"

#include <QApplication>

KITH_TEST_APPLICATION(QApplication)
