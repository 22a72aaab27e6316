// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/migration/past.h"

#include "core/store/keys/identity.h"
#include "core/store/receiving/inbound.h"
#include "core/store/sending/outbox.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

namespace kith::test::past {
namespace {

QByteArray readAll(const QString& path) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        qFatal("cannot read %s", qPrintable(path));
    return file.readAll();
}

void writeAll(const QString& path, const QByteArray& content) {
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
        qFatal("cannot write %s", qPrintable(path));
}

template <typename T>
T must(Result<T> result) {
    if (!result)
        qFatal("a profile cannot be read: %s", errorText(result).constData());
    return std::move(*result);
}

QString shortName(const AccountId& account) {
    return account.hex().left(8);
}

QString describeRow(const store::TimelineRow& row) {
    QString line = QStringLiteral("  %1 %2 %3 kind %4 state %5 flags %6 at %7")
                       .arg(QString::number(row.seq), shortName(row.author), row.id.hex())
                       .arg(static_cast<int>(row.kind))
                       .arg(static_cast<int>(row.state))
                       .arg(row.flags)
                       .arg(toMs(row.at));
    if (row.replyTo)
        line += QStringLiteral(" replies %1 %2").arg(shortName(row.replyTo->first), row.replyTo->second.hex());
    return line + QStringLiteral(": ") + row.text + u'\n';
}

} // namespace

QString describe(SimPerson& person) {
    sqlite::Database& db = person.db();
    QString out;
    for (const store::ContactRow& contact : must(store::queries::contacts(db)))
        out += QStringLiteral("contact %1 %2 state %3%4 since %5: %6\n")
                   .arg(shortName(contact.account), contact.name)
                   .arg(static_cast<int>(contact.state))
                   .arg(contact.verified ? QStringLiteral(" verified") : QString())
                   .arg(toMs(contact.since))
                   .arg(contact.requestText);
    for (const store::ConversationRow& chat : must(store::queries::conversations(db))) {
        out += QStringLiteral("chat %1 unread %2 draft '%3'\n").arg(chat.title).arg(chat.unread).arg(chat.draft);
        for (const store::TimelineRow& row : must(store::queries::timeline(db, chat.id, {}, 500)).rows)
            out += describeRow(row);
    }
    store::Outbox outbox(db);
    for (const AccountId& account : must(outbox.accounts()))
        for (const store::OutboxRow& row : must(outbox.heads(account, 500)))
            out += QStringLiteral("waits for %1: kind %2 %3 number %4 %5\n")
                       .arg(shortName(row.account))
                       .arg(static_cast<int>(row.content.kind))
                       .arg(row.content.message.hex())
                       .arg(row.content.n)
                       .arg(row.frozen ? row.frozen->envelope.hex() : QStringLiteral("not encrypted yet"));
    for (const store::Gap& gap : must(store::Inbound(db).gapsToAsk(Millis(0), WallTime::max())))
        out += QStringLiteral("missing from %1: number %2%3\n")
                   .arg(shortName(gap.from.account))
                   .arg(gap.n)
                   .arg(gap.shown ? QStringLiteral(", shown") : QString());
    return out;
}

void save(SimWorld& world, const QString& folder) {
    const Scene scene = world.putAside();
    QDir().mkpath(folder);
    QString text = QStringLiteral("wall_ms %1\nrelay %2 %3 %4\n")
                       .arg(toMs(scene.wall))
                       .arg(scene.relays.at(0).endpoint.host)
                       .arg(scene.relays.at(0).endpoint.port)
                       .arg(scene.relays.at(0).keySeed);
    for (const Scene::Person& person : scene.people) {
        text += QStringLiteral("person %1\n").arg(person.name);
        QDir().mkpath(folder + u'/' + person.name);
        for (const auto& [name, content] : person.files)
            writeAll(folder + u'/' + person.name + u'/' + name, content);
    }
    writeAll(folder + QStringLiteral("/world.txt"), text.toUtf8());
}

Scene load(const QString& folder) {
    Scene scene;
    const QStringList lines =
        QString::fromUtf8(readAll(folder + QStringLiteral("/world.txt"))).split(u'\n', Qt::SkipEmptyParts);
    for (const QString& line : lines) {
        const QStringList words = line.split(u' ');
        if (words[0] == QLatin1String("wall_ms")) {
            scene.wall = fromMs(words[1].toLongLong());
        } else if (words[0] == QLatin1String("relay")) {
            scene.relays.push_back({{words[1], words[2].toUShort()}, words[3].toULongLong(), {}, nullptr});
            scene.stores.push_back(nullptr);
        } else {
            Scene::Person person{words[1], {}, {}};
            for (const QFileInfo& file : QDir(folder + u'/' + person.name).entryInfoList(QDir::Files))
                person.files[file.fileName()] = readAll(file.filePath());
            person.keys = must(crypto::key_slots::open(view(person.files.at(QStringLiteral("profile.kith"))),
                                                       view(SimPerson::Passphrase)));
            scene.people.push_back(std::move(person));
        }
    }
    return scene;
}

} // namespace kith::test::past
