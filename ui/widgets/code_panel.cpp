// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/code_panel.h"

#include "ui/widgets/form.h"

#include <QDate>
#include <QLocale>
#include <QPagedPaintDevice>
#include <QPainter>
#include <QVBoxLayout>

namespace kith::ui {
namespace {

constexpr int GroupsOnALine = 4;

} // namespace

QString groupedCode(const QString& code) {
    QString text;
    int group = 0;
    for (const QString& each : code.split(u'-')) {
        if (group > 0)
            text += group % GroupsOnALine == 0 ? QStringLiteral("\n") : QStringLiteral("  ");
        text += each;
        ++group;
    }
    return text;
}

CodePanel::CodePanel(const Theme& theme, QWidget* parent)
    : QFrame(parent)
    , m_theme(theme)
    , m_label(new TextLabel(theme, TextRole::Code, {}, this)) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 20, 16, 20);
    layout->addWidget(m_label);
    m_label->setAlignment(Qt::AlignCenter);
    m_label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void CodePanel::setCode(const QString& code) {
    m_code = code;
    m_label->setText(groupedCode(code));
    m_label->setAccessibleName(tr("Recovery code: %1").arg(code)); // who hears it has to write it down too
}

void CodePanel::clear() {
    m_code.clear();
    m_label->clear();
    m_label->setAccessibleName({});
}

void CodePanel::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(m_theme.tokens().border, 1));
    painter.setBrush(m_theme.tokens().background);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), Metrics::BubbleRadius,
                            Metrics::BubbleRadius);
}

void drawCodePage(QPagedPaintDevice& page, const QString& name, const QString& code) {
    QPainter painter(&page);
    const QRect room = painter.viewport();
    const int line = room.height() / 40;
    QFont words;
    words.setPixelSize(line * 2 / 3);
    QFont title = words;
    title.setPixelSize(line);
    title.setWeight(QFont::DemiBold);
    QFont letters(QStringLiteral("monospace"));
    letters.setStyleHint(QFont::Monospace);
    letters.setPixelSize(line * 5 / 4);
    int y = room.top();
    const auto write = [&](const QFont& font, const QString& text, int gap) {
        painter.setFont(font);
        QRect used;
        painter.drawText(QRect(room.left(), y, room.width(), room.bottom() - y), Qt::TextWordWrap, text, &used);
        y = used.bottom() + gap;
    };
    write(title, CodePanel::tr("Kith: recovery code of %1").arg(isolated(name)), line);
    write(letters, groupedCode(code), line * 2);
    write(words,
          CodePanel::tr("With this code and a copy of the file recovery.kith the identity can be brought back. Whoever "
                        "has both is this person: keep it where nobody else looks."),
          line);
    write(words, CodePanel::tr("Written on %1").arg(QLocale().toString(QDate::currentDate(), QLocale::LongFormat)), 0);
}

} // namespace kith::ui
