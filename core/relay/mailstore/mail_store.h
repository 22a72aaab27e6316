// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/relay/mailstore/operations.h"

#include <QLatin1String>

#include <span>

namespace kith::relay {

/// Mailboxes, drops, prekeys and everything else that a relay must still know tomorrow (PROTOCOL.md s14). Hides the
/// engine behind it and the rules that decide about an operation. Every implementation passes contract_mailstore.
/// Thread: one at a time; calls return when they are done.
class MailStore {
public:
    virtual ~MailStore() = default;

    /// Runs the operations in order, each in one all-or-none step, and commits them together: all results are durable
    /// when it returns a value. After an error nothing of the batch has happened and no result may be used.
    virtual Result<void> execute(std::span<Operation> batch) = 0;

    /// What the relay knows about itself: its keys and settings. Durable when it returns.
    virtual Result<std::optional<SecretBytes>> setting(QLatin1String name) = 0;
    virtual Result<void> setSetting(QLatin1String name, ByteView value) = 0;
    virtual Result<void> removeSetting(QLatin1String name) = 0;

    /// False while the disk is too full for new mail: sends answer RETRY_LATER, reads and ACKs go on.
    virtual bool hasRoom() const = 0;
};

} // namespace kith::relay
