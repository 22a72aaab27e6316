// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/error_text.h"

namespace kith::ui {
namespace {

struct Texts {
    Q_DECLARE_TR_FUNCTIONS(ErrorText)
public:
    static QString ofCause(Cause cause) {
        switch (cause) {
        case Cause::None:
            break;
        case Cause::Permission:
            return tr("Kith may not use its folder, or a file in it. Check that both belong to you and that you may "
                      "read and change them.");
        case Cause::ReadOnly:
            return tr("The folder of Kith can only be read. Make it writable, or choose another one with --profile.");
        case Cause::Exposed:
            return tr("Other users of this computer can change the folder of Kith, so it is not opened. Close it to "
                      "them, or choose one of your own with --profile.");
        case Cause::PortInUse:
            return tr("Another program uses this port. Choose another port, or end that program.");
        case Cause::PortReserved:
            return tr("The port may not be opened. Choose one above 1023.");
        case Cause::NoSuchAddress:
            return tr("This address does not belong to this computer. Choose one that does.");
        }
        return {};
    }
    static QString special(Occasion occasion, Code code) {
        switch (occasion) {
        case Occasion::Create:
            if (code == Code::Duplicate)
                return tr("There is a profile here already. Start Kith again to open it.");
            if (code == Code::Invalid)
                return tr("This name or passphrase cannot be used. Give both at least one visible character.");
            break;
        case Occasion::Unlock:
            if (code == Code::Denied)
                return tr("This is not the passphrase. Check the keyboard layout and Caps Lock, then try again.");
            if (code == Code::Unavailable)
                return tr("This profile is open in another program. Close it there first.");
            if (code == Code::Corrupt)
                return tr("A file of this profile is damaged. Put a copy from your backup in its place; the damaged "
                          "file has not been changed.");
            if (code == Code::Invalid)
                return tr("This profile was made by a newer Kith. Update Kith to open it.");
            if (code == Code::NotFound)
                return tr("A file of this profile is missing. Put a copy from your backup in its place.");
            break;
        case Occasion::Join:
            if (code == Code::Denied)
                return tr("This invite has been used, has expired or was withdrawn. Ask for a new one.");
            if (code == Code::Untrusted)
                return tr(
                    "Somebody else answered at this address. Ask for a new invite, and do not use this one again.");
            if (code == Code::Unavailable)
                return tr(
                    "The relay does not answer. The computer it runs on may be asleep, or Kith is not running there: "
                    "ask your friend, then try again.");
            if (code == Code::Duplicate)
                return tr("You are a member of this relay already, and the link leads to nobody new.");
            if (code == Code::Invalid)
                return tr("This is not a whole invite. Copy all of the line that begins with kith://j/");
            break;
        case Occasion::AddContact:
            if (code == Code::NotFound || code == Code::Denied)
                return tr("This link has been used, has expired or was withdrawn. Ask for a new one.");
            if (code == Code::Untrusted)
                return tr("This link and the answer of its relay do not belong together. Ask for a new link.");
            if (code == Code::Duplicate)
                return tr("You know this person already, or this is a link of your own.");
            if (code == Code::Invalid)
                return tr("This is not a link of Kith. Copy the whole line, which begins with kith://");
            break;
        case Occasion::Send:
            if (code == Code::TooLarge)
                return tr(
                    "This message is too long: one holds 48 KB, some twenty pages. Shorten it, or send it in parts.");
            if (code == Code::Denied)
                return tr("This contact can no longer be reached. Add each other again.");
            break;
        case Occasion::Host:
            if (code == Code::Unavailable)
                return tr("Another program runs the relay of this folder. End it first.");
            if (code == Code::Denied)
                return tr("Two files of the relay do not belong together. Put copies of both from one backup in their "
                          "place.");
            if (code == Code::Corrupt || code == Code::NotFound)
                return tr("A file of the relay is damaged or missing. Put a copy from your backup in its place.");
            break;
        case Occasion::MakeLink:
            if (code == Code::Unavailable)
                return tr("Your relay does not answer now, or you have none yet. Requests need one where they can wait "
                          "for you.");
            if (code == Code::Quota)
                return tr("Your relay keeps no more links than are open now. Withdraw one under \"Open links\", then "
                          "make this one.");
            break;
        case Occasion::Answer:
        case Occasion::Load:
            break;
        }
        return {};
    }
    static QString general(Code code) {
        switch (code) {
        case Code::Unavailable:
        case Code::Timeout:
            return tr("The relay does not answer now. Try again when you are connected.");
        case Code::NotFound:
            return tr("This is no longer there.");
        case Code::Duplicate:
            return tr("This is there already.");
        case Code::Denied:
            return tr("This was refused.");
        case Code::Untrusted:
            return tr("The answer did not come from the expected relay, so nothing was sent.");
        case Code::Invalid:
            return tr("This cannot be read. Check that it is complete.");
        case Code::TooLarge:
            return tr("This is too large.");
        case Code::Quota:
            return tr("The other side has no room for more now. Try again later.");
        case Code::Corrupt:
            return tr("A stored file is damaged. Put a copy from your backup in its place.");
        case Code::Full:
            return tr("The disk is full. Free some space; nothing that was saved is lost.");
        case Code::Internal:
            break;
        }
        return tr("Something went wrong inside Kith. Start it again; what was saved is safe.");
    }
};

} // namespace

QString errorText(Occasion occasion, const Error& error) {
    QString text = Texts::ofCause(error.cause);
    if (text.isEmpty())
        text = Texts::special(occasion, error.code);
    return text.isEmpty() ? Texts::general(error.code) : text;
}

QString notAskedText(const Error& error) {
    return QCoreApplication::translate("ErrorText",
                                       "You have joined the relay, but whoever invited you could not be asked: %1")
        .arg(errorText(Occasion::AddContact, error));
}

} // namespace kith::ui
