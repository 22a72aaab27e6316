// SPDX-License-Identifier: GPL-3.0-or-later
// As pch_ui.h, for tests.
#pragma once
#include "packaging/cmake/pch_ui.h"

#include <qtestcase.h> // <QTest> asks which libraries are there, and they are not the same everywhere
