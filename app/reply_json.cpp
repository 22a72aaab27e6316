// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/reply_json.h"

#include "core/base/printable.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>

namespace kith::app {
namespace {

using namespace client;

QString accountText(const AccountId& account) {
    return toBase32(account.view());
}

QString conversationText(const ConversationId& conversation) {
    const auto contact = contactOf(conversation);
    return contact ? accountText(*contact) : toBase32(conversation.view().subspan(1, GroupId::size));
}

QString stateText(DeliveryState state) {
    switch (state) {
    case DeliveryState::None:
        return QStringLiteral("received");
    case DeliveryState::Queued:
        return QStringLiteral("queued");
    case DeliveryState::Failed:
        return QStringLiteral("failed");
    case DeliveryState::Accepted:
        return QStringLiteral("accepted");
    case DeliveryState::Delivered:
        return QStringLiteral("delivered");
    case DeliveryState::Read:
        return QStringLiteral("read");
    }
    return {};
}

QString stateText(ContactState state) {
    switch (state) {
    case ContactState::RequestSent:
        return QStringLiteral("request_sent");
    case ContactState::RequestReceived:
        return QStringLiteral("request_received");
    case ContactState::Connected:
        return QStringLiteral("connected");
    case ContactState::Declined:
        return QStringLiteral("declined");
    }
    return {};
}

qint64 ms(WallTime time) {
    return toMs(time);
}

QJsonObject json(const ContactRow& row) {
    QJsonObject out{{QStringLiteral("account"), accountText(row.account)},
                    {QStringLiteral("name"), row.name},
                    {QStringLiteral("state"), stateText(row.state)},
                    {QStringLiteral("verified"), row.verified},
                    {QStringLiteral("since_ms"), ms(row.since)}};
    if (!row.requestText.isEmpty())
        out.insert(QStringLiteral("text"), row.requestText);
    return out;
}

QJsonObject json(const ConversationRow& row) {
    QJsonObject out{{QStringLiteral("id"), conversationText(row.id)},
                    {QStringLiteral("name"), row.title},
                    {QStringLiteral("verified"), row.verified},
                    {QStringLiteral("unread"), row.unread}};
    if (row.last)
        out.insert(QStringLiteral("last"), toJson(*row.last));
    if (!row.draft.isEmpty())
        out.insert(QStringLiteral("draft"), row.draft);
    return out;
}

QJsonObject json(const LinkRow& row) {
    return {{QStringLiteral("id"), row.id.hex()},
            {QStringLiteral("reusable"), row.isReusable},
            {QStringLiteral("expires_ms"), ms(row.expires)}};
}

QJsonObject json(const ConnectionRow& row) {
    return toJson(row);
}

template <typename Row, typename Convert>
QJsonArray list(const std::vector<Row>& rows, Convert convert) {
    QJsonArray out;
    for (const Row& row : rows)
        out.append(convert(row));
    return out;
}

/// One overload for each alternative of Reply: a new one does not compile before it has its JSON.
struct ReplyToJson {
    QJsonValue operator()(std::monostate) const { return QJsonObject{{QStringLiteral("ok"), true}}; }
    QJsonValue operator()(const ProfileCreated& created) const {
        return QJsonObject{{QStringLiteral("account"), accountText(created.account)},
                           {QStringLiteral("safety"), created.safety},
                           {QStringLiteral("recovery_code"), created.recoveryCode}};
    }
    QJsonValue operator()(const ProfileInfo& info) const {
        return QJsonObject{
            {QStringLiteral("account"), accountText(info.account)},
            {QStringLiteral("name"), info.name},
            {QStringLiteral("device"), static_cast<qint64>(toU32(info.device))},
            {QStringLiteral("safety"), info.safety},
            {QStringLiteral("homes"), list(info.homes, [](const ConnectionRow& row) { return toJson(row); })},
            {QStringLiteral("queued"), static_cast<qint64>(info.queued)}};
    }
    QJsonValue operator()(const Joined& joined) const {
        QJsonObject out{{QStringLiteral("ok"), true}};
        if (joined.notAsked)
            out.insert(QStringLiteral("not_asked"), errorJson(*joined.notAsked));
        return out;
    }
    QJsonValue operator()(const ContactLinkText& link) const {
        return QJsonObject{{QStringLiteral("link"), link.link}};
    }
    QJsonValue operator()(const MessageSent& sent) const {
        return QJsonObject{{QStringLiteral("id"), sent.id.hex()}, {QStringLiteral("state"), stateText(sent.state)}};
    }
    QJsonValue operator()(const ContactAdded& added) const {
        return QJsonObject{{QStringLiteral("account"), accountText(added.account)},
                           {QStringLiteral("name"), added.name}};
    }
    QJsonValue operator()(const SafetyNumber& number) const {
        return QJsonObject{{QStringLiteral("account"), accountText(number.account)},
                           {QStringLiteral("safety"), number.digits},
                           {QStringLiteral("verified"), number.verified}};
    }
    QJsonValue operator()(const SyncReport& report) const {
        return QJsonObject{{QStringLiteral("received"), report.received},
                           {QStringLiteral("sent"), report.sent},
                           {QStringLiteral("queued"), static_cast<qint64>(report.queued)}};
    }
    QJsonValue operator()(const TimelinePage& page) const {
        return list(page.rows, [](const TimelineRow& row) { return toJson(row); });
    }
    template <typename Row>
    QJsonValue operator()(const std::vector<Row>& rows) const {
        return list(rows, [](const Row& row) { return json(row); });
    }
};

QString spelled(const QJsonValue& value) {
    return printable(
        QString::fromUtf8(QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact)).mid(1).chopped(1));
}

/// One word: quoted where it is more than one, so that a text cannot pass for further fields.
QString fieldOf(const QJsonValue& value) {
    const QString text = value.toString();
    const bool isPlain = value.isString() && !text.isEmpty() && printable(text) == text &&
                         std::none_of(text.begin(), text.end(),
                                      [](QChar c) { return c.isSpace() || c == u'"' || c == u'\\' || c == u'='; });
    return isPlain ? text : spelled(value);
}

QString lineOf(const QJsonObject& object) {
    QStringList parts;
    for (auto it = object.begin(); it != object.end(); ++it)
        parts.append(it.key() + u'=' + fieldOf(*it));
    return parts.join(QStringLiteral("  "));
}

} // namespace

QJsonValue toJson(const client::Reply& reply) {
    return std::visit(ReplyToJson(), reply);
}

QJsonObject toJson(const client::TimelineRow& row) {
    QJsonObject out{{QStringLiteral("id"), row.id.hex()},
                    {QStringLiteral("seq"), static_cast<qint64>(row.seq)},
                    {QStringLiteral("conversation"), conversationText(row.conversation)},
                    {QStringLiteral("sender"), accountText(row.sender)},
                    {QStringLiteral("text"), row.text},
                    {QStringLiteral("sent_ms"), ms(row.sent)},
                    {QStringLiteral("state"), stateText(row.state)}};
    if (row.kind == RowKind::Gap)
        out.insert(QStringLiteral("missing"), true);
    if (row.late)
        out.insert(QStringLiteral("late"), true);
    if (row.wrongClock)
        out.insert(QStringLiteral("wrong_clock"), true);
    if (row.replyTo)
        out.insert(QStringLiteral("reply_to"),
                   QJsonObject{{QStringLiteral("id"), row.replyTo->second.hex()},
                               {QStringLiteral("author"), accountText(row.replyTo->first)}});
    return out;
}

QJsonObject toJson(const client::ConnectionRow& connection) {
    QJsonObject out{{QStringLiteral("relay"), toBase64Url(connection.relay.view())},
                    {QStringLiteral("endpoint"), connection.endpoint},
                    {QStringLiteral("state"), connection.state}};
    if (!connection.reason.isEmpty())
        out.insert(QStringLiteral("reason"), connection.reason);
    if (connection.isJoining)
        out.insert(QStringLiteral("joining"), true);
    if (connection.nextTry)
        out.insert(QStringLiteral("next_try_ms"), ms(*connection.nextTry));
    return out;
}

QJsonObject toJson(const client::WaitingRow& waiting) {
    QJsonObject out{{QStringLiteral("event"), QStringLiteral("waiting")},
                    {QStringLiteral("conversation"), conversationText(waiting.conversation)}};
    if (waiting.nextTry) {
        using Why = client::WaitingRow::Why;
        out.insert(QStringLiteral("reason"), waiting.why == Why::NoRoom ? QStringLiteral("no_room")
                                             : waiting.why == Why::Busy ? QStringLiteral("busy")
                                                                        : QStringLiteral("no_answer"));
        out.insert(QStringLiteral("next_try_ms"), ms(*waiting.nextTry));
    }
    return out;
}

QJsonObject toJson(const client::Change& change) {
    const auto event = [](const char* name, QJsonObject object) {
        object.insert(QStringLiteral("event"), QLatin1String(name));
        return object;
    };
    switch (change.kind) {
    case Change::Kind::MessageAdded:
        return change.row ? event("message", toJson(*change.row)) : QJsonObject();
    case Change::Kind::MessageRemoved:
        return change.row ? event("deleted", {{QStringLiteral("id"), change.row->id.hex()},
                                              {QStringLiteral("conversation"), conversationText(change.conversation)},
                                              {QStringLiteral("sender"), toBase32(change.row->sender.view())}})
                          : QJsonObject();
    case Change::Kind::MessageChanged:
        if (!change.row)
            return {};
        return event("receipt", {{QStringLiteral("id"), change.row->id.hex()},
                                 {QStringLiteral("conversation"), conversationText(change.conversation)},
                                 {QStringLiteral("state"), stateText(change.row->state)}});
    case Change::Kind::RequestReceived:
        return change.contact ? event("request", json(*change.contact)) : QJsonObject();
    case Change::Kind::ContactChanged:
        return change.contact ? event("contact", json(*change.contact)) : QJsonObject();
    case Change::Kind::Unreadable:
        return event("unreadable", {{QStringLiteral("conversation"), conversationText(change.conversation)}});
    case Change::Kind::Read:
    case Change::Kind::Reordered:
        return {};
    }
    return {};
}

QJsonObject errorJson(const Error& error) {
    QJsonObject out{{QStringLiteral("code"), codeName(error.code)}, {QStringLiteral("message"), error.detail}};
    if (error.cause != Cause::None)
        out.insert(QStringLiteral("cause"), causeName(error.cause));
    return out;
}

QString toText(const QJsonValue& value) {
    QStringList lines;
    if (value.isArray()) {
        for (const QJsonValue element : value.toArray())
            lines.append(lineOf(element.toObject()));
    } else {
        const QJsonObject object = value.toObject();
        for (auto it = object.begin(); it != object.end(); ++it)
            lines.append(it.key() + QStringLiteral(": ") +
                         (it->isArray()    ? toText(*it)
                          : it->isString() ? printable(it->toString())
                                           : spelled(*it)));
    }
    return lines.join(u'\n');
}

} // namespace kith::app
