// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/composer.h"

#include "ui/widgets/form.h"

#include <QAbstractTextDocumentLayout>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLocale>
#include <QMimeData>
#include <QPainter>
#include <QScrollBar>
#include <QStyle>
#include <QTextBlock>
#include <QUrl>

namespace kith::ui {
namespace {

constexpr int LinesMax = 8;
constexpr int DraftWait = 500;
constexpr qsizetype PasteMax = 256 * 1024; ///< characters; far more than a message holds
constexpr int PaddingX = 14;
constexpr int PaddingY = 8;

} // namespace

class Composer::Edit final : public QPlainTextEdit {
public:
    explicit Edit(Composer* composer)
        : QPlainTextEdit(composer)
        , m_composer(composer) {
        setFrameShape(QFrame::NoFrame);
        setTabChangesFocus(true);
        setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
        setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
        setLineWrapMode(QPlainTextEdit::WidgetWidth);
        document()->setDocumentMargin(0);
        viewport()->setAutoFillBackground(false);
        QPalette clear = palette();
        clear.setColor(QPalette::Base, Qt::transparent);
        setPalette(clear);
    }

protected:
    void keyPressEvent(QKeyEvent* event) override {
        const bool isEnter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
        const bool isPlain = (event->modifiers() & ~Qt::KeypadModifier) == Qt::NoModifier;
        if (isEnter && isPlain)
            m_composer->submit();
        else
            QPlainTextEdit::keyPressEvent(event);
    }
    bool canInsertFromMimeData(const QMimeData* source) const override {
        return source->hasText() || source->hasUrls();
    }
    void insertFromMimeData(const QMimeData* source) override {
        for (const QUrl& url : source->urls())
            if (url.isLocalFile()) {
                Q_EMIT m_composer->refused(Composer::tr("Files cannot be sent yet. Text can be pasted here."));
                return;
            }
        const QString text = source->text();
        if (text.size() > PasteMax) {
            Q_EMIT m_composer->refused(
                Composer::tr("This text has %1 characters, and a message holds some 49,000 at most. It stays in "
                             "the clipboard.")
                    .arg(QLocale().toString(text.size())));
            return;
        }
        insertPlainText(text);
        ensureCursorVisible();
    }
    void focusInEvent(QFocusEvent* event) override {
        QPlainTextEdit::focusInEvent(event);
        m_composer->update();
    }
    void focusOutEvent(QFocusEvent* event) override {
        QPlainTextEdit::focusOutEvent(event);
        m_composer->update();
    }

private:
    Composer* m_composer;
};

Composer::Composer(const Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_edit(new Edit(this))
    , m_send(new Button(theme, Icon::Send, tr("Send"), this)) {
    auto* layout = new QHBoxLayout(this);
    layout->setSpacing(8);
    layout->addWidget(m_edit, 1, Qt::AlignVCenter);
    layout->addWidget(m_send, 0, Qt::AlignBottom);
    setFocusProxy(m_edit);
    m_draft.setSingleShot(true);
    m_draft.setInterval(DraftWait);
    connect(&m_draft, &QTimer::timeout, this, [this] { Q_EMIT draftChanged(text()); });
    connect(m_edit, &QPlainTextEdit::textChanged, this, &Composer::onChanged);
    connect(m_edit->document()->documentLayout(), &QAbstractTextDocumentLayout::documentSizeChanged, this,
            &Composer::fit);
    connect(m_send, &QAbstractButton::clicked, this, &Composer::submit);
    const auto restyle = [this] {
        m_edit->setFont(m_theme.font(TextRole::Body));
        fit();
        update();
    };
    connect(&theme, &Theme::changed, this, restyle);
    restyle();
    onChanged();
}

QPlainTextEdit* Composer::edit() const {
    return m_edit;
}

QString Composer::text() const {
    // Not toPlainText(), which makes every no-break space a common one.
    QString raw = m_edit->document()->toRawText();
    return raw.replace(QChar::ParagraphSeparator, u'\n').replace(QChar::LineSeparator, u'\n');
}

void Composer::setText(const QString& text) {
    m_isSetting = true;
    m_edit->setPlainText(text);
    m_edit->moveCursor(QTextCursor::End);
    m_isSetting = false;
    m_draft.stop();
}

void Composer::setRecipient(const QString& name) {
    m_edit->setPlaceholderText(tr("Message"));
    m_edit->setAccessibleName(tr("Message to %1").arg(name));
}

void Composer::onChanged() {
    const bool isEmpty = text().trimmed().isEmpty();
    m_send->setEnabled(!isEmpty);
    if (m_isSetting)
        return;
    if (text().isEmpty()) {
        m_draft.stop();
        Q_EMIT draftChanged({});
    } else if (!m_draft.isActive()) {
        m_draft.start(); // not restarted: somebody who types on is saved too
    }
}

void Composer::submit() {
    const QString written = text();
    if (written.trimmed().isEmpty())
        return;
    // Out of the way before anything can go wrong, and with its undo history kept.
    m_isSetting = true;
    QTextCursor all(m_edit->document());
    all.select(QTextCursor::Document);
    all.removeSelectedText();
    m_isSetting = false;
    m_draft.stop();
    Q_EMIT submitted(written);
}

void Composer::fit() {
    const QFontMetrics metrics(m_edit->font());
    int lines = 0;
    for (QTextBlock block = m_edit->document()->begin(); block.isValid() && lines < LinesMax; block = block.next())
        lines += std::max(1, block.layout()->lineCount());
    lines = std::clamp(lines, 1, LinesMax);
    m_edit->setVerticalScrollBarPolicy(lines == LinesMax ? Qt::ScrollBarAsNeeded : Qt::ScrollBarAlwaysOff);
    const int height = std::max(lines * metrics.lineSpacing() + 4, lines == 1 ? 24 : 0);
    if (m_edit->height() != height || m_edit->maximumHeight() != height)
        m_edit->setFixedHeight(height);
}

/// The column of the timeline above, which has its scroll bar at the end.
int Composer::edge() const {
    return Metrics::columnEdge(width() - barSide());
}

int Composer::barSide() const {
    return style()->pixelMetric(QStyle::PM_ScrollBarExtent);
}

void Composer::resizeEvent(QResizeEvent* event) {
    const int textSide = edge() + PaddingX;
    const int buttonSide = edge() + barSide() + 4;
    const bool mirrored = isRightToLeft(); // a layout mirrors what is in it, not its margins
    layout()->setContentsMargins(mirrored ? buttonSide : textSide, PaddingY + 6, mirrored ? textSide : buttonSide,
                                 PaddingY + 4);
    QWidget::resizeEvent(event);
}

void Composer::paintEvent(QPaintEvent*) {
    const Tokens& t = m_theme.tokens();
    QPainter painter(this);
    painter.fillRect(rect(), t.chat);
    painter.setRenderHint(QPainter::Antialiasing);
    const bool isFocused = m_edit->hasFocus();
    painter.setPen(QPen(isFocused ? t.accent : t.border, isFocused ? Metrics::FocusRing : 1));
    painter.setBrush(t.bubbleIn);
    const int left = isRightToLeft() ? edge() + barSide() : edge();
    const int right = isRightToLeft() ? edge() : edge() + barSide();
    painter.drawRoundedRect(QRectF(rect()).adjusted(left, 4, -right, -8), 18, 18);
}

} // namespace kith::ui
