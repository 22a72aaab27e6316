// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/links_dialog.h"

#include "ui/error_text.h"

#include <QDateTime>
#include <QHBoxLayout>
#include <QLocale>

namespace kith::ui {

LinksDialog::LinksDialog(const Theme& theme, Requests& requests, QWidget* parent)
    : Dialog(theme, parent)
    , m_theme(theme)
    , m_requests(requests)
    , m_notice(new NoticeBar(theme, this))
    , m_text(new TextLabel(theme, TextRole::Body, {}, this))
    , m_rows(new QVBoxLayout) {
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Open links"));
    m_text->setSecondary();
    column()->addWidget(m_notice);
    column()->addWidget(m_text);
    m_rows->setSpacing(8);
    column()->addLayout(m_rows);
    load();
}

void LinksDialog::load() {
    m_requests.ask(api::Links{}, this, [this](const Result<std::vector<client::LinkRow>>& result) {
        if (result)
            showLinks(*result);
        else
            m_notice->show(NoticeBar::Tone::Problem, errorText(Occasion::Load, result.error()));
    });
}

void LinksDialog::showLinks(const std::vector<client::LinkRow>& links) {
    m_text->setText(links.empty() ? tr("No link of yours is open.")
                                  : tr("With these links people can ask to talk to you. Withdrawn, a link leads "
                                       "nowhere; who is a contact already stays one."));
    setFocus(); // the button that was pressed goes
    while (QLayoutItem* item = m_rows->takeAt(0)) {
        item->widget()->deleteLater();
        delete item;
    }
    for (const client::LinkRow& link : links) {
        auto* row = new QWidget(this);
        auto* line = new QHBoxLayout(row);
        line->setContentsMargins(0, 0, 0, 0);
        const QString day =
            QLocale().toString(QDateTime::fromMSecsSinceEpoch(toMs(link.expires)).date(), QLocale::ShortFormat);
        line->addWidget(new TextLabel(m_theme, TextRole::Body,
                                      link.isReusable ? tr("For many people, until %1").arg(day)
                                                      : tr("For one person, until %1").arg(day),
                                      row),
                        1);
        auto* withdrawn = new Button(m_theme, ButtonKind::Plain, tr("Withdraw"), row);
        line->addWidget(withdrawn);
        connect(withdrawn, &QAbstractButton::clicked, this, [this, id = link.id] { withdraw(id); });
        m_rows->addWidget(row);
    }
}

void LinksDialog::withdraw(const DropId& id) {
    m_notice->clear();
    m_requests.ask(api::RevokeLink{id}, this, [this](const Result<void>& result) {
        if (!result && result.error().code != Code::NotFound) // else it was used meanwhile
            m_notice->show(NoticeBar::Tone::Problem, errorText(Occasion::MakeLink, result.error()));
        load();
    });
}

} // namespace kith::ui
