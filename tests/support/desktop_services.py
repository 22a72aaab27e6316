#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a desktop offers on the session bus, for tests: org.freedesktop.Notifications, the settings portal and a tray.

Writes a JSON line for each call of Notify and CloseNotification, and for each icon that comes to the tray or changes; reads
lines: "press ID" presses a notification, "activate SERVICE" an icon of the tray, "set SPACE KEY VALUE" changes a setting (VALUE
as GVariant text) and tells it. Ends with its input."""
import json
import sys

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

NOTIFICATIONS = """<node><interface name="org.freedesktop.Notifications">
<method name="Notify"><arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/>
<arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="as" direction="in"/><arg type="a{sv}" direction="in"/>
<arg type="i" direction="in"/><arg type="u" direction="out"/></method>
<method name="CloseNotification"><arg type="u" direction="in"/></method>
<method name="GetCapabilities"><arg type="as" direction="out"/></method>
<signal name="ActionInvoked"><arg type="u"/><arg type="s"/></signal>
<signal name="NotificationClosed"><arg type="u"/><arg type="u"/></signal></interface></node>"""
PORTAL = """<node><interface name="org.freedesktop.portal.Settings">
<method name="Read"><arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="v" direction="out"/></method>
<signal name="SettingChanged"><arg type="s"/><arg type="s"/><arg type="v"/></signal></interface></node>"""
TRAY = """<node><interface name="org.kde.StatusNotifierWatcher">
<method name="RegisterStatusNotifierItem"><arg type="s" direction="in"/></method>
<method name="RegisterStatusNotifierHost"><arg type="s" direction="in"/></method>
<property name="RegisteredStatusNotifierItems" type="as" access="read"/>
<property name="IsStatusNotifierHostRegistered" type="b" access="read"/>
<property name="ProtocolVersion" type="i" access="read"/></interface></node>"""
SERVICES = 3


class Services:
    def __init__(self):
        self.loop = GLib.MainLoop()
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        self.settings = {}
        self.last = 0
        self.owned = 0
        self.items = []
        self.askers = 0
        for name, path, xml, call in (
                ("org.freedesktop.Notifications", "/org/freedesktop/Notifications", NOTIFICATIONS, self.on_notifications),
                ("org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop", PORTAL, self.on_portal),
                ("org.kde.StatusNotifierWatcher", "/StatusNotifierWatcher", TRAY, self.on_tray)):
            self.bus.register_object(path, Gio.DBusNodeInfo.new_for_xml(xml).interfaces[0], call, self.on_property, None)
            Gio.bus_own_name_on_connection(self.bus, name, Gio.BusNameOwnerFlags.NONE, self.on_owned, None)

    def on_owned(self, *_):
        self.owned += 1
        if self.owned == SERVICES:
            self.say(event="ready")

    @staticmethod
    def say(**what):
        print(json.dumps(what), flush=True)

    def on_notifications(self, _bus, _sender, _path, _interface, method, arguments, invocation):
        values = arguments.unpack()
        if method == "Notify":
            if values[1] == 0:
                self.last += 1
            number = values[1] or self.last
            self.say(event="notify", id=number, replaces=values[1], title=values[3], body=values[4])
            invocation.return_value(GLib.Variant("(u)", (number,)))
        elif method == "GetCapabilities":  # the first asks a service that reads markup, the second one that does not, and so on
            self.askers += 1
            invocation.return_value(GLib.Variant("(as)", (["body", "actions"] + self.askers % 2 * ["body-markup"],)))
        else:
            self.say(event="close", id=values[0])
            invocation.return_value(None)
            self.bus.emit_signal(None, "/org/freedesktop/Notifications", "org.freedesktop.Notifications", "NotificationClosed",
                                 GLib.Variant("(uu)", (values[0], 3)))

    def on_portal(self, _bus, _sender, _path, _interface, _method, arguments, invocation):
        value = self.settings.get(arguments.unpack())
        if value is None:
            invocation.return_dbus_error("org.freedesktop.portal.Error.NotFound", "no such setting")
        else:
            invocation.return_value(GLib.Variant("(v)", (GLib.Variant("v", value),)))

    def on_tray(self, _bus, _sender, _path, _interface, method, arguments, invocation):
        if method == "RegisterStatusNotifierItem":
            service = arguments.unpack()[0]
            self.items.append(service)
            self.bus.signal_subscribe(service, "org.kde.StatusNotifierItem", "NewIcon", None, None, Gio.DBusSignalFlags.NONE,
                                      lambda *_: self.say(event="icon", service=service))
            self.say(event="tray", service=service)
        invocation.return_value(None)

    def on_property(self, _bus, _sender, _path, _interface, name):
        return {"RegisteredStatusNotifierItems": GLib.Variant("as", self.items),
                "IsStatusNotifierHostRegistered": GLib.Variant("b", True), "ProtocolVersion": GLib.Variant("i", 0)}[name]

    def on_line(self, source, _condition):
        line = source.readline()
        if not line:
            self.loop.quit()
            return False
        word, *rest = line.split(maxsplit=3)
        if word == "press":
            self.bus.emit_signal(None, "/org/freedesktop/Notifications", "org.freedesktop.Notifications", "ActionInvoked",
                                 GLib.Variant("(us)", (int(rest[0]), "default")))
        elif word == "activate":
            self.bus.call(rest[0], "/StatusNotifierItem", "org.kde.StatusNotifierItem", "Activate", GLib.Variant("(ii)", (0, 0)),
                          None, Gio.DBusCallFlags.NONE, -1, None, None)
        elif word == "set":
            space, key, text = rest
            value = GLib.Variant.parse(None, text.strip(), None, None)
            self.settings[(space, key)] = value
            self.bus.emit_signal(None, "/org/freedesktop/portal/desktop", "org.freedesktop.portal.Settings", "SettingChanged",
                                 GLib.Variant("(ssv)", (space, key, value)))
        return True

    def run(self):
        GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, self.on_line)
        self.loop.run()


if __name__ == "__main__":
    Services().run()
