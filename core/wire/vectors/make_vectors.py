#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes identities.json and hpke.json beside itself: a second implementation of PROTOCOL.md s1-s3 and s12.

Needs python3-cryptography. It checks its HPKE against RFC 9180 A.1.2 before it writes anything. The C++ tests read the
JSON; neither side's code reads the other's.
"""
import hashlib
import hmac
import json
import pathlib
import struct

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

HERE = pathlib.Path(__file__).resolve().parent
RAW = (Encoding.Raw, PublicFormat.Raw)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def mac(key, message):
    return hmac.new(key, message, hashlib.sha256).digest()


def hkdf_extract(salt, ikm):
    return mac(salt or bytes(32), ikm)


def hkdf_expand(prk, info, size):
    out, block, i = b"", b"", 1
    while len(out) < size:
        block = mac(prk, block + info + bytes([i]))
        out += block
        i += 1
    return out[:size]


def hkdf(ikm, info, size):
    return hkdf_expand(hkdf_extract(b"", ikm), info, size)


def u32(value):
    return struct.pack(">I", value)


def u64(value):
    return struct.pack(">Q", value)


class Hpke:
    """RFC 9180 mode_psk over DHKEM(X25519, HKDF-SHA256) and HKDF-SHA256."""

    def __init__(self, aead_id, key_size):
        self.suite = b"HPKE" + bytes.fromhex("00200001") + struct.pack(">H", aead_id)
        self.key_size = key_size

    @staticmethod
    def extract(suite, salt, label, ikm):
        return hkdf_extract(salt, b"HPKE-v1" + suite + label + ikm)

    @staticmethod
    def expand(suite, prk, label, info, size):
        return hkdf_expand(prk, struct.pack(">H", size) + b"HPKE-v1" + suite + label + info, size)

    def shared(self, dh, enc, pk_r):
        kem = b"KEM" + bytes.fromhex("0020")
        prk = self.extract(kem, b"", b"eae_prk", dh)
        return self.expand(kem, prk, b"shared_secret", enc + pk_r, 32)

    def schedule(self, shared, info, psk, psk_id):
        context = b"\x01" + self.extract(self.suite, b"", b"psk_id_hash", psk_id)
        context += self.extract(self.suite, b"", b"info_hash", info)
        secret = self.extract(self.suite, shared, b"secret", psk)
        return (self.expand(self.suite, secret, b"key", context, self.key_size),
                self.expand(self.suite, secret, b"base_nonce", context, 12))

    def run(self, sk_e, sk_r, info, psk, psk_id, aad, plaintext):
        ephemeral, recipient = X25519PrivateKey.from_private_bytes(sk_e), X25519PrivateKey.from_private_bytes(sk_r)
        enc, pk_r = ephemeral.public_key().public_bytes(*RAW), recipient.public_key().public_bytes(*RAW)
        shared = self.shared(ephemeral.exchange(X25519PublicKey.from_public_bytes(pk_r)), enc, pk_r)
        key, nonce = self.schedule(shared, info, psk, psk_id)
        return {"skEm": sk_e.hex(), "skRm": sk_r.hex(), "pkRm": pk_r.hex(), "enc": enc.hex(), "info": info.hex(),
                "psk": psk.hex(), "psk_id": psk_id.hex(), "shared_secret": shared.hex(), "key": key.hex(),
                "base_nonce": nonce.hex(), "aad": aad.hex(), "pt": plaintext.hex(),
                "ct": AESGCM(key).encrypt(nonce, plaintext, aad).hex()}


RFC_A_1_2 = {
    "info": "4f6465206f6e2061204772656369616e2055726e",
    "skEm": "463426a9ffb42bb17dbe6044b9abd1d4e4d95f9041cef0e99d7824eef2b6f588",
    "skRm": "c5eb01eb457fe6c6f57577c5413b931550a162c71a03ac8d196babbd4e5ce0fd",
    "enc": "0ad0950d9fb9588e59690b74f1237ecdf1d775cd60be2eca57af5a4b0471c91b",
    "pkRm": "9fed7e8c17387560e92cc6462a68049657246a09bfa8ade7aefe589672016366",
    "psk": "0247fd33b913760fa1fa51e1892d9f307fbe65eb171e8132c2af18555a738b82",
    "psk_id": "456e6e796e20447572696e206172616e204d6f726961",
    "shared_secret": "727699f009ffe3c076315019c69648366b69171439bd7dd0807743bde76986cd",
    "key": "15026dba546e3ae05836fc7de5a7bb26",
    "base_nonce": "9518635eba129d5ce0914555",
    "aad": "436f756e742d30",
    "pt": "4265617574792069732074727574682c20747275746820626561757479",
    "ct": "e52c6fed7f758d0cf7145689f21bc1be6ec9ea097fef4e959440012f4feb73fb611b946199e681f4cfc34db8ea",
}


def hpke_vectors():
    given = {name: bytes.fromhex(value) for name, value in RFC_A_1_2.items()}
    made = Hpke(1, 16).run(given["skEm"], given["skRm"], given["info"], given["psk"], given["psk_id"], given["aad"], given["pt"])
    assert made == RFC_A_1_2, "RFC 9180 A.1.2 does not come out"
    ours = []
    for i in range(4):
        seed = [sha256(b"kith hpke vector", u32(i), bytes([part])) for part in range(4)]
        drop_id, psk = seed[2][:16], seed[3]
        info = b"krp-seal-1" + b"\x01" + drop_id + u32(1000 + i) + seed[3][16:]
        ours.append(Hpke(2, 32).run(seed[0], seed[1], info, psk, drop_id, b"", sha256(b"plaintext", u32(i)) * (1 << i)))
    return {"rfc9180_a_1_2": RFC_A_1_2, "kith": ours}


def safety_half(ak):
    h = hashlib.sha512(b"krp-safety-1" + ak).digest()
    for _ in range(5200):
        h = hashlib.sha512(h + ak).digest()
    return "".join("%05d" % (int.from_bytes(h[5 * i:5 * i + 5], "big") % 100000) for i in range(6))


def identity_vectors():
    ak, dk, rk = (Ed25519PrivateKey.from_private_bytes(sha256(b"seed", name)) for name in (b"ak", b"dk", b"rk"))
    pub = {name: key.public_key().public_bytes(*RAW) for name, key in (("ak", ak), ("dk", dk), ("rk", rk))}
    other = Ed25519PrivateKey.from_private_bytes(sha256(b"seed", b"ak2")).public_key().public_bytes(*RAW)
    account, relay = sha256(b"krp-acct-1", pub["ak"])[:20], sha256(b"krp-relay-1", pub["rk"])[:20]
    r16, secret, logical, k_outbox = sha256(b"r16")[:16], sha256(b"secret"), sha256(b"logical")[:16], sha256(b"outbox")
    drop = sha256(b"krp-drop-1", pub["ak"], r16)[:16]
    token = hkdf(secret, b"krp-token-1", 16)
    salt = sha256(b"salt")[:16]
    card_secret = sha256(b"krp-card-1", pub["ak"], salt)[:16]
    hello, hello_ok = b"any hello bytes", b"any hello_ok body"
    t = sha256(sha256(hello), sha256(hello_ok))
    leaf, device, version = sha256(b"leaf"), 0x01020304, (1 << 63) + 5
    sd = sha256(b"sd")
    body = b"some signed body"
    signed = {
        "hello": (rk, b"krp-hello-1" + t),
        "auth": (dk, b"krp-auth-1" + relay + leaf + t + account + u32(device) + u64(version)),
        "register": (ak, b"krp-reg-1" + relay + leaf + t + sha256(body)),
        "manifest": (ak, b"krp-man-1" + sha256(body)),
        "descriptor": (rk, b"krp-desc-1" + sha256(body)),
        "card": (ak, b"krp-cardsig-1" + sha256(body)),
    }
    drops = sorted([drop + u32(1), sha256(b"other drop")[:16] + u32(7)])
    envelope = mac(k_outbox, logical + drop + u32(0))[:16]
    nonce = next(n for n in range(1 << 24)
                 if sha256(b"krp-pow-1", drop, envelope, u32(490000), u64(n))[:2] == b"\0\0")
    return {
        "ak_seed": sha256(b"seed", b"ak").hex(), "dk_seed": sha256(b"seed", b"dk").hex(),
        "rk_seed": sha256(b"seed", b"rk").hex(), "ak": pub["ak"].hex(), "dk": pub["dk"].hex(), "rk": pub["rk"].hex(),
        "other_ak": other.hex(), "account_id": account.hex(), "relay_id": relay.hex(), "r16": r16.hex(),
        "drop_id": drop.hex(), "drop_secret": secret.hex(), "token": token.hex(), "token_hash": sha256(token).hex(),
        "psk": hkdf(secret, b"krp-psk-1", 32).hex(), "k_outbox": k_outbox.hex(), "logical_id": logical.hex(),
        "msg_id_0": envelope.hex(), "msg_id_1": mac(k_outbox, logical + drop + u32(1))[:16].hex(),
        "card_salt": salt.hex(), "card_secret": card_secret.hex(), "card_id": hkdf(card_secret, b"krp-card-id-1", 16).hex(),
        "card_key": hkdf(card_secret, b"krp-card-key-1", 32).hex(), "hello": hello.hex(), "hello_ok": hello_ok.hex(),
        "transcript": t.hex(), "leaf_pin": leaf.hex(), "device_id": device, "manifest_ver": u64(version).hex(), "sd": sd.hex(),
        "body": body.hex(), "cross_message": (b"krp-dev-1" + pub["ak"] + u32(device) + pub["dk"] + sd).hex(),
        "signatures": {name: {"message": message.hex(), "sig": key.sign(message).hex()} for name, (key, message) in signed.items()},
        "drops_hash": sha256(*drops).hex(), "drops": [entry.hex() for entry in drops],
        "seal_info": (b"krp-seal-1" + b"\x01" + drop + u32(device) + envelope).hex(),
        "pow_hour": 490000, "pow_bits": 16, "pow_nonce": nonce,
        "safety_ak": safety_half(pub["ak"]), "safety_other": safety_half(other),
        "safety_number": "".join(half for _, half in sorted(
            (sha256(b"krp-acct-1", key)[:20], safety_half(key)) for key in (pub["ak"], other))),
    }


def main():
    for name, vectors in (("hpke", hpke_vectors()), ("identities", identity_vectors())):
        (HERE / f"{name}.json").write_text(json.dumps(vectors, indent=1) + "\n")


if __name__ == "__main__":
    main()
