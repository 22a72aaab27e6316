// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>
#include <QUrl>

namespace kith::ui {

/// What an address says to somebody who reads it closely: everything as the network knows it, so that no letter, escape
/// or direction can make it look like another one.
struct AddressFacts {
    enum class Letters {
        Plain,       ///< a to z
        OfALanguage, ///< others, of one alphabet
        LookAlike,   ///< all of them could be taken for letters of a to z
        Mixed,       ///< of several alphabets in one name
    };
    QString whole;    ///< in ASCII
    QString host;     ///< in ASCII, with its port; of mail, the mailbox
    QString readable; ///< the host name in its own letters; empty where that is no different
    Letters letters = Letters::Plain;
    bool hidesHost = false; ///< something stands before the host that may be taken for it
};

AddressFacts factsOf(const QUrl& address);

} // namespace kith::ui
