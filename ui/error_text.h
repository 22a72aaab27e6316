// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/base/error.h"

#include <QCoreApplication>

namespace kith::ui {

/// What a person was doing when something failed.
enum class Occasion { Create, Unlock, Join, MakeLink, AddContact, Answer, Send, Host, Load };

/// One or two sentences for people: what happened and what to do next. Translated; never the detail of the error,
/// which is for logs.
QString errorText(Occasion occasion, const Error& error);
/// A relay took us, but the contact in its invite could not be asked.
QString notAskedText(const Error& error);

} // namespace kith::ui
