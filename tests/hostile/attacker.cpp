// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/hostile/attacker.h"

#include "tests/hostile/json_lines.h"

#include <QCoreApplication>

#include <algorithm>

namespace kith::hostile {
namespace {

constexpr auto Beat = std::chrono::milliseconds(20);
constexpr std::size_t AtOnce = 4;

} // namespace

Attacker::Attacker(const Target& target, const wire::InviteToken& invite, const std::vector<wire::ContactLink>& links,
                   std::uint64_t seed, std::chrono::milliseconds length)
    : m_target(target)
    , m_invite(invite)
    , m_random(seed)
    , m_length(length.count()) {
    for (const wire::ContactLink& link : links)
        m_doors.push_back({link, {}, {}, m_random.id<EnvelopeId>()});
    accountOf("cards"); // so that there always is a drop to name
    m_time.start();
    connect(&m_beat, &QTimer::timeout, this, [this] { onBeat(); });
    m_beat.start(Beat);
}

Door& Attacker::doorOf(const Caller& caller) {
    return m_doors[caller.number % m_doors.size()];
}

Account& Attacker::accountOf(const char* trick) {
    auto& account = m_accounts[trick];
    if (!account)
        account = std::make_unique<Account>(m_random, m_target.relay, m_invite);
    return *account;
}

const Account& Attacker::anyAccount() {
    return *std::next(m_accounts.begin(), static_cast<std::ptrdiff_t>(m_random.below(m_accounts.size())))->second;
}

void Attacker::begin(qint64 until) {
    if (m_order.empty()) {
        for (const Trick& trick : allTricks())
            m_order.push_back(&trick);
        for (std::size_t i = m_order.size(); i > 1; --i)
            std::swap(m_order[i - 1], m_order[m_random.below(i)]);
    }
    const auto isNew = [this](const Trick* trick) {
        return std::none_of(m_running.begin(), m_running.end(), [&](const Run& run) { return run.trick == trick; });
    };
    const auto next = std::find_if(m_order.begin(), m_order.end(), isNew);
    if (next == m_order.end())
        return;
    m_running.push_back({*next, until, {}});
    m_order.erase(next);
    printLine({{QStringLiteral("event"), QStringLiteral("trick")},
               {QStringLiteral("name"), QLatin1String(m_running.back().trick->name)},
               {QStringLiteral("at_once"), static_cast<qint64>(m_running.size())}});
}

void Attacker::keepOpen(Run& run) {
    const Trick& trick = *run.trick;
    std::erase_if(run.callers, [](const auto& caller) { return caller->isOver(); });
    for (int i = 0; i < trick.opens && run.callers.size() < static_cast<std::size_t>(trick.sockets); ++i) {
        Account* account = trick.stage == Stage::Member ? &accountOf(trick.name) : nullptr;
        auto caller = std::make_unique<Caller>(m_random, m_target, trick.stage, trick.channel, trick.ears, account);
        connect(caller.get(), &Caller::heard, this, [this, &trick, from = caller.get()](const pb::Frame& frame) {
            ++m_answers;
            if (frame.has_error())
                ++m_refusals[frame.error().code()];
            if (trick.hear != nullptr)
                trick.hear(*this, *from, frame);
        });
        run.callers.push_back(std::move(caller));
        run.callers.back()->number = m_opened++;
    }
}

void Attacker::onBeat() {
    const qint64 now = m_time.elapsed();
    if (now >= m_length) {
        QJsonObject refusals;
        for (const auto& [code, count] : m_refusals)
            refusals[QString::number(code)] = static_cast<qint64>(count);
        printLine({{QStringLiteral("event"), QStringLiteral("done")},
                   {QStringLiteral("sockets"), static_cast<qint64>(m_opened)},
                   {QStringLiteral("answers"), static_cast<qint64>(m_answers)},
                   {QStringLiteral("refusals"), refusals}});
        m_running.clear();
        return QCoreApplication::exit(0);
    }
    std::erase_if(m_running, [now](const Run& run) { return run.until <= now; });
    const std::size_t wanted = now < m_length / 2 ? 1 : AtOnce;
    const qint64 turn = m_length / 2 / static_cast<qint64>(allTricks().size());
    while (m_running.size() < wanted)
        begin(now + turn + static_cast<qint64>(wanted > 1 ? m_random.below(static_cast<std::uint64_t>(turn) + 1) : 0));
    for (Run& run : m_running) {
        keepOpen(run);
        for (const auto& caller : run.callers)
            if (caller->isThere() && !caller->isOver()) {
                run.trick->play(*this, *caller);
                ++caller->plays;
            }
    }
}

} // namespace kith::hostile
