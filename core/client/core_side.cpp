// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/core_side.h"

namespace kith::client {
namespace {

constexpr Millis GoodbyePatience{150}; ///< for acks and close frames on their way out

QString dropTrailingSlash(QString folder) {
    while (folder.size() > 1 && folder.endsWith(u'/'))
        folder.chop(1);
    return folder;
}

} // namespace

CoreSide::CoreSide(LocalClientOptions options, Workers workers, Messenger::Listener listener)
    : m_options(std::move(options))
    , m_paths{dropTrailingSlash(m_options.folder)}
    , m_workers(workers)
    , m_listener(std::move(listener))
    , m_transports(m_scheduler,
                   {Millis(3000), m_options.plainLoopback ? link::LoopbackTls::Off : link::LoopbackTls::Required})
    , m_merger(m_scheduler, m_listener.eventsAppended)
    , m_handlers(profileHandlers(*this), relayHandlers(*this), peopleHandlers(*this), messageHandlers(*this)) {}

CoreSide::~CoreSide() = default;

template <typename Command>
Handles<Command>& CoreSide::handlerOf() {
    return std::apply(
        [](auto&... groups) -> Handles<Command>& {
            Handles<Command>* found = nullptr;
            const auto look = [&found](auto& group) {
                if constexpr (std::is_convertible_v<decltype(&group), Handles<Command>*>)
                    found = &group;
            };
            (look(*groups), ...);
            return *found;
        },
        m_handlers);
}

void CoreSide::run(api::Command& command, std::function<void(Result<Reply>)> tell) {
    std::visit(
        [&]<typename C>(C& one) {
            if (C::words.needs != api::Needs::Nothing && m_messenger == nullptr) {
                tell(fail(Code::Denied, QStringLiteral("unlock the profile first")));
                return;
            }
            handlerOf<C>().handle(one, [tell = std::move(tell)](Result<typename C::Reply> result) {
                if (!result)
                    tell(result.error());
                else if constexpr (std::is_void_v<typename C::Reply>)
                    tell(Reply());
                else
                    tell(Reply(std::move(*result)));
            });
        },
        command);
}

Messenger::Environment CoreSide::environment() {
    return {m_clock, m_random, m_scheduler, m_transports, m_workers.heavy, m_options.dialLocal};
}

Result<ProfileCreated> CoreSide::create(const QString& name, ByteView passphrase) {
    TRY_ASSIGN(auto created, Messenger::create(m_paths, name, passphrase, m_options.kdf, environment()));
    TRY(open(passphrase));
    return created;
}

Result<ProfileInfo> CoreSide::open(ByteView passphrase) {
    if (m_messenger != nullptr)
        return fail(Code::Duplicate, QStringLiteral("the profile is unlocked already"));
    if (m_closing != nullptr)
        return fail(Code::Unavailable, QStringLiteral("the profile is just being locked; try again in a moment"));
    Messenger::Listener listener = m_listener;
    listener.eventsAppended = [this](const EventBatch& batch) { m_merger.add(batch); };
    TRY_ASSIGN(m_messenger,
               Messenger::open(m_paths, passphrase, m_options.programName, environment(), std::move(listener)));
    m_messenger->store().commitNow();
    auto reader = m_messenger->openReader();
    auto info = reader ? m_messenger->info() : Result<ProfileInfo>(reader.error());
    if (!info) {
        m_messenger.reset();
        return info.error();
    }
    m_readerDb = std::make_shared<std::optional<sqlite::Database>>(std::move(*reader));
    return info;
}

void CoreSide::close(std::function<void()> done) {
    m_whenClosed.push_back(std::move(done));
    if (m_whenClosed.size() > 1)
        return;
    const bool online = m_messenger != nullptr && m_messenger->isOnline();
    if (m_messenger != nullptr)
        m_messenger->close();
    m_closing = std::move(m_messenger);
    m_goodbye = m_scheduler.alarm([this] { m_workers.core.post([this] { drop(); }); });
    m_goodbye->set(online ? GoodbyePatience : Millis(0));
}

void CoreSide::drop() {
    m_goodbye.reset();
    m_closing.reset(); // ends proofs of work early
    // One that has just been found is still told to the core's scheduler, which has to be there.
    m_workers.heavy.post([this, db = std::exchange(m_readerDb, nullptr)] {
        m_workers.reader.post([this, db] {
            if (db)
                db->reset();
            m_workers.core.post([this] {
                for (const auto& done : std::exchange(m_whenClosed, {}))
                    done();
            });
        });
    });
}

} // namespace kith::client
