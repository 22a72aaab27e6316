#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows each style test a bad file in a scratch tree and expects the finding, and a good file and expects none."""

import contextlib
import importlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
COMMITTED = ["tests/style/layers.txt", "tests/style/forbidden_words.txt", ".clang-format"]


@contextlib.contextmanager
def tree_of(files):
    """A scratch tree of the committed tables and these files."""
    with tempfile.TemporaryDirectory() as root:
        for path in COMMITTED:
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            shutil.copy(os.path.join(ROOT, path), os.path.join(root, path))
        for path, content in files.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(content)
        yield root


class StyleTest(unittest.TestCase):
    def findings(self, check, path, content):
        with tree_of({path: content}) as root, contextlib.redirect_stdout(io.StringIO()):
            return "\n".join(importlib.import_module(check).check(root))

    def assert_found(self, check, path, content, *expected):
        with self.subTest(check=check, path=path, content=content[:60]):
            found = self.findings(check, path, content)
            for part in expected:
                self.assertIn(part, found)

    def assert_clean(self, check, path, content):
        with self.subTest(check=check, path=path, content=content[:60]):
            self.assertEqual(self.findings(check, path, content), "")

    def test_status_tells_whether_something_was_found(self):
        for content, status in [("#include <sqlite3.h>\n", 1), ("#include <QString>\n", 0)]:
            with tree_of({"core/store/a.cpp": content}) as root:
                command = [sys.executable, os.path.join(HERE, "layering.py"), "--root", root]
                self.assertEqual(subprocess.run(command, capture_output=True, check=False).returncode, status)

    def test_threats_need_tests_that_exist(self):
        model = "## 16. Threats\n| attacker | can |\n|---|---|\n| thief | steal |\n\nTests that hold each row:\n%s\n\n## 17. Rest\n"
        path = "core/wire/PROTOCOL.md"
        self.assert_clean("threat_tests", path, model % "- thief: not testable.")
        self.assert_found("threat_tests", path, model % "", "no test and no reason is named for: thief")
        self.assert_found("threat_tests", path, model % "- thief: nothing.\n- ghost: no.", "what is no row: ghost")
        self.assert_found("threat_tests", path, model % "- thief: `aTestOf` and\n  `another`", "aTestOf", "another")
        self.assert_found("threat_tests", path, "nothing", "no threat model")

    def test_layering_finds_wrong_arrows(self):
        for path, line, finding in [
            ("core/base/ids.h", '#include "core/wire/frame.h"', "core/base may not include core/wire/frame.h"),
            ("core/relay/a.cpp", '#include "core/client/client.h"', "core/relay may not include"),
            ("core/client/a.cpp", '#include "core/relay/server.h"', "core/client may not include"),
            ("core/relay/a.cpp", '#include "core/signal/signal_engine.h"', "core/relay may not include"),
            ("core/store/a.cpp", '#include "core/signal/signal_engine.h"', "core/store may not include"),
            ("ui/main_window.cpp", '#include "core/client/messenger.h"', "ui may not include"),
            ("core/wire/a.cpp", '#include "tests/support/fakes.h"', "core/wire may not include"),
            ("app/relay_main.cpp", '#include "core/client/client.h"', "app/relay_* may not include"),
            ("app/cli_main.cpp", '#include "core/relay/server.h"', "app/cli_* may not include"),
            ("core/store/a.cpp", '  #  include "core/sqlite/detail/connection.h"', "inside of core/sqlite"),
            ("tests/unit/a.cpp", '#include "core/sqlite/detail/connection.h"', "inside of core/sqlite"),
            ("core/novel/a.cpp", '#include "core/base/ids.h"', "not in tests/style/layers.txt"),
            ("core/store/a.cpp", "#include <sqlite3.h>", "sqlite3.h is for"),
            ("core/store/a.cpp", '#include "sqlite3.h"', "sqlite3.h is for"),
            ("core/client/a.cpp", "#include <signal/session_cipher.h>", "is for core/signal"),
            ("core/store/a.cpp", "#include <openssl/evp.h>", "openssl/evp.h is for"),
            ("core/store/a.cpp", "#include <argon2.h>", "argon2.h is for core/crypto only"),
            ("core/link/a.cpp", "#include <boost/beast/http.hpp>", "is for core/relay only"),
            ("core/link/a.cpp", "#include <google/protobuf/message_lite.h>", "is for core/wire only"),
            ("core/signal/a.cpp", '#include "core/wire/frames.pb.h"', "core/wire/frames.pb.h is for"),
            ("core/store/a.cpp", "#include <QtWidgets/QWidget>", "is for nobody only"),
            ("tests/unit/a.cpp", "#include <QtTest>", "QtTest is for nobody only"),
        ]:
            self.assert_found("layering", path, "\n" + line + "\n", f"{path}:2: ", finding)

    def test_layering_finds_text_and_platform_questions(self):
        self.assert_found("layering", "core/client/a.cpp", 'x = tr("Hello");\n', "belongs to ui")
        self.assert_found("layering", "app/main.cpp", 'x = QObject::tr("Hello");\n', "belongs to ui")
        for line in ["#ifdef Q_OS_WIN", "#if defined(__linux__)", "#elif defined(X) && defined(_WIN32)"]:
            self.assert_found("layering", "core/link/a.cpp", line + "\n", "core/link/a.cpp:1: only core/base/platform_*")

    def test_layering_lets_right_arrows_pass(self):
        for path, content in [
            ("core/store/a.cpp", '#include "core/signal/key_store.h"\n#include "core/wire/frames.pb.h"\n#include <QFile>\n'),
            ("core/sqlite/a.cpp", '#include "core/sqlite/detail/connection.h"\n#include <sqlite3.h>\n'),
            ("ui/main_window.cpp", '#include "core/client/client.h"\nx = tr("Hello");\n'),
            ("app/composition.cpp", '#include "core/relay/server.h"\n#include "ui/main_window.h"\n'),
            ("core/base/platform_posix.cpp", "#ifdef __linux__\n"),
            ("core/store/a.cpp", '// tr("x"), #ifdef Q_OS_WIN\nx = attr(1); y = "tr(1)";\n/*\n#include <sqlite3.h>\n*/\n'),
            ("tests/unit/a.cpp", '#include "core/relay/server.h"\n#include "core/wire/frames.pb.h"\n#include <QTest>\n'),
        ]:
            self.assert_clean("layering", path, content)

    def test_forbidden_words_finds_each_word(self):
        for path, content, finding in [
            ("core/a.cpp", "// TODO later\n", "unfinished work"),
            ("packaging/a.sh", "# FIXME\n", "unfinished work"),
            ("dev", "# XXX\n", "unfinished work"),
            ("README.md", "a HACK\n", "unfinished work"),
            ("tests/README.md", "see /home/ann/notes\n", "absolute home path"),
            ("tests/a.py", 'open("/root/x")\n', "absolute home path"),
            ("CMakePresets.json", '{"x": "/work/y"}\n', "workplace path"),
            ("packaging/npm-packages.txt", "https://registry.npmjs.org/x\n", "registry host"),
            ("core/link/a.cpp", "QThread t;\n", "threads"),
            ("core/link/a.cpp", "std::jthread t;\n", "threads"),
            ("core/link/a.h", "auto f = std::async(g);\n", "threads"),
            ("ui/a.cpp", "QThreadPool p;\n", "thread pool"),
            ("core/store/a.h", "QMutex m;\n", "locks"),
            ("core/relay/server/a.h", "std::shared_mutex m;\n", "locks"),
            ("core/store/a.h", "std::lock_guard g(m);\n", "locks"),
            ("core/store/a.cpp", "std::condition_variable c;\n", "waiting"),
            ("core/store/a.cpp", "QSemaphore s;\n", "waiting"),
            ("tests/unit/a.cpp", "QTest::qSleep(10);\n", "waiting"),
            ("tests/unit/a.cpp", "std::this_thread::sleep_for(x);\n", "waiting"),
            ("core/link/a.cpp", "invoke(x, Qt::BlockingQueuedConnection);\n", "waiting"),
            ("core/link/a.cpp", "QEventLoop loop;\n", "nested event loop"),
            ("app/main.cpp", "app.processEvents();\n", "nested event loop"),
            ("ui/a.cpp", "connect(a, SIGNAL(x()), b, SLOT(y()));\n", "connection by string"),
            ("ui/a.cpp", "connect(button, &QPushButton::clicked,\n        [this] {});\n", "connection without context"),
            ("ui/a.cpp", "QTimer::singleShot(100, [this] {});\n", "connection without context"),
        ]:
            self.assert_found("forbidden_words", path, "\n" + content, f"{path}:2: {finding}")

    def test_forbidden_words_knows_the_homes(self):
        for path, content in [
            ("core/relay/server/a.cpp", "QThread t;\n"),
            ("app/composition.cpp", "QThread t;\n"),
            ("ui/image_loader.cpp", "QThreadPool p;\n"),
            ("tests/gui/a.cpp", "QCoreApplication::processEvents();\n"),
            ("core/store/a.cpp", "// no QMutex and no sleep() here\n"),
            ("ui/a.cpp", "connect(button, &QPushButton::clicked, this, [this] {});\nQTimer::singleShot(1, this, [] {});\n"),
            ("tests/a.md", "mktemp XXXXXX, network/root/x, homework/work/x\n"),
        ]:
            self.assert_clean("forbidden_words", path, content)

    def test_file_size_fails_at_600_lines(self):
        for path in ["core/a.cpp", "core/a.h", "tests/a.py", "packaging/a.sh", "core/wire/a.proto", "dev"]:
            self.assert_found("file_size", path, "\n" * 600, f"{path}:600: ")
        self.assert_clean("file_size", "core/a.cpp", "\n" * 400)
        self.assert_clean("file_size", "tests/vectors/a.h", "\n" * 6000)
        self.assert_clean("file_size", "core/a.cpp", "\n" * 599)

    def test_format_finds_what_clang_format_would_change(self):
        self.assert_found("format", "core/a.cpp", "int  f( ) {return 1;}\n", "core/a.cpp:1:")
        self.assert_found("format", "tests/a.h", "int* a;\n  int* b;\n", "tests/a.h:")
        self.assert_clean("format", "core/a.cpp", "int* f() {\n    return nullptr;\n}\n")


if __name__ == "__main__":
    unittest.main()
