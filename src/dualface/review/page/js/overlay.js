// What lies over the source's picture: faces to name, and the crops to drag and scale.

import { el, settle } from "./dom.js";
import { shaped } from "./foreseen.js";

const LEAST = 32;

export class Overlay {
  #faces = [];
  #crops = new Map();
  #held = null;

  /** `named(face)` is called for a face that is chosen, `framed(person, rect)` when a crop was moved. */
  constructor(film, over, { named, framed, moving }) {
    this.film = film;
    this.over = over;
    this.named = named;
    this.framed = framed;
    this.moving = moving;
  }

  show(frame) {
    const { width, height } = this.film.facts;
    this.frame = frame;
    frame.faces.forEach((face, k) => this.#face(k, face, width, height));
    this.#faces.slice(frame.faces.length).forEach((button) => { button.hidden = true; });
    const shown = new Set();
    for (const one of frame.placements) {
      const key = one.person ?? "scene";
      shown.add(key);
      if (this.#held?.key !== key) this.#crop(key, one, width, height);
    }
    for (const [key, box] of this.#crops) box.hidden = !shown.has(key);
  }

  /** The crop that is being dragged, for the result to show. */
  get held() { return this.#held; }

  #face(k, face, width, height) {
    let button = this.#faces[k];
    if (!button) {
      button = this.#faces[k] = el("button", { type: "button", onclick: () => this.named(this.frame.faces[k], button) });
      this.over.append(button);
    }
    const { names } = this.film.state;
    const name = names[face.person] ?? "nobody";
    button.hidden = false;
    settle(button, { class: `face ${face.person ?? "nobody"}`, "data-name": name, "aria-label": `Face: ${name}. Change whose it is` });
    place(button, face.box, width, height);
  }

  #crop(key, one, width, height) {
    let box = this.#crops.get(key);
    if (!box) {
      box = el("div", { class: `crop ${key}`, tabindex: 0, role: "group", "aria-roledescription": "crop" }, el("i"));
      this.#crops.set(key, box);
      this.over.prepend(box);
      this.#draggable(key, box);
    }
    box.hidden = false;
    const name = this.film.state.names[one.person] ?? "the scene";
    settle(box, { "aria-label": `What the tile of ${name} shows. Arrows move, plus and minus scale` });
    box.placed = one;
    place(box, one.crop, width, height);
  }

  #draggable(key, box) {
    box.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      const scaling = event.target !== box;
      const began = { x: event.clientX, y: event.clientY, rect: [...box.placed.crop] };
      const shown = this.over.getBoundingClientRect();
      box.setPointerCapture(event.pointerId);
      box.classList.add("held");
      this.#held = { key, person: box.placed.person, rect: began.rect };
      this.moving(true);
      const move = (now) => {
        const dx = ((now.clientX - began.x) * this.film.facts.width) / shown.width;
        const dy = ((now.clientY - began.y) * this.film.facts.height) / shown.height;
        this.#to(box, scaling ? scaled(began.rect, Math.max(dx / began.rect[2], dy / began.rect[3])) : moved(began.rect, dx, dy));
      };
      const done = () => {
        box.removeEventListener("pointermove", move);
        box.classList.remove("held");
        const { person, rect } = this.#held;
        this.#held = null;
        this.moving(false);
        if (rect.some((v, k) => Math.abs(v - began.rect[k]) > 0.5)) this.framed(person, rect);
      };
      box.addEventListener("pointermove", move);
      box.addEventListener("lostpointercapture", done, { once: true });
      event.preventDefault();
      box.focus({ preventScroll: true });
    });
    box.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.#nudge(key, box, (rect) => scaled(rect, event.deltaY / 1000));
    }, { passive: false });
    box.addEventListener("keydown", (event) => {
      const by = event.shiftKey ? 20 : 4;
      const change = {
        ArrowLeft: (rect) => moved(rect, -by, 0), ArrowRight: (rect) => moved(rect, by, 0),
        ArrowUp: (rect) => moved(rect, 0, -by), ArrowDown: (rect) => moved(rect, 0, by),
        "+": (rect) => scaled(rect, -by / 100), "-": (rect) => scaled(rect, by / 100),
      }[event.key];
      if (!change) return;
      event.preventDefault();
      event.stopPropagation();
      this.#nudge(key, box, change);
    });
  }

  /** Small steps that follow each other are one correction. */
  #nudge(key, box, change) {
    this.#held ??= { key, person: box.placed.person, rect: [...box.placed.crop] };
    this.moving(true);
    this.#to(box, change(this.#held.rect));
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      const { person, rect } = this.#held;
      this.#held = null;
      this.moving(false);
      this.framed(person, rect);
    }, 400);
  }

  #to(box, rect) {
    const { width, height } = this.film.facts;
    this.#held.rect = inside(shaped(rect, box.placed.at), width, height);
    place(box, this.#held.rect, width, height);
    this.moving(true);
  }
}

function place(element, [x, y, w, h], width, height) {
  const { style } = element;
  style.left = `${(100 * x) / width}%`;
  style.top = `${(100 * y) / height}%`;
  style.width = `${(100 * w) / width}%`;
  style.height = `${(100 * h) / height}%`;
}

function moved([x, y, w, h], dx, dy) { return [x + dx, y + dy, w, h]; }

function scaled([x, y, w, h], by) {
  const factor = Math.max(1 + by, LEAST / Math.min(w, h));
  return [x + (w * (1 - factor)) / 2, y + (h * (1 - factor)) / 2, w * factor, h * factor];
}

/** Keeps a crop in the picture, smaller where it is too large for it. */
function inside([x, y, w, h], width, height) {
  const factor = Math.min(1, width / w, height / h);
  const [wide, high] = [w * factor, h * factor];
  const left = x + (w - wide) / 2, top = y + (h - high) / 2;
  return [Math.min(Math.max(left, 0), width - wide), Math.min(Math.max(top, 0), height - high), wide, high];
}
