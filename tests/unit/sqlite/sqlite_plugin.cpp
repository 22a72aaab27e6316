// SPDX-License-Identifier: GPL-3.0-or-later
// Stands for every plug-in of Qt or the desktop that brings the system's SQLite into our process.
#include <sqlite3.h>

extern "C" const char* pluginSqliteVersion() {
    return sqlite3_libversion();
}

/// True when the plug-in's SQLite knows SQLCipher, that is, when it is not its own.
extern "C" bool pluginSqliteEncrypts() {
    sqlite3* handle = nullptr;
    sqlite3_stmt* statement = nullptr;
    const bool answered = sqlite3_open(":memory:", &handle) == SQLITE_OK &&
                          sqlite3_prepare_v2(handle, "PRAGMA cipher_version", -1, &statement, nullptr) == SQLITE_OK &&
                          sqlite3_step(statement) == SQLITE_ROW;
    sqlite3_finalize(statement);
    sqlite3_close(handle);
    return answered;
}
