// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands.h"

#include "core/base/secret_bytes.h"

#include <QJsonValue>

#include <algorithm>

namespace kith::app {
namespace {

namespace api = client::api;
using client::Reply;

Error wrongUse(const QString& what) {
    return fail(Code::Invalid, what);
}

template <typename T>
struct Plain {
    using Type = T;
};
template <typename T>
struct Plain<std::optional<T>> {
    using Type = T;
};

template <typename T>
concept Spelled = requires {
    api::Spelling<T>::words;
};
template <typename T>
concept Number = std::is_integral_v<T> && !std::is_same_v<T, bool>;
template <typename T>
concept Person = std::is_same_v<T, AccountId> || std::is_same_v<T, ConversationId>;

std::optional<qint64> integer(const QJsonValue& value) {
    if (value.isDouble()) {
        const qint64 number = value.toInteger(INT64_MIN); // what is no whole number is the default
        return number == INT64_MIN ? std::nullopt : std::optional(number);
    }
    bool ok = false;
    const qint64 number = value.toString().toLongLong(&ok);
    return ok ? std::optional(number) : std::nullopt;
}

QString textOf(const QJsonValue& value) {
    return value.toString();
}

template <Spelled Enum>
QString choices() {
    QStringList words;
    for (const char* word : api::Spelling<Enum>::words)
        words.append(QLatin1String(word));
    const QString last = words.takeLast();
    return words.join(QStringLiteral(", ")) + QStringLiteral(" or ") + last;
}

template <typename Id>
std::optional<Id> idFrom(const QJsonValue& value) {
    return Id::from(QByteArray::fromHex(textOf(value).toLatin1()));
}

/// What `value` means for a field of type T; Invalid says what it takes, without the field's name.
template <typename T>
Result<T> valueFrom(const QJsonValue& value, std::int64_t min, std::int64_t max) {
    if constexpr (Spelled<T>) {
        const auto& words = api::Spelling<T>::words;
        const auto* found = std::find_if(std::begin(words), std::end(words),
                                         [&](const char* word) { return textOf(value) == QLatin1String(word); });
        if (found == std::end(words))
            return wrongUse(choices<T>());
        return static_cast<T>(found - std::begin(words));
    } else if constexpr (Number<T>) {
        const auto number = integer(value);
        if (!number || *number < min || *number > max)
            return wrongUse(QStringLiteral("%1 to %2").arg(min).arg(max));
        return static_cast<T>(*number);
    } else if constexpr (std::is_same_v<T, MessageId> || std::is_same_v<T, DropId>) {
        if (const auto id = idFrom<T>(value))
            return *id;
        return wrongUse(std::is_same_v<T, MessageId> ? QStringLiteral("the id of a message")
                                                     : QStringLiteral("the id of a link"));
    } else if constexpr (std::is_same_v<T, QDate>) {
        if (const QDate day = QDate::fromString(textOf(value), Qt::ISODate); day.isValid())
            return day;
        return wrongUse(QStringLiteral("a day as 2026-03-31"));
    } else if constexpr (std::is_same_v<T, SecretBytes>) {
        QString text = textOf(value);
        QByteArray bytes = text.toUtf8();
        wipe(text);
        SecretBytes secret(view(bytes));
        wipe(bytes);
        return secret;
    } else if constexpr (std::is_same_v<T, bool>) {
        return value.toBool();
    } else {
        return textOf(value);
    }
}

template <typename C, typename V>
Result<void> readField(const api::Field<C, V>& field, const QJsonObject& params, C& command, ReadCommand& read) {
    using T = typename Plain<V>::Type;
    const QJsonValue value = params[QLatin1String(field.name)];
    if (value.isUndefined())
        return {}; // an option
    if constexpr (Person<T>) {
        read.lookups.push_back({textOf(value), [member = field.member](api::Command& filled, const AccountId& who) {
                                    if constexpr (std::is_same_v<T, AccountId>)
                                        std::get<C>(filled).*member = who;
                                    else
                                        std::get<C>(filled).*member = conversationWith(who);
                                }});
    } else {
        auto given = valueFrom<T>(value, field.min, field.max);
        if (!given)
            return wrongUse(QStringLiteral("%1 takes %2")
                                .arg(field.isArgument ? QLatin1String(C::words.name)
                                                      : QStringLiteral("--") + QLatin1String(field.name),
                                     given.error().detail));
        command.*(field.member) = std::move(*given);
    }
    return {};
}

/// Form before meaning: whether each one is known, there, and of the right JSON type.
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

template <typename C>
CommandSpec specOf() {
    CommandSpec spec;
    spec.name = QLatin1String(C::words.name);
    spec.needs = C::words.needs;
    spec.help = QLatin1String(C::words.help);
    const auto list = [&spec]<typename V>(const api::Field<C, V>& field) {
        using T = typename Plain<V>::Type;
        QStringList& names = field.isArgument           ? spec.arguments
                             : std::is_same_v<T, bool>  ? spec.flags
                             : Number<T> && !Spelled<T> ? spec.numbers
                                                        : spec.options;
        names.append(QLatin1String(field.name));
    };
    std::apply([&list](const auto&... fields) { (list(fields), ...); }, api::fieldsOf<C>());
    spec.read = [](const QJsonObject& params) -> Result<ReadCommand> {
        TRY(checkParams(*findCommand(QLatin1String(C::words.name)), params));
        ReadCommand read;
        C command;
        Result<void> fine;
        std::apply(
            [&](const auto&... fields) { ((fine = fine ? readField(fields, params, command, read) : fine), ...); },
            api::fieldsOf<C>());
        if (!fine)
            return fine.error();
        read.command = std::move(command);
        return read;
    };
    return spec;
}

} // namespace

QString CommandSpec::usage() const {
    QString text = name;
    for (const QString& argument : arguments)
        text += u' ' + argument.toUpper();
    for (const QString& option : options + numbers)
        text += QStringLiteral(" [--%1 %2]").arg(option, option.toUpper());
    for (const QString& flag : flags)
        text += QStringLiteral(" [--%1]").arg(flag);
    return text;
}

const std::vector<CommandSpec>& commandTable() {
    static const std::vector<CommandSpec> table = [] {
        std::vector<CommandSpec> specs;
        api::forEach(api::Commands(), [&specs]<typename C>(std::type_identity<C>) {
            if constexpr (C::words.name != nullptr)
                specs.push_back(specOf<C>());
        });
        return specs;
    }();
    return table;
}

const CommandSpec* findCommand(const QString& name) {
    const auto& table = commandTable();
    const auto found =
        std::find_if(table.begin(), table.end(), [&](const CommandSpec& spec) { return spec.name == name; });
    return found == table.end() ? nullptr : &*found;
}

Commands::Commands(client::Client& client)
    : m_client(client) {
    connect(&client, &client::Client::finished, this, [this](client::RequestId request, const Result<Reply>& result) {
        const auto waiting = m_waiting.extract(request);
        if (waiting)
            waiting.mapped()(result);
    });
}

void Commands::run(api::Command command, Answer answer) {
    m_waiting[m_client.run(std::move(command))] = std::move(answer);
}

void Commands::run(const QString& name, const QJsonObject& params, const Answer& answer) {
    const CommandSpec* spec = findCommand(name);
    if (spec == nullptr) {
        answer(wrongUse(QStringLiteral("there is no command %1").arg(name)));
        return;
    }
    auto read = spec->read(params);
    if (read)
        lookUp(std::make_shared<ReadCommand>(std::move(*read)), answer);
    else
        answer(read.error());
}

void Commands::lookUp(const std::shared_ptr<ReadCommand>& read, const Answer& answer) {
    if (read->lookups.empty()) {
        run(std::move(read->command), answer);
        return;
    }
    run(api::FindContact{read->lookups.back().who}, [this, read, answer](const Result<Reply>& found) {
        if (!found) {
            answer(found.error());
            return;
        }
        read->lookups.back().fill(read->command, std::get<client::ContactAdded>(*found).account);
        read->lookups.pop_back();
        lookUp(read, answer);
    });
}

} // namespace kith::app
