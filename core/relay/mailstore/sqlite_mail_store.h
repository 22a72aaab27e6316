// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/relay/mailstore/mail_rules.h"
#include "core/relay/mailstore/mail_store.h"
#include "core/relay/mailstore/sqlite_rows.h"

#include <functional>

namespace kith::relay {

/// A relay's mailboxes in one SQLCipher file, `relay.db`: one batch = one commit, on disk when execute() returns.
/// Hides the schema, the row cache and what happens on a full disk: a 64 MiB `reserve` file beside the store is given
/// up so that ACKs can still be written, and mail is accepted again once it could be laid down anew (PROTOCOL.md s20).
/// Thread: one at a time. Errors of open(): Denied (the key does not open it), Corrupt, Invalid (another kind of file,
/// or made by a newer program), Unavailable, Full.
class SqliteMailStore final : public MailStore {
public:
    struct Options {
        MailPolicy policy;
        std::int64_t reserveBytes = 64LL * 1024 * 1024;
        std::int64_t pagesMax = 0;               ///< of 4 KiB; the store grows no further (0 = as the disk allows)
        std::function<std::int64_t()> freeBytes; ///< on the disk of the store; by default asks the system
    };
    enum class Mode { Create, Existing };

    /// Mode::Existing refuses to make a file. A store that was restored from a backup renews its epochs here.
    static Result<std::unique_ptr<SqliteMailStore>> open(const QString& path, const SecretBytes& key, Mode mode,
                                                         const Clock& clock, const Options& options);

    Result<void> execute(std::span<Operation> batch) override;
    Result<std::optional<SecretBytes>> setting(QLatin1String name) override;
    Result<void> setSetting(QLatin1String name, ByteView value) override;
    Result<void> removeSetting(QLatin1String name) override;
    /// What is committed stands in the file itself afterwards, not in its log only.
    Result<void> writeThrough() { return m_database.checkpoint(); }
    bool hasRoom() const override { return m_disk != Disk::Low; }
    std::int64_t freeBytes() const override { return m_options.freeBytes(); }

private:
    SqliteMailStore(sqlite::Database database, const QString& path, const Clock& clock, const Options& options);
    Result<void> prepare();
    Result<void> attempt(std::span<Operation> batch);
    void checkDisk();
    void makeRoom();
    void giveBackPages();

    sqlite::Database m_database;
    QString m_reservePath;
    Options m_options;
    SqliteRows m_rows;
    MailRules m_rules;
    Disk m_disk = Disk::Roomy;
    bool m_hasReserve = false;
};

/// Set in a copy of a store that is put to use: a backup that was restored, or a relay that has moved.
inline constexpr QLatin1String RestoredSetting("restored");

} // namespace kith::relay
