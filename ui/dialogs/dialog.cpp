// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/dialog.h"

#include "ui/widgets/form.h"

#include <QApplication>
#include <QHBoxLayout>
#include <QPainter>
#include <QScrollArea>
#include <QWheelEvent>

#include <algorithm>

namespace kith::ui {
namespace {

constexpr int EdgeMin = 16; ///< between a sheet and the edge of the window
constexpr int ShadowWidth = 12;
constexpr int CornerRoom = 8;
constexpr int BarRoom = 4;

} // namespace

/// Dims the window, holds the sheet in its middle and draws its paper.
class Dialog::Ground final : public QWidget {
public:
    Ground(const Theme& theme, Dialog* sheet, QWidget* window)
        : QWidget(window)
        , m_theme(theme) {
        hide();
        sheet->setParent(this, Qt::Widget);
        m_scroll = scrolling(sheet);
        m_scroll->setFocusPolicy(Qt::NoFocus);
        window->installEventFilter(this);
        connect(&theme, &Theme::changed, this, [sheet] { sheet->fit(); });
    }
    /// As far as there is room.
    void place(const QSize& sheet) {
        setGeometry(parentWidget()->rect());
        m_paper = QRect(QPoint(), sheet.boundedTo(room()));
        m_paper.moveCenter(rect().center());
        // Where all of it is seen, a bar of before would ask for its own room.
        m_scroll->setVerticalScrollBarPolicy(m_paper.height() < sheet.height() ? Qt::ScrollBarAsNeeded
                                                                               : Qt::ScrollBarAlwaysOff);
        // A scroll bar stays clear of the round corners.
        m_scroll->setGeometry(m_paper.adjusted(0, CornerRoom, -BarRoom, -CornerRoom));
        update();
    }
    QSize room() const { return parentWidget()->size() - QSize(2 * EdgeMin, 2 * EdgeMin); }
    Dialog* sheet() const { return static_cast<Dialog*>(m_scroll->widget()); }

protected:
    void paintEvent(QPaintEvent*) override {
        const Tokens& t = m_theme.tokens();
        const bool isLight = m_theme.scheme() == Scheme::Light;
        QPainter painter(this);
        painter.fillRect(rect(), QColor(0, 0, 0, isLight ? 80 : 130));
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        const QRectF paper = m_paper;
        for (int width = ShadowWidth; width > 0 && isLight; width -= 2) {
            painter.setBrush(QColor(0, 0, 0, 6));
            painter.drawRoundedRect(paper.adjusted(-width, 4 - width, width, 4 + width), Metrics::SheetRadius + width,
                                    Metrics::SheetRadius + width);
        }
        painter.setPen(isLight ? QPen(Qt::NoPen) : QPen(t.separator, 1));
        painter.setBrush(t.background);
        painter.drawRoundedRect(paper, Metrics::SheetRadius, Metrics::SheetRadius);
    }
    bool eventFilter(QObject*, QEvent* event) override {
        if (event->type() == QEvent::Resize && isVisible())
            sheet()->fit();
        return false;
    }
    // What lies below is out of reach.
    void mousePressEvent(QMouseEvent* event) override { event->accept(); }
    void mouseReleaseEvent(QMouseEvent* event) override { event->accept(); }
    void mouseDoubleClickEvent(QMouseEvent* event) override { event->accept(); }
    void contextMenuEvent(QContextMenuEvent* event) override { event->accept(); }
    void wheelEvent(QWheelEvent* event) override { event->accept(); }
    void keyPressEvent(QKeyEvent* event) override { event->accept(); }

private:
    const Theme& m_theme;
    QScrollArea* m_scroll;
    QRect m_paper;
};

Dialog::Dialog(const Theme& theme, QWidget* parent)
    : QDialog(parent)
    , m_theme(theme)
    , m_column(new QVBoxLayout(this))
    , m_heading(new QWidget(this))
    , m_title(new TextLabel(theme, TextRole::PageTitle, {}, m_heading)) {
    auto* close = new Button(theme, Icon::Close, tr("Close"), m_heading);
    close->setFocusPolicy(Qt::TabFocus);
    auto* line = new QHBoxLayout(m_heading);
    line->setContentsMargins(0, 0, 0, 0);
    line->addWidget(m_title, 1);
    line->addWidget(close, 0, Qt::AlignTop);
    m_column->setContentsMargins(24, 20 - CornerRoom, 24 - BarRoom, 24 - CornerRoom);
    m_column->setSpacing(12);
    m_column->addWidget(m_heading);
    connect(close, &QAbstractButton::clicked, this, &QDialog::reject);
    connect(this, &QWidget::windowTitleChanged, this, [this](const QString& title) {
        m_title->setText(breakable(title));
        setAccessibleName(title);
    });
    if (parent == nullptr)
        return;
    m_before = parent->window()->focusWidget();
    m_ground = new Ground(theme, this, parent->window());
    hide();
    // The sheet lives in the ground and not in its parent, with which it ends all the same.
    connect(parent, &QObject::destroyed, m_ground, [ground = m_ground] { delete ground; });
    connect(qApp, &QApplication::focusChanged, this, [this](QWidget*, QWidget* now) { keepFocus(now); });
}

Dialog::~Dialog() {
    qApp->disconnect(this); // the focus changes while this is taken apart
    if (m_ground != nullptr)
        m_ground->deleteLater();
}

bool Dialog::isOpenOver(const QWidget& window) {
    const auto sheets = window.findChildren<Dialog*>();
    return std::any_of(sheets.begin(), sheets.end(), [](const Dialog* sheet) { return sheet->isVisible(); });
}

void Dialog::setWidth(int pixels) {
    m_width = pixels;
    fit();
}

void Dialog::setHeadless(int margin) {
    m_heading->hide();
    m_column->setContentsMargins(margin, margin - CornerRoom, margin - BarRoom, margin - CornerRoom);
}

void Dialog::fit() {
    const int wished = m_theme.grown(m_width);
    const int width = (m_ground != nullptr ? std::min(wished, m_ground->room().width()) : wished) - BarRoom;
    m_column->activate();
    const int height =
        m_column->hasHeightForWidth() ? m_column->totalHeightForWidth(width) : m_column->totalSizeHint().height();
    if (m_ground == nullptr)
        resize(width, height);
    else
        m_ground->place({width + BarRoom, height + 2 * CornerRoom});
}

bool Dialog::event(QEvent* event) {
    const bool handled = QDialog::event(event);
    if (event->type() == QEvent::LayoutRequest && isVisible())
        fit();
    return handled;
}

void Dialog::setVisible(bool visible) {
    const bool isSheet = m_ground != nullptr;
    if (isSheet && visible) {
        m_ground->show();
        m_ground->raise();
    }
    QDialog::setVisible(visible);
    if (visible) {
        fit();
        QWidget* first = focusWidget();
        if (isSheet)
            (first != nullptr && first->isEnabled() ? first : this)->setFocus();
    } else if (isSheet && m_ground->isVisible()) {
        m_ground->hide();
        if (m_before != nullptr)
            m_before->setFocus();
    }
}

bool Dialog::focusNextPrevChild(bool next) {
    if (m_ground == nullptr)
        return QDialog::focusNextPrevChild(next);
    const auto after = [next](QWidget* widget) {
        return next ? widget->nextInFocusChain() : widget->previousInFocusChain();
    };
    QWidget* from = focusWidget() != nullptr ? focusWidget() : this;
    for (QWidget* widget = after(from); widget != from; widget = after(widget)) {
        const bool isReached = isAncestorOf(widget) && widget->isVisible() && widget->isEnabled() &&
                               (widget->focusPolicy() & Qt::TabFocus) != 0;
        if (!isReached)
            continue;
        widget->setFocus(next ? Qt::TabFocusReason : Qt::BacktabFocusReason);
        return true;
    }
    return true;
}

/// What happens below (a chat opens, a page changes) takes the focus when this is closed.
void Dialog::keepFocus(QWidget* now) {
    if (!isVisible() || now == nullptr || now->window() != window())
        return;
    for (QWidget* around = now; around != nullptr; around = around->parentWidget())
        if (qobject_cast<Dialog*>(around) != nullptr)
            return; // in this sheet, or in one above it
    m_before = now;
    QWidget* inside = focusWidget();
    (inside != nullptr ? inside : this)->setFocus();
}

} // namespace kith::ui
