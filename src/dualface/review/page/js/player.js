// The video, its position as frames, and playing: forwards by the browser, backwards step by step.

export class Player extends EventTarget {
  /** The frame that is shown. */
  frame = 0;
  speed = 0;
  #back = 0;

  constructor(film, video) {
    super();
    this.film = film;
    this.video = video;
    const offset = film.facts.media.offset;
    const shown = (_, facts) => {
      video.requestVideoFrameCallback(shown);
      this.#at(facts.mediaTime - offset);
    };
    video.requestVideoFrameCallback(shown);
    video.addEventListener("pause", () => this.#changed(this.#back));
    video.addEventListener("play", () => this.#changed(video.playbackRate));
    video.addEventListener("ratechange", () => { if (!video.paused) this.#changed(video.playbackRate); });
  }

  get paused() { return this.video.paused && !this.#back; }

  /** Shows frame `n`: its middle is sought, so that rounding leads to no neighbour. */
  async seek(n) {
    const { film, video } = this;
    const wanted = Math.min(Math.max(Math.round(n), 0), film.facts.frames - 1);
    this.wanted = wanted;
    this.#show(wanted);
    const time = await film.timeOf(wanted);
    if (this.wanted === wanted) video.currentTime = time + film.facts.media.offset + 0.5 / film.facts.fps;
  }

  step(frames) {
    this.pause();
    return this.seek((this.wanted ?? this.frame) + frames);
  }

  play(speed = 1) {
    this.#stopBack();
    this.wanted = null;
    this.video.playbackRate = speed;
    this.video.play().catch(() => {});
  }

  pause() {
    this.#stopBack();
    this.video.pause();
  }

  toggle() {
    if (this.paused) this.play(); else this.pause();
  }

  /** L: faster and faster forwards; J: backwards. */
  faster(direction) {
    const now = this.paused ? 0 : this.speed;
    const next = Math.sign(now) === direction ? Math.min(Math.abs(now) * 2, 8) * direction : direction;
    if (next > 0) this.play(next); else this.#backwards(next);
  }

  #backwards(speed) {
    this.video.pause();
    this.#stopBack();
    this.#back = speed;
    this.#changed(speed);
    const fps = this.film.facts.fps;
    const began = performance.now(), from = this.wanted ?? this.frame;
    const go = async () => {
      if (this.#back !== speed) return;
      const n = Math.round(from + ((performance.now() - began) / 1000) * fps * speed);
      await this.seek(n);
      if (n <= 0) this.pause(); else this.timer = setTimeout(go, 1000 / Math.min(fps, 12));
    };
    go();
  }

  #stopBack() {
    clearTimeout(this.timer);
    if (this.#back) {
      this.#back = 0;
      this.#changed(0);
    }
  }

  #changed(speed) {
    this.speed = speed;
    this.dispatchEvent(new Event("playing"));
  }

  async #at(time) {
    const n = this.film.frameAtOnce(time, this.frame) ?? await this.film.frameAt(time);
    this.picture = n;
    if (n === this.wanted) this.wanted = null;
    if (this.wanted == null || !this.video.paused) this.#show(n);  // else it is a picture on the way there
    this.dispatchEvent(new Event("picture"));
  }

  #show(n) {
    this.frame = n;
    this.dispatchEvent(new Event("frame"));
  }
}
