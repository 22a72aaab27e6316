// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/welcome_page.h"

#include "ui/error_text.h"
#include "ui/widgets/code_panel.h"
#include "ui/widgets/mark.h"

#include <QClipboard>
#include <QDesktopServices>
#include <QGuiApplication>
#include <QPrintDialog>
#include <QPrinter>
#include <QStackedLayout>
#include <QUrl>

#include <algorithm>
#include <memory>

namespace kith::ui {

WelcomePage::WelcomePage(const Theme& theme, Requests& requests, const QString& folder, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_requests(requests)
    , m_steps(new QStackedLayout(this))
    , m_folder(folder) {
    m_steps->addWidget(makeForm());
    m_steps->addWidget(makeRecovery());
    setFocusProxy(m_name);
    checkForm();
}

QWidget* WelcomePage::makeForm() {
    auto* page = new QWidget(this);
    QVBoxLayout* column = columnOf(page);
    m_name = new QLineEdit(page);
    m_name->setPlaceholderText(tr("Your name, as friends know you"));
    m_name->setAccessibleName(tr("Your name"));
    m_name->setMaxLength(64);
    m_passphrase = new PassphraseEdit(m_theme, page);
    m_passphrase->setPlaceholderText(tr("A passphrase for this computer"));
    m_passphrase->setAccessibleName(tr("Passphrase"));
    m_again = new PassphraseEdit(m_theme, page);
    m_again->setPlaceholderText(tr("The same once more"));
    m_again->setAccessibleName(tr("The same once more"));
    m_strength = new StrengthBar(m_theme, page);
    m_hint = new TextLabel(m_theme, TextRole::Secondary, {}, page);
    m_hint->setSecondary();
    m_notice = new NoticeBar(m_theme, page);
    m_create = new Button(m_theme, ButtonKind::Primary, tr("Create my profile"), page);

    auto* hero = new TextLabel(m_theme, TextRole::Hero, tr("Welcome to Kith"), page);
    hero->setAlignment(Qt::AlignCenter);
    auto* line = new TextLabel(m_theme, TextRole::Body,
                               tr("Private messages between people who know each other. No phone number, no company "
                                  "in between."),
                               page);
    line->setAlignment(Qt::AlignCenter);
    line->setSecondary();
    column->addStretch(2);
    column->addWidget(new Mark(m_theme, page), 0, Qt::AlignCenter);
    column->addWidget(hero);
    column->addWidget(line);
    column->addSpacing(12);
    column->addWidget(m_notice);
    column->addWidget(m_name);
    column->addWidget(m_passphrase);
    column->addWidget(m_strength);
    column->addWidget(m_again);
    column->addWidget(m_hint);
    column->addSpacing(4);
    column->addWidget(m_create);
    column->addStretch(3);
    connect(m_name, &QLineEdit::textChanged, this, &WelcomePage::checkForm);
    connect(m_passphrase, &QLineEdit::textChanged, this, &WelcomePage::checkForm);
    connect(m_again, &QLineEdit::textChanged, this, &WelcomePage::checkForm);
    connect(m_name, &QLineEdit::returnPressed, m_passphrase, qOverload<>(&QWidget::setFocus));
    connect(m_passphrase, &QLineEdit::returnPressed, m_again, qOverload<>(&QWidget::setFocus));
    connect(m_again, &QLineEdit::returnPressed, this, &WelcomePage::create);
    connect(m_create, &QAbstractButton::clicked, this, &WelcomePage::create);
    return page;
}

QWidget* WelcomePage::makeRecovery() {
    auto* page = new QWidget(this);
    QVBoxLayout* column = columnOf(page, 460);
    m_code = new CodePanel(m_theme, page);
    m_copy = new Button(m_theme, ButtonKind::Plain, tr("Copy"), page);
    m_copy->setDrawnIcon(Icon::Copy);
    m_print = new Button(m_theme, ButtonKind::Plain, tr("Print…"), page);
    m_print->setDrawnIcon(Icon::Print);
    auto* ways = new QHBoxLayout;
    ways->addStretch(1);
    ways->addWidget(m_copy);
    ways->addWidget(m_print);
    ways->addStretch(1);
    m_question = new TextLabel(m_theme, TextRole::Body, {}, page);
    m_last = new QLineEdit(page);
    m_last->setAccessibleName(tr("Last group of the recovery code"));
    m_last->setMaxLength(40);
    m_last->setInputMethodHints(Qt::ImhSensitiveData | Qt::ImhNoPredictiveText);
    m_showAgain = new Button(m_theme, ButtonKind::Quiet, tr("Show the code again"), page);
    m_continue = new Button(m_theme, ButtonKind::Primary, {}, page);
    auto* folder = new Button(m_theme, ButtonKind::Quiet, tr("Show the folder"), page);
    column->addStretch(2);
    column->addWidget(new TextLabel(m_theme, TextRole::PageTitle, tr("Write down your recovery code"), page));
    column->addWidget(new TextLabel(
        m_theme, TextRole::Body,
        tr("If this computer is lost, this code and a copy of the file recovery.kith bring your identity back; a later "
           "version of Kith reads them. The code is shown only now: keep it on paper, away from the computer. Copy the "
           "file to a place outside of this computer, too; it lies in %1")
            .arg(isolated(breakable(m_folder))),
        page));
    column->addWidget(folder, 0, Qt::AlignLeft);
    column->addSpacing(8);
    column->addWidget(m_code);
    column->addLayout(ways);
    column->addWidget(m_question);
    column->addWidget(m_last);
    column->addSpacing(8);
    column->addWidget(m_continue);
    column->addWidget(m_showAgain);
    column->addStretch(3);
    connect(m_copy, &QAbstractButton::clicked, this, [this] {
        QGuiApplication::clipboard()->setText(m_code->code());
        m_copy->setText(tr("Copied"));
    });
    connect(m_print, &QAbstractButton::clicked, this, &WelcomePage::print);
    connect(folder, &QAbstractButton::clicked, this,
            [this] { QDesktopServices::openUrl(QUrl::fromLocalFile(m_folder)); });
    connect(m_last, &QLineEdit::textChanged, this, &WelcomePage::checkCode);
    connect(m_last, &QLineEdit::returnPressed, m_continue, &QAbstractButton::click);
    connect(m_showAgain, &QAbstractButton::clicked, this, [this] { askForCode(false); });
    connect(m_continue, &QAbstractButton::clicked, this, [this] {
        if (!m_isAsking)
            return askForCode(true);
        m_code->clear();
        m_last->clear();
        Q_EMIT finished();
    });
    askForCode(false);
    return page;
}

bool WelcomePage::isCodeShown() const {
    return m_steps->currentIndex() == 1 && !m_code->code().isEmpty();
}

/// Whoever has it on paper can say how it ends, without seeing it.
void WelcomePage::askForCode(bool ask) {
    m_isAsking = ask;
    m_code->setVisible(!ask);
    m_copy->setVisible(!ask);
    m_print->setVisible(!ask);
    m_question->setVisible(ask);
    m_last->setVisible(ask);
    m_showAgain->setVisible(ask);
    m_last->clear();
    m_continue->setText(ask ? tr("Go on") : tr("I have written it down"));
    checkCode();
    if (ask)
        m_last->setFocus();
}

void WelcomePage::checkCode() {
    const QString code = m_code->code().simplified();
    const qsizetype start = std::max(code.lastIndexOf(u' '), code.lastIndexOf(u'-')) + 1;
    const QString typed = m_last->text().trimmed();
    const bool isRight = typed.compare(code.mid(start), Qt::CaseInsensitive) == 0;
    m_question->setText(!isRight && typed.size() >= code.size() - start
                            ? tr("That is not its last group. Look once more at what you have written down:")
                            : tr("Type its last group, from what you have written down:"));
    m_continue->setEnabled(!m_isAsking || isRight);
}

/// The printers are the system's, and so is this dialog. Nothing is kept on a disk.
void WelcomePage::print() {
    const auto printer = std::make_shared<QPrinter>(QPrinter::HighResolution); // as long as the dialog
    printer->setDocName(tr("Kith: recovery code"));
    auto* dialog = new QPrintDialog(printer.get(), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, qOverload<QPrinter*>(&QPrintDialog::accepted), this,
            [this, printer] { drawCodePage(*printer, m_name->text().trimmed(), m_code->code()); });
    dialog->open();
}

void WelcomePage::checkForm() {
    const QString passphrase = m_passphrase->text();
    const int strength = passphrase.isEmpty() ? -1 : passphraseStrength(passphrase);
    m_strength->setStrength(strength);
    m_hint->setText(strength < 0    ? tr("It locks your messages on this computer. Nobody can reset it.")
                    : strength == 0 ? tr("Easy to guess. Four unrelated words are good.")
                    : strength == 1 ? tr("Still easy to guess. Add a word.")
                    : strength == 2 ? tr("Fair.")
                    : strength == 3 ? tr("Good.")
                                    : tr("Very good."));
    const bool isSame = m_again->text() == passphrase;
    if (!isSame && !m_again->text().isEmpty() && !passphrase.startsWith(m_again->text()))
        m_hint->setText(tr("The two are not the same."));
    m_create->setEnabled(!m_name->text().trimmed().isEmpty() && !passphrase.isEmpty() && isSame);
    m_create->setText(tr("Create my profile"));
    m_isWarned = false;
    m_notice->clear();
}

void WelcomePage::create() {
    if (!m_create->isEnabled())
        return;
    m_notice->clear();
    if (passphraseStrength(m_passphrase->text()) < StrengthBar::Fair && !std::exchange(m_isWarned, true)) {
        m_notice->show(
            NoticeBar::Tone::Problem,
            tr("Whoever gets this computer guesses this passphrase within minutes, and reads everything. Four "
               "unrelated words are good, and easy to remember."));
        m_create->setText(tr("Use it all the same"));
        m_passphrase->setFocus();
        return;
    }
    m_create->setEnabled(false);
    m_create->setText(tr("Creating the keys…"));
    m_requests.ask(api::Init{m_name->text().trimmed(), m_passphrase->passphrase()}, this,
                   [this](const Result<client::ProfileCreated>& result) { onCreated(result); });
}

void WelcomePage::onCreated(const Result<client::ProfileCreated>& result) {
    m_create->setText(tr("Create my profile"));
    if (!result) {
        checkForm();
        m_notice->show(NoticeBar::Tone::Problem, errorText(Occasion::Create, result.error()));
        return;
    }
    m_passphrase->wipe();
    m_again->wipe();
    m_code->setCode(result->recoveryCode);
    m_steps->setCurrentIndex(1);
    m_copy->setFocus(); // Enter once too often must not end the only look at it
}

} // namespace kith::ui
