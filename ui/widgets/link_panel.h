// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/widgets/form.h"

namespace kith::ui {

class QrView;

/// A link to hand on: QR code, the text, and a button that copies it. Thread: GUI.
class LinkPanel final : public QWidget {
    Q_OBJECT
public:
    explicit LinkPanel(const Theme& theme, QWidget* parent = nullptr);
    void setLink(const QString& link);
    QString link() const { return m_link->text(); }

private:
    QrView* m_code;
    QLineEdit* m_link;
    Button* m_copy;
};

} // namespace kith::ui
