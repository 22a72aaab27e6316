// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands.h"
#include "core/client/view_mapping.h"
#include "core/store/projections/projector.h"
#include "tests/support/fakes.h"
#include "tests/support/test_main.h"

#include <QFile>
#include <QTest>

namespace kith::test {

namespace api = client::api;

/// The commands as windows, bots and people see them are one thing, made from core/client/api.
class TestApi : public QObject {
    Q_OBJECT

    /// "kith::client::api::Whoami": Whoami; "std::vector<kith::client::LinkRow>": LinkRow list.
    template <typename T>
    static QString nameOf() {
        if constexpr (std::is_void_v<T>)
            return QStringLiteral("-");
        else {
            const QString name = QString::fromLatin1(QMetaType::fromType<T>().name());
            const QString last = name.section(QStringLiteral("::"), -1);
            return last.endsWith(u'>') ? last.section(u'>', 0, 0) + QStringLiteral(" list") : last;
        }
    }
    /// Answers nothing and keeps what it was asked.
    class Recorder final : public client::Client {
    public:
        client::RequestId run(api::Command command) override {
            commands.push_back(std::move(command));
            return commands.size();
        }
        void answer(const Result<client::Reply>& reply) { Q_EMIT finished(commands.size(), reply); }
        std::vector<api::Command> commands;
    };
    static QString refusal(const char* name, const QJsonObject& params) {
        Recorder client;
        app::Commands commands(client);
        QString told;
        commands.run(QLatin1String(name), params, [&told](const Result<client::Reply>& result) {
            told = result ? QStringLiteral("it was taken") : result.error().detail;
        });
        return client.commands.empty() ? told : QStringLiteral("it was run");
    }

private Q_SLOTS:
    /// API.md lists each command, its words and its reply, in the order of core/client/api, and nothing else.
    void theContractListsEveryCommand() {
        QFile file(QStringLiteral("core/client/API.md"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QString text = QString::fromUtf8(file.readAll());
        const QString table =
            text.section(QStringLiteral("|---|---|---|---|\n"), 1).section(QStringLiteral("\n\n"), 0, 0);
        QStringList written;
        for (const QString& line : table.split(u'\n'))
            written.append(line.section(u'|', 1, 3));
        QStringList real;
        api::forEach(api::Commands(), [&real]<typename C>(std::type_identity<C>) {
            const app::CommandSpec* spec =
                C::words.name != nullptr ? app::findCommand(QLatin1String(C::words.name)) : nullptr;
            real.append(QStringLiteral(" %1 | %2 | %3 ")
                            .arg(nameOf<C>(), spec != nullptr ? u'`' + spec->usage() + u'`' : QStringLiteral("-"),
                                 nameOf<typename C::Reply>()));
        });
        QCOMPARE(written, real);
    }

    /// A new kind of event that views never hear of would show after the next start only.
    void itIsDecidedForEveryEventWhetherViewsHearOfIt() {
        for (const store::EventKind& kind : store::eventKinds())
            QVERIFY2(client::isToldOrNot(kind.kind), QByteArray::number(kind.kind).constData());
    }

    void everyCommandOfTheCommandLineSaysWhatItDoes() {
        for (const app::CommandSpec& spec : app::commandTable())
            QVERIFY2(!spec.help.isEmpty() || spec.needs == api::Needs::Nothing, qPrintable(spec.name));
    }

    void textBecomesTheFieldsOfTheCommand() {
        Recorder client;
        app::Commands commands(client);
        const QString id = QStringLiteral("0123456789abcdef0123456789abcdef");
        commands.run(QStringLiteral("send"),
                     {{QStringLiteral("conversation"), QStringLiteral("Ben")},
                      {QStringLiteral("text"), QStringLiteral("hello")},
                      {QStringLiteral("reply-to"), id},
                      {QStringLiteral("wait"), QStringLiteral("read")}},
                     [](const Result<client::Reply>&) {});
        QCOMPARE(client.commands.size(), std::size_t(1));
        QCOMPARE(std::get<api::FindContact>(client.commands[0]).who, QStringLiteral("Ben"));
        AccountId ben;
        ben.data()[0] = 7;
        client.answer(client::Reply(client::ContactAdded{ben, QStringLiteral("Ben")}));
        QCOMPARE(client.commands.size(), std::size_t(2));
        const auto& sent = std::get<api::SendText>(client.commands[1]);
        QVERIFY(sent.conversation == conversationWith(ben));
        QCOMPARE(sent.text, QStringLiteral("hello"));
        QCOMPARE(sent.replyTo->hex(), id);
        QVERIFY(sent.wait == api::WaitFor::Read);
    }

    void wrongTextIsRefusedWithWhatItTakes_data() {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<QJsonObject>("params");
        QTest::addColumn<QString>("complaint");
        const QString ben = QStringLiteral("Ben");
        const auto with = [ben](const char* key, const QJsonValue& value) {
            return QJsonObject{{QStringLiteral("conversation"), ben}, {QLatin1String(key), value}};
        };
        QTest::newRow("unknown command") << QByteArray("dance") << QJsonObject() << "there is no command dance";
        QTest::newRow("missing") << QByteArray("history") << QJsonObject() << "history needs CONVERSATION";
        QTest::newRow("unknown") << QByteArray("history") << with("colour", ben) << "history knows no colour";
        QTest::newRow("wrong kind") << QByteArray("history") << with("limit", ben)
                                    << "limit has a value of the wrong kind";
        QTest::newRow("fraction") << QByteArray("history") << with("limit", 1.5)
                                  << "limit has a value of the wrong kind";
        QTest::newRow("too many") << QByteArray("history") << with("limit", 501) << "--limit takes 1 to 500";
        QTest::newRow("none") << QByteArray("history") << with("limit", QStringLiteral("0"))
                              << "--limit takes 1 to 500";
        QTest::newRow("no day") << QByteArray("history") << with("date", QStringLiteral("2026-02-30"))
                                << "--date takes a day as 2026-03-31";
        QTest::newRow("around nothing") << QByteArray("history") << with("around", ben)
                                        << "--around takes the id of a message";
        QTest::newRow("no id") << QByteArray("retry") << with("id", ben) << "retry takes the id of a message";
        QTest::newRow("no word") << QByteArray("send")
                                 << QJsonObject{{QStringLiteral("conversation"), ben},
                                                {QStringLiteral("text"), ben},
                                                {QStringLiteral("wait"), QStringLiteral("soon")}}
                                 << "--wait takes queued, accepted, delivered or read";
        QTest::newRow("flag") << QByteArray("link") << QJsonObject{{QStringLiteral("reusable"), 1}}
                              << "reusable has a value of the wrong kind";
        QTest::newRow("for windows only")
            << QByteArray("FindContact") << QJsonObject() << "there is no command FindContact";
    }
    void wrongTextIsRefusedWithWhatItTakes() {
        QFETCH(QByteArray, name);
        QFETCH(QJsonObject, params);
        QFETCH(QString, complaint);
        QCOMPARE(refusal(name.constData(), params), complaint);
    }
};

KITH_TEST(TestApi)

} // namespace kith::test

#include "test_api.moc"
