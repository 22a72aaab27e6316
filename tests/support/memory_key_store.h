// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/signal/memory_key_store.h"

#include <functional>
#include <map>

namespace kith::test {

/// A key store in memory that can be compared, damaged, and told to fail.
class MemoryKeyStore final : public signal::MemoryKeyStore {
public:
    using signal::MemoryKeyStore::MemoryKeyStore;

    /// Every byte it holds, in a fixed order: equal snapshots = nothing changed.
    QByteArray snapshot() const {
        std::map<QByteArray, QByteArray> rows;
        for (const auto& [peer, record] : m_sessions)
            rows["session " + peer.account.bytes() + QByteArray::number(toU32(peer.device))] = record;
        for (const auto& [id, record] : m_oneTimePreKeys)
            rows["opk " + QByteArray::number(id)] = toByteArray(record.view());
        for (const auto& [id, record] : m_signedPreKeys)
            rows["spk " + QByteArray::number(id)] = toByteArray(record.view());
        QByteArray all;
        for (const auto& [name, bytes] : rows)
            all += name + '=' + bytes.toHex() + '\n';
        return all;
    }
    std::size_t oneTimePreKeyCount() const { return m_oneTimePreKeys.size(); }
    QByteArray sessionBytes(const signal::PeerDevice& peer) const {
        const auto found = m_sessions.find(peer);
        return found == m_sessions.end() ? QByteArray() : found->second;
    }
    void setSessionBytes(const signal::PeerDevice& peer, const QByteArray& bytes) { m_sessions[peer] = bytes; }

    /// Calls from now on: the n-th (from 1) fails with Full and this text; 0 = none fails.
    void failAtCall(int n) {
        m_calls = 0;
        m_writes = 0;
        m_failAt = n;
    }
    static QString failureText() { return QStringLiteral("the disk of the test is full"); }
    int calls() const { return m_calls; }
    int writes() const { return m_writes; }

    Result<signal::LocalIdentity> identity() override {
        TRY(count());
        return signal::MemoryKeyStore::identity();
    }
    Result<std::optional<QByteArray>> session(const signal::PeerDevice& peer) override {
        TRY(count());
        return signal::MemoryKeyStore::session(peer);
    }
    Result<std::optional<SecretBytes>> oneTimePreKey(std::uint32_t id) override {
        TRY(count());
        return signal::MemoryKeyStore::oneTimePreKey(id);
    }
    Result<std::optional<SecretBytes>> signedPreKey(std::uint32_t id) override {
        TRY(count());
        return signal::MemoryKeyStore::signedPreKey(id);
    }
    Result<std::optional<signal::IdentityKey>> trustedIdentity(const signal::PeerDevice& peer) override {
        TRY(count());
        return signal::MemoryKeyStore::trustedIdentity(peer);
    }
    Result<void> apply(signal::KeyChanges changes) override {
        ++m_writes;
        TRY(count());
        return signal::MemoryKeyStore::apply(std::move(changes));
    }

private:
    Result<void> count() {
        if (++m_calls == m_failAt)
            return fail(Code::Full, failureText());
        return {};
    }

    int m_calls = 0;
    int m_writes = 0;
    int m_failAt = 0;
};

} // namespace kith::test
