"""A visitor without a browser: speaks to the server as Streamlit's own page does.

Over the websocket it sends what widgets are set to, and takes what pages are made of; over
HTTP it uploads files and fetches media. Each visitor is a session of its own.
"""

import asyncio
import re
import secrets
import time
from collections import Counter
from collections.abc import Callable
from typing import Final, Self

import requests
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

__all__ = ["Trouble", "Visitor"]

_PATIENCE_S: Final = 60.0
"""Seconds after which a page that is not there counts as an error."""

_EARLY: Final = ForwardMsg.ScriptFinishedStatus.FINISHED_EARLY_FOR_RERUN
_FRAGMENT: Final = ForwardMsg.ScriptFinishedStatus.FINISHED_FRAGMENT_RUN_SUCCESSFULLY
_MEDIA: Final = re.compile(rb"/media/[0-9a-f]{32,}\.[a-z0-9]+")


class Trouble(Exception):
    """What a visitor would complain about."""


class Visitor:
    """One session.

    Parameters
    ----------
    address : str
        ``http://host:port``.
    seen : callable, optional
        Told each element as it comes, with the time of its coming.
    """

    def __init__(
        self, address: str, *, seen: Callable[[Element, float], None] | None = None
    ) -> None:
        self._address = address
        self._seen = seen
        self._http = requests.Session()
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._session = ""
        self._page = ""
        self._widgets: dict[str, WidgetState] = {}
        self._answers: dict[str, asyncio.Future[ForwardMsg]] = {}
        self._known: dict[str, ForwardMsg] = {}
        self._timers: dict[str, asyncio.Task[None]] = {}
        self._run: dict[tuple[int, ...], Element] = {}
        self._whole = False
        self._fetched: set[bytes] = set()
        self._fetching: set[asyncio.Task[None]] = set()
        self._finished = asyncio.Event()
        self.pages: dict[str, str] = {}
        self.elements: dict[tuple[int, ...], Element] = {}
        self.troubles: list[str] = []
        self.bytes: Counter[str] = Counter()

    async def __aenter__(self) -> Self:
        """Open the first page."""
        address = self._address.replace("http", "ws", 1) + "/_stcore/stream"
        self._socket = await connect(
            address,
            subprotocols=[Subprotocol("streamlit")],
            max_size=None,
            open_timeout=_PATIENCE_S,
        )
        self._reader = asyncio.create_task(self._listen())
        await self.run()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the tab."""
        if self._reader is not None:
            self._reader.cancel()
        for task in (*self._timers.values(), *self._fetching):
            task.cancel()
        if self._socket is not None:
            await self._socket.close()
        self._http.close()

    # What a visitor does ----------------------------------------------------------------

    async def run(self, *, page: str | None = None) -> None:
        """Have the page drawn with the widgets as they are, and wait until it is."""
        if page is not None:
            self._page = self.pages[page]
            for task in self._timers.values():
                task.cancel()
            self._timers.clear()
        self._finished.clear()
        await self._ask()
        try:
            await asyncio.wait_for(self._finished.wait(), _PATIENCE_S)
        except TimeoutError:
            raise Trouble(f"a page was not drawn within {_PATIENCE_S:g} s") from None
        for state in list(self._widgets.values()):
            if state.WhichOneof("value") == "trigger_value":
                del self._widgets[state.id]

    async def upload(self, key: str, name: str, data: bytes, *, mime: str) -> None:
        """Put a file into an uploader and wait for the page."""
        message = BackMsg()
        request = message.file_urls_request
        request.request_id = secrets.token_hex(8)
        request.session_id = self._session
        request.file_names.append(name)
        answer = asyncio.get_running_loop().create_future()
        self._answers[request.request_id] = answer
        await self._send(message)
        urls = (await asyncio.wait_for(answer, _PATIENCE_S)).file_urls_response.file_urls[0]
        response = await asyncio.to_thread(
            self._http.put,
            self._address + urls.upload_url,
            files={"file": (name, data, mime)},
            timeout=_PATIENCE_S,
        )
        if not response.ok:
            raise Trouble(f"an upload was refused with {response.status_code}")
        state = self.widget(key)
        # As the browser does, when the file before goes out of the uploader.
        for old in state.file_uploader_state_value.uploaded_file_info:
            gone = self._address + old.file_urls.delete_url
            await asyncio.to_thread(self._http.delete, gone, timeout=_PATIENCE_S)
        state.ClearField("file_uploader_state_value")
        info = state.file_uploader_state_value.uploaded_file_info.add()
        info.name, info.size, info.file_id = name, len(data), urls.file_id
        info.file_urls.CopyFrom(urls)
        await self.run()

    async def press(self, key: str) -> None:
        """Press a button and wait for the page."""
        self.widget(key).trigger_value = True
        await self.run()

    async def tick(self, *keys: str) -> None:
        """Tick checkboxes and wait for the page."""
        for key in keys:
            self.widget(key).bool_value = True
        await self.run()

    def widget(self, key: str) -> WidgetState:
        """Give the state of the widget with a key, to be changed."""
        found = self.find(key)
        if found is None:
            raise Trouble(f"the page has no widget {key}")
        name = str(getattr(found, str(found.WhichOneof("type"))).id)
        return self._widgets.setdefault(name, WidgetState(id=name))

    def find(self, key: str) -> Element | None:
        """Give the element with a key."""
        return next((one for one in self.elements.values() if key_of(one) == key), None)

    # What the server says ---------------------------------------------------------------

    async def _ask(self, fragment: str = "") -> None:
        message = BackMsg()
        state = message.rerun_script
        state.page_script_hash = self._page
        state.fragment_id = fragment
        state.is_auto_rerun = bool(fragment)
        state.widget_states.widgets.extend(self._widgets.values())
        state.cached_message_hashes.extend(self._known)
        state.context_info.timezone = "Europe/London"
        state.context_info.locale = "en-GB"
        state.context_info.url = self._address
        await self._send(message)

    async def _send(self, message: BackMsg) -> None:
        assert self._socket is not None  # noqa: S101  # It was opened.
        try:
            await self._socket.send(message.SerializeToString())
        except ConnectionClosed as error:
            raise Trouble(f"disconnected: {error}") from error

    async def _listen(self) -> None:
        assert self._socket is not None  # noqa: S101
        try:
            async for data in self._socket:
                assert isinstance(data, bytes)  # noqa: S101  # Text is never sent.
                message = ForwardMsg()
                message.ParseFromString(data)
                self.bytes["websocket"] += len(data)
                if message.WhichOneof("type") == "ref_hash":
                    kept = self._known[message.ref_hash]
                    message.delta.CopyFrom(kept.delta)
                elif message.metadata.cacheable and message.hash:
                    self._known[message.hash] = message
                for url in _MEDIA.findall(data):
                    self._fetch(url)
                self._take(message)
        except ConnectionClosed as error:
            self.troubles.append(f"disconnected: {error}")
            self._finished.set()
            return
        self.troubles.append("the server closed the connection")
        self._finished.set()

    def _take(self, message: ForwardMsg) -> None:
        match message.WhichOneof("type"):
            case "new_session":
                self._session = message.new_session.initialize.session_id
                self._page = message.new_session.page_script_hash
                self._whole = not message.metadata.run.fragment_ids
                self._run = {} if self._whole else self.elements
            case "navigation":
                self._page = message.navigation.page_script_hash
                self.pages |= {
                    one.url_pathname: one.page_script_hash for one in message.navigation.app_pages
                }
            case "delta" if message.delta.WhichOneof("type") == "new_element":
                element = message.delta.new_element
                self._run[tuple(message.metadata.delta_path)] = element
                self._complain(element)
                if self._seen is not None:
                    self._seen(element, time.monotonic())
            case "file_urls_response":
                self._answers.pop(message.file_urls_response.response_id).set_result(message)
            case "auto_rerun":
                one = message.auto_rerun
                if one.fragment_id not in self._timers:
                    timer = asyncio.create_task(self._again(one.fragment_id, one.interval))
                    self._timers[one.fragment_id] = timer
            case "stop_auto_rerun":
                for name in message.stop_auto_rerun.fragment_ids:
                    if name in self._timers:
                        self._timers.pop(name).cancel()
            case "page_not_found":
                self.troubles.append("a page was not found")
            case "script_finished" if message.script_finished not in (_EARLY, _FRAGMENT):
                self.elements = self._run
                self._finished.set()

    async def _again(self, fragment: str, interval: float) -> None:
        while True:
            await asyncio.sleep(interval)
            try:
                await self._ask(fragment)
            except Trouble:
                return  # Whoever reads has noticed.

    def _complain(self, element: Element) -> None:
        if element.WhichOneof("type") == "exception":
            self.troubles.append(f"an exception on the page: {element.exception.type}")
        alert = element.alert
        if element.WhichOneof("type") == "alert" and alert.format == alert.Format.ERROR:
            self.troubles.append(f"on the page: {alert.body}")

    def _fetch(self, url: bytes) -> None:
        """Get a picture or a sound that the page names, as a browser does, once."""
        if url in self._fetched:
            return
        self._fetched.add(url)
        task = asyncio.create_task(self._get(url.decode()))
        self._fetching.add(task)
        task.add_done_callback(self._fetching.discard)

    async def _get(self, url: str) -> None:
        response = await asyncio.to_thread(self._http.get, self._address + url, timeout=_PATIENCE_S)
        self.bytes["media"] += len(response.content)
        # One that is gone already was of a page that has been drawn anew.
        if response.status_code not in (200, 206, 404):
            self.troubles.append(f"media was refused with {response.status_code}")


def key_of(element: Element) -> str:
    """Give the key that the page's script gave an element; empty if it has none."""
    inner = getattr(element, str(element.WhichOneof("type")))
    name = str(getattr(inner, "id", ""))
    # Streamlit's ids: $$ID, a checksum, the key.
    found = name.split("-", 2)
    return found[2] if name.startswith("$$ID") and len(found) == 3 else ""
