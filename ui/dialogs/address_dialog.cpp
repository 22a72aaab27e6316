// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/address_dialog.h"

#include "ui/address.h"

#include <QCoreApplication>
#include <QDesktopServices>

namespace kith::ui {
namespace {

constexpr qsizetype WholeMax = 400; ///< what a dialog has room for

struct Texts {
    Q_DECLARE_TR_FUNCTIONS(AddressDialog)
public:
    static QString doubt(const AddressFacts& facts) {
        const QString name = isolated(breakable(facts.readable));
        switch (facts.letters) {
        case AddressFacts::Letters::Mixed:
            return tr("Written out, this name is %1: it has letters of several alphabets in one word, which is done to "
                      "make it look like another one.")
                .arg(name);
        case AddressFacts::Letters::LookAlike:
            return tr("Written out, this name is %1: its letters look like those from a to z, but are others.")
                .arg(name);
        case AddressFacts::Letters::OfALanguage:
            return tr("Written out, this name is %1: it has other letters than a to z.").arg(name);
        case AddressFacts::Letters::Plain:
            break;
        }
        return {};
    }
    static QString whole(const QString& address) {
        if (address.size() <= WholeMax)
            return breakable(address);
        return tr("%1 … and %n more characters", nullptr, static_cast<int>(address.size() - WholeMax))
            .arg(breakable(address.left(WholeMax)));
    }
    static QuestionDialog* make(const Theme& theme, const QUrl& address, QWidget* parent) {
        const AddressFacts facts = factsOf(address);
        auto* question = new QuestionDialog(
            theme, facts.hidesHost ? tr("This address is not opened") : tr("Open this address?"), {}, parent);
        question->say(TextRole::ChatTitle, breakable(facts.host));
        question->say(TextRole::Body, whole(facts.whole));
        if (facts.hidesHost) {
            question->warn(tr("It leads to the host above, and has something in front of it that may be taken for "
                              "another one. Nobody needs that but to deceive."));
            question->setFocus();
            return question;
        }
        if (const QString what = doubt(facts); !what.isEmpty())
            question->warn(what);
        question->addAnswer(ButtonKind::Primary, tr("Open"), [address] { QDesktopServices::openUrl(address); });
        if (facts.letters != AddressFacts::Letters::Plain)
            question->setFocus(); // not by one more key
        return question;
    }
};

} // namespace

QuestionDialog* makeAddressDialog(const Theme& theme, const QUrl& address, QWidget* parent) {
    return Texts::make(theme, address, parent);
}

} // namespace kith::ui
