// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/secret_bytes.h"
#include "ui/icon.h"
#include "ui/theme.h"

#include <QAbstractButton>
#include <QLabel>
#include <QLineEdit>
#include <QVBoxLayout>

class QListView;
class QScrollArea;

namespace kith::ui {

/// Text in one of the theme's fonts; follows the theme. Wraps.
class TextLabel final : public QLabel {
    Q_OBJECT
public:
    TextLabel(const Theme& theme, TextRole role, const QString& text = {}, QWidget* parent = nullptr);
    void setSecondary(); ///< in the colour of hints

private:
    void restyle();
    const Theme& m_theme;
    TextRole m_role;
    bool m_isSecondary = false;
};

enum class ButtonKind { Primary, Plain, Quiet };

/// A button with a word, an icon or both, at least 36 px high, with a focus ring.
class Button final : public QAbstractButton {
    Q_OBJECT
public:
    Button(const Theme& theme, ButtonKind kind, const QString& text, QWidget* parent = nullptr);
    /// An icon alone: `name` is its tool tip and its name for screen readers.
    Button(const Theme& theme, Icon icon, const QString& name, QWidget* parent = nullptr);
    void setDrawnIcon(Icon icon);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override; ///< a long word is cut with an ellipsis rather than widen the window

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override; ///< Return presses it too
    bool event(QEvent* event) override;

private:
    const Theme& m_theme;
    ButtonKind m_kind;
    std::optional<Icon> m_icon;
};

/// A field for a passphrase with an eye that shows it. Its text is no part of any undo history.
class PassphraseEdit final : public QLineEdit {
    Q_OBJECT
public:
    explicit PassphraseEdit(const Theme& theme, QWidget* parent = nullptr);
    SecretBytes passphrase() const;
    void wipe();

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    const Theme& m_theme;
    Button* m_eye;
};

/// 0 to 4: how long somebody would have to guess this passphrase, by its length and variety.
int passphraseStrength(const QString& passphrase);

class StrengthBar final : public QWidget {
    Q_OBJECT
public:
    explicit StrengthBar(const Theme& theme, QWidget* parent = nullptr);
    static constexpr int Fair = 2;  ///< what is less is red
    void setStrength(int strength); ///< -1: nothing typed yet
    QSize sizeHint() const override { return {100, 6}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    const Theme& m_theme;
    int m_strength = -1;
};

/// A line in the window that says what is wrong, or how things are; takes no room while it is empty.
class NoticeBar final : public QFrame {
    Q_OBJECT
public:
    enum class Tone { Problem, Info };
    explicit NoticeBar(const Theme& theme, QWidget* parent = nullptr);
    void show(Tone tone, const QString& text);
    void clear();
    QString text() const { return m_label->text(); }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    const Theme& m_theme;
    Tone m_tone = Tone::Info;
    QLabel* m_label;
};

/// A name or path inside a sentence: its direction changes nothing around it (UAX #9, first strong isolate).
QString isolated(const QString& text);

/// With places where a long word, such as an address, may be broken between lines.
QString breakable(const QString& text);

/// A list that looks like a part of what is around it: no frame, no background, rows of one height.
void blendIn(QListView* list);

/// `inside` as wide as there is room, scrolled up and down where it is higher; looks like a part of what is around it.
QScrollArea* scrolling(QWidget* inside);

/// A page whose content stands in a column of at most `width` in the middle, and scrolls where the window is too low.
QVBoxLayout* columnOf(QWidget* page, int width = 400);

} // namespace kith::ui
