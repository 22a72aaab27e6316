// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/self_dialog.h"

#include "ui/widgets/avatar.h"
#include "ui/widgets/form.h"

#include <QDesktopServices>
#include <QHBoxLayout>
#include <QUrl>

namespace kith::ui {
namespace {

constexpr int AvatarSide = 72;

QString stateOf(const client::ConnectionRow& home) {
    if (home.state == QLatin1String("live"))
        return SelfDialog::tr("Connected");
    if (home.state == QLatin1String("connecting"))
        return SelfDialog::tr("Connecting");
    return home.state == QLatin1String("stopped") ? SelfDialog::tr("Not connected") : SelfDialog::tr("Offline");
}

} // namespace

SelfDialog::SelfDialog(const Theme& theme, const client::ProfileInfo& info, const QString& folder, QWidget* parent)
    : Dialog(theme, parent) {
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("You"));
    auto* avatar = new AvatarView(theme, AvatarSide, this);
    avatar->show(info.account, info.name);
    auto* name = new TextLabel(theme, TextRole::PageTitle, breakable(info.name), this);
    name->setAlignment(Qt::AlignCenter);
    column()->addWidget(avatar, 0, Qt::AlignCenter);
    column()->addWidget(name);
    column()->addWidget(new TextLabel(theme, TextRole::Strong, tr("Your relays"), this));
    for (const client::ConnectionRow& home : info.homes) {
        auto* row = new QHBoxLayout;
        auto* state = new TextLabel(theme, TextRole::Body, stateOf(home), this);
        state->setSecondary();
        state->setWordWrap(false);
        row->addWidget(new TextLabel(theme, TextRole::Body, breakable(home.endpoint), this), 1);
        row->addWidget(state, 0, Qt::AlignTop);
        column()->addLayout(row);
    }
    if (info.homes.empty())
        column()->addWidget(new TextLabel(theme, TextRole::Body, tr("None yet: nobody can reach you."), this));
    column()->addWidget(new TextLabel(theme, TextRole::Strong, tr("Your profile lies here"), this));
    auto* where = new TextLabel(theme, TextRole::Body, breakable(folder), this);
    where->setSecondary();
    column()->addWidget(where);
    column()->addSpacing(4);
    auto* show = new Button(theme, ButtonKind::Plain, tr("Show the folder"), this);
    auto* links = new Button(theme, ButtonKind::Plain, tr("Open links…"), this);
    auto* lock = new Button(theme, ButtonKind::Plain, tr("Lock"), this);
    show->setDrawnIcon(Icon::Folder);
    links->setDrawnIcon(Icon::Link);
    lock->setDrawnIcon(Icon::Lock);
    for (Button* button : {show, links, lock})
        column()->addWidget(button);
    connect(show, &QAbstractButton::clicked, this,
            [folder] { QDesktopServices::openUrl(QUrl::fromLocalFile(folder)); });
    connect(links, &QAbstractButton::clicked, this, [this] {
        accept();
        Q_EMIT linksRequested();
    });
    connect(lock, &QAbstractButton::clicked, this, &SelfDialog::lockRequested);
}

} // namespace kith::ui
