// What happens elsewhere: in another tab, or in the server.  Says when the connection is lost, and goes on when it is back.
// Browsers let a server have six connections, so of all tabs only one listens, and tells the others.

const NAME = "dualface-news", KINDS = ["hello", "corrected", "decided", "trouble", "work"];
const AT_ONCE = 1000;

export class News extends EventTarget {
  #tabs = new BroadcastChannel(NAME);
  #listens = false;
  #lost = false;
  #missed = false;
  #run = null;

  begin() {
    this.#tabs.onmessage = ({ data }) => this.#heard(data.kind, data.detail);
    if (!navigator.locks) return this.#listen();  // not encrypted, and not of this machine
    const began = performance.now();
    navigator.locks.request(NAME, () => new Promise(() => {  // until this tab is closed
      this.#missed = performance.now() - began > AT_ONCE;
      this.#listen();
    }));
    this.#tabs.postMessage({ kind: "new" });
  }

  #listen() {
    this.#listens = true;
    const source = new EventSource("/api/news");
    for (const kind of KINDS) source.addEventListener(kind, (event) => this.#tell(kind, JSON.parse(event.data)));
    source.addEventListener("error", () => {
      this.#tell("lost");
      if (source.readyState === EventSource.CLOSED) setTimeout(() => this.#listen(), 2000);
    });
  }

  /** What this tab has heard, to all. */
  #tell(kind, detail) {
    if (navigator.locks) this.#tabs.postMessage({ kind, detail });
    this.#heard(kind, detail);
  }

  #heard(kind, detail) {
    if (kind === "lost") this.#show(true);
    else if (kind === "hello") this.#greeted(detail.run);
    else if (kind !== "new") this.dispatchEvent(new CustomEvent(kind, { detail }));
    else if (this.#listens && this.#run) this.#tabs.postMessage({ kind: "hello", detail: { run: this.#run } });
  }

  /** `run`: another one is another server, which counts anew. */
  #greeted(run) {
    const again = this.#lost || this.#missed, other = this.#run !== null && this.#run !== run;
    this.#missed = false;
    this.#run = run;
    this.#show(false);
    if (other) this.dispatchEvent(new CustomEvent("anew"));
    else if (again) this.dispatchEvent(new CustomEvent("back"));
  }

  #show(lost) {
    this.#lost = lost;
    const bar = document.getElementById("connection");
    bar.hidden = !lost;
    const text = lost ? "The connection to dualface is lost; trying again …" : "";
    if (bar.textContent !== text) bar.textContent = text;
  }
}
