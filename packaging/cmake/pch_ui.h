// SPDX-License-Identifier: GPL-3.0-or-later
// As pch_core.h, for what has windows.
#pragma once
#include "packaging/cmake/pch_core.h"

#include <QApplication>
#include <QPainter>
#include <QWidget>
