// SPDX-License-Identifier: GPL-3.0-or-later
// Prints the keys of a profile, so that a test can look for them where they must not be: "profile_keys FOLDER", the
// passphrase on standard input.
#include "core/crypto/derive.h"
#include "core/crypto/hash.h"
#include "core/crypto/key_slots.h"

#include <QFile>

#include <cstdio>

using namespace kith;

int main(int argc, char** argv) {
    QFile header(QString::fromLocal8Bit(argv[argc - 1]) + QStringLiteral("/profile.kith"));
    QFile input;
    if (argc != 2 || !header.open(QIODevice::ReadOnly) || !input.open(stdin, QIODevice::ReadOnly))
        return 2;
    const auto keys = crypto::key_slots::open(view(header.readAll()), view(input.readAll()));
    if (!keys)
        return 1;
    const auto print = [](const char* name, const SecretBytes& key) {
        std::printf("%s %s\n", name, toByteArray(key.view()).toHex().constData());
    };
    print("master", keys->master);
    print("account-wrap", keys->accountWrap);
    print("database", crypto::hkdf(keys->master.view(), {}, view("krp-db-1"), 32));
    return 0;
}
