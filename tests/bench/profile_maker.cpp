// SPDX-License-Identifier: GPL-3.0-or-later
// Makes a profile old, and times its key derivation. The passphrase comes on standard input, of both:
//   kith-bench-profile fill FOLDER COUNT    COUNT messages with its only contact, over years; others, long ago, with
//   forty more kith-bench-profile kdf FOLDER           prints how long the key slots take to open, in milliseconds
// Everything goes through the store, event by event, so what a program opens afterwards is what years would have left.
#include "core/store/keys/identity.h"
#include "core/store/reads/queries.h"
#include "tests/support/sample_text.h"
#include "tests/support/sim_scheduler.h"
#include "tests/unit/store/events.h"

#include <QElapsedTimer>
#include <QFile>

#include <cstdio>

using namespace kith;
using namespace kith::store;
using namespace kith::test;

namespace {

constexpr int Others = 40;
constexpr int MessagesOfOthers = 60;
constexpr int PerUnit = 50;
constexpr Millis Year = std::chrono::hours(24 * 365);

/// Messages of both sides, all of them read by both, told by a clock that is wound forward through them.
class Past {
public:
    explicit Past(const SecretBytes& master, const QString& folder, Millis length)
        : m_clock(SystemClock().wall() - length)
        , m_paths{folder}
        , m_master(master) {}

    Result<void> open() {
        TRY_ASSIGN(m_store, ProfileStore::open(m_paths, m_master, m_clock, m_scheduler));
        TRY_ASSIGN(const OwnIdentity identity, loadIdentity(m_store->db()));
        m_self = identity.account;
        return {};
    }
    Result<AccountId> onlyContact() {
        TRY_ASSIGN(const auto contacts, queries::contacts(m_store->db()));
        if (contacts.size() != 1)
            return fail(Code::Invalid, QStringLiteral("this profile must have one contact"));
        return contacts.front().account;
    }
    Result<AccountId> meet(const QString& name) {
        const auto account = m_random.id<AccountId>();
        const auto write = [&](Unit& unit) -> Result<void> {
            TRY(unit.append(requestReceived(account, name)));
            TRY(unit.append(requestAccepted(account)));
            return {};
        };
        TRY(inUnit(write));
        return account;
    }
    Result<void> chat(const AccountId& contact, int count, Millis length) {
        const Millis each = length / count;
        for (; count > 0; count -= PerUnit)
            TRY(inUnit([&](Unit& unit) { return write(unit, contact, std::min(count, PerUnit), each); }));
        return {};
    }
    void close() {
        m_store->close();
        m_store.reset();
    }

private:
    Result<void> inUnit(const std::function<Result<void>(Unit&)>& work) {
        TRY(m_store->unit(work));
        m_store->commitNow();
        m_scheduler.run();
        return {};
    }
    Result<void> write(Unit& unit, const AccountId& contact, int count, Millis each) {
        const ConversationId conversation = conversationWith(contact);
        std::vector<MessageId> own;
        std::int64_t last = 0;
        for (int i = 0; i < count; ++i) {
            m_clock.advance(i % 10 == 0 ? each * 9 : each / 9); // people write in bursts
            const auto id = m_random.id<MessageId>();
            const std::int64_t hlc = toMs(m_clock.wall());
            const QString text = sampleText(++m_texts);
            if (m_random.below(5) < 2) {
                own.push_back(id);
                TRY(unit.append(composed(conversation, m_self, id, hlc, text)));
                TRY_ASSIGN(last, unit.append(accepted(conversation, m_self, id)));
            } else {
                TRY_ASSIGN(last, unit.append(received(conversation, contact, id, hlc, text)));
            }
        }
        TRY(unit.append(receipt(conversation, m_self, pb::READ, own)));
        TRY(unit.append(readUpTo(conversation, last)));
        return {};
    }

    FakeClock m_clock;
    SimScheduler m_scheduler{m_clock};
    SeededRandom m_random{1};
    ProfilePaths m_paths;
    const SecretBytes& m_master;
    std::unique_ptr<ProfileStore> m_store;
    AccountId m_self;
    std::int64_t m_texts = 0;
};

Result<void> fill(const QString& folder, const SecretBytes& master, int count) {
    Past past(master, folder, 6 * Year);
    TRY(past.open());
    TRY_ASSIGN(const AccountId contact, past.onlyContact());
    for (int i = 0; i < Others; ++i) {
        TRY_ASSIGN(const AccountId other, past.meet(QStringLiteral("Friend %1").arg(i + 1)));
        TRY(past.chat(other, MessagesOfOthers, Year / Others));
    }
    TRY(past.chat(contact, count, 5 * Year));
    past.close();
    return {};
}

int usage() {
    std::fputs("usage: kith-bench-profile fill FOLDER COUNT | kdf FOLDER\n", stderr);
    return 2;
}

} // namespace

int main(int argc, char** argv) {
    const QByteArray command = argc > 1 ? argv[1] : "";
    const int count = argc > 3 ? QByteArray(argv[3]).toInt() : 0;
    QFile input;
    if (argc < 3 || (command == "fill" ? count <= 0 : command != "kdf") || !input.open(stdin, QIODevice::ReadOnly))
        return usage();
    const QString folder = QString::fromLocal8Bit(argv[2]);
    QFile header(ProfilePaths{folder}.header());
    if (!header.open(QIODevice::ReadOnly))
        return usage();
    const QByteArray bytes = header.readAll();
    const QByteArray passphrase = input.readAll();
    QElapsedTimer timer;
    timer.start();
    const auto keys = crypto::key_slots::open(view(bytes), view(passphrase));
    const double ms = static_cast<double>(timer.nsecsElapsed()) / 1e6;
    const Result<void> done = !keys              ? Result<void>(keys.error())
                              : command == "kdf" ? Result<void>()
                                                 : fill(folder, keys->master, count);
    if (!done) {
        std::fprintf(stderr, "kith-bench-profile: %s\n", done.error().detail.toUtf8().constData());
        return 1;
    }
    std::printf("{\"kdf_ms\": %.1f}\n", ms);
    return 0;
}
