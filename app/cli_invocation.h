// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/logging.h"
#include "core/base/platform.h"

#include <QJsonObject>
#include <QStringList>

namespace kith::app {

/// The command line of kith-cli, taken apart.
struct Invocation {
    enum class Task { Command, Help, Version, SelfCheck };
    Task task = Task::Command;
    QString profile;
    QString passphraseFile;
    int passphraseDescriptor = -1;
    std::optional<SecretBytes> passphrase; ///< of the environment
    bool json = false;
    bool allowLocal = false;
    bool plainLoopback = false;
    bool syncFirst = false;
    std::optional<Millis> timeout; ///< as given: for a prompt and standard input; the network always has one
    log::Level logLevel = log::Level::Warning;
    QString command;
    QJsonObject params;

    bool hasPassphrase() const { return passphrase || !passphraseFile.isEmpty() || passphraseDescriptor >= 0; }
    Millis networkTimeout() const { return timeout.value_or(std::chrono::seconds(30)); }
};

/// Options before the command are the program's, those after it the command's or the program's; after "--" nothing is
/// an option. Invalid: wrong usage; the detail says what.
Result<Invocation> parseInvocation(QStringList words);
QString usage();

/// From the file, the descriptor, the environment or the terminal. One line; its end is not part of it. Invalid: there
/// is none to be had; Timeout; Unavailable: the program was asked to end.
Result<SecretBytes> readPassphrase(Invocation& given);

} // namespace kith::app
