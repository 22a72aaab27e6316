// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/cursor_rest.h"

#include <QApplication>
#include <QEvent>

namespace kith::ui {
namespace {

constexpr int Flash_ms = 1'000;
constexpr int RestAfter_ms = 10'000;

} // namespace

CursorRest::CursorRest(QObject* parent)
    : QObject(parent) {
    m_quiet.setSingleShot(true);
    m_quiet.setInterval(RestAfter_ms);
    connect(&m_quiet, &QTimer::timeout, this, &CursorRest::rest);
    QCoreApplication::instance()->installEventFilter(this);
    wake();
}

void CursorRest::setStill(bool still) {
    m_isStill = still;
    if (still)
        rest();
    else
        wake();
}

void CursorRest::rest() {
    m_quiet.stop();
    QApplication::setCursorFlashTime(0);
}

void CursorRest::wake() {
    QApplication::setCursorFlashTime(Flash_ms);
    m_quiet.start();
}

bool CursorRest::eventFilter(QObject* watched, QEvent* event) {
    const QEvent::Type type = event->type();
    if (!m_isStill && (type == QEvent::KeyPress || type == QEvent::MouseButtonPress))
        wake();
    return QObject::eventFilter(watched, event);
}

} // namespace kith::ui
