// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/result.h"

#include <unordered_map>
#include <vector>

namespace kith::relay {

/// Rows that a batch works on, kept between batches. Saves are collected: a mailbox that takes 256 items in one batch
/// is written once. Dropped as a whole when a batch fails, and when it has grown.
template <typename Key, typename Row, typename Hash = std::hash<Key>>
class RowCache {
public:
    const Row* find(const Key& key) const {
        const auto found = m_entries.find(key);
        return found == m_entries.end() ? nullptr : &found->second.row;
    }
    void putLoaded(const Key& key, const Row& row) { m_entries.try_emplace(key, Entry{row, false}); }
    void putChanged(const Key& key, const Row& row) {
        Entry& entry = m_entries[key];
        entry.row = row;
        if (!entry.isDirty)
            m_dirty.push_back(key);
        entry.isDirty = true;
    }
    /// Calls `write(row)` for every changed row.
    template <typename Write>
    Result<void> flush(Write write) {
        for (const Key& key : m_dirty) {
            Entry& entry = m_entries[key];
            TRY(write(std::as_const(entry.row)));
            entry.isDirty = false;
        }
        m_dirty.clear();
        return {};
    }
    std::size_t size() const { return m_entries.size(); }
    void clear() {
        m_entries.clear();
        m_dirty.clear();
    }

private:
    struct Entry {
        Row row;
        bool isDirty = false;
    };
    std::unordered_map<Key, Entry, Hash> m_entries;
    std::vector<Key> m_dirty;
};

} // namespace kith::relay
