// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/clock.h"
#include "core/base/ids.h"
#include "core/client/api/command.h"

#include <QString>

#include <vector>

namespace kith::client {

enum class ContactState { RequestSent, RequestReceived, Connected, Declined };

struct ContactRow {
    AccountId account;
    QString name;
    ContactState state = ContactState::Connected;
    bool verified = false;
    QString requestText;
    WallTime since;
};

/// A contact link of ours that can still be used.
struct LinkRow {
    DropId id;
    bool isReusable = false;
    WallTime expires;
};

struct ContactLinkText {
    QString link;
};
struct ContactAdded {
    AccountId account;
    QString name;
};
struct SafetyNumber {
    AccountId account;
    QString digits; ///< 60
    bool verified = false;
};

namespace api {

/// A contact link of ours, told once a home holds it.
struct CreateContactLink {
    using Reply = ContactLinkText;
    static constexpr Words words{"link", Needs::Network, "make a contact link, one-time unless --reusable"};
    bool reusable = false;
    static constexpr auto fields() { return std::tuple(option("reusable", &CreateContactLink::reusable)); }
};
struct Links {
    using Reply = std::vector<LinkRow>;
    static constexpr Words words{"links", Needs::Profile, "contact links that can still be used"};
};
/// Nobody can use it from the next connection to the homes on.
struct RevokeLink {
    using Reply = void;
    static constexpr Words words{"revoke-link", Needs::Network, "withdraw a contact link"};
    DropId id;
    static constexpr auto fields() { return std::tuple(argument("id", &RevokeLink::id)); }
};
struct AddContact {
    using Reply = ContactAdded;
    static constexpr Words words{"add", Needs::Network, "ask somebody to be a contact"};
    QString link;
    QString message;
    static constexpr auto fields() {
        return std::tuple(argument("link", &AddContact::link), option("message", &AddContact::message));
    }
};
struct Contacts {
    using Reply = std::vector<ContactRow>; ///< requests included
    static constexpr Words words{"contacts", Needs::Profile, "all contacts"};
};
struct Requests {
    using Reply = std::vector<ContactRow>;
    static constexpr Words words{"requests", Needs::Profile, "who asks to be a contact"};
};
/// By account id in base32, or by a name that only one contact has. NotFound, Duplicate (ambiguous).
struct FindContact {
    using Reply = ContactAdded;
    static constexpr Words words{nullptr};
    QString who;
};
struct AcceptRequest {
    using Reply = void;
    static constexpr Words words{"accept", Needs::Network, "accept a request"};
    AccountId account;
    static constexpr auto fields() { return std::tuple(argument("account", &AcceptRequest::account)); }
};
struct DeclineRequest {
    using Reply = void;
    static constexpr Words words{"decline", Needs::Network, "decline a request"};
    AccountId account;
    static constexpr auto fields() { return std::tuple(argument("account", &DeclineRequest::account)); }
};
struct ReadSafetyNumber {
    using Reply = SafetyNumber;
    static constexpr Words words{"safety", Needs::Profile, "the safety number with a contact: compare it by voice"};
    AccountId account;
    static constexpr auto fields() { return std::tuple(argument("account", &ReadSafetyNumber::account)); }
};
struct Verify {
    using Reply = void;
    static constexpr Words words{"verify", Needs::Profile, "the safety numbers agree"};
    AccountId account;
    static constexpr auto fields() { return std::tuple(argument("account", &Verify::account)); }
};
struct Unverify {
    using Reply = void;
    static constexpr Words words{"unverify", Needs::Profile, "take that back"};
    AccountId account;
    static constexpr auto fields() { return std::tuple(argument("account", &Unverify::account)); }
};

using PeopleCommands = List<CreateContactLink, Links, RevokeLink, AddContact, Contacts, Requests, FindContact,
                            AcceptRequest, DeclineRequest, ReadSafetyNumber, Verify, Unverify>;

} // namespace api
} // namespace kith::client
