// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/question_dialog.h"

namespace kith::ui {
namespace {

constexpr int Width = 420;

} // namespace

QuestionDialog::QuestionDialog(const Theme& theme, const QString& question, const QString& text, QWidget* parent)
    : Dialog(theme, parent)
    , m_theme(theme)
    , m_said(new QVBoxLayout)
    , m_answers(new QVBoxLayout) {
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(question);
    setWidth(Width);
    m_said->setSpacing(12);
    column()->addLayout(m_said);
    if (!text.isEmpty())
        say(TextRole::Body, text);
    column()->addSpacing(8);
    m_answers->setSpacing(8);
    column()->addLayout(m_answers);
    auto* cancel = new Button(theme, ButtonKind::Quiet, tr("Cancel"), this);
    column()->addWidget(cancel);
    connect(cancel, &QAbstractButton::clicked, this, &QDialog::reject);
}

void QuestionDialog::say(TextRole role, const QString& text) {
    m_said->addWidget(new TextLabel(m_theme, role, text, this));
}

void QuestionDialog::warn(const QString& text) {
    auto* notice = new NoticeBar(m_theme, this);
    notice->show(NoticeBar::Tone::Problem, text);
    m_said->addWidget(notice);
}

void QuestionDialog::addAnswer(ButtonKind kind, const QString& text, std::function<void()> act) {
    auto* answer = new Button(m_theme, kind, text, this);
    if (m_answers->isEmpty())
        answer->setFocus();
    m_answers->addWidget(answer);
    connect(answer, &QAbstractButton::clicked, this, [this, act = std::move(act)] {
        accept();
        act();
    });
}

} // namespace kith::ui
