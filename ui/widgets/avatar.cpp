// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/avatar.h"

#include "core/base/text.h"

#include <QPainter>
#include <QRegularExpression>

namespace kith::ui {
namespace {

constexpr qsizetype NameMax = 200;  ///< characters that are searched for initials
constexpr qsizetype LetterMax = 16; ///< it may carry any number of marks

/// The first letters or digits of a word, `count` at most, each with its marks.
QString lettersOf(const QString& word, int count) {
    QString letters;
    for (QString rest = word; !rest.isEmpty() && count > 0;) {
        const QString letter = firstLetterOf(rest);
        rest.remove(0, letter.size());
        if (!QChar::isLetterOrNumber(letter.toUcs4().front()))
            continue;
        letters += letter.left(LetterMax);
        --count;
    }
    return letters;
}

} // namespace

QString initialsOf(const QString& name) {
    static const QRegularExpression space(QStringLiteral("\\s+"), QRegularExpression::UseUnicodePropertiesOption);
    QStringList words; // that have a letter
    for (const QString& word : name.left(NameMax).split(space, Qt::SkipEmptyParts))
        if (!lettersOf(word, 1).isEmpty())
            words.append(word);
    if (words.isEmpty())
        return {};
    const QString initials =
        words.size() == 1 ? lettersOf(words.front(), 2) : lettersOf(words.front(), 1) + lettersOf(words.back(), 1);
    return initials.toUpper();
}

void drawAvatar(QPainter& painter, const Theme& theme, const QRectF& place, const AccountId& account,
                const QString& name) {
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    // From the hue down to a darker one: the letters keep their contrast everywhere.
    const QColor hue = theme.avatarColour(account);
    QLinearGradient shade(place.topLeft(), place.bottomLeft());
    shade.setColorAt(0, hue);
    shade.setColorAt(1, hue.darker(118));
    painter.setBrush(shade);
    painter.drawEllipse(place);
    QFont font = theme.font(TextRole::Strong);
    font.setPixelSize(static_cast<int>(place.height() * 0.36));
    painter.setFont(font);
    painter.setPen(Qt::white);
    painter.drawText(place, Qt::AlignCenter, initialsOf(name));
    painter.restore();
}

AvatarView::AvatarView(const Theme& theme, int side, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_side(side) {
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    connect(&theme, &Theme::changed, this, [this] {
        updateGeometry();
        update();
    });
}

void AvatarView::show(const AccountId& account, const QString& name) {
    m_account = account;
    m_name = name;
    update();
}

void AvatarView::clear() {
    show({}, {});
}

QSize AvatarView::sizeHint() const {
    return {m_theme.grown(m_side), m_theme.grown(m_side)};
}

void AvatarView::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    drawAvatar(painter, m_theme, rect(), m_account, m_name);
}

} // namespace kith::ui
