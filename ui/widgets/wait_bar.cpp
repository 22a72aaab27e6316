// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/wait_bar.h"

#include "ui/timeline/time_text.h"

namespace kith::ui {

WaitBar::WaitBar(const Theme& theme, const Clock& clock, Requests& requests, QWidget* parent)
    : QWidget(parent)
    , m_clock(clock)
    , m_requests(requests)
    , m_notice(new NoticeBar(theme, this))
    , m_cancel(new Button(theme, ButtonKind::Plain, tr("Cancel"), this)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(8);
    column->addWidget(m_notice);
    column->addWidget(m_cancel);
    connect(m_cancel, &QAbstractButton::clicked, this, &WaitBar::cancel);
    connect(&requests.client(), &client::Client::connectionChanged, this, &WaitBar::onConnection);
    hide();
}

void WaitBar::begin(For what) {
    m_what = what;
    m_notice->clear();
    show();
    m_cancel->setFocus(); // the field that had it is disabled now
}

void WaitBar::end() {
    m_notice->clear();
    hide();
}

void WaitBar::cancel() {
    end();
    Q_EMIT cancelled();
    if (m_what == For::Join)
        m_requests.tell(api::CancelJoin{});
}

void WaitBar::onConnection(const client::ConnectionRow& row) {
    if (!isVisible() || m_what != For::Join || !row.isJoining || !row.nextTry)
        return;
    m_notice->show(NoticeBar::Tone::Info,
                   tr("The relay is busy, or has let in many people just now, and asks to come back later. %1")
                       .arg(nextTryText(toMs(*row.nextTry), toMs(m_clock.wall()))));
}

} // namespace kith::ui
