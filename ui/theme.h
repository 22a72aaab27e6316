// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/ids.h"

#include <QColor>
#include <QFont>
#include <QObject>

#include <array>
#include <map>
#include <vector>

class QApplication;

namespace kith::ui {

enum class Scheme { Light, Dark };

/// The colour tokens: every colour of the program has one of these names. All text pairs reach 4.5:1 (WCAG AA), control
/// borders 3:1; a test computes it.
struct Tokens {
    QColor background; ///< of what is written in: headers, fields, cards
    QColor panel;      ///< of lists and pages
    QColor chat;       ///< the ground below the bubbles
    QColor bubbleIn;
    QColor bubbleOut;
    QColor text;
    QColor textSecondary; ///< times and hints
    QColor link;          ///< always underlined
    QColor accent;
    QColor onAccent;
    QColor danger;
    QColor ok;
    QColor warn;
    QColor border;     ///< of controls
    QColor badgeMuted; ///< its text has the colour of the background
    QColor selectedRow;
    QColor hover;
    QColor chip;                   ///< days, tooltips, what cannot be pressed
    QColor selectedText;           ///< behind selected text, which is drawn in `text`
    QColor separator;              ///< decoration only
    QColor shadow;                 ///< below bubbles; transparent where there is none
    std::array<QColor, 8> senders; ///< names above bubbles
    std::array<QColor, 8> avatars; ///< with white letters; the hues of `senders`
};
const Tokens& tokens(Scheme scheme);

enum class TextRole { Meta, Secondary, Body, Strong, ChatTitle, PageTitle, Hero, Mono, Code };

/// Lengths in pixels. Those of the 4 px grid stay; those that hold text grow with the font.
struct Metrics {
    static constexpr int BubblePaddingX = 12;
    static constexpr int BubblePaddingY = 8;
    static constexpr int BubbleRadius = 16;
    static constexpr int RowRadius = 12;
    static constexpr int FieldRadius = 10;
    static constexpr int MenuRadius = 14;
    static constexpr int SheetRadius = 20;
    static constexpr int TipRadius = 8;
    static constexpr int GroupedRadius = 5;
    static constexpr int GroupGap = 2; ///< between bubbles of one group
    static constexpr int RowGap = 10;  ///< between groups
    static constexpr int EdgeMargin = 16;
    static constexpr int ColumnMax = 900; ///< the widest a conversation gets; more room is air at its sides
    static constexpr int Gutter = 52;     ///< at least, beside the column: there stands what covers no text
    static constexpr int FocusRing = 2;
    static constexpr int ControlMin = 32;

    int maxTextWidth = 520;
    int dayRow = 36;
    int lineGap = 3; ///< added to the line height of the body font
    int bigEmoji = 32;
    int stateGlyph = 16;

    /// Left and right of the column of a conversation.
    static constexpr int columnEdge(int width) {
        const int air = (width - ColumnMax) / 2;
        return air > Gutter ? air : Gutter;
    }
};

/// What the windows look like now: colours, fonts and lengths. Thread: GUI. One object; whoever paints keeps a
/// reference and does everything anew on changed().
class Theme final : public QObject {
    Q_OBJECT
public:
    static constexpr qreal ScaleMin = 0.8;
    static constexpr qreal ScaleMax = 2.0;

    explicit Theme(Scheme scheme = Scheme::Light, QObject* parent = nullptr);

    Scheme scheme() const { return m_scheme; }
    qreal scale() const { return m_scale; }
    void setScheme(Scheme scheme);
    void setScale(qreal scale); ///< of fonts; kept within ScaleMin and ScaleMax

    const Tokens& tokens() const { return ui::tokens(m_scheme); }
    const Metrics& metrics() const { return m_metrics; }
    QFont font(TextRole role) const;
    /// Icons and avatars, which grow half as much as the text beside them.
    int grown(int pixels) const;
    /// Who comes first gets the hue of their account, who comes later the next one that fewer have, so that a small
    /// circle differs. The same order gives the same hues; all others have that of their account.
    void giveHues(const std::vector<AccountId>& inOrder);
    /// These are the same for one account everywhere.
    QColor senderColour(const AccountId& account) const;
    QColor avatarColour(const AccountId& account) const;

Q_SIGNALS:
    void changed();

private:
    std::size_t hueOf(const AccountId& account) const;

    Scheme m_scheme;
    qreal m_scale = 1;
    std::map<AccountId, std::size_t> m_hues;
    Metrics m_metrics;
};

/// Draws colour emoji; other fonts hold black ones.
QString emojiFamily();

/// What the desktop asks for, judged by the palette it gave the application.
Scheme systemScheme(const QApplication& application);

/// KithStyle, font and a palette made of the tokens, for the whole application.
void applyTheme(QApplication& application, const Theme& theme);
void applyTheme(QApplication& application, Scheme scheme);

} // namespace kith::ui
