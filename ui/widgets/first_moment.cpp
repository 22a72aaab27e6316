// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/first_moment.h"

#include <QApplication>
#include <QEvent>
#include <QTimer>
#include <QWidget>

namespace kith::ui {
namespace {

constexpr int Length = 1'000;

bool isInput(QEvent::Type type) {
    switch (type) {
    case QEvent::KeyPress:
    case QEvent::KeyRelease:
    case QEvent::Shortcut:
    case QEvent::ShortcutOverride:
    case QEvent::InputMethod:
    case QEvent::MouseButtonPress:
    case QEvent::MouseButtonRelease:
    case QEvent::MouseButtonDblClick:
    case QEvent::ContextMenu:
    case QEvent::TouchBegin:
    case QEvent::TouchEnd:
    case QEvent::Drop:
        return true;
    default:
        return false;
    }
}

} // namespace

FirstMoment::FirstMoment(QWidget* of)
    : QObject(of)
    , m_of(of)
    , m_end(new QTimer(this)) {
    m_end->setObjectName(QStringLiteral("firstMoment"));
    m_end->setSingleShot(true);
    m_end->setInterval(Length);
    connect(m_end, &QTimer::timeout, this, [this] {
        if (m_wasActive)
            QCoreApplication::instance()->removeEventFilter(this);
    });
}

void FirstMoment::begin() {
    m_wasActive = m_of->isActiveWindow();
    QCoreApplication::instance()->installEventFilter(this);
    m_end->start();
}

bool FirstMoment::isOfIt(const QObject* object) const {
    const auto* widget = qobject_cast<const QWidget*>(object);
    return widget != nullptr && (widget == m_of || m_of->isAncestorOf(widget));
}

bool FirstMoment::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::WindowActivate && watched == m_of->window() && !m_wasActive) {
        m_wasActive = true;
        m_end->start();
    }
    return m_end->isActive() && isInput(event->type()) && isOfIt(watched);
}

} // namespace kith::ui
