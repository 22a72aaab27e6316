// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/base/secret_bytes.h"

#include <QString>

#include <cstdint>
#include <memory>
#include <optional>

/// Everything that the operating system does differently, in one place. No other file asks which system it runs on.
namespace kith::platform {

void systemRandom(std::uint8_t* data, std::size_t size);

/// Memory that stays out of swap and core dumps where the system allows (best effort; never fails).
std::uint8_t* allocateSecret(std::size_t size);
void freeSecret(std::uint8_t* data, std::size_t size);

/// No core dumps, no debugger attach by other programs of the user; files are private from now on (umask 077);
/// freed memory is overwritten.
void hardenProcess();

/// What the operating system's error `number` means, in words that say what to do: Full, Duplicate, NotFound, Denied
/// with a cause, Unavailable (nobody reads the pipe), else Internal.
Error systemError(int number, const QString& what);

/// An existing folder of ours that nobody else can change and that we may use. NotFound; Invalid: no folder; Denied:
/// of another user or open to others (Exposed), or closed to us (Permission).
Result<void> checkPrivateFolder(const QString& path);
/// Creates the folder (0700) with its parents, or accepts an existing one that passes checkPrivateFolder().
Result<void> makePrivateFolder(const QString& path);
/// A file or nothing there yet: a pipe would be waited at, a device read for ever. Invalid.
Result<void> checkIsFile(const QString& path);
/// At most `max` bytes of a file. NotFound, Denied, Invalid (no file).
Result<QByteArray> readFile(const QString& path, std::int64_t max);
/// Makes renames and new files in `folder` durable.
Result<void> syncFolder(const QString& folder);
/// Creates the file 0600, fails with Duplicate if it is there, writes, fsyncs file and folder.
Result<void> createPrivateFile(const QString& path, const QByteArray& content);
/// Replaces the file atomically and durably (temporary file, fsync, rename, folder fsync); 0600.
Result<void> replacePrivateFile(const QString& path, const QByteArray& content);
/// Gives a file another name in its folder, durably.
Result<void> renameFile(const QString& from, const QString& to);
/// Denied, with its cause, where an existing file may not be written to.
Result<void> checkWritable(const QString& path);
/// Reserves `bytes` of disk under `path`. Full when there is no room.
Result<void> preallocate(const QString& path, std::int64_t bytes);
std::int64_t freeDiskBytes(const QString& folder);

/// An exclusive lock on a file, held until destroyed or the process ends (kill -9 included).
class FileLock {
public:
    /// Unavailable when another process holds it; the detail names folder, program and process id where known. The file
    /// is never reached through a link.
    static Result<std::unique_ptr<FileLock>> acquire(const QString& path, const QString& programName);
    ~FileLock();
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;

private:
    explicit FileLock(int descriptor)
        : m_descriptor(descriptor) {}
    int m_descriptor;
};

/// Lets the process open as many files and sockets as the system grants; the limit that holds then.
std::int64_t raiseDescriptorLimit();
std::int64_t descriptorLimit();
void closeDescriptor(int descriptor);
/// An existing folder under a name of a few bytes, which cannot be moved or replaced while this lives: addresses of
/// local sockets hold 107 bytes only, and outside of a private folder their names are anybody's.
class ShortFolderName {
public:
    static Result<ShortFolderName> of(const QString& folder);
    ~ShortFolderName();
    ShortFolderName(ShortFolderName&& other) noexcept;
    ShortFolderName& operator=(ShortFolderName&&) = delete;
    QString file(const QString& name) const;

private:
    explicit ShortFolderName(int descriptor)
        : m_descriptor(descriptor) {}
    int m_descriptor;
};
/// Whether the process at the other end of a connected local socket belongs to our user.
bool isOwnPeer(std::intptr_t socket);

/// What is there to read on a descriptor, at most `size` bytes: 0 at the end, negative when nothing is there yet or it
/// failed.
std::int64_t readSome(int descriptor, char* data, std::size_t size);
/// Writes all of it, as fast as the reader takes it. Unavailable: the reader is gone, or the process was asked to end
/// meanwhile; Full; Internal.
Result<void> writeAll(int descriptor, const QByteArray& content);
/// True for a pipe: it turns readable, without anything to read, when its last reader is gone.
bool isPipe(int descriptor);
/// Takes a secret out of the environment: the block that other programs of the user can read is overwritten.
std::optional<SecretBytes> takeSecretVariable(const char* name);
/// One line of at most 1024 bytes, without its end; longer ones come cut to 1025. Timeout, Unavailable: as for
/// askSecret().
Result<SecretBytes> readSecretLine(int descriptor, std::optional<Millis> patience);
/// The first line of a file or a named pipe.
Result<SecretBytes> readSecretLine(const QString& path, std::optional<Millis> patience);
/// Asks on the terminal without echo. NotFound: there is no terminal. Unavailable: the process was asked to end.
/// Timeout: no line within `patience`, where one is given.
Result<SecretBytes> askSecret(const QString& prompt, std::optional<Millis> patience);

/// True when a window could be shown (a display server is named, or the Qt platform is chosen by hand).
bool hasDisplay();

/// Becomes readable once when the process is asked to end (SIGTERM, SIGINT, SIGHUP). -1 where there is no such thing.
int terminationDescriptor();

/// Own resource use, for status and bench.
struct ProcessUse {
    double cpuSeconds = 0;
    std::int64_t residentBytes = 0;
};
ProcessUse processUse();
/// From now on large blocks go back to the system as soon as they are freed, whatever was used before.
void keepNoLargeBlocks();
/// What was freed goes back to the system, as far as the allocator can tell: it would keep the highest tide for good.
/// Takes some milliseconds after a flood.
void giveBackMemory();
double threadCpuSeconds();

} // namespace kith::platform
