// Words, times and drawings: functions that know nothing of the player.

const clock = (seconds, digits = 0) => {
  const whole = Math.round(seconds * 10 ** digits) / 10 ** digits;
  const rest = (whole % 60).toFixed(digits);
  return `${Math.floor(whole / 60)}:${rest.padStart(digits ? digits + 3 : 2, "0")}`;
};

const spoken = (seconds) => {
  const [minutes, rest] = [Math.floor(seconds / 60), Math.floor(seconds % 60)];
  const words = `${rest} ${rest === 1 ? "second" : "seconds"}`;
  return minutes ? `${minutes} ${minutes === 1 ? "minute" : "minutes"} ${words}` : words;
};

const percent = (share) => {
  if (share < 0.005) return "<1 %";
  return share >= 0.995 ? ">99 %" : `${Math.round(100 * share)} %`;
};

// The shares at a moment, as the ribbon shows them: on straight lines between its corners.
const sharesAt = (ribbon, moment) => {
  const { times, genres } = ribbon;
  let [low, high] = [0, times.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (times[middle] <= moment) low = middle;
    else high = middle;
  }
  const room = times[high] - times[low];
  const part = room > 0 ? Math.min(1, Math.max(0, (moment - times[low]) / room)) : 0;
  return genres.map(({ shares }) => (shares[low] * (1 - part) + shares[high] * part) / 1000);
};

// What leads at a moment, in words.
const leader = (ribbon, shares) => {
  const top = shares.indexOf(Math.max(...shares));
  return shares[top] > 0 ? `${ribbon.genres[top].name} ${percent(shares[top])}` : "too quiet to be read";
};

// The app may live below a path of its host; its scripts tell which.
const mediaUrl = (path) => {
  const script = document.querySelector('script[src*="static/js/"]');
  const base = script ? script.src.split("static/js/")[0] : `${window.location.origin}/`;
  return base + path.replace(/^\//, "");
};

const HEIGHTS = { wave: 56, picture: 96, ribbon: 56 };

// Sizes a canvas for its screen and gives a context that counts in CSS pixels.
const fresh = (canvas, width, height) => {
  const sharp = window.devicePixelRatio || 1;
  canvas.width = Math.max(1, Math.round(width * sharp));
  canvas.height = Math.max(1, Math.round(height * sharp));
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context.scale(sharp, sharp);
  return context;
};

const drawWave = (context, lane, width, height, duration) => {
  const step = (lane.end - lane.start) / lane.low.length;
  const x = (index) => ((lane.start + (index + 0.5) * step) / duration) * width;
  const y = (value) => (height / 2) * (1 - (0.94 * value) / 1000);
  context.beginPath();
  lane.high.forEach((value, index) => context.lineTo(x(index), y(value)));
  for (let index = lane.low.length - 1; index >= 0; index -= 1) context.lineTo(x(index), y(lane.low[index]));
  context.closePath();
  context.fillStyle = context.strokeStyle = lane.colour;
  context.fill();
  context.stroke();
};

const drawPicture = (context, lane, image, width, height, duration) => {
  const [left, right] = [lane.start, lane.end].map((moment) => (moment / duration) * width);
  // Twelve notes are twelve rows with edges; of 128 bands nobody tells one from the next.
  context.imageSmoothingEnabled = image.height > 64;
  context.drawImage(image, left, 0, right - left, height);
};

// Each genre is painted from its upper edge down to the ground, the topmost first: no seams.
const drawRibbon = (context, ribbon, width, height, duration) => {
  const { times, genres } = ribbon;
  const tops = [];
  let below = times.map(() => 0);
  for (const { shares } of genres) {
    below = below.map((sum, index) => sum + shares[index] / 1000);
    tops.push(below);
  }
  for (let place = genres.length - 1; place >= 0; place -= 1) {
    context.beginPath();
    context.moveTo(0, height);
    times.forEach((time, index) => {
      // Rounding must not show at the upper edge; what was not read stays empty.
      const full = place === genres.length - 1 && tops[place][index] > 0;
      const top = full ? 1 : tops[place][index];
      context.lineTo((time / duration) * width, height * (1 - top));
    });
    context.lineTo(width, height);
    context.closePath();
    context.fillStyle = genres[place].colour;
    context.fill();
  }
};

// A genre's bar, and the parts of it that change.
const barRow = (genre) => {
  const row = document.createElement("li");
  row.hidden = !genre.named;
  row.innerHTML =
    '<span class="name"></span><span class="share"></span>' +
    '<span class="rail"><div class="fill"></div><span class="mark"></span></span>';
  const [name, share, fill, mark] = ["name", "share", "fill", "mark"].map((one) => row.querySelector(`.${one}`));
  name.textContent = genre.name;
  fill.style.background = genre.colour;
  mark.style.left = `${100 * genre.whole}%`;
  return { row, share, fill, mark };
};
