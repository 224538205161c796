"""The player in a real Firefox: play, seek, loop, keys, have a region read."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from bidi import Firefox  # type: ignore[import-not-found]
from waiting import INSIDE, settle  # type: ignore[import-not-found]

pytestmark = pytest.mark.browser


@pytest.fixture
def firefox(tmp_path: Path) -> Iterator[Firefox]:
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    if program is None:
        pytest.skip("needs firefox or firefox-esr on the PATH")
    found = Firefox(program, tmp_path / "profile")
    yield found
    found.quit()


def test_the_player_plays_seeks_loops_and_has_a_region_read(
    server: str, firefox: Firefox, artefacts: Path
) -> None:
    firefox.get(f"{server}/?example=swing-combo")
    firefox.until(f"{INSIDE} return find('audio')?.readyState >= 3 && !find('.blend').hidden")
    assert firefox.run(f"{INSIDE} return find('.trouble').hidden"), "Firefox cannot play the song"
    start = firefox.run(f"{INSIDE} return find('.cursor').getBoundingClientRect().x")
    firefox.run(f"{INSIDE} find('.play').click()")
    firefox.until(f"{INSIDE} return find('.cursor').getBoundingClientRect().x > {start} + 5")
    assert firefox.run(f"{INSIDE} return find('.play').getAttribute('aria-label')") == "Pause"

    settle(firefox.run, "[data-testid=stBidiComponentIsolated]")
    # A click seeks, dragging chooses a region, in which it stays.
    left, top, width, height = firefox.run(
        f"{INSIDE} const box = find('.track').getBoundingClientRect();"
        "return [box.x, box.y, box.width, box.height]"
    )

    def at(kind: str, share: float) -> tuple[str, float, float]:
        return kind, left + share * width, top + height / 2

    firefox.mouse(at("down", 0.75), at("up", 0.75))
    firefox.until(f"{INSIDE} return find('audio').currentTime > 20")
    firefox.mouse(at("down", 0.5), at("move", 0.6), at("move", 0.8), at("up", 0.8))
    chosen = firefox.run(f"{INSIDE} return find('.chosen').textContent")
    assert chosen == "Region 0:14 to 0:22"
    firefox.run(f"{INSIDE} find('audio').currentTime = 21.5")
    firefox.until(f"{INSIDE} const now = find('audio').currentTime; return now >= 13.6 && now < 20")

    # Keys, and the region's bars.
    firefox.keys(" ", "l")
    firefox.until(f"{INSIDE} return find('audio').paused")
    assert firefox.run(f"{INSIDE} return find('.loop').getAttribute('aria-pressed')") == "false"
    firefox.run(f"{INSIDE} find('.act').click()")
    told = "From 0:14 to 0:22: Jazz most likely"
    firefox.until(f"return document.body.innerText.includes('{told}')")
    firefox.screenshot(artefacts / "player-firefox.png")


def test_the_microphone_hears_music_as_it_is_and_what_it_heard_is_read(
    server: str, firefox: Firefox
) -> None:
    firefox.get(server)
    firefox.until("return MediaDevices.prototype.asItSounds")
    for wanted, treated in (("true", False), ("{echoCancellation: true}", True)):
        firefox.run(
            f"""
            window.heard = undefined;
            navigator.mediaDevices.getUserMedia({{audio: {wanted}}}).then((stream) => {{
                // What was asked for: of a made-up microphone nothing else can be known.
                const was = stream.getAudioTracks()[0].getConstraints();
                window.heard = [was.echoCancellation, was.noiseSuppression, was.autoGainControl];
                stream.getAudioTracks()[0].stop();
            }}, (error) => {{ window.heard = String(error); }});
            """
        )
        assert firefox.until("return window.heard") == [treated, False, False]
    press = "document.querySelector('[data-testid=stAudioInputActionButton]').click()"
    firefox.run(press)
    firefox.until(
        "return document.querySelector('[data-testid=stAudioInput]').innerText.includes('00:04')"
    )
    firefox.run(press)
    # One tone, held: no song.
    firefox.until("return document.body.innerText.includes('times the usual distance')")
