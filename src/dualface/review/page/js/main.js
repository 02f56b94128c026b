// Which view is shown: the address's end says it, so that back and forward work.

import { el } from "./dom.js";
import { showFilm } from "./filmview.js";
import { showList } from "./list.js";
import { News } from "./news.js";

const main = document.getElementById("main");
const news = new News();
let view = { end() {}, news() {} };
let turn = 0;

/** Shows what the address says; `frame` is where the film is then. */
async function show(frame = null) {
  const mine = ++turn;
  view.end();
  view = { end() {}, news() {} };
  main.replaceChildren(el("p", { class: "wait" }, "Opening … (of hours of film this takes a while)"));
  const film = /^#\/film\/([0-9a-f]+)(?:\/([\d.]+))?$/.exec(location.hash);
  try {
    const shown = await (film ? showFilm(main, film[1], { frame, time: film[2], again: show }) : showList(main, () => show()));
    if (mine === turn) view = shown; else shown.end();
  } catch (error) {
    main.replaceChildren(el("div", { class: "wait", role: "alert" }, el("p", {}, error.message), el("p", {}, el("a", { href: "#/" }, "All films"))));
  }
}

for (const kind of ["corrected", "decided", "trouble", "work", "back"]) {
  news.addEventListener(kind, (event) => view.news(kind, event.detail ?? {}));
}
news.addEventListener("anew", () => show(view.player?.frame));
addEventListener("hashchange", () => show());
news.begin();
show();
