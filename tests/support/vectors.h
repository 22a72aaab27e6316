// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>

namespace kith::test {

/// core/wire/vectors/NAME.json, written by the second implementation beside it.
inline QJsonObject vectors(const char* name) {
    QFile file(QStringLiteral(KITH_SOURCE_DIR "/core/wire/vectors/%1.json").arg(QLatin1String(name)));
    if (!file.open(QIODevice::ReadOnly))
        qFatal("cannot read the vectors %s", name);
    return QJsonDocument::fromJson(file.readAll()).object();
}

inline QByteArray hexField(const QJsonObject& object, const char* name) {
    return QByteArray::fromHex(object[QLatin1String(name)].toString().toLatin1());
}

} // namespace kith::test
