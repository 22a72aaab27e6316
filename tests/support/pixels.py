# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person sees and does at an X display, without the accessibility bus: pixels of areas, and keys.

Nothing is polled. The server tells each drawing once it is done (DAMAGE); only then are the pixels of the watched areas
fetched through shared memory and compared. That costs the watched program nothing, and a change is seen in well under 1 ms."""
import ctypes as c
import os
import select
import subprocess
import time
from typing import NamedTuple

_X, _EXT, _TEST, _DAMAGE = (c.CDLL(f"lib{name}") for name in ("X11.so.6", "Xext.so.6", "Xtst.so.6", "Xdamage.so.1"))
_C = c.CDLL(None, use_errno=True)
_IPC_PRIVATE, _IPC_RMID = 0, 0
_RAW_RECTANGLES = 0
_Z_PIXMAP = 2
_ALL_PLANES = c.c_ulong(-1)
_SHIFT = 0xFFE1
_NAMED_KEYS = {"Return": 0xFF0D, "Escape": 0xFF1B, "BackSpace": 0xFF08, "Down": 0xFF54, "Up": 0xFF52, "ctrl": 0xFFE3,
               "alt": 0xFFE9, "shift": _SHIFT}


class _Segment(c.Structure):
    _fields_ = [("seg", c.c_ulong), ("id", c.c_int), ("address", c.c_void_p), ("read_only", c.c_int)]


class _Rectangle(c.Structure):
    _fields_ = [("x", c.c_short), ("y", c.c_short), ("width", c.c_ushort), ("height", c.c_ushort)]


class _DamageNotify(c.Structure):
    _fields_ = [("type", c.c_int), ("serial", c.c_ulong), ("send_event", c.c_int), ("display", c.c_void_p),
                ("drawable", c.c_ulong), ("damage", c.c_ulong), ("level", c.c_int), ("more", c.c_int),
                ("timestamp", c.c_ulong), ("area", _Rectangle), ("geometry", _Rectangle)]


class _Event(c.Union):
    _fields_ = [("type", c.c_int), ("damage", _DamageNotify), ("pad", c.c_long * 24)]


def _declare():
    for library, name, result, words in (
            (_X, "XOpenDisplay", c.c_void_p, [c.c_char_p]), (_X, "XCloseDisplay", c.c_int, [c.c_void_p]),
            (_X, "XDefaultRootWindow", c.c_ulong, [c.c_void_p]), (_X, "XDefaultVisual", c.c_void_p, [c.c_void_p, c.c_int]),
            (_X, "XConnectionNumber", c.c_int, [c.c_void_p]), (_X, "XPending", c.c_int, [c.c_void_p]),
            (_X, "XNextEvent", c.c_int, [c.c_void_p, c.c_void_p]), (_X, "XFlush", c.c_int, [c.c_void_p]),
            (_X, "XDisplayWidth", c.c_int, [c.c_void_p, c.c_int]), (_X, "XDisplayHeight", c.c_int, [c.c_void_p, c.c_int]),
            (_X, "XSync", c.c_int, [c.c_void_p, c.c_int]), (_X, "XKeysymToKeycode", c.c_ubyte, [c.c_void_p, c.c_ulong]),
            (_EXT, "XShmCreateImage", c.c_void_p, [c.c_void_p, c.c_void_p, c.c_uint, c.c_int, c.c_void_p,
                                                    c.POINTER(_Segment), c.c_uint, c.c_uint]),
            (_EXT, "XShmAttach", c.c_int, [c.c_void_p, c.POINTER(_Segment)]),
            (_EXT, "XShmDetach", c.c_int, [c.c_void_p, c.POINTER(_Segment)]),
            (_EXT, "XShmGetImage", c.c_int, [c.c_void_p, c.c_ulong, c.c_void_p, c.c_int, c.c_int, c.c_ulong]),
            (_TEST, "XTestFakeKeyEvent", c.c_int, [c.c_void_p, c.c_uint, c.c_int, c.c_ulong]),
            (_DAMAGE, "XDamageQueryExtension", c.c_int, [c.c_void_p, c.POINTER(c.c_int), c.POINTER(c.c_int)]),
            (_DAMAGE, "XDamageCreate", c.c_ulong, [c.c_void_p, c.c_ulong, c.c_int]),
            (_C, "shmget", c.c_int, [c.c_int, c.c_size_t, c.c_int]), (_C, "shmat", c.c_void_p, [c.c_int, c.c_void_p, c.c_int]),
            (_C, "shmctl", c.c_int, [c.c_int, c.c_int, c.c_void_p]), (_C, "shmdt", c.c_int, [c.c_void_p])):
        function = getattr(library, name)
        function.restype, function.argtypes = result, words


_declare()


class Area(NamedTuple):
    """A rectangle of the screen."""
    x: int
    y: int
    width: int
    height: int

    def part(self, left=0.0, top=0.0, right=1.0, bottom=1.0):
        """Of a window: what lies between these shares of its width and height."""
        return Area(self.x + int(left * self.width), self.y + int(top * self.height),
                    int((right - left) * self.width), int((bottom - top) * self.height))

    def inside(self, left=0, top=0, right=0, bottom=0):
        """Without margins of so many pixels."""
        return Area(self.x + left, self.y + top, self.width - left - right, self.height - top - bottom)

    def touches(self, other):
        return self.x < other.x + other.width and other.x < self.x + self.width \
            and self.y < other.y + other.height and other.y < self.y + self.height


class _Picture:
    """An image of one size in memory that is shared with the X server."""

    def __init__(self, display, visual, width, height):
        self.size = width * height * 4
        self._display = display
        self._segment = _Segment()
        self._segment.id = _C.shmget(_IPC_PRIVATE, self.size, 0o1600)
        self._segment.address = _C.shmat(self._segment.id, None, 0)
        self._image = _EXT.XShmCreateImage(display, visual, 24, _Z_PIXMAP, self._segment.address, c.byref(self._segment),
                                           width, height)
        _EXT.XShmAttach(display, c.byref(self._segment))
        _X.XSync(display, 0)
        _C.shmctl(self._segment.id, _IPC_RMID, None)  # gone with the last who uses it

    def take(self, root, x, y):
        _EXT.XShmGetImage(self._display, root, self._image, x, y, _ALL_PLANES)
        return c.string_at(self._segment.address, self.size)

    def free(self):
        _EXT.XShmDetach(self._display, c.byref(self._segment))
        _C.shmdt(self._segment.address)


class Eye:
    """Looks at the display that DISPLAY names, and types on it."""

    def __init__(self):
        self._display = _X.XOpenDisplay(os.environ["DISPLAY"].encode())
        if not self._display:
            raise RuntimeError("the display does not answer")
        first, error = c.c_int(), c.c_int()
        if not _DAMAGE.XDamageQueryExtension(self._display, c.byref(first), c.byref(error)):
            raise RuntimeError("this X server does not tell what is drawn")
        self._notify = first.value
        self._root = _X.XDefaultRootWindow(self._display)
        self._visual = _X.XDefaultVisual(self._display, 0)
        self._pictures = {}
        self.screen = Area(0, 0, _X.XDisplayWidth(self._display, 0), _X.XDisplayHeight(self._display, 0))
        _DAMAGE.XDamageCreate(self._display, self._root, _RAW_RECTANGLES)
        _X.XSync(self._display, 0)

    def close(self):
        for picture in self._pictures.values():
            picture.free()
        _X.XCloseDisplay(self._display)

    def look(self, area):
        """The pixels of an area, now."""
        size = (area.width, area.height)
        if size not in self._pictures:
            self._pictures[size] = _Picture(self._display, self._visual, *size)
        return self._pictures[size].take(self._root, area.x, area.y)

    def _drawn(self, timeout):
        """The rectangles drawn since the last call; waits for one, at most so long."""
        if not _X.XPending(self._display):
            select.select([_X.XConnectionNumber(self._display)], [], [], max(0.0, timeout))
        areas = []
        event = _Event()
        while _X.XPending(self._display):
            _X.XNextEvent(self._display, c.byref(event))
            if event.type == self._notify:
                rect = event.damage.area
                areas.append(Area(rect.x, rect.y, rect.width, rect.height))
        return areas

    def when(self, wanted, patience=10.0):
        """Waits until each of `wanted`, name -> (area, test of its pixels), was true once. Name -> time of time.monotonic().
        A name that is missing in the answer did not become true."""
        end = time.monotonic() + patience
        open_ones, times = dict(wanted), {}
        drawn = [area for area, _ in wanted.values()]  # it may be true already
        while open_ones and (drawn or time.monotonic() < end):
            for name, (area, test) in list(open_ones.items()):
                if any(area.touches(other) for other in drawn) and test(self.look(area)):
                    times[name] = time.monotonic()
                    del open_ones[name]
            drawn = self._drawn(end - time.monotonic()) if open_ones else []
        return times

    def quiet(self, areas, still=0.2, patience=15.0):
        """Waits until the areas have not changed for so long; their pixels then."""
        end = time.monotonic() + patience
        seen = [self.look(area) for area in areas]
        since = time.monotonic()
        while time.monotonic() - since < still:
            if time.monotonic() > end:
                raise TimeoutError("the window does not come to rest")
            drawn = self._drawn(since + still - time.monotonic())
            if any(area.touches(other) for area in areas for other in drawn):
                now = [self.look(area) for area in areas]
                if now != seen:
                    seen, since = now, time.monotonic()
        return seen

    def key(self, name):
        """A key, or several held together: "a", "Return", "alt+Down"."""
        codes = []
        for part in name.split("+"):
            symbol = _NAMED_KEYS.get(part, ord(part[0]))
            if len(part) == 1 and part.isupper():
                codes.append(_X.XKeysymToKeycode(self._display, _SHIFT))
            codes.append(_X.XKeysymToKeycode(self._display, symbol))
        for pressed, order in ((1, codes), (0, reversed(codes))):
            for code in order:
                _TEST.XTestFakeKeyEvent(self._display, code, pressed, 0)
        _X.XFlush(self._display)

    def type(self, text):
        for letter in text:
            self.key(letter)


def window_of(pids, patience=30.0):
    """The id of the first window that one of these processes shows."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        for pid in pids() if callable(pids) else pids:
            found = subprocess.run(["xdotool", "search", "--onlyvisible", "--pid", str(pid)], stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, text=True, timeout=30, check=False).stdout.split()
            if found:
                return found[-1]
        time.sleep(0.05)
    raise TimeoutError("no window came")


def place_of(window):
    """The area of a window, without its frame."""
    lines = subprocess.run(["xdotool", "getwindowgeometry", "--shell", window], stdout=subprocess.PIPE, text=True, timeout=30,
                           check=True).stdout.splitlines()
    values = dict(line.split("=") for line in lines)
    return Area(*(int(values[name]) for name in ("X", "Y", "WIDTH", "HEIGHT")))


def activate(window):
    subprocess.run(["xdotool", "windowactivate", "--sync", window], check=True, timeout=30, stderr=subprocess.DEVNULL)


def move(window, x, y):
    subprocess.run(["xdotool", "windowmove", "--sync", window, str(x), str(y)], check=True, timeout=30,
                   stderr=subprocess.DEVNULL)
