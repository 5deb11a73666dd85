"""A headless Chromium, driven by the Chrome DevTools protocol through a pipe: the standard library is enough."""

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import time

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# the protocol's pipe: the browser reads from file descriptor 3 and writes to 4
_LAUNCH = (
    "import os, sys; r, w = map(int, sys.argv[1:3]); os.dup2(r, 3); os.dup2(w, 4); os.execv(sys.argv[3], sys.argv[3:])"
)
_PATIENCE = 60  # seconds for one answer; a busy machine starts a browser slowly


def find_browser():
    """Path of a Chromium or Chrome; None if there is none."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


class Browser:
    """One tab. ``problems`` are errors and warnings of any kind, and dialogs; ``requests`` are addresses asked for."""

    def __init__(self, profile):
        self._buffer, self._last_id = b"", 0
        self.problems, self.requests = [], []
        to_browser, self._out = os.pipe()
        self._in, from_browser = os.pipe()
        # 3 and 4 may be in use here: hand over numbers that the two copies cannot overwrite
        handed = [os.dup(to_browser), os.dup(from_browser)]
        while min(handed) < 5:
            handed = [os.dup(fd) for fd in handed]
        options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]
        options += ["--no-first-run", "--disable-background-networking", "--remote-debugging-pipe"]
        command = [sys.executable, "-c", _LAUNCH, *map(str, handed), find_browser(), *options]
        self._process = subprocess.Popen(
            [*command, f"--user-data-dir={profile}", "about:blank"],
            pass_fds=handed,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for fd in {to_browser, from_browser, *handed}:
            os.close(fd)
        targets = self._until(
            lambda: [t for t in self._call("Target.getTargets")["targetInfos"] if t["type"] == "page"]
        )
        attached = self._call("Target.attachToTarget", targetId=targets[0]["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def open(self, path, *, width, height=900, dark=False):
        """Show a file at this width; returns when it has loaded."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.call("Page.navigate", url=path.resolve().as_uri())
        address = path.resolve().as_uri()
        self._until(lambda: self.run("location.href") == address and self.run("document.readyState") == "complete")

    def run(self, expression):
        """Value of a JavaScript expression in the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, key, code):
        """Press a key and let it go."""
        event = {"key": key, "code": key, "windowsVirtualKeyCode": code, "text": "\r" if key == "Enter" else ""}
        self.call("Input.dispatchKeyEvent", type="keyDown", **event)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, code=key, windowsVirtualKeyCode=code)

    def screenshot(self):
        """The whole page as PNG bytes."""
        return base64.b64decode(self.call("Page.captureScreenshot", captureBeyondViewport=True)["data"])

    def call(self, method, **parameters):
        """Call a method of the protocol for this tab."""
        return self._call(method, session=self._session, **parameters)

    def close(self):
        os.close(self._out)  # the browser ends when its pipe does
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._in)

    def _call(self, method, session=None, **parameters):
        self._last_id += 1
        message = {"id": self._last_id, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + _PATIENCE
        while True:
            answer = self._receive(deadline)
            if answer.get("id") == self._last_id:
                assert "error" not in answer, answer
                return answer["result"]
            self._note(answer)

    def _receive(self, deadline):
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._in], [], [], max(deadline - time.monotonic(), 0))
            assert ready, "the browser does not answer"
            part = os.read(self._in, 1 << 16)
            assert part, "the browser has ended"
            self._buffer += part
        message, self._buffer = self._buffer.split(b"\0", 1)
        return json.loads(message)

    def _note(self, event):
        method, details = event.get("method"), event.get("params", {})
        if method == "Runtime.consoleAPICalled" and details["type"] in ("error", "warning", "assert"):
            self.problems.append(details["args"])
        elif method == "Runtime.exceptionThrown":
            self.problems.append(details["exceptionDetails"])
        elif method == "Log.entryAdded" and details["entry"]["level"] in ("error", "warning"):
            self.problems.append(details["entry"])
        elif method == "Page.javascriptDialogOpening":
            self.problems.append(details)
        elif method == "Network.requestWillBeSent":
            self.requests.append(details["request"]["url"])

    def _until(self, condition):
        deadline = time.monotonic() + _PATIENCE
        while not (value := condition()):
            assert time.monotonic() < deadline, "the browser does not get there"
            time.sleep(0.05)
        return value
