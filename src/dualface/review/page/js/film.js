// One film as the page knows it: facts, corrections, and the plan, of which it holds the parts that are looked at.

import { bytes, get, post } from "./api.js";
import { Chunk } from "./chunks.js";
import { foreseen } from "./foreseen.js";

const MOST_CHUNKS = 64, MOST_LISTS = 100;

export class Film extends EventTarget {
  #chunks = new Map();
  #loading = new Map();
  #lists = new Map();

  constructor(id, facts, overview) {
    super();
    this.id = id;
    this.facts = facts;
    this.state = facts.state;
    this.overview = overview;
    this.#remember(facts.state);
    if (overview.decided < facts.state.version) this.#lists.set(overview.decided, []);
    this.#index();
  }

  static async open(id) {
    const [facts, overview] = await Promise.all([get(`/api/films/${id}`), get(`/api/films/${id}/overview`)]);
    return new Film(id, facts, overview);
  }

  get address() { return `/api/films/${this.id}`; }

  /** The number of the shot that frame `n` is in, from 0. */
  shotOf(n) {
    let low = 0, high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle] <= n) low = middle; else high = middle - 1;
    }
    return low;
  }

  /** First frame of a shot, and the one after its last. */
  shot(k) {
    return { number: k, first: this.starts[k], end: this.starts[k + 1] ?? this.facts.frames, layout: this.overview.shots[k][1] };
  }

  /** About when frame `n` is, without its chunk. */
  roughTime(n) {
    return this.facts.frames > 1 ? (n * this.facts.duration) / (this.facts.frames - 1) : 0;
  }

  /** Frame `n` with all corrections, or nothing while its part of the plan is on its way. */
  frame(n) {
    const chunk = this.#chunk(Math.floor(n / this.facts.chunk_frames));
    if (!chunk) return null;
    const frame = chunk.frame(n % this.facts.chunk_frames, this.overview.layouts);
    frame.settled = chunk.decided >= this.state.version;
    const before = this.#lists.get(chunk.decided);
    return frame.settled || !before ? frame : foreseen(this, n, frame, before, this.state.corrections);
  }

  /** The number of the frame that is shown at `time`, in seconds from the first; waits for its part of the plan. */
  async frameAt(time) {
    let number = Math.min(Math.max(Math.round((time / (this.facts.duration || 1)) * (this.facts.frames - 1)), 0), this.facts.frames - 1);
    let k = Math.floor(number / this.facts.chunk_frames);
    for (;;) {
      const chunk = await this.#load(k);
      if (chunk.times[0] > time + 1e-4 && k > 0) k -= 1;
      else if (chunk.times[chunk.length - 1] <= time + 1e-4 && (k + 1) * this.facts.chunk_frames < this.facts.frames) {
        const next = await this.#load(k + 1);
        if (next.times[0] > time + 1e-4) return k * this.facts.chunk_frames + chunk.length - 1;
        k += 1;
      } else return k * this.facts.chunk_frames + indexAt(chunk.times, time);
    }
  }

  /** The same at once, where that part is there; else `null`. */
  frameAtOnce(time, near) {
    for (const k of new Set([near, near + 1, near - 1].map((n) => Math.floor(n / this.facts.chunk_frames)))) {
      const entry = this.#chunks.get(k);
      if (!entry || time < entry.times[0] - 1e-4) continue;
      const last = k * this.facts.chunk_frames + entry.length === this.facts.frames;
      const next = this.#chunks.get(k + 1);
      if (last || time < (next ? next.times[0] : entry.times[entry.length - 1]) - 1e-4) {
        return k * this.facts.chunk_frames + indexAt(entry.times, time);
      }
      this.#chunk(k + 1);
    }
    return null;
  }

  /** When frame `n` begins, exactly. */
  async timeOf(n) {
    const chunk = await this.#load(Math.floor(n / this.facts.chunk_frames));
    return chunk.times[n % this.facts.chunk_frames];
  }

  /** Changes the corrections; the server's answer is taken at once. */
  async edit(change) {
    this.take(await post(`${this.address}/corrections`, change));
  }

  /** Takes a newer state, from an answer or from the news. */
  take(state) {
    if (state.version < this.state.version) return;
    this.state = state;
    this.#remember(state);
    this.dispatchEvent(new Event("state"));
  }

  /** The server has decided anew. */
  async refresh(version = 0) {
    const overview = await get(`${this.address}/overview`);
    if (overview.decided < this.overview.decided) return;
    this.overview = overview;
    this.#index();
    this.#loading.clear();
    this.dispatchEvent(new Event("overview"));
    return version;
  }

  /** Which corrections a version has: what is on its way was decided with those of an earlier one. */
  #remember(state) {
    this.#lists.set(state.version, state.corrections);
    if (this.#lists.size > MOST_LISTS) this.#lists.delete(this.#lists.keys().next().value);
  }

  #index() {
    this.starts = this.overview.shots.map((shot) => shot[0]);
  }

  #chunk(k) {
    if (k < 0 || k * this.facts.chunk_frames >= this.facts.frames) return null;
    const found = this.#chunks.get(k);
    if (found) {
      this.#chunks.delete(k);
      this.#chunks.set(k, found);  // the newest used is the last
    }
    if (!found || found.decided < this.overview.decided) this.#load(k, true).catch(() => {});
    return found;
  }

  #load(k, anew = false) {
    const found = this.#chunks.get(k);
    if (found && !(anew && found.decided < this.overview.decided)) return Promise.resolve(found);
    if (!this.#loading.has(k)) {
      const coming = bytes(`${this.address}/chunks/${k}?decided=${this.overview.decided}`).then(({ decided, content }) => {
        const chunk = new Chunk(content, decided);
        this.#chunks.set(k, chunk);
        while (this.#chunks.size > MOST_CHUNKS) this.#chunks.delete(this.#chunks.keys().next().value);
        this.dispatchEvent(new Event("plan"));
        return chunk;
      });
      this.#loading.set(k, coming);
      coming.finally(() => this.#loading.delete(k)).catch(() => {});
    }
    return this.#loading.get(k);
  }
}

function indexAt(times, time) {
  let low = 0, high = times.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (times[middle] <= time + 1e-4) low = middle; else high = middle - 1;
  }
  return low;
}
