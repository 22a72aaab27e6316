// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/dialogs/dialog.h"
#include "ui/theme.h"

#include <QSortFilterProxyModel>

class QLineEdit;
class QListView;

namespace kith::ui {

class ConversationModel;
class TextLabel;

/// Goes to a chat by some letters of its name. The latest chats come first; of names, those that begin with the
/// letters. Thread: GUI.
class SwitcherDialog final : public Dialog {
    Q_OBJECT
public:
    SwitcherDialog(const Theme& theme, ConversationModel& list, QWidget* parent = nullptr);

Q_SIGNALS:
    void chosen(const kith::ConversationId& conversation);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override; ///< arrows in the field move the choice

private:
    /// Letters in this order, with others between them.
    class Matches final : public QSortFilterProxyModel {
    public:
        using QSortFilterProxyModel::QSortFilterProxyModel;
        void setLetters(const QString& letters);

    protected:
        bool filterAcceptsRow(int row, const QModelIndex& parent) const override;
        bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;

    private:
        int rank(int row) const; ///< 0: the name begins so, 1: one of its words, 2: within; -1: not at all
        QString m_letters;
    };
    void search(const QString& letters);
    void choose();

    Matches* m_matches;
    QLineEdit* m_field;
    QListView* m_view;
    TextLabel* m_nobody; ///< in place of an empty list
};

} // namespace kith::ui
