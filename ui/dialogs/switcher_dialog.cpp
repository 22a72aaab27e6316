// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/switcher_dialog.h"

#include "ui/models/conversation_model.h"
#include "ui/widgets/conversation_delegate.h"
#include "ui/widgets/form.h"

#include <QCoreApplication>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListView>
#include <QVBoxLayout>

namespace kith::ui {
namespace {

constexpr int LettersMax = 100;
constexpr int RowsSeen = 6;

bool hasInOrder(const QString& name, const QString& letters) {
    qsizetype at = 0;
    for (const QChar letter : letters) {
        at = name.indexOf(letter, at, Qt::CaseInsensitive);
        if (at < 0)
            return false;
        ++at;
    }
    return true;
}

} // namespace

void SwitcherDialog::Matches::setLetters(const QString& letters) {
    m_letters = letters;
    invalidate();
    sort(0);
}

int SwitcherDialog::Matches::rank(int row) const {
    const QString name = sourceModel()->index(row, 0).data().toString();
    if (name.startsWith(m_letters, Qt::CaseInsensitive))
        return 0;
    if (name.contains(u' ' + m_letters, Qt::CaseInsensitive))
        return 1;
    return hasInOrder(name, m_letters) ? 2 : -1;
}

bool SwitcherDialog::Matches::filterAcceptsRow(int row, const QModelIndex&) const {
    return rank(row) >= 0;
}

bool SwitcherDialog::Matches::lessThan(const QModelIndex& left, const QModelIndex& right) const {
    const int a = rank(left.row());
    const int b = rank(right.row());
    return a != b ? a < b : left.row() < right.row();
}

SwitcherDialog::SwitcherDialog(const Theme& theme, ConversationModel& list, QWidget* parent)
    : Dialog(theme, parent)
    , m_matches(new Matches(this))
    , m_field(new QLineEdit(this))
    , m_view(new QListView(this))
    , m_nobody(new TextLabel(theme, TextRole::Body, tr("Nobody of this name is here."), this)) {
    setWindowTitle(tr("Go to a chat"));
    m_matches->setSourceModel(&list);
    m_field->setPlaceholderText(tr("Name"));
    m_field->setAccessibleName(tr("Name"));
    m_field->setMaxLength(LettersMax);
    m_field->installEventFilter(this);
    auto* delegate = new ConversationDelegate(theme, m_view);
    m_view->setModel(m_matches);
    m_view->setItemDelegate(delegate);
    blendIn(m_view);
    m_view->setFocusPolicy(Qt::NoFocus); // the field keeps the keys
    m_view->setAccessibleName(tr("Chats"));
    setHeadless(12);
    setWidth(420);
    column()->addWidget(m_field);
    column()->addWidget(m_view);
    column()->addWidget(m_nobody);
    m_nobody->setSecondary();
    m_nobody->setAlignment(Qt::AlignCenter);
    const int rows = std::clamp(m_matches->rowCount(), 1, RowsSeen);
    m_view->setFixedHeight(rows * delegate->sizeHint({}, {}).height());
    m_nobody->setFixedHeight(m_view->height());
    connect(m_field, &QLineEdit::textChanged, this, &SwitcherDialog::search);
    connect(m_field, &QLineEdit::returnPressed, this, &SwitcherDialog::choose);
    connect(m_view, &QListView::clicked, this, &SwitcherDialog::choose);
    search({});
    m_field->setFocus();
}

void SwitcherDialog::search(const QString& letters) {
    m_matches->setLetters(letters.trimmed());
    m_view->setCurrentIndex(m_matches->index(0, 0));
    m_view->setVisible(m_matches->rowCount() > 0);
    m_nobody->setVisible(!m_view->isVisibleTo(this));
}

void SwitcherDialog::choose() {
    const QModelIndex at = m_view->currentIndex();
    if (!at.isValid())
        return;
    const auto& list = *static_cast<const ConversationModel*>(m_matches->sourceModel());
    const ConversationId id = list.row(m_matches->mapToSource(at).row()).id;
    accept();
    Q_EMIT chosen(id);
}

bool SwitcherDialog::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        if (key == Qt::Key_Up || key == Qt::Key_Down || key == Qt::Key_PageUp || key == Qt::Key_PageDown) {
            QCoreApplication::sendEvent(m_view, event);
            return true;
        }
    }
    return QDialog::eventFilter(watched, event);
}

} // namespace kith::ui
