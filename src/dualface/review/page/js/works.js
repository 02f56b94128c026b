// Films and proxies being made: how far, how long, and a way to stop.

import { get, post } from "./api.js";
import { clock, el, settle, tell } from "./dom.js";

const WORDS = { film: "Rendering the film", proxy: "Making a copy that this browser can play" };

/** A bar for each piece of work of one film; `done(kind)` is called when one ends well. */
export class Works {
  #bars = new Map();

  constructor(film, done) {
    this.film = film;
    this.done = done;
    this.element = el("div", {});
  }

  async begin(kind) {
    try {
      this.hear(await post(`/api/films/${this.film}/works/${kind}`));
    } catch (error) {
      tell(error.message, true);
    }
  }

  /** What is under way already, after opening or when the connection is back. */
  async catchUp() {
    const known = (await get("/api/works")).works.filter((work) => work.film === this.film);
    for (const kind of this.#bars.keys()) {
      if (!known.some((work) => work.kind === kind)) this.hear({ film: this.film, kind, state: "stopped" });  // by the server's end
    }
    for (const work of known) if (["waiting", "working"].includes(work.state) || this.#bars.has(work.kind)) this.hear(work);
  }

  hear(work) {
    if (work.film !== this.film) return;
    if (!["waiting", "working"].includes(work.state)) return this.#end(work);
    const bar = this.#bars.get(work.kind) ?? this.#bar(work.kind);
    const words = work.state === "waiting" ? "waiting for its turn" : `${Math.round(100 * work.share)} %`;
    const left = work.seconds_left == null ? "" : `, ${clock(work.seconds_left, 0)} left`;
    settle(bar.text, { text: `${WORDS[work.kind]}: ${words}${left}` });
    settle(bar.progress, { value: work.share });
  }

  #bar(kind) {
    const bar = { text: el("span", {}), progress: el("progress", { max: 1, "aria-label": WORDS[kind] }) };
    const stop = el("button", { type: "button", class: "bare", onclick: () => post(`/api/films/${this.film}/works/${kind}/stop`) }, "Stop");
    bar.element = el("div", { class: "work" }, el("div", { class: "row" }, bar.text, el("span", { class: "space" }), stop), bar.progress);
    this.#bars.set(kind, bar);
    this.element.append(bar.element);
    return bar;
  }

  #end(work) {
    this.#bars.get(work.kind)?.element.remove();
    this.#bars.delete(work.kind);
    if (work.state === "failed") tell(work.text, true);
    else if (work.state === "stopped") tell("Stopped");
    else {
      tell(work.kind === "film" ? "The film is ready" : "The copy is ready");
      this.done(work.kind);
    }
  }
}
