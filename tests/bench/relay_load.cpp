// SPDX-License-Identifier: GPL-3.0-or-later
//
// kith-bench-relay store [SECONDS]                 SqliteMailStore::execute in this process, batches of 256
// kith-bench-relay load INVITE [SECONDS] [--plain]   a running relay: 16 senders, 16 sends each in flight
//
// Both put the same 1 KiB items into the mailboxes of 16 readers, who ack everything, and print one JSON line.
#include "core/base/platform.h"
#include "core/crypto/login.h"
#include "core/crypto/process.h"
#include "core/link/relay_link.h"
#include "core/link/websocket_transport.h"
#include "core/relay/mailstore/sqlite_mail_store.h"
#include "core/wire/limits.h"
#include "tests/support/test_account.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTimer>

#include <algorithm>
#include <cstdio>
#include <deque>

using namespace kith;
namespace pb = wire::pb;

namespace {

constexpr int Readers = 16;
constexpr int Senders = 16;
constexpr int InFlight = 16;
constexpr std::size_t BodySize = 1024;

[[noreturn]] void giveUp(const QString& why) {
    std::fprintf(stderr, "bench: %s\n", qPrintable(why));
    std::exit(1);
}

template <typename T>
T must(Result<T> result) {
    if (!result)
        giveUp(result.error().detail);
    return std::move(result).value();
}

void print(const char* mode, qint64 accepted, double seconds, std::vector<double> latencies, double cpu) {
    std::sort(latencies.begin(), latencies.end());
    const auto percentile = [&](double p) {
        return latencies.empty() ? 0.0
                                 : latencies[static_cast<std::size_t>(p * static_cast<double>(latencies.size() - 1))];
    };
    const QJsonObject out{{QStringLiteral("mode"), QLatin1String(mode)},
                          {QStringLiteral("accepted_per_s"), static_cast<double>(accepted) / seconds},
                          {QStringLiteral("p50_ms"), percentile(0.5)},
                          {QStringLiteral("p99_ms"), percentile(0.99)},
                          {QStringLiteral("cpu_s"), cpu},
                          {QStringLiteral("seconds"), seconds}};
    std::puts(QJsonDocument(out).toJson(QJsonDocument::Compact).constData());
}

struct StoreReader {
    test::TestAccount account;
    test::TestDrop drop;
    relay::OpenLease::Outcome session;
    std::uint64_t top = 0;
};

class StoreRun {
public:
    explicit StoreRun(const QString& folder) {
        relay::SqliteMailStore::Options options;
        options.policy = relay::MailPolicy::withoutRates();
        m_store = must(relay::SqliteMailStore::open(folder + QStringLiteral("/relay.db"), m_random.secret(32),
                                                    relay::SqliteMailStore::Mode::Create, m_clock, options));
        for (int i = 0; i < Readers; ++i)
            addReader();
    }

    void run(double seconds) {
        QElapsedTimer timer;
        timer.start();
        const double cpu = platform::threadCpuSeconds();
        qint64 accepted = 0;
        std::vector<double> latencies;
        while (static_cast<double>(timer.elapsed()) < seconds * 1000) {
            const qint64 before = timer.nsecsElapsed();
            accepted += batch();
            latencies.push_back(static_cast<double>(timer.nsecsElapsed() - before) / 1e6);
        }
        print("store", accepted, static_cast<double>(timer.elapsed()) / 1000, std::move(latencies),
              platform::threadCpuSeconds() - cpu);
    }

private:
    template <typename Body>
    typename Body::Outcome one(Body body) {
        relay::Operation operation;
        operation.body = std::move(body);
        if (const auto done = m_store->execute({&operation, 1}); !done)
            giveUp(done.error().detail);
        return std::get<Body>(operation.body).outcome;
    }

    void addReader() {
        StoreReader reader{test::TestAccount(m_random, {m_random.id<RelayId>()}), {}, {}, 0};
        const InviteId invite = m_random.id<InviteId>();
        one(relay::AddInvite{{invite, 1, ~0U}, {}});
        relay::RegisterAccount registration;
        registration.manifest = {reader.account.manifest(1), true};
        registration.invite = invite;
        one(registration);
        relay::OpenLease lease;
        lease.account = reader.account.id();
        lease.device = reader.account.device();
        lease.login = reader.account.login(lease.device).publicKey();
        reader.session = one(lease);
        reader.drop = test::TestDrop::of(m_random, reader.account);
        one(relay::PutDrop{reader.session.ref, reader.drop.put(pb::DROP_CONTACT), {}});
        m_readers.push_back(std::move(reader));
    }

    /// What one turn of the server has: 256 sends, and an ack for each reader of what the last turn brought.
    int batch() {
        std::vector<relay::Operation> operations;
        for (const StoreReader& reader : m_readers) {
            if (reader.top == 0)
                continue;
            relay::AcknowledgeItems ack;
            ack.mailbox = reader.session.mailbox;
            ack.lease = reader.session.lease;
            ack.epoch = reader.session.currentEpoch;
            ack.upTo = ack.pushedUpTo = reader.top;
            operations.emplace_back().body = ack;
        }
        for (int i = 0; i < Senders * InFlight; ++i) {
            const StoreReader& reader = m_readers[static_cast<std::size_t>(i % Readers)];
            relay::EnqueueItems send;
            send.drop = reader.drop.id;
            send.authority.tokenHash = crypto::tokenHash(reader.drop.token.view());
            send.envelope = m_random.id<EnvelopeId>();
            send.manifestVersion = 1;
            send.ttlSeconds = 2'592'000;
            send.items.push_back({reader.account.device(), std::string(BodySize, 'x')});
            operations.emplace_back().body = std::move(send);
        }
        if (const auto done = m_store->execute(operations); !done)
            giveUp(done.error().detail);
        int accepted = 0;
        for (const relay::Operation& operation : operations) {
            const auto* send = std::get_if<relay::EnqueueItems>(&operation.body);
            if (send == nullptr)
                continue;
            if (!send->outcome.answer.isDone())
                giveUp(QStringLiteral("a send was refused, code %1").arg(static_cast<int>(send->outcome.answer.code)));
            for (const auto& placed : send->outcome.placed)
                for (StoreReader& reader : m_readers)
                    if (reader.session.mailbox == placed.mailbox)
                        reader.top = placed.seq;
            ++accepted;
        }
        return accepted;
    }

    SystemClock m_clock;
    test::SeededRandom m_random{1};
    std::unique_ptr<relay::SqliteMailStore> m_store;
    std::vector<StoreReader> m_readers;
};

struct Net {
    SystemClock clock;
    test::SeededRandom random{2};
    QtScheduler scheduler;
    link::WebSocketTransportFactory transports;
    link::LinkContext context{scheduler, clock, random, transports};

    explicit Net(bool plain)
        : transports(scheduler, {Millis(5000), plain ? link::LoopbackTls::Off : link::LoopbackTls::Required}) {}
};

/// Registers, puts one drop, acks everything.
class Reader final : public link::HomeOwner {
public:
    Reader(Net& net, const wire::InviteLink& invite, std::function<void()> ready)
        : m_account(net.random, {invite.relay})
        , m_invite(invite)
        , m_ready(std::move(ready))
        , m_drop(test::TestDrop::of(net.random, m_account))
        , m_link(net.context, *this) {
        m_link.start({invite.relay, {invite.endpoint}, link::DialPolicy::LocalToo});
    }
    const test::TestDrop& drop() const { return m_drop; }
    DeviceId device() const { return m_account.device(); }

private:
    std::optional<pb::Register> registration(const link::Greeting& greeting) override {
        if (m_registered)
            return std::nullopt;
        pb::Register frame;
        const crypto::SignedManifest manifest = m_account.manifest(1);
        frame.mutable_grant()->set_invite_token(m_invite.token.str());
        *frame.mutable_manifest() = manifest.toWire();
        *frame.add_bundles() = m_account.bundle(device());
        const QByteArray message =
            crypto::registerMessage(greeting.relay, greeting.leafPin, greeting.transcript, manifest.hash());
        frame.set_sig(m_account.key().sign(view(message)).str());
        return frame;
    }
    pb::Auth login(const link::Greeting& greeting, link::AttachManifest) override {
        pb::Auth frame;
        frame.set_account_id(m_account.id().str());
        frame.set_device_id(toU32(device()));
        frame.set_manifest_ver(1);
        frame.set_role(pb::ROLE_MAIL);
        frame.set_window_msgs(wire::limits::WindowMsgs);
        frame.set_window_bytes(wire::limits::WindowBytes);
        const QByteArray message =
            crypto::authMessage(greeting.relay, greeting.leafPin, greeting.transcript, m_account.id(), device(), 1);
        frame.set_sig(m_account.login(device()).sign(view(message)).str());
        return frame;
    }
    void registered(const pb::Registered&) override { m_registered = true; }
    void welcome(const pb::Welcome&) override {
        pb::Frame frame;
        *frame.mutable_drop_put() = m_drop.put(pb::DROP_CONTACT);
        m_link.request(frame, Millis(10'000), [this](const Result<link::Reply>& reply) {
            if (!reply || !reply->isOk())
                giveUp(QStringLiteral("the relay refused a drop"));
            m_ready();
        });
    }
    void deliver(const pb::Deliver& deliver) override {
        for (const pb::Envelope& envelope : deliver.envelopes())
            m_link.ackAfterCommit(deliver.epoch(), envelope.seq());
    }
    void drained(const pb::Drained&) override {}
    void event(const pb::Event&) override {}
    void goAway(const pb::GoAway&) override { giveUp(QStringLiteral("the relay sent a reader away")); }
    void refused(const link::Reply& reply) override {
        giveUp(QStringLiteral("the relay refused a reader, code %1").arg(static_cast<int>(reply.error)));
    }
    void stateChanged(const link::ConnectionState&) override {}

    test::TestAccount m_account;
    wire::InviteLink m_invite;
    std::function<void()> m_ready;
    test::TestDrop m_drop;
    bool m_registered = false;
    link::RelayLink m_link;
};

class LoadRun;

/// One anonymous socket with 16 sends in flight.
class Sender final : public link::ConnectionListener {
public:
    Sender(LoadRun& run, Net& net, const wire::InviteLink& invite, const Reader& reader)
        : m_run(run)
        , m_net(net)
        , m_reader(reader)
        , m_connection(net.context, link::Channel::Anonymous, *this) {
        m_connection.open({invite.relay, {invite.endpoint}, link::DialPolicy::LocalToo});
    }
    void start() {
        for (int i = 0; i < InFlight; ++i)
            sendOne();
    }

private:
    void connectionGreeted() override;
    void connectionPushed(const pb::Frame&) override {}
    void connectionClosed(const link::Disconnect& end) override {
        giveUp(QStringLiteral("a sender was cut off: %1 (%2)").arg(end.error.detail).arg(end.closeCode));
    }
    void sendOne();

    LoadRun& m_run;
    Net& m_net;
    const Reader& m_reader;
    link::RelayConnection m_connection;
};

class LoadRun {
public:
    LoadRun(const wire::InviteLink& invite, double seconds, bool plain)
        : m_net(plain)
        , m_invite(invite)
        , m_seconds(seconds)
        , m_plain(plain) {
        for (int i = 0; i < Readers; ++i)
            m_readers.push_back(std::make_unique<Reader>(m_net, invite, [this] { readerReady(); }));
    }
    void senderReady() {
        if (++m_sendersReady < Senders)
            return;
        m_timer.start();
        m_cpu = platform::processUse().cpuSeconds;
        for (const auto& sender : m_senders)
            sender->start();
    }
    bool isOver() const { return static_cast<double>(m_timer.elapsed()) >= m_seconds * 1000; }
    qint64 nanoseconds() const { return m_timer.nsecsElapsed(); }
    void accepted(qint64 sentAt) {
        ++m_accepted;
        m_latencies.push_back(static_cast<double>(nanoseconds() - sentAt) / 1e6);
        if (!isOver() || m_done)
            return;
        m_done = true;
        print(m_plain ? "plain" : "tls", m_accepted, static_cast<double>(m_timer.elapsed()) / 1000,
              std::move(m_latencies), platform::processUse().cpuSeconds - m_cpu);
        QCoreApplication::exit(0);
    }

private:
    void readerReady() {
        if (++m_readersReady != Readers)
            return;
        for (int i = 0; i < Senders; ++i)
            m_senders.push_back(
                std::make_unique<Sender>(*this, m_net, m_invite, *m_readers[static_cast<std::size_t>(i)]));
    }

    Net m_net;
    wire::InviteLink m_invite;
    double m_seconds;
    bool m_plain;
    std::vector<std::unique_ptr<Reader>> m_readers;
    std::vector<std::unique_ptr<Sender>> m_senders;
    int m_readersReady = 0;
    int m_sendersReady = 0;
    QElapsedTimer m_timer;
    double m_cpu = 0;
    qint64 m_accepted = 0;
    bool m_done = false;
    std::vector<double> m_latencies;
};

void Sender::connectionGreeted() {
    m_run.senderReady();
}

void Sender::sendOne() {
    pb::Frame frame;
    pb::Send* send = frame.mutable_send();
    send->set_drop_id(m_reader.drop().id.str());
    send->set_token(m_reader.drop().token.str());
    send->set_msg_id(m_net.random.id<EnvelopeId>().str());
    send->set_class_(pb::CLASS_DURABLE);
    send->set_ttl_s(2'592'000);
    send->set_manifest_ver(1);
    pb::Item* item = send->add_items();
    item->set_device_id(toU32(m_reader.device()));
    item->set_body(std::string(BodySize, 'x'));
    m_connection.request(
        std::move(frame), Millis(30'000), [this, sentAt = m_run.nanoseconds()](const Result<link::Reply>& reply) {
            if (!reply)
                giveUp(reply.error().detail);
            if (!reply->isOk())
                giveUp(QStringLiteral("a send was refused, code %1").arg(static_cast<int>(reply->error)));
            m_run.accepted(sentAt);
            if (!m_run.isOver())
                sendOne();
        });
}

} // namespace

int main(int argc, char** argv) {
    platform::hardenProcess();
    crypto::prepareProcess();
    QCoreApplication application(argc, argv);
    QStringList words = QCoreApplication::arguments();
    const bool plain = words.removeAll(QStringLiteral("--plain")) > 0;
    if (words.size() >= 2 && words[1] == QLatin1String("store")) {
        const QTemporaryDir folder;
        StoreRun(folder.path()).run(words.size() > 2 ? words[2].toDouble() : 5);
        return 0;
    }
    if (words.size() < 3 || words[1] != QLatin1String("load"))
        giveUp(QStringLiteral("usage: kith-bench-relay store [SECONDS] | load INVITE [SECONDS] [--plain]"));
    LoadRun run(must(wire::InviteLink::parse(words[2])), words.size() > 3 ? words[3].toDouble() : 5, plain);
    return QCoreApplication::exec();
}
