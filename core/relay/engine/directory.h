// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/relay/engine/deliveries.h"
#include "core/relay/engine/relay_self.h"

namespace kith::relay {

/// What people look up and what devices manage: bundles, cards, descriptors, manifests, keys, drops (PROTOCOL.md s5).
/// Private to core/relay/engine.
class Directory {
public:
    Directory(const RelaySelf& self, Switchboard& board, Deliveries& deliveries)
        : m_self(self)
        , m_board(board)
        , m_deliveries(deliveries) {}

    void get(Connection& connection, std::uint64_t request, const pb::BundlesGet& body);
    void get(Connection& connection, std::uint64_t request, const pb::CardGet& body);
    void get(Connection& connection, std::uint64_t request, const pb::DescGet& body);
    void put(Connection& connection, std::uint64_t request, const pb::ManifestPut& body);
    void put(Connection& connection, std::uint64_t request, const pb::KeysPut& body);
    void put(Connection& connection, std::uint64_t request, const pb::DropPut& body);
    void put(Connection& connection, std::uint64_t request, pb::CardPut& body);
    void put(Connection& connection, std::uint64_t request, const pb::DescPut& body);
    void remove(Connection& connection, std::uint64_t request, const pb::DropDel& body);
    void remove(Connection& connection, std::uint64_t request, const pb::CardDel& body);
    void list(Connection& connection, std::uint64_t request, const pb::DropList& body);

    void completed(Connection* connection, std::uint64_t request, TakeBundles& op);
    void completed(Connection* connection, std::uint64_t request, ReadCard& op);
    void completed(Connection* connection, std::uint64_t request, ReadDescriptors& op);
    void completed(Connection* connection, std::uint64_t request, PutManifest& op);
    void completed(Connection* connection, std::uint64_t request, PutKeys& op);
    void completed(Connection* connection, std::uint64_t request, PutDrop& op);
    void completed(Connection* connection, std::uint64_t request, PutCard& op);
    void completed(Connection* connection, std::uint64_t request, PutDescriptor& op);
    void completed(Connection* connection, std::uint64_t request, DeleteDrop& op);
    void completed(Connection* connection, std::uint64_t request, DeleteCard& op);
    void completed(Connection* connection, std::uint64_t request, ListDrops& op);

private:
    void answer(Connection* connection, std::uint64_t request, const Answer& answer);

    const RelaySelf& m_self;
    Switchboard& m_board;
    Deliveries& m_deliveries;
};

} // namespace kith::relay
