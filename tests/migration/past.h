// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "tests/support/sim_world.h"

namespace kith::test {

/// Profiles that earlier programs made, and what people saw in them. A folder holds one `world.txt` and, for each
/// person, a folder of files and `NAME.txt`: what describe() said then. make_profiles.cpp makes such a folder; those
/// that are committed are never made again, since only the programs of their day could.
namespace past {

/// Everything that a person could see or that was still to be done, as lines of text: contacts, chats, every row of
/// every history, drafts, what waits to be sent, what is missing. Whatever the schema: only its words count.
QString describe(SimPerson& person);

void save(SimWorld& world, const QString& folder);

/// The people of such a folder, and their relay as it begins: empty. Nobody is online yet.
Scene load(const QString& folder);

} // namespace past
} // namespace kith::test
