// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/platform.h"

#include <QFile>
#include <QFileInfo>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <termios.h>
#include <unistd.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace kith::platform {
namespace {

Error systemError(const char* what) {
    const int number = errno;
    return platform::systemError(number, QString::fromLatin1(what));
}
Error systemError(const char* what, const QString& path) {
    const int number = errno;
    return platform::systemError(number, QStringLiteral("%1 %2").arg(QString::fromLatin1(what), path));
}

class Descriptor {
public:
    explicit Descriptor(int value)
        : m_value(value) {}
    ~Descriptor() {
        if (m_value >= 0)
            ::close(m_value);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int value() const { return m_value; }
    int release() { return std::exchange(m_value, -1); }

private:
    int m_value;
};

Result<void> writeThrough(int descriptor, const QByteArray& content) {
    TRY(writeAll(descriptor, content));
    return ::fsync(descriptor) == 0 ? Result<void>() : systemError("cannot flush to disk");
}

std::size_t wholePages(std::size_t size) {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    return (size + page - 1) / page * page;
}

int g_terminationPipe[2] = {-1, -1}; // NOLINT: a signal handler can reach nothing else

void onTermination(int) {
    const char byte = 1;
    [[maybe_unused]] const ssize_t wrote = ::write(g_terminationPipe[1], &byte, 1);
}

/// Until the descriptor is ready, or the process is asked to end: a read or write that blocks would not notice.
Result<void> await(int descriptor, short events, std::optional<SteadyTime> until = std::nullopt) {
    for (;;) {
        pollfd waited[] = {{descriptor, events, 0}, {g_terminationPipe[0], POLLIN, 0}}; // -1 is left out
        const Millis left = until ? std::max(*until - SystemClock().steady(), Millis(0)) : Millis(-1);
        const int ready = ::poll(waited, 2, static_cast<int>(left.count()));
        if (ready < 0 && errno != EINTR)
            return systemError("cannot wait");
        if (ready == 0)
            return fail(Code::Timeout, QStringLiteral("there was no answer in time"));
        if (ready > 0 && waited[0].revents != 0)
            return {};
        if (ready > 0)
            return fail(Code::Unavailable, QStringLiteral("the program was asked to end before it was done"));
    }
}

} // namespace

Error systemError(int number, const QString& what) {
    struct Meaning {
        int number;
        Code code;
        Cause cause;
        const char* remedy;
    };
    static constexpr Meaning known[] = {
        {ENOSPC, Code::Full, Cause::None, "; make room on it"},
        {EDQUOT, Code::Full, Cause::None, "; make room in it"},
        {EEXIST, Code::Duplicate, Cause::None, ""},
        {ENOENT, Code::NotFound, Cause::None, ""},
        {ENOTDIR, Code::NotFound, Cause::None, ""},
        {EACCES, Code::Denied, Cause::Permission, "; check who owns it, and its mode"},
        {EPERM, Code::Denied, Cause::Permission, "; check who owns it, and its mode"},
        {EROFS, Code::Denied, Cause::ReadOnly, "; mount it so that it can be written to, or choose another folder"},
        {ELOOP, Code::Denied, Cause::Exposed, "; a link stands in place of this file, remove it"},
        {EPIPE, Code::Unavailable, Cause::None, ""},
    };
    const auto* found = std::find_if(std::begin(known), std::end(known),
                                     [number](const Meaning& each) { return each.number == number; });
    const bool isKnown = found != std::end(known);
    return fail(
        isKnown ? found->code : Code::Internal,
        QStringLiteral("%1: %2%3")
            .arg(what, QString::fromLocal8Bit(std::strerror(number)), QLatin1String(isKnown ? found->remedy : "")),
        isKnown ? found->cause : Cause::None);
}

void systemRandom(std::uint8_t* data, std::size_t size) {
    std::size_t done = 0;
    while (done < size) {
        const ssize_t got = ::getrandom(data + done, size - done, 0);
        if (got < 0 && errno == EINTR)
            continue;
        INVARIANT(got > 0);
        done += static_cast<std::size_t>(got);
    }
}

std::uint8_t* allocateSecret(std::size_t size) {
    // Whole pages of their own: mlock and MADV_DONTDUMP work on pages, and a page shared with other heap data
    // would be unlocked by whoever frees first.
    const std::size_t length = wholePages(size);
    void* pages = ::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    INVARIANT(pages != MAP_FAILED);
    [[maybe_unused]] const int locked = ::mlock(pages, length); // best effort: RLIMIT_MEMLOCK may be small
    ::madvise(pages, length, MADV_DONTDUMP);
    return static_cast<std::uint8_t*>(pages);
}

void freeSecret(std::uint8_t* data, std::size_t size) {
    ::munmap(data, wholePages(size));
}

void hardenProcess() {
    ::prctl(PR_SET_DUMPABLE, 0);
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::umask(077);
    ::signal(SIGPIPE, SIG_IGN);
}

Result<void> checkPrivateFolder(const QString& path) {
    const QByteArray name = QFile::encodeName(path);
    struct stat info {};
    if (::stat(name.constData(), &info) != 0)
        return systemError("cannot look at", path);
    if (!S_ISDIR(info.st_mode))
        return fail(Code::Invalid, QStringLiteral("%1 is not a folder").arg(path));
    // Whoever may write to it, or own it, may put other files in the place of ours.
    if (info.st_uid != ::geteuid())
        return fail(Code::Denied,
                    QStringLiteral("the folder %1 belongs to another user; choose one of your own").arg(path),
                    Cause::Exposed);
    if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return fail(
            Code::Denied,
            QStringLiteral("other users may change the folder %1; close it to them with \"chmod 700\"").arg(path),
            Cause::Exposed);
    if (::access(name.constData(), R_OK | X_OK) != 0)
        return systemError("cannot use the folder", path);
    return {};
}

Result<void> makePrivateFolder(const QString& path) {
    const QByteArray name = QFile::encodeName(path);
    struct stat info {};
    if (::stat(name.constData(), &info) == 0 || errno != ENOENT)
        return checkPrivateFolder(path);
    const QString parent = QFileInfo(path).absolutePath();
    if (::stat(QFile::encodeName(parent).constData(), &info) != 0 && errno == ENOENT)
        TRY(makePrivateFolder(parent));
    if (::mkdir(name.constData(), 0700) != 0)
        return errno == EEXIST ? checkPrivateFolder(path) : systemError("cannot create the folder", path);
    return syncFolder(parent);
}

Result<void> checkIsFile(const QString& path) {
    struct stat info {};
    if (::stat(QFile::encodeName(path).constData(), &info) != 0)
        return errno == ENOENT ? Result<void>() : systemError("cannot look at", path);
    return S_ISREG(info.st_mode) ? Result<void>() : fail(Code::Invalid, QStringLiteral("%1 is not a file").arg(path));
}

Result<QByteArray> readFile(const QString& path, std::int64_t max) {
    TRY(checkIsFile(path));
    const Descriptor descriptor(::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC));
    if (descriptor.value() < 0)
        return systemError("cannot read", path);
    QByteArray content(max, Qt::Uninitialized);
    std::int64_t size = 0;
    while (size < max) {
        const std::int64_t got =
            readSome(descriptor.value(), content.data() + size, static_cast<std::size_t>(max - size));
        if (got < 0)
            return systemError("cannot read", path);
        if (got == 0)
            break;
        size += got;
    }
    content.truncate(size);
    return content;
}

Result<void> syncFolder(const QString& folder) {
    const Descriptor descriptor(::open(QFile::encodeName(folder).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (descriptor.value() < 0)
        return systemError("cannot open the folder", folder);
    if (::fsync(descriptor.value()) != 0)
        return systemError("cannot flush the folder", folder);
    return {};
}

Result<void> createPrivateFile(const QString& path, const QByteArray& content) {
    const QByteArray name = QFile::encodeName(path);
    Descriptor descriptor(::open(name.constData(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (descriptor.value() < 0)
        return systemError("cannot create the file", path);
    if (const auto wrote = writeThrough(descriptor.value(), content); !wrote) {
        ::unlink(name.constData());
        return wrote.error();
    }
    return syncFolder(QFileInfo(path).absolutePath());
}

Result<void> replacePrivateFile(const QString& path, const QByteArray& content) {
    const QString temporary = path + QStringLiteral(".new");
    ::unlink(QFile::encodeName(temporary).constData());
    TRY(createPrivateFile(temporary, content));
    return renameFile(temporary, path);
}

Result<void> renameFile(const QString& from, const QString& to) {
    if (::rename(QFile::encodeName(from).constData(), QFile::encodeName(to).constData()) != 0)
        return systemError("cannot make the file", to);
    return syncFolder(QFileInfo(to).absolutePath());
}

Result<void> checkWritable(const QString& path) {
    return ::access(QFile::encodeName(path).constData(), W_OK) == 0 ? Result<void>()
                                                                    : systemError("cannot write to", path);
}

Result<void> preallocate(const QString& path, std::int64_t bytes) {
    TRY(checkIsFile(path));
    const Descriptor descriptor(
        ::open(QFile::encodeName(path).constData(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (descriptor.value() < 0)
        return systemError("cannot create the reserve file");
    const int error = ::posix_fallocate(descriptor.value(), 0, bytes);
    return error == 0 ? Result<void>() : systemError(error, QStringLiteral("cannot reserve disk space"));
}

std::int64_t freeDiskBytes(const QString& folder) {
    struct statvfs info {};
    if (::statvfs(QFile::encodeName(folder).constData(), &info) != 0)
        return 0;
    return static_cast<std::int64_t>(info.f_bavail) * static_cast<std::int64_t>(info.f_frsize);
}

Result<std::unique_ptr<FileLock>> FileLock::acquire(const QString& path, const QString& programName) {
    Descriptor descriptor(::open(QFile::encodeName(path).constData(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (descriptor.value() < 0)
        return systemError("cannot lock", path);
    if (::flock(descriptor.value(), LOCK_EX | LOCK_NB) != 0) {
        char owner[80] = {};
        const ssize_t got = ::pread(descriptor.value(), owner, sizeof owner - 1, 0);
        const QString name = got > 0 ? QString::fromUtf8(owner, got).trimmed() : QStringLiteral("another program");
        return fail(Code::Unavailable,
                    QStringLiteral("the folder %1 is in use by %2").arg(QFileInfo(path).absolutePath(), name));
    }
    const QByteArray owner = QStringLiteral("%1 (process %2)\n").arg(programName).arg(::getpid()).toUtf8();
    if (::ftruncate(descriptor.value(), 0) != 0 ||
        ::pwrite(descriptor.value(), owner.constData(), static_cast<std::size_t>(owner.size()), 0) < 0)
        return systemError("cannot write", path);
    return std::unique_ptr<FileLock>(new FileLock(descriptor.release()));
}

FileLock::~FileLock() {
    ::close(m_descriptor);
}

std::int64_t raiseDescriptorLimit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        [[maybe_unused]] const int raised = setrlimit(RLIMIT_NOFILE, &limit);
    }
    return descriptorLimit();
}

std::int64_t descriptorLimit() {
    rlimit limit{};
    constexpr rlim_t Most = 1U << 20U; // "infinity" is no number to compute with
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<std::int64_t>(std::min(limit.rlim_cur, Most)) : 1024;
}

void closeDescriptor(int descriptor) {
    ::close(descriptor);
}

Result<ShortFolderName> ShortFolderName::of(const QString& folder) {
    const int descriptor = ::open(QFile::encodeName(folder).constData(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return systemError("cannot open the folder", folder);
    return ShortFolderName(descriptor);
}

ShortFolderName::ShortFolderName(ShortFolderName&& other) noexcept
    : m_descriptor(std::exchange(other.m_descriptor, -1)) {}

ShortFolderName::~ShortFolderName() {
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

QString ShortFolderName::file(const QString& name) const {
    return QStringLiteral("/proc/self/fd/%1/%2").arg(QString::number(m_descriptor), name); // proc(5)
}

bool isOwnPeer(std::intptr_t socket) {
    ucred peer{};
    socklen_t size = sizeof peer;
    return ::getsockopt(static_cast<int>(socket), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
           peer.uid == ::geteuid();
}

std::int64_t readSome(int descriptor, char* data, std::size_t size) {
    ssize_t got = 0;
    do
        got = ::read(descriptor, data, size);
    while (got < 0 && errno == EINTR);
    return got;
}

Result<void> writeAll(int descriptor, const QByteArray& content) {
    qsizetype done = 0;
    while (done < content.size()) {
        TRY(await(descriptor, POLLOUT));
        // What a pipe that is ready takes for certain: a write of more would block, and not notice the end.
        const auto part = std::min<std::size_t>(PIPE_BUF, static_cast<std::size_t>(content.size() - done));
        const ssize_t wrote = ::write(descriptor, content.constData() + done, part);
        if (wrote < 0 && errno != EINTR && errno != EAGAIN)
            return systemError("cannot write");
        done += std::max<ssize_t>(wrote, 0);
    }
    return {};
}

bool isPipe(int descriptor) {
    struct stat info {};
    return ::fstat(descriptor, &info) == 0 && S_ISFIFO(info.st_mode);
}

std::optional<SecretBytes> takeSecretVariable(const char* name) {
    char* value = std::getenv(name); // in the block itself, as long as nobody has set it anew
    if (value == nullptr)
        return std::nullopt;
    const std::size_t size = std::strlen(value);
    SecretBytes secret(view(std::string_view(value, size)));
    wipe(value, size);
    ::unsetenv(name);
    return secret;
}

Result<SecretBytes> readSecretLine(int descriptor, std::optional<Millis> patience) {
    constexpr std::size_t LineMax = 1024;
    const auto until = patience ? std::optional(SystemClock().steady() + *patience) : std::nullopt;
    SecretBytes line(LineMax + 1);
    std::size_t size = 0;
    while (size < line.size()) {
        TRY(await(descriptor, POLLIN, until));
        const std::int64_t got = readSome(descriptor, reinterpret_cast<char*>(line.data()) + size, 1);
        if (got < 0 && errno == EAGAIN)
            continue;
        if (got < 0)
            return systemError("cannot read the passphrase");
        if (got == 0 || line.data()[size] == '\n')
            break;
        ++size;
    }
    if (size > 0 && line.data()[size - 1] == '\r')
        --size;
    return SecretBytes(line.view().first(size));
}

Result<SecretBytes> readSecretLine(const QString& path, std::optional<Millis> patience) {
    // Opening a pipe that nobody writes to yet would block.
    const Descriptor file(::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (file.value() < 0)
        return systemError("cannot read the passphrase");
    return readSecretLine(file.value(), patience);
}

Result<SecretBytes> askSecret(const QString& prompt, std::optional<Millis> patience) {
    const Descriptor terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC));
    termios before{};
    if (terminal.value() < 0 || ::tcgetattr(terminal.value(), &before) != 0)
        return fail(Code::NotFound, QStringLiteral("there is no terminal to ask on"));
    termios quiet = before;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(terminal.value(), TCSAFLUSH, &quiet);
    const Result<void> prompted = writeAll(terminal.value(), prompt.toUtf8());
    Result<SecretBytes> line = prompted ? readSecretLine(terminal.value(), patience) : prompted.error();
    ::tcsetattr(terminal.value(), TCSAFLUSH, &before);
    [[maybe_unused]] const ssize_t wrote = ::write(terminal.value(), "\n", 1);
    return line;
}

bool hasDisplay() {
    for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"})
        if (!qEnvironmentVariableIsEmpty(name))
            return true;
    return false;
}

int terminationDescriptor() {
    if (g_terminationPipe[0] >= 0)
        return g_terminationPipe[0];
    if (::pipe2(g_terminationPipe, O_CLOEXEC | O_NONBLOCK) != 0)
        return -1;
    struct sigaction action {};
    action.sa_handler = onTermination;
    action.sa_flags = SA_RESTART;
    for (const int number : {SIGTERM, SIGINT, SIGHUP})
        ::sigaction(number, &action, nullptr);
    return g_terminationPipe[0];
}

void keepNoLargeBlocks() {
#ifdef __GLIBC__
    // Setting it keeps glibc from raising it: to 32 MiB, once a block of that size was freed.
    ::mallopt(M_MMAP_THRESHOLD, 128 * 1024);
#endif
}

void giveBackMemory() {
#ifdef __GLIBC__
    ::malloc_trim(0);
#endif
}

ProcessUse processUse() {
    ProcessUse use;
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    };
    use.cpuSeconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
        long total = 0;
        long resident = 0;
        if (std::fscanf(file, "%ld %ld", &total, &resident) == 2)
            use.residentBytes = static_cast<std::int64_t>(resident) * ::sysconf(_SC_PAGESIZE);
        std::fclose(file);
    }
    return use;
}

double threadCpuSeconds() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

} // namespace kith::platform
