# SPDX-License-Identifier: GPL-3.0-or-later
"""A screen of its own with a window manager, and the desktop program driven as a screen reader drives it (AT-SPI).

Run under dbus-run-session; needs Debian's python3-pyatspi, so the system's Python."""
import json
import os
import pathlib
import queue
import signal
import subprocess
import sys
import threading
import time

PATIENCE = 60.0


def until(find, what, patience=PATIENCE):
    """The first true value of `find`; `what` is words, or makes them. The pause only spares the processor."""
    end = time.monotonic() + patience
    problem = ""
    while True:
        try:
            found = find()
        except Exception as seen:  # an object may vanish while it is looked at
            found, problem = None, f" ({seen})"
        if found:
            return found
        if time.monotonic() > end:
            raise TimeoutError(f"this never came true: {what() if callable(what) else what}{problem}")
        time.sleep(0.05)


class Screen:
    """Xvfb and openbox; sets DISPLAY for what is started from here on. Windows that are not `accessible` are cheaper, as on the
    desktops of those who need no screen reader; without `frames` nothing but them is drawn."""

    def __init__(self, size="1280x800x24", accessible=True, frames=True):
        read, write = os.pipe()
        self._server = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-screen", "0", size, "-nolisten", "tcp"],
                                        pass_fds=[write], stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as answer:
            os.environ["DISPLAY"] = ":" + answer.readline().strip()
        if accessible:
            os.environ["QT_LINUX_ACCESSIBILITY_ALWAYS_ON"] = "1"
        os.environ["QT_QPA_PLATFORM"] = "xcb"
        words = [] if frames else ["--config-file", str(pathlib.Path(__file__).with_name("openbox_frameless.xml"))]
        self._manager = subprocess.Popen(["openbox", *words], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        # A window that comes before its manager is not always managed.
        until(lambda: subprocess.run(["xdotool", "get_desktop"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=30,
                                     check=False).returncode == 0, "the window manager is there")

    def picture(self, path):
        subprocess.run(["import", "-window", "root", str(path)], check=True, timeout=60)

    def close(self):
        for process in (self._manager, self._server):
            process.terminate()
            process.wait(timeout=10)


class Desktop:
    """Notifications and settings as a desktop offers them, on the session bus (desktop_services.py)."""

    def __init__(self):
        self._process = subprocess.Popen([sys.executable, "-B", str(pathlib.Path(__file__).parent / "desktop_services.py")],
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._lines = queue.Queue()
        self._seen = []
        threading.Thread(target=self._read, daemon=True).start()
        self.expect("ready")

    def _read(self):
        for line in self._process.stdout:
            self._lines.put(json.loads(line))

    def expect(self, event, **what):
        """The first such call that nobody has expected yet."""
        def look():
            self._take()
            for each in self._seen:
                if each["event"] == event and all(each[key] == value for key, value in what.items()):
                    self._seen.remove(each)
                    return each
            return None

        return until(look, lambda: f"the desktop hears {event} {what}; it heard {self._seen}")

    def forget(self, event):
        """Calls so far that nobody has expected."""
        self._take()
        self._seen = [each for each in self._seen if each["event"] != event]

    def _take(self):
        while not self._lines.empty():
            self._seen.append(self._lines.get())

    def tell(self, line):
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def close(self):
        self._process.stdin.close()
        self._process.wait(timeout=10)


class Window:
    """One `kith` on a profile."""

    def __init__(self, bin_dir, folder, *words):
        self.program = str(pathlib.Path(bin_dir) / "kith")
        self.folder = str(folder)
        self.words = words
        self.process = None

    def start(self):
        import pyatspi  # needs the bus and the display
        self._spi = pyatspi
        self.process = subprocess.Popen([self.program, "--profile", self.folder, *self.words])
        self._root = until(self._application, "the window is on the accessibility bus")
        return self

    def _application(self):
        desktop = self._spi.Registry.getDesktop(0)
        for application in desktop:
            if application is not None and application.get_process_id() == self.process.pid:
                return application
        return None

    def everything(self):
        """All that is showing."""
        waiting = [self._root]
        while waiting:
            item = waiting.pop()
            if item is None:
                continue
            yield item
            waiting.extend(child for child in item if child is not None)

    def find(self, name, role=None):
        def look():
            for item in self.everything():
                if item.name and name in item.name and (role is None or item.getRoleName() == role) \
                        and item.getState().contains(self._spi.STATE_SHOWING):
                    return item
            return None

        return until(look, f"there is {role or 'something'} named {name!r}")

    def press(self, name):
        button = self.find(name, "push button")
        until(lambda: button.getState().contains(self._spi.STATE_SENSITIVE), f"{name!r} can be pressed")
        button.queryAction().doAction(0)

    def type(self, name, text):
        field = until(lambda: next((item for item in self.everything()
                                    if item.name and name in item.name and "text" in item.getRoleName().split() + ["text"]
                                    and "EditableText" in self._spi.utils.listInterfaces(item)
                                    and item.getState().contains(self._spi.STATE_SHOWING)), None), f"there is a field {name!r}")
        field.queryEditableText().setTextContents(text)

    def on_screen(self):
        """The uppermost of its windows, for xdotool."""
        return until(self._shown, "the window can be seen")[-1]

    def _shown(self):
        return subprocess.run(["xdotool", "search", "--onlyvisible", "--pid", str(self.process.pid)], stdout=subprocess.PIPE,
                              text=True, timeout=30, check=False).stdout.split()

    def is_hidden(self):
        return not self._shown()

    def keys(self, *keys):
        """To the window itself, as typed."""
        subprocess.run(["xdotool", "windowactivate", "--sync", self.on_screen(), "key", *keys], check=True, timeout=30,
                       stderr=subprocess.DEVNULL)

    def resize(self, width, height):
        subprocess.run(["xdotool", "windowsize", "--sync", self.on_screen(), str(width), str(height)], check=True, timeout=30)

    def is_active(self):
        return subprocess.run(["xdotool", "getactivewindow"], stdout=subprocess.PIPE, text=True, timeout=30,
                              check=False).stdout.strip() == self.on_screen()

    def brightness(self, x, y):
        """Of one pixel, 0 to 255."""
        return subprocess.run(["import", "-window", self.on_screen(), "-crop", f"1x1+{x}+{y}", "-depth", "8", "gray:-"],
                              check=True, timeout=60, stdout=subprocess.PIPE).stdout[0]

    def text_of(self, name):
        item = self.find(name)
        return item.queryText().getText(0, -1)

    def shows(self, text):
        return self.find(text)

    def hand_over(self, link):
        """A second start, as a browser makes it; ends by itself."""
        subprocess.run([self.program, "--profile", self.folder, link], check=True, timeout=60)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.kill()
