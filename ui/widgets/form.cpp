// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/form.h"

#include <QAccessible>
#include <QKeyEvent>
#include <QListView>
#include <QPainter>
#include <QScrollArea>
#include <QSet>

#include <cmath>

namespace kith::ui {
namespace {

constexpr int ButtonMin = 36;
constexpr int IconSide = 20;
constexpr qreal Radius = 10;
constexpr int WordMax = 24;
constexpr QChar ZeroWidthSpace(0x200b);

} // namespace

// --- TextLabel -------------------------------------------------------------------------------------------------------

TextLabel::TextLabel(const Theme& theme, TextRole role, const QString& text, QWidget* parent)
    : QLabel(text, parent)
    , m_theme(theme)
    , m_role(role) {
    setWordWrap(true);
    setTextFormat(Qt::PlainText);
    connect(&theme, &Theme::changed, this, &TextLabel::restyle);
    restyle();
}

void TextLabel::setSecondary() {
    m_isSecondary = true;
    restyle();
}

void TextLabel::restyle() {
    setFont(m_theme.font(m_role));
    setForegroundRole(m_isSecondary ? QPalette::PlaceholderText : QPalette::WindowText);
}

// --- Button ----------------------------------------------------------------------------------------------------------

Button::Button(const Theme& theme, ButtonKind kind, const QString& text, QWidget* parent)
    : QAbstractButton(parent)
    , m_theme(theme)
    , m_kind(kind) {
    setText(text);
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::PointingHandCursor);
    setAttribute(Qt::WA_Hover);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    connect(&theme, &Theme::changed, this, [this] {
        updateGeometry();
        update();
    });
}

Button::Button(const Theme& theme, Icon icon, const QString& name, QWidget* parent)
    : Button(theme, ButtonKind::Quiet, QString(), parent) {
    m_icon = icon;
    setToolTip(name);
    setAccessibleName(name);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setFocusPolicy(Qt::TabFocus); // pressed by mouse, it leaves the keys where they were
}

void Button::setDrawnIcon(Icon icon) {
    m_icon = icon;
    update();
}

QSize Button::sizeHint() const {
    if (text().isEmpty())
        return {m_theme.grown(ButtonMin), m_theme.grown(ButtonMin)};
    const QFontMetrics metrics(m_theme.font(TextRole::Strong));
    const int icon = m_icon ? m_theme.grown(IconSide) + 8 : 0;
    return {metrics.horizontalAdvance(text()) + icon + 32, std::max(ButtonMin, metrics.height() + 18)};
}

QSize Button::minimumSizeHint() const {
    const QSize whole = sizeHint();
    return {std::min(whole.width(), m_theme.grown(ButtonMin * 4)), whole.height()};
}

void Button::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)
        click();
    else
        QAbstractButton::keyPressEvent(event);
}

bool Button::event(QEvent* event) {
    if (event->type() == QEvent::HoverEnter || event->type() == QEvent::HoverLeave ||
        event->type() == QEvent::EnabledChange)
        update();
    return QAbstractButton::event(event);
}

void Button::paintEvent(QPaintEvent*) {
    const Tokens& t = m_theme.tokens();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF box = QRectF(rect()).adjusted(1, 1, -1, -1);
    const bool hot = isEnabled() && (underMouse() || isDown());
    QColor fill = Qt::transparent;
    QColor ink = isEnabled() ? t.text : t.textSecondary;
    if (m_kind == ButtonKind::Primary) {
        fill = isEnabled() ? (hot ? t.accent.darker(110) : t.accent) : t.chip;
        ink = isEnabled() ? t.onAccent : t.textSecondary;
    } else if (m_kind == ButtonKind::Plain) {
        fill = hot ? t.hover : t.background;
    } else if (hot || isChecked()) {
        fill = isChecked() ? t.selectedRow : t.hover;
    }
    painter.setPen(m_kind == ButtonKind::Plain ? QPen(isEnabled() ? t.border : t.separator, 1) : Qt::NoPen);
    painter.setBrush(fill);
    painter.drawRoundedRect(box, Radius, Radius);
    if (hasFocus()) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(m_kind == ButtonKind::Primary ? t.onAccent : t.accent, Metrics::FocusRing));
        painter.drawRoundedRect(m_kind == ButtonKind::Primary ? box.adjusted(3, 3, -3, -3) : box, Radius - 2,
                                Radius - 2);
    }
    QRectF inner = box;
    const QFontMetrics metrics(m_theme.font(TextRole::Strong));
    const int side = m_theme.grown(IconSide);
    const QString shown =
        metrics.elidedText(text(), Qt::ElideRight, static_cast<int>(box.width()) - 16 - (m_icon ? side + 8 : 0));
    if (m_icon) {
        const qreal word = shown.isEmpty() ? 0 : metrics.horizontalAdvance(shown) + 8.0;
        const qreal start = box.center().x() - (side + word) / 2;
        const bool mirrored = layoutDirection() == Qt::RightToLeft;
        const qreal x = mirrored ? start + word : start;
        drawIcon(painter, *m_icon, QRectF(x, box.center().y() - side / 2.0, side, side), ink);
        inner = {mirrored ? start : start + side + 8, box.top(), word - 8, box.height()};
    }
    painter.setFont(m_theme.font(TextRole::Strong));
    painter.setPen(ink);
    painter.drawText(inner, Qt::AlignCenter, shown);
}

// --- PassphraseEdit --------------------------------------------------------------------------------------------------

PassphraseEdit::PassphraseEdit(const Theme& theme, QWidget* parent)
    : QLineEdit(parent)
    , m_theme(theme)
    , m_eye(new Button(theme, Icon::Eye, tr("Show the passphrase"), this)) {
    setEchoMode(QLineEdit::Password);
    setInputMethodHints(Qt::ImhSensitiveData | Qt::ImhNoPredictiveText | Qt::ImhNoAutoUppercase);
    setMaxLength(1'024);
    m_eye->setFocusPolicy(Qt::TabFocus);
    connect(m_eye, &QAbstractButton::clicked, this, [this] {
        const bool shown = echoMode() == QLineEdit::Normal;
        setEchoMode(shown ? QLineEdit::Password : QLineEdit::Normal);
        m_eye->setDrawnIcon(shown ? Icon::Eye : Icon::EyeOff);
        m_eye->setToolTip(shown ? tr("Show the passphrase") : tr("Hide the passphrase"));
        m_eye->setAccessibleName(m_eye->toolTip());
    });
}

void PassphraseEdit::resizeEvent(QResizeEvent* event) {
    QLineEdit::resizeEvent(event);
    const int side = std::min(height() - 4, m_theme.grown(32));
    const bool mirrored = layoutDirection() == Qt::RightToLeft;
    m_eye->setGeometry(mirrored ? 2 : width() - side - 2, (height() - side) / 2, side, side);
    setTextMargins(mirrored ? side : 0, 0, mirrored ? 0 : side, 0);
}

SecretBytes PassphraseEdit::passphrase() const {
    QByteArray bytes = text().toUtf8();
    SecretBytes secret(view(bytes));
    kith::wipe(bytes);
    return secret;
}

void PassphraseEdit::wipe() {
    setText(QString(text().size(), u'\0'));
    clear();
}

// --- StrengthBar -----------------------------------------------------------------------------------------------------

int passphraseStrength(const QString& passphrase) {
    QSet<QChar> different;
    bool lower = false;
    bool upper = false;
    bool digit = false;
    bool other = false;
    for (const QChar c : passphrase) {
        different.insert(c);
        lower |= c.isLower();
        upper |= c.isUpper();
        digit |= c.isDigit();
        other |= !c.isLetterOrNumber();
    }
    const double kinds = (lower ? 26 : 0) + (upper ? 26 : 0) + (digit ? 10 : 0) + (other ? 20 : 0);
    if (kinds == 0)
        return 0;
    // Repeated characters say little; words say less than random letters: half of what the letters could.
    const auto length = static_cast<double>(std::min<qsizetype>(passphrase.size(), different.size() * 2));
    const double bits = length * std::log2(kinds) * 0.5;
    return bits < 20 ? 0 : bits < 30 ? 1 : bits < 42 ? 2 : bits < 56 ? 3 : 4;
}

StrengthBar::StrengthBar(const Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAccessibleName(tr("Strength of the passphrase"));
    connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void StrengthBar::setStrength(int strength) {
    m_strength = strength;
    update();
}

void StrengthBar::paintEvent(QPaintEvent*) {
    const Tokens& t = m_theme.tokens();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    const QColor colour = m_strength < Fair ? t.danger : m_strength == Fair ? t.warn : t.ok;
    const qreal piece = (width() - 4 * 4) / 5.0;
    for (int i = 0; i < 5; ++i) {
        const bool filled = m_strength >= 0 && i <= m_strength;
        const int at = layoutDirection() == Qt::RightToLeft ? 4 - i : i;
        painter.setBrush(filled ? colour : t.separator);
        painter.drawRoundedRect(QRectF(at * (piece + 4), 0, piece, height()), 3, 3);
    }
}

// --- NoticeBar -------------------------------------------------------------------------------------------------------

NoticeBar::NoticeBar(const Theme& theme, QWidget* parent)
    : QFrame(parent)
    , m_theme(theme)
    , m_label(new TextLabel(theme, TextRole::Body, {}, this)) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 8, 12, 8);
    layout->addWidget(m_label);
    hide();
    connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void NoticeBar::show(Tone tone, const QString& text) {
    m_tone = tone;
    if (m_label->text() != text) {
        m_label->setText(text);
        QAccessibleEvent event(m_label, QAccessible::NameChanged);
        QAccessible::updateAccessibility(&event);
    }
    QWidget::show();
    update();
}

void NoticeBar::clear() {
    hide();
    m_label->clear();
}

void NoticeBar::paintEvent(QPaintEvent*) {
    const Tokens& t = m_theme.tokens();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(t.chip);
    painter.drawRoundedRect(rect(), 6, 6);
    painter.setBrush(m_tone == Tone::Problem ? t.danger : t.accent);
    const int x = layoutDirection() == Qt::RightToLeft ? width() - 4 : 0;
    painter.drawRoundedRect(QRectF(x, 0, 4, height()), 2, 2);
}

QString isolated(const QString& text) {
    return QChar(0x2068) + text + QChar(0x2069);
}

QString breakable(const QString& text) {
    QString result;
    int length = 0;
    constexpr QChar Joiner(0x200d);
    for (const QChar c : text) {
        length = c.isSpace() ? 0 : length + 1;
        // Not inside of what is one letter to people.
        const bool goesOn = c.isLowSurrogate() || c.isMark() || c == Joiner || result.endsWith(Joiner);
        if (length > WordMax && !goesOn) {
            result += ZeroWidthSpace;
            length = 1;
        }
        result += c;
    }
    return result;
}

// --- Layout ----------------------------------------------------------------------------------------------------------

void blendIn(QListView* list) {
    list->setUniformItemSizes(true);
    list->setFrameShape(QFrame::NoFrame);
    list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    list->viewport()->setAutoFillBackground(false);
    QPalette palette = list->palette();
    palette.setColor(QPalette::Base, Qt::transparent);
    list->setPalette(palette);
}

namespace {

/// Keeps what has the focus in sight when something above it appears or the window shrinks.
class Scrolling final : public QScrollArea {
public:
    using QScrollArea::QScrollArea;

protected:
    bool eventFilter(QObject* watched, QEvent* event) override {
        if (watched == widget() && event->type() == QEvent::LayoutRequest)
            showFocus();
        return QScrollArea::eventFilter(watched, event);
    }
    void resizeEvent(QResizeEvent* event) override {
        QScrollArea::resizeEvent(event);
        showFocus();
    }

private:
    void showFocus() {
        const auto look = [this] { // once everything has its place
            if (widget() == nullptr)
                return; // a sheet that was closed meanwhile
            QWidget* focused = widget()->focusWidget();
            if (focused != nullptr && focused != widget() && focused->hasFocus())
                ensureWidgetVisible(focused, 0, 24);
        };
        QMetaObject::invokeMethod(this, look, Qt::QueuedConnection);
    }
};

} // namespace

QScrollArea* scrolling(QWidget* inside) {
    auto* scroll = new Scrolling(inside->parentWidget());
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setWidgetResizable(true);
    scroll->setWidget(inside);
    inside->setAutoFillBackground(false);
    scroll->viewport()->setAutoFillBackground(false);
    return scroll;
}

QVBoxLayout* columnOf(QWidget* page, int width) {
    auto* inside = new QWidget(page);
    QScrollArea* scroll = scrolling(inside);
    scroll->setFocusPolicy(Qt::NoFocus); // what is in it can be reached
    auto* around = new QVBoxLayout(page);
    around->setContentsMargins(0, 0, 0, 0);
    around->addWidget(scroll);
    auto* across = new QHBoxLayout(inside);
    across->setContentsMargins(24, 24, 24, 24);
    auto* column = new QWidget(inside);
    column->setMaximumWidth(width);
    column->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    across->addStretch(1);
    across->addWidget(column, 1000);
    across->addStretch(1);
    auto* layout = new QVBoxLayout(column);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(12);
    return layout;
}

} // namespace kith::ui
