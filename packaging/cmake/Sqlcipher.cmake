# kith_sqlcipher: the SQLCipher amalgamation that `./dev` unpacked into KITH_DEPS_DIR, compiled once at -O2 while
# configuring and then shared by all presets. Only core/sqlite links it.
#
# All its symbols are hidden. Otherwise a Qt or GTK plug-in linked to the system's libsqlite3 would find ours first
# (and ours could be bound to the system's), with another version and without encryption: unit_sqlite proves both.

file(STRINGS ${CMAKE_SOURCE_DIR}/packaging/npm-packages.txt package REGEX "^@commapp/sqlcipher-amalgamation ")
string(REGEX REPLACE "^[^ ]+ ([^ ]+) .*" "\\1" version "${package}")
set(source ${KITH_DEPS_DIR}/sqlcipher-amalgamation-${version}/src)
if(NOT EXISTS ${source}/sqlite3.c)
    message(FATAL_ERROR "SQLCipher ${version} is not in ${KITH_DEPS_DIR}. Run `./dev build`, which fetches it.")
endif()

set(flags
    -O2 -g1 -fPIC -w -fstack-protector-strong -D_FORTIFY_SOURCE=2
    -fvisibility=hidden "-DSQLITE_API=__attribute__((visibility(\"hidden\")))"
    -DSQLITE_HAS_CODEC -DSQLCIPHER_CRYPTO_OPENSSL -DSQLITE_TEMP_STORE=2
    -DSQLITE_THREADSAFE=1 -DSQLITE_DEFAULT_MEMSTATUS=0
    -DSQLITE_ENABLE_FTS5 -DSQLITE_LIKE_DOESNT_MATCH_BLOBS
    -DSQLITE_DQS=0 -DSQLITE_DEFAULT_FOREIGN_KEYS=1 -DSQLITE_TRUSTED_SCHEMA=0
    -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_OMIT_SHARED_CACHE -DSQLITE_OMIT_DEPRECATED -DSQLITE_USE_URI=0
    -DSQLITE_DEFAULT_FILE_PERMISSIONS=0600)
set(patch ${CMAKE_SOURCE_DIR}/packaging/patches/sqlcipher.patch)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${patch})
file(SHA256 ${patch} patch_hash)
string(SHA256 key "${patch_hash} ${CMAKE_C_COMPILER_ID} ${CMAKE_C_COMPILER_VERSION} ${CMAKE_C_COMPILER_TARGET} ${flags}")
string(SUBSTRING ${key} 0 12 key)
set(archive ${KITH_DEPS_DIR}/lib/libsqlcipher-${version}-${key}.a)

if(NOT EXISTS ${archive})
    message(NOTICE "compiling SQLCipher ${version} once for all presets")
    string(RANDOM LENGTH 8 random) # two presets may be configured at the same time
    set(folder ${KITH_DEPS_DIR}/lib/${random})
    file(MAKE_DIRECTORY ${folder})
    execute_process(COMMAND patch --quiet --output=${folder}/sqlite3.c ${source}/sqlite3.c ${patch} COMMAND_ERROR_IS_FATAL ANY)
    execute_process(
        COMMAND ${CMAKE_C_COMPILER_LAUNCHER} ${CMAKE_C_COMPILER} ${flags} -ffile-prefix-map=${folder}=.
                -I${OPENSSL_INCLUDE_DIR} -c sqlite3.c -o sqlite3.o
        WORKING_DIRECTORY ${folder}
        COMMAND_ERROR_IS_FATAL ANY)
    execute_process(COMMAND ${CMAKE_AR} rcsD ${folder}/sqlite3.a ${folder}/sqlite3.o COMMAND_ERROR_IS_FATAL ANY)
    file(RENAME ${folder}/sqlite3.a ${archive})
    file(REMOVE_RECURSE ${folder})
endif()

find_package(Threads REQUIRED)
add_library(kith_sqlcipher STATIC IMPORTED GLOBAL)
set_target_properties(kith_sqlcipher PROPERTIES
    IMPORTED_LOCATION ${archive}
    INTERFACE_INCLUDE_DIRECTORIES ${source} # imported: a system folder, so its warnings are not ours
    INTERFACE_COMPILE_DEFINITIONS SQLITE_HAS_CODEC # declares sqlite3_key_v2
    INTERFACE_LINK_LIBRARIES "OpenSSL::Crypto;Threads::Threads;m")
