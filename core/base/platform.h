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

/// Creates the folder (0700) with its parents, or accepts an existing one.
Result<void> makePrivateFolder(const QString& path);
/// Makes renames and new files in `folder` durable.
Result<void> syncFolder(const QString& folder);
/// Creates the file 0600, fails with Duplicate if it is there, writes, fsyncs file and folder.
Result<void> createPrivateFile(const QString& path, const QByteArray& content);
/// Replaces the file atomically and durably (temporary file, fsync, rename, folder fsync); 0600.
Result<void> replacePrivateFile(const QString& path, const QByteArray& content);
/// Reserves `bytes` of disk under `path`. Full when there is no room.
Result<void> preallocate(const QString& path, std::int64_t bytes);
std::int64_t freeDiskBytes(const QString& folder);

/// An exclusive lock on a file, held until destroyed or the process ends (kill -9 included).
class FileLock {
public:
    /// Unavailable when another process holds it; the detail names program and process id where known.
    static Result<std::unique_ptr<FileLock>> acquire(const QString& path, const QString& programName);
    ~FileLock();
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;

private:
    explicit FileLock(int descriptor)
        : m_descriptor(descriptor) {}
    int m_descriptor;
};

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
double threadCpuSeconds();

} // namespace kith::platform
