// Corrections that the page makes, each from one gesture.

import { tell } from "./dom.js";
import { atFrame, frameOf } from "./instants.js";
import { cropAt } from "./foreseen.js";

const RETRY = 1500;

export class Editing {
  constructor(film, player) {
    this.film = film;
    this.player = player;
  }

  /** One after the other, so that a quick hand's corrections arrive in order. */
  #last = Promise.resolve();

  do(change, said) {
    this.#last = this.#last.then(async () => {
      try {
        await this.#send(change);
        tell(said);
      } catch (error) {
        tell(error.message, true);
      }
    });
    return this.#last;
  }

  /** Tries until the connection is back; what the server refuses is not tried again. */
  async #send(change) {
    for (;;) {
      try {
        return await this.film.edit(typeof change === "function" ? change() : change);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;  // what `fetch` throws where there is no connection
        this.unsaved = true;
        tell("Not saved yet: the connection to dualface is lost.", true);
        await new Promise((done) => setTimeout(done, RETRY));
      } finally {
        this.unsaved = false;
      }
    }
  }

  undo() {
    if (this.film.state.can_undo) return this.do({ do: "undo" }, "Undone");
    tell("There is nothing to undo");
  }

  redo() {
    if (this.film.state.can_redo) return this.do({ do: "redo" }, "Done again");
    tell("There is nothing to do again");
  }

  /** `reach`: this shot, from here, everywhere.  The same again takes it back. */
  swap(reach = "this shot") {
    const frame = this.player.frame;
    const shot = this.#shot(frame);
    const said = { "this shot": "Swapped in this shot", "from here": "Swapped from here on", everywhere: "Swapped everywhere" }[reach];
    return this.do(() => {
      const index = this.#find((one) => one.swap === reach && this.#isSame(reach, one, frame, shot));
      if (index >= 0) return this.#without(index);
      const at = reach === "everywhere" ? {} : { at: atFrame(reach === "this shot" ? shot.first : frame) };
      return { do: "add", entry: { swap: reach, ...at } };
    }, said);
  }

  /** Gives a shot a layout: `split`, `full` with a person, `scene`, another's name; `null` leaves it to the program. */
  layout(name, person = null) {
    const shot = this.#shot(this.player.frame);
    const { names } = this.film.state;
    const said = { split: "Both in this shot", full: `${names[person]} alone in this shot`, scene: "The whole scene in this shot" };
    return this.do(() => {
      const index = this.#find((one) => one.layout && this.#isOf(shot, one));
      if (!name) {
        if (index < 0) throw new Error("The layout of this shot is the program's own already.");
        return this.#without(index);
      }
      const entry = { layout: name, ...(person ? { person } : {}), ...this.#range(shot) };
      return index < 0 ? { do: "add", entry } : { do: "replace", index, was: this.#was(index), entry };
    }, name ? said[name] ?? `Layout ${name} in this shot` : "The layout is the program's again");
  }

  /** Says whose a face is. */
  name(face, who, alike = true) {
    const [x, y, w, h] = face.box;
    const point = [Math.round(x + w / 2), Math.round(y + h / 2)];
    const entry = { face: who, at: atFrame(this.player.frame), point, ...(alike ? {} : { alike: false }) };
    const { names } = this.film.state;
    return this.do({ do: "add", entry }, `This is ${names[who] ?? who}`);
  }

  /** What `person`'s tile shows in this frame; more frames of a shot become keyframes. */
  crop(person, rect, frame = this.player.frame) {
    const shot = this.#shot(frame);
    const key = { at: atFrame(frame), rect: rect.map((v) => Math.round(10 * v) / 10) };
    const who = person ?? "scene";
    return this.do(() => {
      const index = this.#find((one) => one.crop === who && this.#isOf(shot, one));
      const before = index < 0 ? [] : this.#keyframes(this.film.state.corrections[index], shot);
      const keyframes = [...before.filter((one) => frameOf(one.at, this.film) !== frame), key];
      keyframes.sort((a, b) => frameOf(a.at, this.film) - frameOf(b.at, this.film));
      const entry = { crop: who, ...this.#range(shot), keyframes };
      return index < 0 ? { do: "add", entry } : { do: "replace", index, was: this.#was(index), entry };
    }, `Framed ${this.film.state.names[person] ?? "the scene"} here`);
  }

  /** Makes the person's crop in this shot the camera's own again. */
  freeCrop(person) {
    const shot = this.#shot(this.player.frame);
    return this.do(() => {
      const index = this.#find((one) => one.crop === (person ?? "scene") && this.#isOf(shot, one));
      if (index < 0) throw new Error("There is no framing by hand in this shot.");
      return this.#without(index);
    }, "The framing is the camera's again");
  }

  /** Begins a new shot here, or makes the one that begins here go on. */
  cut() {
    const frame = this.player.frame;
    const begins = this.film.starts.includes(frame) && frame > 0;
    return this.do({ do: "add", entry: { cut: begins ? "none" : "here", at: atFrame(frame) } }, begins ? "No cut here" : "A cut here");
  }

  /** Faces around here are nobody's, in the whole film. */
  keepAway(face) {
    const { width, height } = this.film.facts;
    const [x, y, w, h] = face.box;
    const [left, top] = [Math.max(x - w / 2, 0), Math.max(y - h / 2, 0)];
    const rect = [left, top, Math.min(2 * w, width - left), Math.min(2 * h, height - top)].map(Math.round);
    return this.do({ do: "add", entry: { keep_away: rect } }, "Faces here are nobody's");
  }

  caption(person, text) {
    return this.do(() => {
      const index = this.#find((one) => one.caption !== undefined && one.person === person);
      const entry = { caption: text, person };
      return index < 0 ? { do: "add", entry } : { do: "replace", index, was: this.#was(index), entry };
    }, text ? `The ${person} one is ${text}` : `No name for the ${person} one`);
  }

  remove(index) {
    return this.do(this.#without(index), "Removed");
  }

  /** What the correction of a crop shows in frame `n`, where there is one. */
  handCrop(person, n) {
    const shot = this.#shot(n);
    const one = this.film.state.corrections.findLast((each) => each.crop === (person ?? "scene") && this.#isOf(shot, each));
    return one ? cropAt(this.film, n, one) : null;
  }

  #shot(frame) { return this.film.shot(this.film.shotOf(frame)); }

  #range(shot) {
    return { from: atFrame(shot.first), ...(shot.end < this.film.facts.frames ? { to: atFrame(shot.end) } : {}) };
  }

  #isOf(shot, one) {
    return (frameOf(one.from, this.film) ?? 0) === shot.first && (frameOf(one.to, this.film) ?? this.film.facts.frames) === shot.end;
  }

  #isSame(reach, one, frame, shot) {
    if (reach === "everywhere") return true;
    const at = frameOf(one.at, this.film);
    return reach === "from here" ? at === frame : at >= shot.first && at < shot.end;
  }

  #keyframes(one, shot) {
    return one.keyframes ?? [{ at: one.from ?? atFrame(shot.first), rect: one.rect }];
  }

  /** Which one is meant: another tab may have changed the list meanwhile. */
  #was(index) { return this.film.state.corrections[index]; }

  #without(index) { return { do: "remove", index, was: this.#was(index) }; }

  #find(wanted) { return this.film.state.corrections.findLastIndex(wanted); }
}

/** A correction in words, and the frame that it begins with. */
export function inWords(one, film) {
  const { names } = film.state;
  const name = (who) => names[who] ?? who;
  const at = frameOf(one.at ?? one.from, film);
  if (one.swap) return { at, text: `Swap ${one.swap}` };
  if (one.face !== undefined) {
    const whose = { other: "the other one", nobody: "nobody" }[one.face] ?? name(one.face);
    return { at, text: `This face is ${whose}${one.alike === false ? ", here only" : ""}` };
  }
  if (one.crop !== undefined) return { at, text: `Framing of ${name(one.crop)}${(one.keyframes?.length ?? 1) > 1 ? `, ${one.keyframes.length} keyframes` : ""}` };
  if (one.layout) return { at, text: `Layout ${one.layout}${one.person ? `, ${name(one.person)}` : ""}` };
  if (one.cut) return { at, text: one.cut === "here" ? "A cut here" : "No cut here" };
  if (one.caption !== undefined) return { at: null, text: one.caption ? `The ${one.person} one is called ${one.caption}` : `No name for the ${one.person} one` };
  return { at, text: "Faces in a region are nobody's" };
}
