// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/secret_bytes.h"
#include "core/crypto/derive.h"

#include <QFile>

#include <openssl/evp.h>

namespace kith::test {

/// Every page of a profile's database and of its log as SQLite sees them, free ones too, one after the other: what
/// somebody finds who has the keys and a hex editor. SQLCipher 4: AES-256-CBC, the nonce at the head of the last 80
/// bytes of each page, 16 bytes of salt at the head of the first.
inline QByteArray decryptedPages(const QString& folder, const SecretBytes& master) {
    constexpr qsizetype Page = 4'096;
    constexpr qsizetype Reserve = 80;
    const SecretBytes key = crypto::hkdf(master.view(), {}, view("krp-db-1"), 32);
    const auto read = [&folder](const char* name) {
        QFile file(folder + QLatin1String(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    };
    const auto decrypt = [&key](const QByteArray& page, qsizetype salt) {
        QByteArray plain(Page, '\0');
        const auto* bytes = reinterpret_cast<const unsigned char*>(page.constData());
        int size = 0;
        EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
        EVP_DecryptInit_ex(context, EVP_aes_256_cbc(), nullptr, key.view().data(), bytes + Page - Reserve);
        EVP_CIPHER_CTX_set_padding(context, 0);
        EVP_DecryptUpdate(context, reinterpret_cast<unsigned char*>(plain.data()), &size, bytes + salt,
                          static_cast<int>(Page - Reserve - salt));
        EVP_CIPHER_CTX_free(context);
        return plain;
    };
    QByteArray all;
    const QByteArray database = read("/profile.db");
    for (qsizetype at = 0; at + Page <= database.size(); at += Page)
        all += decrypt(database.mid(at, Page), at == 0 ? 16 : 0);
    const QByteArray log = read("/profile.db-wal");
    for (qsizetype at = 32; at + 24 + Page <= log.size(); at += 24 + Page)
        all += decrypt(log.mid(at + 24, Page), log.mid(at, 4) == QByteArray("\0\0\0\1", 4) ? 16 : 0);
    return all;
}

} // namespace kith::test
