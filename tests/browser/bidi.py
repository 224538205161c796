"""A Firefox that is driven by WebDriver BiDi, which it speaks itself: no geckodriver is needed."""

import base64
import json
import queue
import re
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import websocket

_READY_S = 60


class Firefox:
    """One window of a headless Firefox with a profile of its own."""

    def __init__(self, program: str, profile: Path) -> None:
        profile.mkdir()
        # Headless machines have no sound card: Firefox plays all the same, into nothing, and
        # hears a tone, for which nobody has to be asked.
        settings = {
            "media.autoplay.default": 0,
            "media.cubeb.backend": "",
            "media.default_volume": "0.0",
            "media.navigator.streams.fake": True,
            "media.navigator.permission.disabled": True,
            "app.update.enabled": False,
            "browser.shell.checkDefaultBrowser": False,
            "datareporting.policy.dataSubmissionEnabled": False,
            "network.captive-portal-service.enabled": False,
            "network.connectivity-service.enabled": False,
        }
        lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in settings.items()]
        (profile / "user.js").write_text("\n".join(lines), encoding="utf-8")
        command = [program, "--headless", "--no-remote", "--profile", str(profile)]
        command += ["--remote-debugging-port", "0", "about:blank"]
        self._process = subprocess.Popen(
            command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        )
        try:
            # Without an origin: Firefox only listens to those that it has been told of.
            self._socket = websocket.create_connection(
                f"{self._address()}/session", timeout=_READY_S, suppress_origin=True
            )
            self._number = 0
            self._ask("session.new", capabilities={})
            (tree,) = self._ask("browsingContext.getTree")["contexts"]
            self._context = tree["context"]
            self.resize(1200, 1600)
        except BaseException:
            self._process.kill()
            raise

    def _address(self) -> str:
        assert self._process.stderr is not None
        lines: queue.Queue[str] = queue.Queue()
        stream = self._process.stderr

        def listen() -> None:
            for line in stream:
                lines.put(line)

        threading.Thread(target=listen, daemon=True).start()
        until = time.monotonic() + _READY_S
        while time.monotonic() < until:
            line = lines.get(timeout=_READY_S)
            found = re.search(r"WebDriver BiDi listening on (ws://\S+)", line)
            if found:
                return found[1]
        raise TimeoutError("Firefox did not say where it listens")

    def _ask(self, method: str, **params: Any) -> Any:  # noqa: ANN401
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": params}))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("id") == self._number:
                if answer["type"] == "error":
                    raise RuntimeError(f"{method}: {answer['message']}")
                return answer["result"]

    def resize(self, width: int, height: int) -> None:
        """Give the page a size in CSS pixels."""
        viewport = {"width": width, "height": height}
        self._ask("browsingContext.setViewport", context=self._context, viewport=viewport)

    def get(self, address: str) -> None:
        """Open an address."""
        self._ask("browsingContext.navigate", context=self._context, url=address, wait="complete")

    def run(self, script: str) -> Any:  # noqa: ANN401
        """Give what the body of a function returns, as JSON can tell it."""
        found = self._ask(
            "script.evaluate",
            expression=f"JSON.stringify((() => {{ {script} }})() ?? null)",
            target={"context": self._context},
            awaitPromise=False,
        )
        if found["type"] == "exception":
            raise RuntimeError(found["exceptionDetails"]["text"])
        return json.loads(found["result"]["value"])

    def until(self, script: str, *, seconds: float = 120) -> Any:  # noqa: ANN401
        """Wait until the body of a function returns something true."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = self.run(script)
            if found:
                return found
            time.sleep(0.1)
        raise TimeoutError(f"never true: {script}")

    def mouse(self, *steps: tuple[str, float, float]) -> None:
        """Press, move and release: ``("down", x, y)`` in CSS pixels of the viewport."""
        actions: list[dict[str, Any]] = []
        for kind, x, y in steps:
            at = {"x": round(x), "y": round(y), "duration": 50}
            actions.append({"type": "pointerMove", **at})
            if kind != "move":
                actions.append({"type": f"pointer{kind.capitalize()}", "button": 0})
        self._perform({"type": "pointer", "id": "mouse", "actions": actions})

    def keys(self, *values: str) -> None:
        """Press keys one after the other."""
        actions = [
            {"type": kind, "value": value} for value in values for kind in ("keyDown", "keyUp")
        ]
        self._perform({"type": "key", "id": "keyboard", "actions": actions})

    def _perform(self, source: dict[str, Any]) -> None:
        self._ask("input.performActions", context=self._context, actions=[source])

    def screenshot(self, path: Path) -> None:
        """Write a picture of the viewport."""
        found = self._ask("browsingContext.captureScreenshot", context=self._context)
        path.write_bytes(base64.b64decode(found["data"]))

    def quit(self) -> None:
        """Close it."""
        self._socket.close()
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
