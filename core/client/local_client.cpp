// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/local_client.h"

#include "core/base/logging.h"
#include "core/client/batch_merger.h"
#include "core/client/messenger.h"
#include "core/client/view_mapping.h"
#include "core/link/websocket_transport.h"

#include <QDeadlineTimer>
#include <QThread>

#include <cstdlib>

namespace kith::client {
namespace {

constexpr Millis StopPatience{5000};
constexpr Millis GoodbyePatience{150}; ///< for acks and close frames on their way out

/// A thread with an event loop; functions posted to it run in order.
class ThreadWorker final : public Worker {
public:
    explicit ThreadWorker(const char* name) {
        m_thread.setObjectName(QLatin1String(name));
        m_context.moveToThread(&m_thread);
        m_thread.start();
    }
    /// Ends after everything posted so far.
    ~ThreadWorker() override {
        post([this] { m_thread.quit(); });
        join();
    }
    /// Waits for a thread that ends by itself. Everything told is durable already, so a thread that hangs loses
    /// nothing.
    void join() {
        if (m_thread.wait(QDeadlineTimer(StopPatience)))
            return;
        qCCritical(log::client) << "a thread did not stop in time";
        std::_Exit(EXIT_FAILURE);
    }
    void post(std::function<void()> work) override {
        QMetaObject::invokeMethod(&m_context, std::move(work), Qt::QueuedConnection);
    }
    void quit() { m_thread.quit(); }

private:
    QThread m_thread;
    QObject m_context;
};

QString dropTrailingSlash(QString folder) {
    while (folder.size() > 1 && folder.endsWith(u'/'))
        folder.chop(1);
    return folder;
}

} // namespace

/// What lives on the core thread. Made and destroyed there.
struct LocalClient::CoreSide {
    CoreSide(const LocalClientOptions& given, Worker& heavyWorker, Worker& readerWorker)
        : options(given)
        , paths{dropTrailingSlash(given.folder)}
        , reader(readerWorker)
        , heavy(heavyWorker)
        , transports(scheduler,
                     {Millis(3000), given.plainLoopback ? link::LoopbackTls::Off : link::LoopbackTls::Required}) {}

    Messenger::Environment environment() { return {clock, random, scheduler, transports, heavy, options.dialLocal}; }

    LocalClientOptions options;
    store::ProfilePaths paths;
    SystemClock clock;
    SystemRandom random;
    QtScheduler scheduler;
    Worker& reader;
    Worker& heavy;
    link::WebSocketTransportFactory transports;
    std::unique_ptr<BatchMerger> merger;
    std::unique_ptr<Messenger> messenger;                      ///< null while the profile is locked
    std::unique_ptr<Messenger> closing;                        ///< says goodbye
    std::shared_ptr<std::optional<sqlite::Database>> readerDb; ///< used on the reader thread only
};

struct LocalClient::Threads {
    Threads(LocalClient& owner, LocalClientOptions options)
        : heavy("kith-work")
        , reader("kith-reader")
        , core("kith-core") {
        core.post([this, &owner, options = std::move(options)] {
            side = std::make_unique<CoreSide>(options, heavy, reader);
            side->merger = std::make_unique<BatchMerger>(side->scheduler, [this, &owner](const EventBatch& batch) {
                home.post([&owner, batch] {
                    Q_EMIT
                    owner.eventsAppended(batch);
                });
            });
        });
    }
    /// The threads end once the profile is closed. What they still post home is dropped with it.
    ~Threads() {
        core.post([this] {
            closeProfile([this] {
                side.reset();
                core.quit();
            });
        });
        core.join();
    }
    /// On the core thread: links closed, pump idle, store closed, keys wiped; then `done`, there.
    void closeProfile(std::function<void()> done) {
        whenClosed.push_back(std::move(done));
        if (whenClosed.size() > 1)
            return;
        const bool online = side->messenger != nullptr && side->messenger->isOnline();
        if (side->messenger != nullptr)
            side->messenger->close();
        side->closing = std::move(side->messenger);
        goodbye = side->scheduler.alarm([this] { core.post([this] { dropProfile(); }); });
        goodbye->set(online ? GoodbyePatience : Millis(0));
    }
    void dropProfile() {
        goodbye.reset();
        side->closing.reset(); // ends proofs of work early
        // One that has just been found is still told to the core's scheduler, which has to be there.
        heavy.post([this, db = std::exchange(side->readerDb, nullptr)] {
            reader.post([this, db] {
                if (db)
                    db->reset();
                core.post([this] {
                    for (const auto& done : std::exchange(whenClosed, {}))
                        done();
                });
            });
        });
    }

    QtScheduler home; ///< the caller's thread; destroyed last
    ThreadWorker heavy;
    ThreadWorker reader;
    std::unique_ptr<CoreSide> side;
    std::unique_ptr<Alarm> goodbye;
    std::vector<std::function<void()>> whenClosed;
    ThreadWorker core;
};

LocalClient::LocalClient(LocalClientOptions options, QObject* parent)
    : Client(parent)
    , m_threads(std::make_unique<Threads>(*this, std::move(options))) {
    qRegisterMetaType<EventBatch>();
    qRegisterMetaType<ConnectionRow>();
    qRegisterMetaType<WaitingRow>();
}

LocalClient::~LocalClient() = default;

RequestId LocalClient::run(std::function<void(CoreSide&, Answer)> work) {
    const RequestId request = ++m_lastRequest;
    Threads* threads = m_threads.get();
    // What nobody answers any more, because the profile was closed, is answered by its end.
    struct Once {
        explicit Once(std::function<void(Result<Reply>)> answer)
            : tell(std::move(answer)) {}
        ~Once() {
            if (tell)
                tell(fail(Code::Unavailable, QStringLiteral("the profile has been locked")));
        }
        Once(const Once&) = delete;
        Once& operator=(const Once&) = delete;
        std::function<void(Result<Reply>)> tell;
    };
    auto once = std::make_shared<Once>([this, threads, request](Result<Reply> result) {
        threads->home.post([this, request, result = std::move(result)] {
            Q_EMIT
            finished(request, result);
        });
    });
    threads->core.post([threads, work = std::move(work), once = std::move(once)] {
        work(*threads->side, [once](Result<Reply> result) { std::exchange(once->tell, nullptr)(std::move(result)); });
    });
    return request;
}

RequestId LocalClient::runUnlocked(std::function<void(CoreSide&, Answer)> work) {
    return run([work = std::move(work)](CoreSide& core, Answer answer) {
        if (core.messenger == nullptr)
            answer(fail(Code::Denied, QStringLiteral("unlock the profile first")));
        else
            work(core, std::move(answer));
    });
}

RequestId LocalClient::read(std::function<Result<Reply>(sqlite::Database&)> query) {
    return runUnlocked([query = std::move(query)](CoreSide& core, Answer answer) {
        // What was told before this query must be seen by it.
        core.messenger->store().commitNow();
        core.reader.post([query, answer = std::move(answer), db = core.readerDb] { answer(query(**db)); });
    });
}

namespace {

/// A done-function that answers with nothing but success.
template <typename Answer>
Done plain(Answer answer) {
    return [answer = std::move(answer)](const Result<void>& result) {
        if (result)
            answer(Reply(std::monostate()));
        else
            answer(result.error());
    };
}

template <typename T, typename Answer, typename Convert>
auto converted(Answer answer, Convert convert) {
    return [answer = std::move(answer), convert](Result<T> result) {
        if (result)
            answer(Reply(convert(*result)));
        else
            answer(result.error());
    };
}

template <typename Row>
auto toViews(const std::vector<Row>& rows) {
    std::vector<decltype(toView(rows.front()))> views;
    views.reserve(rows.size());
    for (const Row& row : rows)
        views.push_back(toView(row));
    return views;
}

DeliveryState toState(WaitFor wait) {
    switch (wait) {
    case WaitFor::Queued:
        return DeliveryState::Queued;
    case WaitFor::Accepted:
        return DeliveryState::Accepted;
    case WaitFor::Delivered:
        return DeliveryState::Delivered;
    case WaitFor::Read:
        return DeliveryState::Read;
    }
    return DeliveryState::Queued;
}

} // namespace

Result<Reply> LocalClient::openProfile(LocalClient* owner, Threads& threads, CoreSide& core, ByteView passphrase) {
    if (core.messenger != nullptr)
        return fail(Code::Duplicate, QStringLiteral("the profile is unlocked already"));
    if (core.closing != nullptr)
        return fail(Code::Unavailable, QStringLiteral("the profile is just being locked; try again in a moment"));
    Messenger::Listener listener;
    listener.eventsAppended = [&core](const EventBatch& batch) { core.merger->add(batch); };
    listener.connectionChanged = [owner, &threads](const ConnectionRow& row) {
        threads.home.post([owner, row] {
            Q_EMIT
            owner->connectionChanged(row);
        });
    };
    listener.waitingChanged = [owner, &threads](const WaitingRow& row) {
        threads.home.post([owner, row] {
            Q_EMIT
            owner->waitingChanged(row);
        });
    };
    TRY_ASSIGN(core.messenger, Messenger::open(core.paths, passphrase, core.options.programName, core.environment(),
                                               std::move(listener)));
    core.messenger->store().commitNow();
    auto reader = core.messenger->openReader();
    auto info = reader ? core.messenger->info() : Result<ProfileInfo>(reader.error());
    if (!info) {
        core.messenger.reset();
        return info.error();
    }
    core.readerDb = std::make_shared<std::optional<sqlite::Database>>(std::move(*reader));
    return Reply(std::move(*info));
}

RequestId LocalClient::init(const QString& name, SecretBytes passphrase) {
    const auto secret = std::make_shared<SecretBytes>(std::move(passphrase));
    return run([this, threads = m_threads.get(), name, secret](CoreSide& core, const Answer& answer) {
        auto created = Messenger::create(core.paths, name, secret->view(), core.options.kdf, core.environment());
        if (!created) {
            answer(created.error());
            return;
        }
        const Result<Reply> opened = openProfile(this, *threads, core, secret->view());
        answer(opened ? Result<Reply>(Reply(std::move(*created))) : opened);
    });
}

RequestId LocalClient::unlock(SecretBytes passphrase) {
    const auto secret = std::make_shared<SecretBytes>(std::move(passphrase));
    return run([this, threads = m_threads.get(), secret](CoreSide& core, const Answer& answer) {
        answer(openProfile(this, *threads, core, secret->view()));
    });
}

RequestId LocalClient::lock() {
    return run([threads = m_threads.get()](CoreSide&, Answer answer) {
        threads->closeProfile([answer = std::move(answer)] { answer(Reply(std::monostate())); });
    });
}

RequestId LocalClient::whoami() {
    return runUnlocked([](CoreSide& core, const Answer& answer) {
        const auto info = core.messenger->info();
        answer(info ? Result<Reply>(Reply(*info)) : info.error());
    });
}

RequestId LocalClient::goOnline() {
    return runUnlocked([](CoreSide& core, Answer answer) { plain(std::move(answer))(core.messenger->goOnline()); });
}

RequestId LocalClient::sync() {
    return runUnlocked([](CoreSide& core, Answer answer) {
        core.messenger->sync(converted<SyncReport>(std::move(answer), [](const SyncReport& report) { return report; }));
    });
}

RequestId LocalClient::join(const QString& inviteLink) {
    return runUnlocked([inviteLink](CoreSide& core, Answer answer) {
        const auto invite = wire::InviteLink::parse(inviteLink);
        if (invite)
            core.messenger->join(*invite,
                                 converted<Joined>(std::move(answer), [](const Joined& joined) { return joined; }));
        else
            answer(invite.error());
    });
}

RequestId LocalClient::createContactLink(LinkUse use) {
    return runUnlocked([use](CoreSide& core, Answer answer) {
        core.messenger->contacts().createLink(
            use == LinkUse::Reusable,
            converted<wire::ContactLink>(
                std::move(answer), [](const wire::ContactLink& link) { return ContactLinkText{link.toString()}; }));
    });
}

RequestId LocalClient::cancelJoin() {
    return runUnlocked([](CoreSide& core, const Answer& answer) {
        core.messenger->cancelJoin();
        answer(Reply(std::monostate()));
    });
}

RequestId LocalClient::links() {
    return runUnlocked([](CoreSide& core, const Answer& answer) {
        const auto links = core.messenger->contacts().links();
        answer(links ? Result<Reply>(Reply(*links)) : links.error());
    });
}

RequestId LocalClient::revokeLink(const DropId& id) {
    return runUnlocked(
        [id](CoreSide& core, Answer answer) { core.messenger->contacts().revokeLink(id, plain(std::move(answer))); });
}

RequestId LocalClient::addContact(const QString& contactLink, const QString& text) {
    return runUnlocked([contactLink, text](CoreSide& core, Answer answer) {
        const auto link = wire::ContactLink::parse(contactLink);
        if (!link) {
            answer(link.error());
            return;
        }
        core.messenger->contacts().add(
            *link, text, converted<store::ContactRow>(std::move(answer), [](const store::ContactRow& row) {
                return ContactAdded{row.account, row.name};
            }));
    });
}

RequestId LocalClient::contacts() {
    return read([](sqlite::Database& db) -> Result<Reply> {
        TRY_ASSIGN(const auto rows, store::queries::contacts(db));
        return Reply(toViews(rows));
    });
}

RequestId LocalClient::findContact(const QString& who) {
    return runUnlocked([who](CoreSide& core, const Answer& answer) {
        const auto found = core.messenger->contacts().find(who);
        answer(found ? Result<Reply>(Reply(ContactAdded{found->account, found->name})) : found.error());
    });
}

RequestId LocalClient::acceptRequest(const AccountId& account) {
    return runUnlocked([account](CoreSide& core, Answer answer) {
        core.messenger->contacts().accept(account, plain(std::move(answer)));
    });
}

RequestId LocalClient::declineRequest(const AccountId& account) {
    return runUnlocked([account](CoreSide& core, Answer answer) {
        core.messenger->contacts().decline(account, plain(std::move(answer)));
    });
}

RequestId LocalClient::safetyNumber(const AccountId& account) {
    return runUnlocked([account](CoreSide& core, const Answer& answer) {
        const auto number = core.messenger->safetyNumber(account);
        answer(number ? Result<Reply>(Reply(*number)) : number.error());
    });
}

RequestId LocalClient::setVerified(const AccountId& account, bool verified) {
    return runUnlocked([account, verified](CoreSide& core, Answer answer) {
        core.messenger->contacts().setVerified(account, verified, plain(std::move(answer)));
    });
}

RequestId LocalClient::conversations() {
    return read([](sqlite::Database& db) -> Result<Reply> {
        TRY_ASSIGN(const auto rows, store::queries::conversations(db));
        return Reply(toViews(rows));
    });
}

RequestId LocalClient::timelinePage(const ConversationId& conversation, std::optional<std::int64_t> before, int limit) {
    return read([conversation, before, limit](sqlite::Database& db) -> Result<Reply> {
        TRY_ASSIGN(const auto page, store::queries::timeline(db, conversation, before, limit));
        return Reply(toView(page));
    });
}

RequestId LocalClient::timelineAfter(const ConversationId& conversation, std::int64_t after, int limit) {
    return read([conversation, after, limit](sqlite::Database& db) -> Result<Reply> {
        TRY_ASSIGN(const auto page, store::queries::timelineAfter(db, conversation, after, limit));
        return Reply(toView(page));
    });
}

RequestId LocalClient::timelineAt(const ConversationId& conversation, int index, int limit) {
    return read([conversation, index, limit](sqlite::Database& db) -> Result<Reply> {
        TRY_ASSIGN(const auto page, store::queries::timelineAt(db, conversation, index, limit));
        return Reply(toView(page));
    });
}

RequestId LocalClient::sendText(const ConversationId& conversation, const QString& text, WaitFor wait,
                                std::optional<MessageId> replyTo, DraftThen draft, MessageId* id) {
    SystemRandom random;
    const MessageId message = random.id<MessageId>();
    if (id != nullptr)
        *id = message;
    return runUnlocked([conversation, text, wait, replyTo, draft, message](CoreSide& core, Answer answer) {
        core.messenger->sendText(conversation, text, message, toState(wait), replyTo, draft,
                                 converted<DeliveryState>(std::move(answer), [message](DeliveryState state) {
                                     return MessageSent{message, state};
                                 }));
    });
}

RequestId LocalClient::retry(const ConversationId& conversation, const MessageId& id) {
    return runUnlocked([conversation, id](CoreSide& core, Answer answer) {
        core.messenger->retry(conversation, id, plain(std::move(answer)));
    });
}

RequestId LocalClient::setLastOpen(const ConversationId& conversation) {
    return runUnlocked([conversation](CoreSide& core, Answer answer) {
        core.messenger->setLastOpen(conversation, plain(std::move(answer)));
    });
}

RequestId LocalClient::markRead(const ConversationId& conversation, std::int64_t seq) {
    return runUnlocked([conversation, seq](CoreSide& core, Answer answer) {
        core.messenger->markRead(conversation, seq, plain(std::move(answer)));
    });
}

RequestId LocalClient::setDraft(const ConversationId& conversation, const QString& text) {
    return runUnlocked([conversation, text](CoreSide& core, Answer answer) {
        core.messenger->setDraft(conversation, text, plain(std::move(answer)));
    });
}

} // namespace kith::client
