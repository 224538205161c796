// One player for a page: sound, lanes on one time axis, a cursor, a region, the blend now.

const PLAY = "M8 5v14l11-7z";
const PAUSE = "M6 5h4v14H6zM14 5h4v14h-4z";
const DRAG_PX = 5; // A hand that trembles less than this has clicked.
const EDGE_PX = 8; // How near an edge of the region is taken hold of.
const SHORTEST_S = 0.1;
const players = new WeakMap();
// Where the song was left: another page with a player goes on from there.
const left = new Map();

class Player {
  constructor(root) {
    const find = (name) => root.querySelector(name);
    this.root = root;
    this.audio = find("audio");
    this.parts = Object.fromEntries(
      "play at length loop chosen clear act take trouble names track lanes region cursor ticks blend now whole bars about"
        .split(" ")
        .map((name) => [name, find(`.${name}`)]),
    );
    this.calm = window.matchMedia("(prefers-reduced-motion: reduce)");
    this.listen();
    this.resized = new ResizeObserver(() => this.draw());
    this.resized.observe(this.parts.track);
  }

  // What Streamlit says: again at every change of the data or the theme.
  update({ data, setTriggerValue }) {
    this.send = (name, value) => setTriggerValue(name, value);
    if (data.song !== this.data?.song) this.take(data);
    this.data = data;
    this.build();
    this.draw();
    this.show();
  }

  take(data) {
    // Another song begins anew, also where it has been in hand before.
    if (!left.has(data.song)) left.clear();
    const { at = 0, region = null, loop = false, now = this.now ?? true } = left.get(data.song) ?? {};
    Object.assign(this, { at, region, loop, now, held: null, spokenAt: -Infinity });
    this.audio.pause();
    this.parts.trouble.hidden = true;
    this.audio.src = mediaUrl(data.audio);
  }

  listen() {
    const { audio, parts, root } = this;
    parts.play.onclick = () => this.toggle();
    parts.loop.onclick = () => this.setLoop(!this.loop);
    parts.clear.onclick = () => this.setRegion(null);
    parts.act.onclick = () => this.tell("region");
    parts.take.onclick = () => this.tell("part");
    parts.now.onclick = () => this.setNow(true);
    parts.whole.onclick = () => this.setNow(false);
    audio.onloadedmetadata = () => {
      audio.currentTime = this.at;
    };
    audio.onplay = audio.onpause = () => this.playing();
    audio.onended = () => this.follow();
    audio.ontimeupdate = () => this.follow();
    audio.onerror = () => {
      parts.trouble.textContent =
        "This browser cannot play the song. It plays Ogg Vorbis in Chrome, Edge, Firefox and " +
        "Safari from version 18.4; the pictures and bars work all the same.";
      parts.trouble.hidden = false;
    };
    root.onkeydown = (event) => this.key(event);
    parts.track.onpointerdown = (event) => this.press(event);
    parts.track.onpointermove = (event) => this.drag(event);
    parts.track.onpointerup = (event) => this.release(event);
    parts.track.onpointercancel = () => this.cancel();
  }

  // Sound

  toggle() {
    if (this.audio.paused) {
      this.audio.play().catch((error) => console.info("The browser did not start the sound:", error));
    } else this.audio.pause();
  }

  playing() {
    const runs = !this.audio.paused;
    this.parts.play.setAttribute("aria-label", runs ? "Pause" : "Play");
    this.parts.play.querySelector("path").setAttribute("d", runs ? PAUSE : PLAY);
    if (runs && !this.calm.matches) this.frame();
    this.show({ tell: true });
  }

  frame() {
    window.cancelAnimationFrame(this.waiting);
    if (this.audio.paused) return;
    this.follow();
    this.waiting = window.requestAnimationFrame(() => this.frame());
  }

  follow() {
    const { audio, region, at } = this;
    if (audio.readyState < 1 || audio.seeking) return;
    let moment = audio.currentTime;
    const [first, last] = region ? [region.start, region.end] : [0, this.data.duration];
    // Who has gone past the region by hand is let go on.
    const over = audio.ended || moment >= last;
    if (this.loop && over && at <= last && !(audio.paused && !audio.ended)) {
      moment = audio.currentTime = first;
      if (audio.ended || audio.paused) this.toggle();
    }
    this.at = moment;
    this.show();
  }

  seek(moment) {
    this.at = Math.min(Math.max(0, moment), this.data.duration);
    if (this.audio.readyState >= 1) this.audio.currentTime = this.at;
    this.show({ tell: true });
  }

  setLoop(loop) {
    this.loop = loop;
    this.show();
  }

  setNow(now) {
    this.now = now;
    this.show();
  }

  setRegion(region) {
    const { duration } = this.data;
    this.region = region && {
      start: Math.max(0, Math.min(region.start, region.end)),
      end: Math.min(duration, Math.max(region.start, region.end)),
    };
    if (this.region && this.region.end - this.region.start < SHORTEST_S) this.region = null;
    this.show();
  }

  // The server is told which region, and by the name what it is wanted for.
  tell(name) {
    if (this.region) this.send(name, { song: this.data.song, ...this.region });
  }

  // Hands

  key(event) {
    // Many keyboards have brackets on Alt or AltGr only, which is Ctrl and Alt to some systems.
    const bracket = (event.key === "[" || event.key === "]") && event.altKey;
    if (event.metaKey || (!bracket && (event.ctrlKey || event.altKey))) return;
    const step = event.shiftKey ? 1 : 5;
    const onButton = event.target instanceof HTMLButtonElement;
    const onTrack = event.target === this.parts.track;
    const keys = {
      " ": () => this.toggle(),
      ArrowLeft: () => this.seek(this.at - step),
      ArrowRight: () => this.seek(this.at + step),
      Home: () => this.seek(0),
      End: () => this.seek(this.data.duration),
      l: () => this.setLoop(!this.loop),
      "[": () => this.setRegion({ end: this.data.duration, ...this.region, start: this.at }),
      "]": () => this.setRegion({ start: 0, ...this.region, end: this.at }),
      Escape: () => this.setRegion(null),
    };
    // Elsewhere these scroll the page.
    if (onTrack) Object.assign(keys, { ArrowUp: keys.ArrowRight, ArrowDown: keys.ArrowLeft });
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    // A button has its own use for Space.
    if (!(name in keys) || (onButton && name === " ")) return;
    event.preventDefault();
    event.stopPropagation();
    keys[name]();
  }

  moment(event) {
    const { left: from, width } = this.parts.track.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - from) / width)) * this.data.duration;
  }

  // The end of the region that stays while the other one, under the hand, is moved.
  opposite(event) {
    if (!this.region) return null;
    const { start, end } = this.region;
    const reach = (EDGE_PX / this.parts.track.clientWidth) * this.data.duration;
    const at = this.moment(event);
    if (Math.abs(at - end) <= reach) return start;
    return Math.abs(at - start) <= reach ? end : null;
  }

  press(event) {
    if (event.button !== 0) return;
    this.parts.track.setPointerCapture(event.pointerId);
    const held = this.opposite(event);
    this.held = { x: event.clientX, anchor: held ?? this.moment(event), before: this.region, moved: false };
  }

  drag(event) {
    if (!this.held) {
      this.parts.track.classList.toggle("edge", this.opposite(event) !== null);
      return;
    }
    if (Math.abs(event.clientX - this.held.x) >= DRAG_PX) this.held.moved = true;
    if (this.held.moved) this.setRegion({ start: this.held.anchor, end: this.moment(event) });
  }

  release(event) {
    if (!this.held) return;
    const { moved } = this.held;
    this.held = null;
    if (!moved) this.seek(this.moment(event));
    else if (this.region) {
      this.loop = true;
      this.seek(this.region.start);
    }
  }

  cancel() {
    if (this.held?.moved) this.setRegion(this.held.before);
    this.held = null;
  }

  // Eyes

  build() {
    const { parts, data } = this;
    const made = JSON.stringify([data.song, data.lanes.map((lane) => lane.key), Boolean(data.ribbon)]);
    parts.length.textContent = clock(data.duration);
    parts.track.setAttribute("aria-valuemax", data.duration.toFixed(1));
    parts.act.textContent = data.action ?? "";
    parts.take.textContent = data.take ?? "";
    parts.act.hidden = !data.action;
    parts.take.hidden = !data.take;
    parts.blend.hidden = parts.about.hidden = !data.ribbon;
    parts.bars.replaceChildren(...(data.ribbon ? this.bars() : []));
    if (made === this.made) return;
    this.made = made;
    const lanes = [...data.lanes, ...(data.ribbon ? [{ kind: "ribbon", title: "Blend" }] : [])];
    this.lanes = lanes.map((lane) => ({ kind: lane.kind, canvas: document.createElement("canvas"), image: null }));
    parts.lanes.replaceChildren(...this.lanes.map(({ canvas }) => canvas));
    parts.names.replaceChildren(
      ...lanes.map((lane) => {
        const name = document.createElement("div");
        name.textContent = lane.title;
        name.style.height = `${HEIGHTS[lane.kind]}px`;
        return name;
      }),
    );
    data.lanes.forEach((lane, index) => {
      if (lane.kind !== "picture") return;
      const image = new Image();
      image.onload = () => {
        this.lanes[index].image = image;
        this.draw();
      };
      image.src = `data:image/png;base64,${lane.png}`;
    });
    parts.ticks.replaceChildren(
      ...data.ticks.map(([moment, text]) => {
        const tick = document.createElement("span");
        tick.textContent = text;
        tick.style.left = `${(100 * moment) / data.duration}%`;
        return tick;
      }),
    );
  }

  bars() {
    this.rows = this.data.ribbon.genres.map(barRow);
    return this.rows.map(({ row }) => row);
  }

  draw() {
    const { data, parts } = this;
    const width = parts.track.clientWidth;
    if (!data || !this.lanes || !width) return;
    this.lanes.forEach(({ kind, canvas, image }, index) => {
      const height = HEIGHTS[kind];
      const context = fresh(canvas, width, height);
      const lane = data.lanes[index];
      if (kind === "wave") drawWave(context, lane, width, height, data.duration);
      else if (kind === "ribbon") drawRibbon(context, data.ribbon, width, height, data.duration);
      else if (image) drawPicture(context, lane, image, width, height, data.duration);
    });
    this.show();
  }

  show({ tell = false } = {}) {
    const { data, parts, at, region } = this;
    if (!data) return;
    const { duration, ribbon } = data;
    const place = (moment) => `${(100 * moment) / duration}%`;
    parts.cursor.style.transform = `translateX(${(at / duration) * parts.track.clientWidth}px)`;
    this.write(parts.at, clock(Math.floor(at)));
    parts.loop.setAttribute("aria-pressed", String(this.loop));
    parts.region.hidden = parts.clear.hidden = !region;
    parts.act.disabled = parts.take.disabled = !region;
    if (region) {
      parts.region.style.left = place(region.start);
      parts.region.style.width = place(region.end - region.start);
      const digits = region.end - region.start < 3 ? 1 : 0;
      this.write(parts.chosen, `Region ${clock(region.start, digits)} to ${clock(region.end, digits)}`);
    } else this.write(parts.chosen, "");
    const shares = ribbon && (this.now ? sharesAt(ribbon, at) : ribbon.genres.map(({ whole }) => whole));
    if (ribbon) this.showBars(shares);
    // A screen reader is told at every move by hand, and every five seconds of playing.
    if (!tell && Math.abs(at - this.spokenAt) < 5) return;
    this.spokenAt = at;
    const words = ribbon ? `, ${leader(ribbon, sharesAt(ribbon, at))}` : "";
    parts.track.setAttribute("aria-valuenow", at.toFixed(1));
    parts.track.setAttribute("aria-valuetext", `${spoken(at)} of ${spoken(duration)}${words}`);
  }

  showBars(shares) {
    const silent = !shares.some((one) => one > 0);
    this.parts.now.setAttribute("aria-pressed", String(this.now));
    this.parts.whole.setAttribute("aria-pressed", String(!this.now));
    this.rows.forEach(({ share, fill, mark }, index) => {
      fill.style.transform = `scaleX(${shares[index]})`;
      mark.hidden = !this.now;
      this.write(share, silent ? "–" : percent(shares[index]));
    });
  }

  // Text that has not changed is left alone: layout costs more than a comparison.
  write(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  destroy() {
    const { at, region, loop, now } = this;
    left.set(this.data.song, { at, region, loop, now });
    window.cancelAnimationFrame(this.waiting);
    this.resized.disconnect();
    this.audio.pause();
    this.audio.removeAttribute("src");
  }
}

export default function mount(component) {
  const root = component.parentElement.querySelector(".player");
  let player = players.get(root);
  if (!player) {
    player = new Player(root);
    players.set(root, player);
  }
  player.update(component);
  // Streamlit also calls this for a run that a newer one has overtaken: the page tells.
  return () =>
    window.setTimeout(() => {
      if (root.isConnected || players.get(root) !== player) return;
      player.destroy();
      players.delete(root);
    });
}
