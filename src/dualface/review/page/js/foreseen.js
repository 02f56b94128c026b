// What corrections will most likely look like, shown until the server has decided: at most moments later.

import { frameOf } from "./instants.js";

/** `frame` as it will be: `before` are the corrections that it was decided with, `now` those that there are. */
export function foreseen(film, n, frame, before, now) {
  const known = before.map((one) => JSON.stringify(one));
  const left = [...known];
  let seen = frame;
  for (const one of now) {
    const same = left.indexOf(JSON.stringify(one));
    if (same >= 0) left.splice(same, 1);
    else seen = applied(film, n, seen, one);
  }
  for (const gone of left) {
    const one = JSON.parse(gone);
    if (one.swap) seen = applied(film, n, seen, one);  // exchanged twice is as before
  }
  return seen;
}

function applied(film, n, frame, one) {
  if (one.swap && isWithin(film, n, ...swapSpan(film, one))) return swapped(frame);
  if (one.crop && isWithin(film, n, frameOf(one.from, film), frameOf(one.to, film))) return cropped(film, n, frame, one);
  if (one.layout && isWithin(film, n, frameOf(one.from, film), frameOf(one.to, film))) return laidOut(film, frame, one);
  return frame;
}

function isWithin(film, n, first, end) {
  return n >= (first ?? 0) && n < (end ?? film.facts.frames);
}

function swapSpan(film, one) {
  const at = frameOf(one.at, film);
  if (one.swap === "everywhere") return [null, null];
  if (one.swap === "from here") return [at, frameOf(one.to, film)];
  const shot = film.shot(film.shotOf(at ?? 0));
  return [shot.first, shot.end];
}

function swapped(frame) {
  const other = { left: "right", right: "left" };
  const find = (person) => frame.placements.find((one) => one.person === person);
  const faces = frame.faces.map((face) => ({ ...face, person: other[face.person] ?? face.person }));
  const placements = frame.placements.map((one) => {
    if (!one.person) return one;
    const there = find(other[one.person]);
    if (!there) return { ...one, person: other[one.person] };
    return { ...one, crop: shaped(there.crop, one.at), state: there.state, fill: there.fill };
  });
  return { ...frame, faces, placements };
}

function cropped(film, n, frame, one) {
  const person = one.crop === "scene" ? null : one.crop;
  const crop = cropAt(film, n, one);
  const placements = frame.placements.map((place) =>
    (place.person === person ? { ...place, crop: shaped(crop, place.at), fill: "crop" } : place));
  return { ...frame, placements };
}

/** The rectangle that a correction of a crop shows in frame `n`. */
export function cropAt(film, n, one) {
  if (one.rect) return one.rect;
  const keys = one.keyframes.map((key) => ({ n: frameOf(key.at, film) ?? 0, rect: key.rect }));
  const after = keys.findIndex((key) => key.n > n);
  if (after < 0) return keys.at(-1).rect;
  if (after === 0) return keys[0].rect;
  const [a, b] = [keys[after - 1], keys[after]];
  const share = (n - a.n) / (b.n - a.n);
  const eased = { linear: share, hold: 0 }[one.ease] ?? share * share * (3 - 2 * share);
  return a.rect.map((v, k) => v + (b.rect[k] - v) * eased);
}

function laidOut(film, frame, one) {
  const [width, height] = film.facts.canvas;
  const whole = [0, 0, width, height];
  if (one.layout === "full") {
    const shown = frame.placements.find((place) => place.person === one.person) ?? ofFace(frame, one.person);
    if (!shown) return frame;
    return { ...frame, layout: "full", placements: [{ ...shown, at: whole, person: one.person, crop: shaped(shown.crop, whole) }] };
  }
  if (one.layout === "scene") {
    const crop = [0, 0, film.facts.width, film.facts.height];
    return { ...frame, layout: "scene", placements: [{ at: whole, crop, person: null, state: "scene", fill: "blur" }] };
  }
  return frame;
}

function ofFace(frame, person) {
  const face = frame.faces.find((one) => one.person === person);
  if (!face) return null;
  const [x, y, w, h] = face.box;
  return { person, state: "tracked", fill: "crop", crop: [x - w, y - h, 3 * w, 3 * h] };
}

/** A rectangle made wider or higher about its middle, so that it has a place's shape. */
export function shaped([x, y, w, h], [, , placeW, placeH]) {
  const shape = placeW / placeH;
  const wide = Math.max(w, h * shape);
  const high = wide / shape;
  return [x + (w - wide) / 2, y + (h - high) / 2, wide, high];
}
