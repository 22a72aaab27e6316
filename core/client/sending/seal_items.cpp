// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client/sending/seal_items.h"

#include "core/crypto/seal.h"
#include "core/wire/content.h"
#include "core/wire/envelope.h"

#include <algorithm>

namespace kith::client {

Result<Sealed> sealItems(Core& core, const store::OutboxRow& row, const store::PeerDrop& drop,
                         const std::optional<store::OutboxRow::Frozen>& previous) {
    TRY_ASSIGN(const auto devices, store::Peers(core.db()).devices(row.account));
    TRY_ASSIGN(const auto own, store::loadOwnManifest(core.db()));
    TRY_ASSIGN(const auto theirs, store::Peers(core.db()).manifest(row.account));
    const wire::ContentKind* kind = wire::contentKind(row.content.kind);
    INVARIANT(kind != nullptr);
    if (!own || !theirs)
        return fail(Code::Unavailable, QStringLiteral("join a relay first"));
    store::OutboxRow::Frozen frozen;
    frozen.drop = drop.drop;
    frozen.manifestVersion = theirs->manifest.version;
    frozen.envelope = crypto::envelopeIdOf(core.self.outboxKey.view(), row.content.message, drop.drop, row.attempt);
    wire::pb::Send kept;
    if (previous)
        kept.ParseFromArray(previous->items.constData(), static_cast<int>(previous->items.size()));
    const SecretBytes psk = crypto::dropPsk(drop.secret.view());
    const QByteArray plain = row.content.body + row.riders; // fields after fields: one message (protobuf "merge")
    wire::pb::Send items;
    std::vector<store::SentCopy> copies;
    for (const store::PeerDeviceKeys& device : devices) {
        if (row.device && *row.device != device.device)
            continue;
        const auto before = std::find_if(kept.items().begin(), kept.items().end(), [&](const wire::pb::Item& item) {
            return item.device_id() == toU32(device.device);
        });
        if (before != kept.items().end()) {
            *items.add_items() = *before; // the same bytes: one ratchet key, one plaintext
            continue;
        }
        wire::pb::Seal seal;
        if (kind->isPlain()) {
            seal.set_ctype(wire::pb::PLAIN);
            seal.set_ciphertext(toString(plain));
        } else {
            TRY_ASSIGN(const signal::Ciphertext made, core.signal.encrypt({row.account, device.device}, view(plain)));
            seal.set_ctype(made.type == signal::CiphertextType::PreKey ? wire::pb::PREKEY : wire::pb::WHISPER);
            seal.set_ciphertext(toString(made.bytes));
        }
        seal.set_v(1);
        seal.set_sender_account(core.self.account.str());
        seal.set_sender_device(toU32(core.self.device));
        seal.set_sender_manifest_ver(own->manifest.version);
        if (seal.ctype() == wire::pb::PREKEY)
            *seal.mutable_manifest() = own->toWire();
        copies.push_back({device.device, frozen.envelope, crypto::sha256(view(seal.ciphertext()))});
        TRY_ASSIGN(const QByteArray padded, wire::encodeSeal(seal));
        const QByteArray info = wire::sealInfo(wire::SealKind::Item, drop.drop, device.device, frozen.envelope);
        TRY_ASSIGN(const QByteArray body, crypto::sealBody(core.links.random, device.seal, psk.view(), drop.drop.view(),
                                                           view(info), view(padded)));
        wire::pb::Item* item = items.add_items();
        item->set_device_id(toU32(device.device));
        item->set_body(toString(body));
    }
    if (items.items_size() == 0)
        return fail(Code::NotFound, QStringLiteral("no device of this contact can be written to"));
    const std::string bytes = items.SerializeAsString();
    frozen.items = toByteArray(view(bytes));
    return Sealed{std::move(frozen), std::move(copies)};
}

} // namespace kith::client
