# SPDX-License-Identifier: GPL-3.0-or-later
"""Real kith-relay and kith-cli processes on loopback, for the demo and the benchmarks. Standard library only."""
import json
import os
import pathlib
import queue
import signal
import subprocess
import threading
import time

PATIENCE = 30.0


class Refused(Exception):
    """A command was answered with an error."""


class Lines:
    """Lines of a process's output, read on a thread."""

    def __init__(self, stream):
        self._queue = queue.Queue()
        threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def _read(self, stream):
        for line in stream:
            self._queue.put(line)
        self._queue.put(None)

    def next(self, timeout=PATIENCE):
        try:
            line = self._queue.get(timeout=timeout)
        except queue.Empty:
            raise TimeoutError("no answer in time") from None
        if line is None:
            raise EOFError("the process has ended")
        return line


class Relay:
    """kith-relay on a folder; it keeps its port over restarts."""

    def __init__(self, bin_dir, folder, extra=()):
        self.program = str(pathlib.Path(bin_dir) / "kith-relay")
        self.folder = str(folder)
        self.extra = list(extra)
        self.listen = "127.0.0.1:0"
        self.log = None  # a file for what it writes to its standard error
        self.process = None

    def start(self):
        command = [self.program, "--data", self.folder, "--listen", self.listen, "--json", *self.extra]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True)
        ready = json.loads(Lines(self.process.stdout).next())
        if ready.get("event") != "ready":
            raise Refused(str(ready))
        self.listen = ready["listen"]
        return ready

    def invite(self, uses=1):
        answer = subprocess.run([self.program, "invite", "--data", self.folder, "--uses", str(uses), "--json"],
                                stdout=subprocess.PIPE, text=True, check=True, timeout=PATIENCE)
        return json.loads(answer.stdout)["invite"]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                return self.process.wait(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.process.returncode if self.process else 0


class Client:
    """kith-cli rpc on a profile."""

    def __init__(self, bin_dir, folder, name, extra=()):
        self.program = str(pathlib.Path(bin_dir) / "kith-cli")
        self.folder = str(folder)
        self.name = name
        self.extra = list(extra)
        self.events = []
        self.log = None
        self.process = None

    def start(self):
        environment = {key: value for key, value in os.environ.items() if key != "KITH_PASSPHRASE"}
        self.process = subprocess.Popen([self.program, "--profile", self.folder, *self.extra, "rpc"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.log, text=True, env=environment)
        self._lines = Lines(self.process.stdout)
        self._answers = {}
        self._last_id = 0
        return self

    def send_request(self, method, **params):
        self._last_id += 1
        named = {key.replace("_", "-"): value for key, value in params.items()}
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", "id": self._last_id, "method": method, "params": named}) + "\n")
        self.process.stdin.flush()
        return self._last_id

    def _take(self, timeout):
        message = json.loads(self._lines.next(timeout))
        if message.get("method") == "event":
            self.events.append(message["params"])
        else:
            self._answers[message["id"]] = message

    def answer(self, request, timeout=PATIENCE):
        end = time.monotonic() + timeout
        while request not in self._answers:
            self._take(max(0.01, end - time.monotonic()))
        message = self._answers.pop(request)
        if "error" in message:
            raise Refused(message["error"]["message"])
        return message["result"]

    def call(self, method, timeout=PATIENCE, **params):
        return self.answer(self.send_request(method, **params), timeout)

    def wait_event(self, matches, timeout=PATIENCE):
        """The first event, old or new, that matches; events before it are kept."""
        end = time.monotonic() + timeout
        seen = 0
        while True:
            for event in self.events[seen:]:
                if matches(event):
                    return event
            seen = len(self.events)
            self._take(max(0.01, end - time.monotonic()))

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.stdin.close()
            try:
                return self.process.wait(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.process.returncode if self.process else 0


def befriend(owner, asker, link=None):
    """owner gives a contact link, or has given it before; asker uses it, owner accepts. Returns (asker's account, owner's account)."""
    link = link or owner.call("link")["link"]
    added = asker.call("add", link=link)
    request = owner.wait_event(lambda event: event["event"] == "request")
    owner.call("accept", account=request["account"])
    asker.wait_event(lambda event: event["event"] == "contact" and event["account"] == added["account"]
                     and event["state"] == "connected")
    return request["account"], added["account"]
