"""What a browser does to music that it records, and what the app's request makes of it.

Chromium records songs from a simulated microphone, once as browsers treat a microphone unless
they are told otherwise, once as :mod:`genre_app.ui.microphone` asks for it; the default model
reads what arrives. Half a minute a song and way, whatever the computer.

    PYTHONPATH=. python benchmarks/microphone.py SONG [SONG ...]
"""

import argparse
import base64
import io
import os
import shutil
import tempfile
import threading
from collections import Counter
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import soundfile
from selenium import webdriver

from genre_app import audio
from genre_app.reading import read

SECONDS: Final = 24
RATE: Final = 48_000
"""Hertz, as most microphones have it. At 44,100 Chromium leaves this simulated one alone."""

WAYS: Final = {
    "unless told otherwise": "true",
    "as the app asks": "{echoCancellation: false, noiseSuppression: false, autoGainControl: false}",
}

RECORD: Final = """
const [wanted, rate, seconds, done] = arguments;
(async () => {
  const stream = await navigator.mediaDevices.getUserMedia({audio: eval(`(${wanted})`)});
  const is = stream.getAudioTracks()[0].getSettings();
  const context = new AudioContext({sampleRate: rate});
  const node = context.createScriptProcessor(8192, 1, 1);
  const bytes = [];
  node.onaudioprocess = (event) => {
    const samples = event.inputBuffer.getChannelData(0);
    bytes.push(new Uint8Array(Float32Array.from(samples).buffer));
  };
  context.createMediaStreamSource(stream).connect(node);
  node.connect(context.destination);
  await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
  stream.getTracks().forEach((track) => track.stop());
  const blob = await new Blob(bytes).arrayBuffer();
  let text = "";
  for (let at = 0; at < blob.byteLength; at += 32768)
    text += String.fromCharCode(...new Uint8Array(blob.slice(at, at + 32768)));
  done({sound: btoa(text), treated: is.noiseSuppression});
})().catch((error) => done({trouble: String(error)}));
"""


def recorded(song: Path, wanted: str, address: str) -> audio.Recording:
    """Play a song's beginning to Chromium's microphone and give what arrives."""
    with tempfile.TemporaryDirectory() as folder:
        heard = Path(folder) / "heard.wav"
        samples = audio.load(song).samples[: (SECONDS + 1) * audio.SAMPLE_RATE]
        heard.write_bytes(audio.wav_bytes(samples))
        options = webdriver.ChromeOptions()
        for flag in (
            "--headless=new",
            "--no-sandbox",
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            "--autoplay-policy=no-user-gesture-required",
            f"--use-file-for-fake-audio-capture={heard}",
        ):
            options.add_argument(flag)
        options.binary_location = shutil.which("chromium") or ""
        driver = webdriver.ChromeService(shutil.which("chromedriver"))
        with webdriver.Chrome(options, driver) as chrome:
            chrome.set_script_timeout(SECONDS + 30)
            chrome.get(address)
            found: dict[str, Any] = chrome.execute_async_script(RECORD, wanted, RATE, SECONDS)
    if "sound" not in found:
        raise SystemExit(f"{song.name}: {found.get('trouble')}")
    arrived = np.frombuffer(base64.b64decode(found["sound"]), np.float32)
    file = io.BytesIO()
    soundfile.write(file, arrived, RATE, format="WAV", subtype="PCM_16")
    return audio.load(file.getvalue())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("songs", nargs="+", type=Path)
    songs = parser.parse_args().songs
    kept: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as empty:
        page = partial(SimpleHTTPRequestHandler, directory=empty)
        # A microphone is given to pages of this computer or with HTTPS only.
        server = ThreadingHTTPServer(("127.0.0.1", 0), page)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/"
        for song in songs:
            as_it_is = read(audio.load(song))
            for way, wanted in WAYS.items():
                reading = read(recorded(song, wanted, address))
                kept[way] += reading.top == as_it_is.top
                print(f"{song.name}: {as_it_is.top}; {way}: {reading.top}, {reading.certainty}")
        server.shutdown()
    for way in WAYS:
        print(f"{way}: {kept[way]} of {len(songs)} keep their first genre")


if __name__ == "__main__":
    main()
