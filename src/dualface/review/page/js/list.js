// The list of films, those with the worst moments first.

import { get } from "./api.js";
import { clock, el } from "./dom.js";
import { Works } from "./works.js";

export async function showList(main, again) {
  const { folder, films } = await get("/api/films");
  films.sort((a, b) => b.badness - a.badness || a.title.localeCompare(b.title));
  document.title = `${folder} – dualface review`;
  const rows = films.map((film) => el("li", {}, row(film, again)));
  main.replaceChildren(el("div", { class: "films" },
    el("header", {}, el("h1", {}, folder), el("span", { class: "soft" }, `${films.length} ${films.length === 1 ? "film" : "films"}`)),
    films.length ? el("ul", {}, rows) : el("p", { class: "wait" }, "There are no videos in this folder.")));
  const busy = films.filter((film) => !film.looked_at).map((film) => film.works);
  busy.forEach((works) => works.catchUp().catch(() => {}));
  return { end() {}, news(kind, told) { if (kind === "work") busy.forEach((works) => works.hear(told)); } };
}

function row(film, again) {
  const title = el("span", { class: "title" }, film.title);
  if (!film.looked_at) {
    film.works = new Works(film.id, again);
    return el("div", { class: "unmade" }, el("img", { src: `/api/films/${film.id}/poster`, alt: "", loading: "lazy", onerror: (event) => event.target.classList.add("none") }), title, badge("no film yet", ""),
      el("div", { class: "moments" }, el("div", {}, el("button", { type: "button", onclick: () => film.works.begin("film") }, "Make the film")), film.works.element));
  }
  const [words, kind] = film.count ? [`${film.count} to look at`, "bad"] : [film.made ? "looks good" : "not rendered yet", film.made ? "good" : ""];
  return el("div", { class: "one" },
    el("img", { src: `/api/films/${film.id}/poster`, alt: "", loading: "lazy", onerror: (event) => event.target.classList.add("none") }),
    el("a", { class: "title", href: `#/film/${film.id}` }, film.title), badge(words, kind),
    el("div", { class: "moments" },
      el("span", { class: "soft" }, [film.duration ? clock(film.duration, 0) : null, film.status].filter(Boolean).join(", ")),
      film.moments.map((one) => el("a", { class: "moment", href: `#/film/${film.id}/${one.at}` }, el("time", { class: "number" }, clock(one.at, 0)), one.text))));
}

function badge(words, kind) {
  return el("span", { class: `badge ${kind}` }, words);
}
