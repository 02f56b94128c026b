// The whole film, or a part of it, over time: shots with thumbnails, a lane for each person, what is worth a look.

import { clock, el, settle } from "./dom.js";

const RULER = 18, SHOTS = 52, LANE = 22, TALK = 14, DOUBTS = 12, GAP = 4, LABEL = 64;
const MOST_PICTURES = 240;

export class Timeline {
  #pictures = new Map();
  #waiting = false;

  constructor(film, player) {
    this.film = film;
    this.player = player;
    this.first = 0;
    this.end = film.facts.frames;
    this.canvas = el("canvas", {
      tabindex: 0, role: "slider", "aria-label": "Position in the film", "aria-valuemin": 0, "aria-valuemax": film.facts.frames - 1,
    });
    const zoom = (factor, label, text) => el("button", { type: "button", "aria-label": label, title: label, onclick: () => this.zoom(factor) }, text);
    this.element = el("section", { class: "timeline", "aria-label": "Timeline" }, this.canvas,
      el("div", { class: "zoom" }, zoom(0.5, "Zoom in", "+"), zoom(2, "Zoom out", "−"), zoom(Infinity, "Show the whole film", "All")));
    this.#listen();
    new ResizeObserver(() => this.draw()).observe(this.canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  /** Draws soon; many calls in one moment are one drawing. */
  draw() {
    if (this.#waiting) return;
    this.#waiting = true;
    requestAnimationFrame(() => {
      this.#waiting = false;
      this.#draw();
    });
  }

  follow() {
    const { frame } = this.player;
    const length = this.end - this.first;
    if (length < this.film.facts.frames && (frame < this.first || frame >= this.end)) this.#range(frame - length * 0.1, length);
    settle(this.canvas, { "aria-valuenow": frame, "aria-valuetext": this.inWords(frame) });
    this.draw();
  }

  inWords(frame) {
    const shot = this.film.shotOf(frame);
    const who = this.#whoSpeaks(frame);
    return `${clock(this.film.roughTime(frame))}, shot ${shot + 1} of ${this.film.starts.length}, ${this.film.overview.shots[shot][1]}${who ? `, ${who}` : ""}`;
  }

  /** In words, nothing where nobody has found it out. */
  #whoSpeaks(frame) {
    const { talks } = this.film.overview;
    if (!talks.length) return "";
    const { left, right } = this.film.state.names;
    const words = {
      left: `${left} speaks`, right: `${right} speaks`, both: `${left} and ${right} speak`, nobody: "nobody speaks",
      off: "somebody out of the picture speaks", unknown: "it is not known who speaks",
    };
    return words[talks[firstRun(talks, frame)][1]] ?? "";
  }

  zoom(factor, around = this.player.frame) {
    const length = Math.min(Math.max((this.end - this.first) * factor, 4 * this.film.facts.fps), this.film.facts.frames);
    const share = (around - this.first) / (this.end - this.first);
    this.#range(around - length * Math.min(Math.max(share, 0), 1), length);
  }

  #range(first, length) {
    const most = this.film.facts.frames;
    this.first = Math.min(Math.max(first, 0), most - Math.min(length, most));
    this.end = this.first + Math.min(length, most);
    this.draw();
  }

  #listen() {
    const { canvas } = this;
    const at = (event) => {
      const box = canvas.getBoundingClientRect();
      return this.#frameAt(event.clientX - box.left, box.width);
    };
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.player.pause();
      this.player.seek(at(event));
    });
    canvas.addEventListener("pointermove", (event) => {
      if (canvas.hasPointerCapture(event.pointerId)) this.player.seek(at(event));
      canvas.title = this.#titleAt(at(event), event.offsetY);
    });
    canvas.addEventListener("wheel", (event) => {
      if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        const length = this.end - this.first;
        this.#range(this.first + (event.deltaX / canvas.clientWidth) * length, length);
      } else if (event.ctrlKey || event.metaKey || event.altKey) this.zoom(Math.exp(event.deltaY / 400), at(event));
      else return;
      event.preventDefault();
    }, { passive: false });
  }

  #titleAt(frame, y) {
    const lane = Math.floor((y - RULER - SHOTS - GAP) / (LANE + GAP));
    if (lane < 0) return "";
    const person = ["left", "right"][lane];
    if (person) {
      const runs = this.film.overview.lanes[person];
      const state = { tracked: "seen", held: "not seen, the last framing is held", fallback: "away, a stand-in is shown", absent: "not shown" };
      return `${this.film.state.names[person]}: ${state[runs[firstRun(runs, frame)][1]]}`;
    }
    if (this.film.overview.talks.length && y < RULER + SHOTS + GAP + 2 * (LANE + GAP) + TALK) return this.#whoSpeaks(frame);
    const found = this.film.overview.concerns.find((one) => frame >= one.first && frame < one.end);
    return found ? found.text : "";
  }

  #frameAt(x, width) {
    const share = (x - LABEL) / (width - LABEL - 8);
    return Math.min(Math.max(this.first + share * (this.end - this.first), 0), this.film.facts.frames - 1);
  }

  #draw() {
    const { canvas } = this;
    this.element.classList.toggle("talking", this.film.overview.talks.length > 0);
    const ratio = devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!width) return;
    if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
    if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
    const style = getComputedStyle(canvas);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.font = "11px system-ui, sans-serif";
    pen.textBaseline = "middle";
    const x = (n) => LABEL + ((n - this.first) / (this.end - this.first)) * (width - LABEL - 8);
    const scene = { pen, colour, x, width };
    this.#ruler(scene);
    this.#shots(scene, RULER);
    let top = RULER + SHOTS + GAP;
    for (const person of ["left", "right"]) {
      this.#lane(scene, person, top);
      top += LANE + GAP;
    }
    if (this.film.overview.talks.length) {
      this.#talk(scene, top);
      top += TALK + GAP;
    }
    this.#doubts(scene, top);
    this.#head(scene, height);
  }

  #ruler({ pen, colour, x, width }) {
    const seconds = ((this.end - this.first) / this.film.facts.fps) || 1;
    const step = [0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600].find((one) => (one / seconds) * width > 64) ?? 7200;
    pen.fillStyle = colour("soft");
    pen.textAlign = "left";
    const { frames, duration } = this.film.facts;
    const perSecond = duration ? (frames - 1) / duration : 1;
    for (let t = Math.ceil(this.first / perSecond / step) * step; t * perSecond <= this.end; t += step) {
      const at = x(t * perSecond);
      if (at > width - 130) break;
      pen.fillRect(at, RULER - 5, 1, 5);
      pen.fillText(clock(t, step < 1 ? 1 : 0), at + 4, RULER / 2);
    }
  }

  #shots({ pen, colour, x, width }, top) {
    const now = this.film.shotOf(this.player.frame);
    this.#label(pen, colour, "Shots", top + SHOTS / 2);
    for (const [k, left, right] of visible(this.film.overview.shots, this, x, width)) {
      const shot = this.film.shot(k);
      const wide = Math.max(right - left - 1, 1);
      pen.fillStyle = colour("sunk");
      pen.fillRect(left, top, wide, SHOTS);
      if (wide > 14) this.#strip(pen, shot, left, top, wide, x);
      if (k === now) {
        pen.strokeStyle = colour("accent");
        pen.lineWidth = 2;
        pen.strokeRect(left + 1, top + 1, wide - 2, SHOTS - 2);
      }
    }
  }

  /** A shot's first picture, and as many later ones as it has room for. */
  #strip(pen, shot, left, top, wide, x) {
    const { width, height } = this.film.facts;
    const shown = (SHOTS * width) / height;
    pen.save();
    pen.beginPath();
    pen.rect(left, top, wide, SHOTS);
    pen.clip();
    const perFrame = x(1) - x(0);
    const step = 2 ** Math.ceil(Math.log2(Math.max(shown / perFrame, 1)));  // so that zooming asks for few new ones
    for (let n = shot.first; n < shot.end; n += step) {
      const at = x(n);
      if (at > left + wide) break;
      if (at + step * perFrame < left) continue;
      const picture = this.#picture(n);
      if (picture) pen.drawImage(picture, n === shot.first && shown > wide ? left + (wide - shown) / 2 : at, top, shown, SHOTS);
    }
    pen.restore();
  }

  #picture(n) {
    let picture = this.#pictures.get(n);
    if (!picture) {
      picture = new Image();
      picture.src = `${this.film.address}/thumbnails/${n}`;
      picture.onload = () => this.draw();
      this.#pictures.set(n, picture);
      if (this.#pictures.size > MOST_PICTURES) this.#pictures.delete(this.#pictures.keys().next().value);
    }
    return picture.complete && picture.naturalWidth ? picture : null;
  }

  #lane({ pen, colour, x, width }, person, top) {
    this.#label(pen, colour, this.film.state.names[person], top + LANE / 2, colour(person));
    const runs = this.film.overview.lanes[person];
    for (const [k, left, right] of visible(runs, this, x, width)) {
      const [, state, place] = runs[k];
      const wide = Math.max(right - left - 0.5, 1);
      if (state === "absent") {
        pen.fillStyle = colour("line");
        pen.fillRect(left, top + LANE / 2 - 0.5, wide, 1);
        continue;
      }
      pen.fillStyle = colour(state === "tracked" ? person : `${person}-wash`);
      pen.fillRect(left, top, wide, LANE);
      if (state !== "tracked") this.#hatch(pen, colour(person), left, top, wide, state === "held" ? 6 : 3);
      if (wide > 30) this.#place(pen, colour("panel"), place, left + 5, top + 4);
      if (wide > 90 && state !== "tracked") {
        pen.fillStyle = colour("ink");
        pen.textAlign = "left";
        pen.fillText(state === "held" ? "held" : "stand-in", left + 34, top + LANE / 2 + 1);
      }
    }
  }

  /** Who speaks: the left one's colour above, the right one's below, grey where it is somebody else or nobody knows. */
  #talk({ pen, colour, x, width }, top) {
    this.#label(pen, colour, "Speaks", top + TALK / 2);
    const { talks } = this.film.overview, half = TALK / 2;
    const rows = { left: [["left", 0]], right: [["right", half]], both: [["left", 0], ["right", half]], off: [["soft", half / 2]], unknown: [["line", half / 2]] };
    for (const [k, left, right] of visible(talks, this, x, width)) {
      for (const [name, down] of rows[talks[k][1]] ?? []) {
        pen.fillStyle = colour(name);
        pen.fillRect(left, top + down, Math.max(right - left - 0.5, 1), half - 1);
      }
    }
  }

  /** Where on the canvas the tile is, as a small picture of it. */
  #place(pen, colour, [px, py, pw, ph], left, top) {
    const [w, h] = this.film.facts.canvas;
    const wide = w >= h ? 22 : (14 * w) / h, high = w >= h ? (22 * h) / w : 14;
    pen.strokeStyle = colour;
    pen.lineWidth = 1;
    pen.strokeRect(left + 0.5, top + 0.5, wide, high);
    pen.fillStyle = colour;
    pen.fillRect(left + (px / w) * wide, top + (py / h) * high, (pw / w) * wide + 1, (ph / h) * high + 1);
  }

  #hatch(pen, colour, left, top, wide, step) {
    pen.save();
    pen.beginPath();
    pen.rect(left, top, wide, LANE);
    pen.clip();
    pen.strokeStyle = colour;
    pen.lineWidth = 1;
    pen.beginPath();
    const lines = Math.min((wide + LANE) / step, 400);
    for (let k = 0; k < lines; k++) {
      pen.moveTo(left + k * step - LANE, top + LANE);
      pen.lineTo(left + k * step, top);
    }
    pen.stroke();
    pen.restore();
  }

  #doubts({ pen, colour, x, width }, top) {
    this.#label(pen, colour, "Look at", top + DOUBTS / 2);
    pen.fillStyle = colour("line");
    pen.fillRect(LABEL, top + DOUBTS - 1, width - LABEL - 8, 1);
    for (const one of this.film.overview.concerns) {
      if (one.end < this.first || one.first > this.end) continue;
      const left = Math.max(x(one.first), LABEL);
      const high = Math.max(one.badness * DOUBTS, 4);
      pen.fillStyle = colour(one.kind === "unsure" ? "bad" : "warn");
      pen.fillRect(left, top + DOUBTS - high, Math.max(Math.min(x(one.end), width - 8) - left, 3), high);
    }
  }

  #head({ pen, colour, x, width }, height) {
    const at = x(this.player.frame);
    if (at < LABEL - 1 || at > width) return;
    pen.fillStyle = colour("ink");
    pen.fillRect(Math.round(at), RULER - 6, 1.5, height - RULER + 6);
    pen.beginPath();
    pen.moveTo(at - 5, RULER - 12);
    pen.lineTo(at + 6, RULER - 12);
    pen.lineTo(at + 0.75, RULER - 4);
    pen.fill();
  }

  #label(pen, colour, text, y, dot = null) {
    pen.textAlign = "left";
    if (dot) {
      pen.fillStyle = dot;
      pen.beginPath();
      pen.arc(9, y, 4, 0, 7);
      pen.fill();
    }
    pen.fillStyle = colour("soft");
    pen.save();
    pen.beginPath();
    pen.rect(0, y - 9, LABEL - 4, 18);
    pen.clip();
    pen.fillText(text, dot ? 18 : 8, y);
    pen.restore();
  }
}

/** The runs that a timeline shows, each with where it begins and ends; of those within one pixel only the longest. */
function* visible(runs, { first, end, film }, x, width) {
  const last = width - 8;
  for (let k = firstRun(runs, first); k < runs.length && runs[k][0] < end;) {
    const left = Math.max(x(runs[k][0]), LABEL);
    let longest = k, length = 0, next = k;
    for (; next < runs.length && (next === k || x(runs[next][0]) < left + 1); next++) {
      const own = (runs[next + 1]?.[0] ?? film.facts.frames) - runs[next][0];
      if (own > length) [longest, length] = [next, own];
    }
    yield [longest, left, Math.min(x(runs[next]?.[0] ?? film.facts.frames), last)];
    k = next;
  }
}

function firstRun(runs, frame) {
  let low = 0, high = runs.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (runs[middle][0] <= frame) low = middle; else high = middle - 1;
  }
  return Math.max(low, 0);
}
