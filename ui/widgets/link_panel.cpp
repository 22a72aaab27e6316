// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/link_panel.h"

#include "ui/widgets/qr_view.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>

namespace kith::ui {

LinkPanel::LinkPanel(const Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_code(new QrView(this))
    , m_link(new QLineEdit(this))
    , m_copy(new Button(theme, ButtonKind::Primary, tr("Copy"), this)) {
    m_link->setReadOnly(true);
    m_link->setAccessibleName(tr("Link"));
    m_copy->setDrawnIcon(Icon::Copy);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(12);
    column->addWidget(m_code, 0, Qt::AlignCenter);
    auto* line = new QHBoxLayout;
    line->setSpacing(8);
    line->addWidget(m_link, 1);
    line->addWidget(m_copy);
    column->addLayout(line);
    connect(m_copy, &QAbstractButton::clicked, this, [this] {
        QGuiApplication::clipboard()->setText(m_link->text());
        m_copy->setText(tr("Copied"));
    });
    setFocusProxy(m_copy);
    setLink({});
}

void LinkPanel::setLink(const QString& link) {
    m_link->setText(link);
    m_link->setCursorPosition(0);
    m_code->setText(link);
    m_code->setVisible(!link.isEmpty());
    m_copy->setEnabled(!link.isEmpty());
    m_copy->setText(tr("Copy"));
}

} // namespace kith::ui
