#!/usr/bin/env bash
# The Dockerfile's steps without Docker, to see that they work and how long a cold start takes.
#
#     sudo benchmarks/container.sh [FOLDER]
#
# A fresh environment from requirements.txt, the files that .dockerignore lets through, a user
# who is not root and may write to the home folder only (stricter than the image, where the app's
# folder is the user's own), the Dockerfile's ENV and CMD as they stand there. Then Chromium opens
# an example, and the seconds from the start to the health check and to the first reading are
# printed. Needs root (for the other user), and python with selenium and chromium on the PATH.
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-$(mktemp -d /tmp/genre-blend-container.XXXXXX)}
uid=1000
as_user=(setpriv --reuid=$uid --regid=$uid --clear-groups --no-new-privs)
if [ -n "$(ls -A "$folder" 2>/dev/null)" ] && [ ! -e "$folder/.genre-blend-container" ]; then
    echo "$folder is not empty, and not of this script: name another." >&2
    exit 1
fi
rm -rf "$folder"/{app,home}
mkdir -p "$folder"/{app,home}
touch "$folder/.genre-blend-container"
chmod 755 "$folder"
echo "in $folder"

# The image's Python. One that lies in a home folder is out of other users' reach: copied.
python=$(python -c 'import os, sys; print(os.path.realpath(sys.executable))')
if ! "${as_user[@]}" "$python" -c '' 2>/dev/null; then
    prefix=$(python -c 'import sys; print(sys.base_prefix)')
    [ -d "$folder/python" ] || cp -a "$prefix" "$folder/python"
    python=$folder/python/bin/$(basename "$python")
    export LD_LIBRARY_PATH=$folder/python/lib
fi

began=$SECONDS
if [ ! -x "$folder/venv/bin/streamlit" ]; then
    "$python" -m venv "$folder/venv"
    "$folder/venv/bin/pip" install --quiet --no-cache-dir --root-user-action=ignore \
        --disable-pip-version-check --requirement "$here/requirements.txt"
fi
echo "installed in $((SECONDS - began)) s: $(du -sh "$folder/venv" | cut -f1)"

# COPY, less what .dockerignore names. Nobody may write there.
git -C "$here" -c safe.directory="$here" archive HEAD | tar --extract --directory "$folder/app"
(cd "$folder/app" && grep -v -e '^#' -e '^$' -e '\*' "$here/.dockerignore" | xargs rm -rf)
(cd "$folder/app" && "$folder/venv/bin/python" -m compileall -q genre_app)
chmod -R a-w,a+rX "$folder/app"
chown -R $uid:$uid "$folder/home"
echo "the app: $(du -sh "$folder/app" | cut -f1)"

# ENV and CMD as the Dockerfile has them, at home in this folder.
settings=$(FOLDER=$folder python - "$here/Dockerfile" <<'PYTHON'
import json, os, re, sys

text = re.sub(r"\\\n", " ", open(sys.argv[1], encoding="utf-8").read())
home = os.environ["FOLDER"] + "/home"
for line in re.findall(r"^ENV (.*)$", text, re.MULTILINE):
    for pair in line.split():
        print(pair.replace("/home/user", home))
PYTHON
)
mapfile -t environment <<<"$settings"
mapfile -t command < <(python -c '
import json, re, sys
print(*json.loads(re.search(r"^CMD (.*)$", open(sys.argv[1]).read(), re.M)[1]), sep="\n")
' "$here/Dockerfile")

rm -f "$folder"/{browser,started}
FOLDER=$folder python - <<'PYTHON' &
import os
import shutil
import time
import urllib.request
from pathlib import Path

from selenium import webdriver

folder = Path(os.environ["FOLDER"])
base = "http://127.0.0.1:8501"
options = webdriver.ChromeOptions()
options.binary_location = shutil.which("chromium")
for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
    options.add_argument(flag)
chrome = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
chrome.set_window_size(1200, 1600)
(folder / "browser").touch()
while not (folder / "started").exists():
    time.sleep(0.01)
start = (folder / "started").stat().st_mtime
while True:
    try:
        with urllib.request.urlopen(base + "/_stcore/health", timeout=4):
            break
    except OSError:
        if time.time() - start > 120:
            raise SystemExit("the server did not start; see the log") from None
        time.sleep(0.05)
print(f"healthy after {time.time() - start:.1f} s")
with chrome:
    shown = "return document.body.innerText"  # Cheap, unlike selenium's own way of asking.
    opened = time.time()
    chrome.get(base + "/?example=swing-combo")
    while "What is this song made of" not in chrome.execute_script(shown):
        time.sleep(0.05)
    print(f"the page is there {time.time() - opened:.1f} s after it was asked for")
    while "most likely" not in chrome.execute_script(shown):
        if time.time() - opened > 180:
            chrome.save_screenshot(str(folder / "first.png"))
            raise SystemExit("no reading; see the log and first.png")
        time.sleep(0.05)
    print(f"the first reading after {time.time() - opened:.1f} s, {time.time() - start:.1f} s "
          "after the start")
    time.sleep(3)
    chrome.save_screenshot(str(folder / "first.png"))
PYTHON
visitor=$!

# The visitor's browser is open already.
until [ -e "$folder/browser" ]; do
    kill -0 $visitor
    sleep 0.1
done
touch "$folder/before" "$folder/started"
(
    cd "$folder/app"
    exec "${as_user[@]}" env --ignore-environment PATH="$folder/venv/bin:/usr/bin:/bin" LANG=C.UTF-8 \
        ${LD_LIBRARY_PATH:+LD_LIBRARY_PATH="$LD_LIBRARY_PATH"} "${environment[@]}" "${command[@]}"
) >"$folder/log" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || true; wait $server 2>/dev/null || true' EXIT

wait $visitor

echo "memory: $(ps -o rss= --ppid $server -p $server | awk '{s += $1} END {printf "%.0f MB", s / 1024}')"
written=$(find "$folder/app" "$folder/venv" -newer "$folder/before" -type f | head -5)
[ -z "$written" ] || { echo "written where nobody should: $written"; exit 1; }
echo "the log:"
cat "$folder/log"
