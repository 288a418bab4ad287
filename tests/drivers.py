"""Firefox and WebKit, driven by a few lines each: what a smoke test of the pages needs of them.

Firefox is asked through Marionette, which it has built in; WebKit through WebKitWebDriver, on a
display of its own if there is none. Both answer to WebDriver's commands.
"""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager

import pytest

FIREFOX = ("firefox-esr", "firefox")
PATIENCE = 180  # seconds that a command may take
PREFERENCES = {
    "marionette.port": 0,  # any that is free
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "app.update.disabledForTesting": True,
}
# Settles a promise as WebDriver's asynchronous scripts want it, errors included.
SCRIPT = """
const [given, done] = [arguments[0], arguments[arguments.length - 1]];
(async () => {{ const a = given; return {}; }})().then(
    (value) => done({{ value: value === undefined ? null : value }}),
    (error) => done({{ error: String(error) }}));
"""


class Browser:
    """A browser, by way of `command`, which sends WebDriver's commands by name and address."""

    def __init__(self, command):
        self.command = command

    def open(self, address):
        """Open a page."""
        self.command("WebDriver:Navigate", "POST", "url", {"url": address})

    def call(self, code, *arguments):
        """What some code of the page makes of the arguments, which it has as `a`."""
        script = {"script": SCRIPT.format(code), "args": [list(arguments)]}
        found = self.command("WebDriver:ExecuteAsyncScript", "POST", "execute/async", script)
        if "error" in found:
            raise AssertionError(found["error"])
        return found["value"]

    def wait(self, code, seconds=60):
        """Wait until some code of the page is true of it."""
        end = time.monotonic() + seconds
        while not self.call(code):
            assert time.monotonic() < end, f"never came true: {code}"
            time.sleep(0.2)

    def press(self, selector):
        """Click on the first element that a selector finds."""
        self.call("document.querySelector(a[0]).click()", selector)


def found(*names):
    """The path of the first of these programs that is installed, or None."""
    return next(filter(None, map(shutil.which, names)), None)


def ended(process):
    """End a process, and wait for it."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def port_of(profile, process):
    """The port that Firefox's Marionette listens at, once it has said so."""
    end = time.monotonic() + PATIENCE
    path = profile / "MarionetteActivePort"
    while not (path.is_file() and path.read_text().strip()):
        assert process.poll() is None, "Firefox ended"
        assert time.monotonic() < end, "Firefox doesn't listen"
        time.sleep(0.1)
    return int(path.read_text())


class Marionette:
    """A connection with Firefox, which speaks in messages of a length and JSON."""

    def __init__(self, port):
        self.stream = socket.create_connection(("127.0.0.1", port), PATIENCE).makefile("rwb")
        self.number = 0
        self.receive()

    def receive(self):
        """The next message."""
        length = b""
        while (byte := self.stream.read(1)) != b":":
            length += byte
        return json.loads(self.stream.read(int(length)))

    def __call__(self, name, method, path, parameters):
        """The result of a command."""
        self.number += 1
        message = json.dumps([0, self.number, name, parameters]).encode()
        self.stream.write(b"%d:%s" % (len(message), message))
        self.stream.flush()
        _, _, error, result = self.receive()
        if error:
            raise AssertionError(f"{error['error']}: {error['message']}")
        return result.get("value") if isinstance(result, dict) and "value" in result else result


@contextmanager
def firefox(folder):
    """Firefox, with a profile in the folder; the test is skipped where there is none."""
    program = found(*FIREFOX)
    if not program:
        pytest.skip("Firefox is not installed")
    profile = folder / "profile"
    profile.mkdir()
    lines = [f'user_pref("{k}", {json.dumps(v)});\n' for k, v in PREFERENCES.items()]
    (profile / "user.js").write_text("".join(lines))
    command = [program, "--headless", "--marionette", "--no-remote", "--profile", profile]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, env=os.environ | {"HOME": str(folder)}, **quiet)
    try:
        command = Marionette(port_of(profile, process))
        timeouts = {"script": 1000 * PATIENCE, "pageLoad": 1000 * PATIENCE}
        command("WebDriver:NewSession", "POST", "session", {"capabilities": {}})
        command("WebDriver:SetTimeouts", "POST", "timeouts", timeouts)
        yield Browser(command)
    finally:
        ended(process)


class WebDriver:
    """A session with a driver that listens at an address."""

    def __init__(self, address):
        self.address, self.session = address, ""

    def __call__(self, name, method, path, parameters):
        """The result of a command."""
        url = f"{self.address}/session{self.session}/{path}".rstrip("/")
        request = urllib.request.Request(url, json.dumps(parameters).encode(), method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode("utf-8", "replace")) from None


@contextmanager
def display():
    """The variables of a process that can open windows."""
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        yield dict(os.environ)
        return
    if not found("Xvfb"):
        pytest.skip("neither a display nor Xvfb is there")
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1300x900x24"]
    options = {"pass_fds": [writing], "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, **options)
    os.close(writing)
    try:
        with os.fdopen(reading) as numbers:
            yield os.environ | {"DISPLAY": f":{numbers.readline().strip()}"}
    finally:
        ended(process)


def free_port():
    """A port that nobody listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def listening(port):
    """True if somebody listens at a port."""
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def webkit(folder):
    """WebKit, with its files in the folder; the test is skipped where there is none."""
    program = found("WebKitWebDriver")
    if not program:
        pytest.skip("WebKitWebDriver is not installed")
    with display() as variables:
        places = {"XDG_DATA_HOME": "data", "XDG_CACHE_HOME": "cache", "XDG_RUNTIME_DIR": "run"}
        for name, place in places.items():
            (folder / place).mkdir(mode=0o700)
            variables[name] = str(folder / place)
        port = free_port()
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen([program, f"--port={port}"], env=variables, **quiet)
        try:
            while not listening(port):
                assert process.poll() is None, "WebKitWebDriver ended"
                time.sleep(0.1)
            yield from session(WebDriver(f"http://127.0.0.1:{port}"))
        finally:
            ended(process)


def session(command):
    """A browser in a session of a driver, which is closed at the end."""
    new = command("", "POST", "", {"capabilities": {"alwaysMatch": {}}})
    command.session = f"/{new['sessionId']}"
    try:
        timeouts = {"script": 1000 * PATIENCE, "pageLoad": 1000 * PATIENCE}
        command("", "POST", "timeouts", timeouts)
        yield Browser(command)
    finally:
        command("", "DELETE", "", {})


BROWSERS = {"firefox": firefox, "webkit": webkit}
