"""What a browser does to music that it records, and what the app's request makes of it.

Chromium records songs from a simulated microphone, once as browsers treat a microphone unless
they are told otherwise, once as :mod:`genre_app.ui.microphone` asks for it; the default model
reads what arrives. Half a minute a song and way, whatever the computer.

    python -m benchmarks.microphone SONG [SONG ...]
"""

import argparse
import base64
import io
import os
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

from benchmarks.looks import chromium
from genre_app import audio
from genre_app.reading import read
from genre_app.ui import microphone

SECONDS: Final = 24
RATE: Final = 48_000
"""Hertz, as most microphones have it. At 44,100 Chromium leaves this simulated one alone."""

FLAGS: Final = (
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)

AS_THE_APP_ASKS: Final = Path(microphone.__file__).with_suffix(".js").read_text(encoding="utf-8")

WAYS: Final = {"unless told otherwise": "", "as the app asks": AS_THE_APP_ASKS}
"""Modules whose default function the page runs before it records."""

RECORD: Final = """
const [module, rate, seconds, done] = arguments;
(async () => {
  if (module) (await import(`data:text/javascript,${encodeURIComponent(module)}`)).default();
  const stream = await navigator.mediaDevices.getUserMedia({audio: true});
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
  done({sound: btoa(text)});
})().catch((error) => done({trouble: String(error)}));
"""


def recorded(song: audio.Recording, module: str, address: str) -> audio.Recording:
    """Play a song's beginning to Chromium's microphone and give what arrives."""
    with tempfile.TemporaryDirectory() as folder:
        heard = Path(folder) / "heard.wav"
        beginning = song.samples[: (SECONDS + 1) * audio.SAMPLE_RATE]
        heard.write_bytes(audio.wav_bytes(beginning))
        with chromium(*FLAGS, f"--use-file-for-fake-audio-capture={heard}") as chrome:
            chrome.set_script_timeout(SECONDS + 30)
            chrome.get(address)
            found: dict[str, Any] = chrome.execute_async_script(RECORD, module, RATE, SECONDS)
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
        for song in map(audio.load, songs):
            as_it_is = read(song)
            for way, module in WAYS.items():
                reading = read(recorded(song, module, address))
                kept[way] += reading.top == as_it_is.top
                print(f"{song.name}: {as_it_is.top}; {way}: {reading.top}, {reading.certainty}")
        server.shutdown()
    for way in WAYS:
        print(f"{way}: {kept[way]} of {len(songs)} keep their first genre")


if __name__ == "__main__":
    main()
