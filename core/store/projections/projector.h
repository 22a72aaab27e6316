// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/store/projections/projection.h"

#include <array>
#include <span>

namespace kith::store {

/// What one kind of event does to the projections, in order; nothing: it is told to people who watch, or to nobody.
struct EventKind {
    using Step = Result<void> (*)(sqlite::Database& db, const StoredEvent& stored);
    pb::Event::KindCase kind;
    std::array<Step, 3> steps{};
};
std::span<const EventKind> eventKinds();
/// The tables that are made from events.
std::span<const ProjectedTable* const> projectedTables();

/// Turns events into the tables that people see. A function of the event log alone. Thread: the store's, inside its
/// transaction.
class Projector {
public:
    explicit Projector(sqlite::Database& database)
        : m_db(database) {}
    /// An event of a newer version changes nothing.
    Result<void> apply(const StoredEvent& stored);
    Result<void> clear();
    /// SHA-256 over every row of every projection.
    Result<QByteArray> fingerprint();

private:
    sqlite::Database& m_db;
};

} // namespace kith::store
