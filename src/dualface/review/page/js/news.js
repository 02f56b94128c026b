// What happens elsewhere: in another tab, or in the server.  Says when the connection is lost, and goes on when it is back.

export class News extends EventTarget {
  #source = null;
  #lost = false;
  #run = null;

  begin() {
    const source = this.#source = new EventSource("/api/news");
    for (const kind of ["corrected", "decided", "trouble", "work"]) {
      source.addEventListener(kind, (event) => this.dispatchEvent(new CustomEvent(kind, { detail: JSON.parse(event.data) })));
    }
    source.addEventListener("hello", (event) => {
      const { run } = JSON.parse(event.data);
      const again = this.#lost, other = this.#run !== null && this.#run !== run;
      this.#run = run;
      this.#show(false);
      if (other) this.dispatchEvent(new CustomEvent("anew"));
      else if (again) this.dispatchEvent(new CustomEvent("back"));
    });
    source.addEventListener("error", () => {
      this.#show(true);
      if (source.readyState === EventSource.CLOSED) setTimeout(() => this.begin(), 2000);
    });
  }

  #show(lost) {
    this.#lost = lost;
    const bar = document.getElementById("connection");
    bar.hidden = !lost;
    const text = lost ? "The connection to dualface is lost; trying again …" : "";
    if (bar.textContent !== text) bar.textContent = text;
  }
}
