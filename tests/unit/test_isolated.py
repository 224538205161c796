"""A decoder that dies, loops or lies costs one upload."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from genre_app import _helper, audio, examples, isolated
from genre_app.collection.gather import to_song
from genre_app.errors import AudioTooLong, UnreadableAudio
from genre_app.isolated import Helpers

ROOT: Final = Path(__file__).parents[2]

SONG: Final = examples.wav("swing-combo")

WICKED: Final = """
import os, signal, sys, time
from genre_app import _helper, audio

def load(data, *, name, **limits):
    word = bytes(data[:10]).split()[0]
    if word == b"segfault":
        os.kill(os.getpid(), signal.SIGSEGV)
    if word == b"exit":
        os._exit(3)
    if word == b"loop":
        time.sleep(100)
    if word == b"memory":
        return bytes(8 * 2**30)
    if word == b"raise":
        raise KeyError("what the file says")
    if word == b"print":
        os.write(1, b"spoils the frames")
        os.write(2, b"")
    if word == b"lie":
        os.write(_sink, b"\\x05\\0\\0\\0null!")
    return real(data, name=name, **limits)

real, audio.load = audio.load, load
pipes = _helper._pipes
def kept():
    global _sink
    source, sink = pipes()
    _sink = sink.fileno()
    return source, sink
_helper._pipes = kept
_helper.main()
"""
"""A helper whose decoder does what the first word of a file says."""


@pytest.fixture(scope="module")
def helpers() -> Iterator[Helpers]:
    made = Helpers(worker=(sys.executable, "-c", WICKED), at_once=1, timeout_s=5)
    yield made
    made.close()


def test_ctrl_c_is_for_the_program_that_asks(helpers: Helpers) -> None:
    helpers.load(SONG, max_seconds=2.0)
    process = helpers._all[0]._process
    assert process is not None
    process.send_signal(signal.SIGINT)
    assert helpers.load(SONG, max_seconds=2.0).format == "WAV"
    assert helpers._all[0]._process is process


def test_it_gives_what_the_decoder_gives(helpers: Helpers) -> None:
    there, here = helpers.load(SONG, name="a song.wav"), audio.load(SONG, name="a song.wav")
    np.testing.assert_array_equal(there.samples, here.samples)
    assert there.samples.flags.writeable
    for field in ("name", "sha256", "format", "original_rate", "original_channels", "truncated"):
        assert getattr(there, field) == getattr(here, field)
    assert (there.tags, there.notes) == (here.tags, here.notes)
    assert helpers.load(SONG, max_seconds=2.0).truncated


def test_its_errors_are_those_of_the_decoder(helpers: Helpers) -> None:
    with pytest.raises(UnreadableAudio, match=r"^notes\.mp3 is text, not audio"):
        helpers.load(b"Dear diary", name="notes.mp3")
    with pytest.raises(AudioTooLong, match="is larger than"):
        helpers.load(SONG, max_bytes=1000)


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("segfault", "made its decoder fail"),
        ("exit", r"made its decoder fail \(status 3\)"),
        ("lie", "went astray"),
        ("raise", r"error in this program \(KeyError\)"),
        ("memory", r"error in this program \(MemoryError\)"),
        ("print", "is text"),
    ],
)
def test_a_lost_decoder_costs_one_upload(
    word: str, says: str, helpers: Helpers, caplog: pytest.LogCaptureFixture
) -> None:
    if word == "memory" and sys.platform != "linux":
        pytest.skip("only Linux keeps the limit of memory")
    with pytest.raises(UnreadableAudio, match=says) as caught:
        helpers.load(word.encode() + b" and more", name="wicked.mp3")
    assert str(caught.value).startswith("wicked.mp3 ")
    assert helpers.load(SONG, max_seconds=2.0).format == "WAV"
    assert "what the file says" not in caplog.text
    assert "wicked" not in caplog.text


def test_a_decoder_that_never_ends_is_ended() -> None:
    helpers = Helpers(worker=(sys.executable, "-c", WICKED), at_once=1, timeout_s=2)
    helpers.load(SONG, max_seconds=2.0)  # Warm: the time is for the file.
    with pytest.raises(UnreadableAudio, match="takes longer than 2 seconds"):
        helpers.load(b"loop", name="endless.mp3")
    helpers.close()


def test_a_file_does_not_wait_for_another() -> None:
    helpers = Helpers(worker=(sys.executable, "-c", WICKED), at_once=2, timeout_s=30)

    def wait() -> None:
        with pytest.raises(UnreadableAudio):
            helpers.load(b"loop")

    slow = threading.Thread(target=wait, daemon=True)
    slow.start()
    while helpers._idle.qsize() == 2:
        time.sleep(0.01)
    assert helpers.load(SONG, max_seconds=2.0).format == "WAV"
    assert slow.is_alive()
    helpers.close()  # Ends the other in the middle of its file.
    slow.join(10)
    assert not slow.is_alive()


def test_without_a_helper_the_server_decodes_by_itself(caplog: pytest.LogCaptureFixture) -> None:
    for worker in (("/no/such/program",), (sys.executable, "-c", "raise SystemExit(1)")):
        assert Helpers(worker=worker).load(SONG, max_seconds=2.0).format == "WAV"
        assert "decodes by itself" in caplog.text
        caplog.clear()


def test_a_helper_that_died_in_its_sleep_is_replaced() -> None:
    helpers = Helpers(at_once=1)
    helpers.start()
    helpers.load(SONG, max_seconds=2.0)
    process = helpers._all[0]._process
    assert process is not None
    process.kill()
    process.wait()
    assert helpers.load(SONG, max_seconds=2.0).format == "WAV"
    helpers.close()


def test_it_ends_with_its_parent_and_loads_little() -> None:
    code = """
        import os, sys, time
        from genre_app import isolated, examples
        isolated.load(examples.wav("swing-combo"), max_seconds=2.0)
        one = next(one for one in isolated._helpers()._all if one._process)
        try:
            maps = open(f"/proc/{one._process.pid}/maps").read()
        except OSError:
            maps = ""
        print(one._process.pid, "tensorflow" in maps)
        sys.stdout.flush()
        os._exit(0)  # Nobody says good-bye.
    """
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    pid, heavy = ran.stdout.split()
    assert heavy == "False"
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and _lives(int(pid)):
        time.sleep(0.02)
    assert not _lives(int(pid))
    assert "Traceback" not in ran.stderr


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:  # Where nobody buries orphans they stay as zombies.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_the_helper_imports_neither_tensorflow_nor_streamlit() -> None:
    code = (
        "import sys, genre_app._helper as h; h._warm();"
        "print(sorted({'tensorflow', 'keras', 'streamlit', 'librosa'} & set(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, text=True
    )
    assert ran.stdout.strip() == "[]"


def test_nobody_gets_the_answer_to_somebody_else(
    helpers: Helpers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(pipe: Any, limit: int) -> Any:  # noqa: ANN401
        raise MemoryError  # Half-way: the answer stays in the pipe.

    helpers.load(SONG, max_seconds=2.0)
    with monkeypatch.context() as patch:
        patch.setattr(isolated, "receive", interrupted)
        with pytest.raises(MemoryError):
            helpers.load(SONG, name="secret.wav")
    assert helpers.load(SONG, max_seconds=3.0).duration_s == pytest.approx(3)
    with monkeypatch.context() as patch:
        patch.setattr(isolated, "send", lambda pipe, header, data: _helper.send(
            pipe, {**header, "token": "another"}, data
        ))  # fmt: skip
        with pytest.raises(UnreadableAudio, match="went astray"):
            helpers.load(SONG, max_seconds=2.0)


def test_the_next_upload_on_the_page_works(
    helpers: Helpers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolated, "_helpers", lambda: helpers)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    upload = app.file_uploader(key="upload").upload
    upload("wicked.mp3", b"segfault", "audio/mpeg").run()
    assert not app.exception
    assert "made its decoder fail" in app.error[0].value
    app.file_uploader(key="upload").upload("diary.mp3", b"Dear diary", "audio/mpeg").run()
    assert not app.exception
    assert "is text" in app.error[0].value


def test_songs_for_a_class_are_decoded_in_a_helper(
    helpers: Helpers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolated, "_helpers", lambda: helpers)
    with pytest.raises(UnreadableAudio, match="made its decoder fail"):
        to_song(b"segfault", "song.mp3", "band")
    assert to_song(SONG, "song.wav", "band").cells.size
