// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/qr_view.h"

#include <QPainter>

#include <memory>
#include <qrencode.h>

namespace kith::ui {
namespace {

constexpr int Quiet = 4; ///< modules of white around it (ISO/IEC 18004)

} // namespace

QrView::QrView(QWidget* parent)
    : QWidget(parent) {
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setAccessibleName(tr("QR code of the link"));
}

void QrView::setText(const QString& text) {
    m_side = 0;
    const QByteArray bytes = text.toUtf8();
    const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
        bytes.isEmpty() ? nullptr : QRcode_encodeString8bit(bytes.constData(), 0, QR_ECLEVEL_M), QRcode_free);
    if (code) {
        m_side = code->width;
        m_dark = QBitArray(m_side * m_side);
        for (int i = 0; i < m_side * m_side; ++i)
            m_dark.setBit(i, (code->data[i] & 1) != 0);
    }
    update();
}

void QrView::paintEvent(QPaintEvent*) {
    if (m_side == 0)
        return;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(Qt::white);
    painter.drawRoundedRect(rect(), 8, 8);
    painter.setRenderHint(QPainter::Antialiasing, false);
    // Whole device pixels, or the modules differ in size.
    const qreal ratio = devicePixelRatioF();
    const qreal module = std::floor(std::min(width(), height()) * ratio / (m_side + 2 * Quiet)) / ratio;
    const QPointF start((width() - module * m_side) / 2, (height() - module * m_side) / 2);
    for (int y = 0; y < m_side; ++y)
        for (int x = 0; x < m_side; ++x)
            if (m_dark.testBit(y * m_side + x))
                painter.fillRect(QRectF(start.x() + x * module, start.y() + y * module, module, module), Qt::black);
}

} // namespace kith::ui
