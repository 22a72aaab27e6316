// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands.h"

#include <QJsonValue>

#include <algorithm>

namespace kith::app {
namespace {

using client::Reply;
using Network = CommandSpec::Network;

QString text(const QJsonObject& params, const char* key) {
    return params[QLatin1String(key)].toString();
}

Error wrongUse(const QString& what) {
    return fail(Code::Invalid, what);
}

std::optional<qint64> integer(const QJsonValue& value) {
    if (value.isDouble()) {
        const qint64 number = value.toInteger(INT64_MIN); // what is no whole number is the default
        return number == INT64_MIN ? std::nullopt : std::optional(number);
    }
    bool ok = false;
    const qint64 number = value.toString().toLongLong(&ok);
    return ok ? std::optional(number) : std::nullopt;
}

} // namespace

const std::vector<CommandSpec>& commandTable() {
    static const std::vector<CommandSpec> table = {
        {QStringLiteral("whoami"),
         {},
         {},
         {},
         {},
         Network::Local,
         QStringLiteral("this account, device and safety number")},
        {QStringLiteral("status"), {}, {}, {}, {}, Network::Local, QStringLiteral("homes, and what waits to be sent")},
        {QStringLiteral("join"),
         {QStringLiteral("link")},
         {},
         {},
         {},
         Network::Online,
         QStringLiteral("become a member of a relay by its invite")},
        {QStringLiteral("cancel-join"), {}, {}, {}, {}, Network::Local, QStringLiteral("end a join that waits (rpc)")},
        {QStringLiteral("link"),
         {},
         {},
         {},
         {QStringLiteral("reusable")},
         Network::Online,
         QStringLiteral("make a contact link, one-time unless --reusable")},
        {QStringLiteral("links"),
         {},
         {},
         {},
         {},
         Network::Local,
         QStringLiteral("contact links that can still be used")},
        {QStringLiteral("revoke-link"),
         {QStringLiteral("id")},
         {},
         {},
         {},
         Network::Online,
         QStringLiteral("withdraw a contact link")},
        {QStringLiteral("add"),
         {QStringLiteral("link")},
         {QStringLiteral("message")},
         {},
         {},
         Network::Online,
         QStringLiteral("ask somebody to be a contact")},
        {QStringLiteral("requests"), {}, {}, {}, {}, Network::Local, QStringLiteral("who asks to be a contact")},
        {QStringLiteral("accept"),
         {QStringLiteral("account")},
         {},
         {},
         {},
         Network::Online,
         QStringLiteral("accept a request")},
        {QStringLiteral("decline"),
         {QStringLiteral("account")},
         {},
         {},
         {},
         Network::Online,
         QStringLiteral("decline a request")},
        {QStringLiteral("contacts"), {}, {}, {}, {}, Network::Local, QStringLiteral("all contacts")},
        {QStringLiteral("conversations"),
         {},
         {},
         {},
         {},
         Network::Local,
         QStringLiteral("all conversations, newest first")},
        {QStringLiteral("send"),
         {QStringLiteral("conversation"), QStringLiteral("text")},
         {QStringLiteral("reply-to"), QStringLiteral("wait")},
         {},
         {},
         Network::Online,
         QStringLiteral("send a message; --wait queued, accepted (default), delivered or read")},
        {QStringLiteral("retry"),
         {QStringLiteral("conversation"), QStringLiteral("id")},
         {},
         {},
         {},
         Network::Online,
         QStringLiteral("send a message that failed again")},
        {QStringLiteral("history"),
         {QStringLiteral("conversation")},
         {},
         {QStringLiteral("limit"), QStringLiteral("before")},
         {},
         Network::Local,
         QStringLiteral("messages, oldest first; --before SEQ pages back")},
        {QStringLiteral("mark-read"),
         {QStringLiteral("conversation")},
         {},
         {},
         {},
         Network::Local,
         QStringLiteral("everything in it counts as read")},
        {QStringLiteral("safety"),
         {QStringLiteral("account")},
         {},
         {},
         {},
         Network::Local,
         QStringLiteral("the safety number with a contact: compare it by voice")},
        {QStringLiteral("verify"),
         {QStringLiteral("account")},
         {},
         {},
         {},
         Network::Local,
         QStringLiteral("the safety numbers agree")},
        {QStringLiteral("unverify"),
         {QStringLiteral("account")},
         {},
         {},
         {},
         Network::Local,
         QStringLiteral("take that back")},
        {QStringLiteral("sync"),
         {},
         {},
         {},
         {},
         Network::Online,
         QStringLiteral("receive everything, send everything, stop")},
    };
    return table;
}

const CommandSpec* findCommand(const QString& name) {
    const auto& table = commandTable();
    const auto found =
        std::find_if(table.begin(), table.end(), [&](const CommandSpec& spec) { return spec.name == name; });
    return found == table.end() ? nullptr : &*found;
}

Result<void> checkParams(const CommandSpec& spec, const QJsonObject& params) {
    for (const QString& argument : spec.arguments)
        if (!params.contains(argument))
            return wrongUse(QStringLiteral("%1 needs %2").arg(spec.name, argument.toUpper()));
    for (auto it = params.begin(); it != params.end(); ++it) {
        bool fits = it->isString();
        if (spec.flags.contains(it.key()))
            fits = it->isBool();
        else if (spec.numbers.contains(it.key()))
            fits = integer(*it).has_value();
        else if (!spec.arguments.contains(it.key()) && !spec.options.contains(it.key()))
            return wrongUse(QStringLiteral("%1 knows no %2").arg(spec.name, it.key()));
        if (!fits)
            return wrongUse(QStringLiteral("%1 has a value of the wrong kind").arg(it.key()));
    }
    return {};
}

Commands::Commands(client::Client& client)
    : m_client(client) {
    connect(&client, &client::Client::finished, this, [this](client::RequestId request, const Result<Reply>& result) {
        const auto waiting = m_waiting.extract(request);
        if (waiting)
            waiting.mapped()(result);
    });
}

void Commands::run(const QString& name, const QJsonObject& params, const Answer& answer) {
    const CommandSpec* spec = findCommand(name);
    if (spec == nullptr) {
        answer(wrongUse(QStringLiteral("there is no command %1").arg(name)));
        return;
    }
    if (const Result<void> fine = checkParams(*spec, params); !fine) {
        answer(fine.error());
        return;
    }
    if (name == QLatin1String("whoami") || name == QLatin1String("status")) {
        expect(m_client.whoami(), answer);
    } else if (name == QLatin1String("join")) {
        expect(m_client.join(text(params, "link")), answer);
    } else if (name == QLatin1String("link")) {
        const bool reusable = params[QLatin1String("reusable")].toBool();
        expect(m_client.createContactLink(reusable ? client::LinkUse::Reusable : client::LinkUse::OneTime), answer);
    } else if (name == QLatin1String("cancel-join")) {
        expect(m_client.cancelJoin(), answer);
    } else if (name == QLatin1String("links")) {
        expect(m_client.links(), answer);
    } else if (name == QLatin1String("revoke-link")) {
        revokeLink(params, answer);
    } else if (name == QLatin1String("add")) {
        expect(m_client.addContact(text(params, "link"), text(params, "message")), answer);
    } else if (name == QLatin1String("requests")) {
        requests(answer);
    } else if (name == QLatin1String("accept")) {
        withContact(
            text(params, "account"),
            [this, answer](const AccountId& account) { expect(m_client.acceptRequest(account), answer); }, answer);
    } else if (name == QLatin1String("decline")) {
        withContact(
            text(params, "account"),
            [this, answer](const AccountId& account) { expect(m_client.declineRequest(account), answer); }, answer);
    } else if (name == QLatin1String("contacts")) {
        expect(m_client.contacts(), answer);
    } else if (name == QLatin1String("conversations")) {
        expect(m_client.conversations(), answer);
    } else if (name == QLatin1String("send")) {
        send(params, answer);
    } else if (name == QLatin1String("history")) {
        history(params, answer);
    } else if (name == QLatin1String("retry")) {
        retry(params, answer);
    } else if (name == QLatin1String("mark-read")) {
        withContact(
            text(params, "conversation"),
            [this, answer](const AccountId& account) {
                expect(m_client.markRead(conversationWith(account), INT64_MAX), answer);
            },
            answer);
    } else if (name == QLatin1String("safety")) {
        withContact(
            text(params, "account"),
            [this, answer](const AccountId& account) { expect(m_client.safetyNumber(account), answer); }, answer);
    } else if (name == QLatin1String("verify") || name == QLatin1String("unverify")) {
        withContact(
            text(params, "account"),
            [this, answer, verified = name == QLatin1String("verify")](const AccountId& account) {
                expect(m_client.setVerified(account, verified), answer);
            },
            answer);
    } else {
        expect(m_client.sync(), answer);
    }
}

void Commands::withContact(const QString& who, std::function<void(const AccountId&)> next, Answer answer) {
    expect(m_client.findContact(who), [next = std::move(next), answer = std::move(answer)](const Result<Reply>& found) {
        if (found)
            next(std::get<client::ContactAdded>(*found).account);
        else
            answer(found.error());
    });
}

void Commands::send(const QJsonObject& params, const Answer& answer) {
    const QString waitText = params[QLatin1String("wait")].toString(QStringLiteral("accepted"));
    const QStringList names{QStringLiteral("queued"), QStringLiteral("accepted"), QStringLiteral("delivered"),
                            QStringLiteral("read")};
    const qsizetype wait = names.indexOf(waitText);
    const auto replyId = MessageId::from(QByteArray::fromHex(text(params, "reply-to").toLatin1()));
    if (wait < 0 || (params.contains(QLatin1String("reply-to")) && !replyId)) {
        answer(wrongUse(wait < 0 ? QStringLiteral("--wait takes queued, accepted, delivered or read")
                                 : QStringLiteral("--reply-to takes the id of a message")));
        return;
    }
    withContact(
        text(params, "conversation"),
        [this, answer, wait, replyId, body = text(params, "text")](const AccountId& account) {
            expect(m_client.sendText(conversationWith(account), body, static_cast<client::WaitFor>(wait), replyId,
                                     client::DraftThen::Kept, nullptr),
                   answer);
        },
        answer);
}

void Commands::revokeLink(const QJsonObject& params, const Answer& answer) {
    if (const auto id = DropId::from(QByteArray::fromHex(text(params, "id").toLatin1())))
        expect(m_client.revokeLink(*id), answer);
    else
        answer(wrongUse(QStringLiteral("revoke-link takes the id of a link")));
}

void Commands::retry(const QJsonObject& params, const Answer& answer) {
    const auto id = MessageId::from(QByteArray::fromHex(text(params, "id").toLatin1()));
    if (!id) {
        answer(wrongUse(QStringLiteral("retry takes the id of a message")));
        return;
    }
    withContact(
        text(params, "conversation"),
        [this, answer, id = *id](const AccountId& account) {
            expect(m_client.retry(conversationWith(account), id), answer);
        },
        answer);
}

void Commands::history(const QJsonObject& params, const Answer& answer) {
    const auto limit =
        params.contains(QLatin1String("limit")) ? integer(params[QLatin1String("limit")]) : std::optional<qint64>(50);
    const auto before = integer(params[QLatin1String("before")]);
    if (!limit || *limit < 1 || *limit > 500 || (params.contains(QLatin1String("before")) && !before)) {
        answer(wrongUse(QStringLiteral("--limit takes 1 to 500, --before a seq")));
        return;
    }
    withContact(
        text(params, "conversation"),
        [this, answer, limit, before](const AccountId& account) {
            expect(m_client.timelinePage(conversationWith(account), before, static_cast<int>(*limit)), answer);
        },
        answer);
}

void Commands::requests(const Answer& answer) {
    expect(m_client.contacts(), [answer](const Result<Reply>& found) {
        if (!found) {
            answer(found);
            return;
        }
        std::vector<client::ContactRow> rows = std::get<std::vector<client::ContactRow>>(*found);
        std::erase_if(rows,
                      [](const client::ContactRow& row) { return row.state != client::ContactState::RequestReceived; });
        answer(Reply(std::move(rows)));
    });
}

} // namespace kith::app
