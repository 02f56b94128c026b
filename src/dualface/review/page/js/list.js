// The list of films, those with the worst moments first.

import { get, post } from "./api.js";
import { clock, el, tell } from "./dom.js";

export async function showList(main) {
  const { folder, films } = await get("/api/films");
  films.sort((a, b) => b.badness - a.badness || a.title.localeCompare(b.title));
  document.title = `${folder} – dualface review`;
  const rows = films.map((film) => el("li", {}, row(film)));
  main.replaceChildren(el("div", { class: "films" },
    el("header", {}, el("h1", {}, folder), el("span", { class: "soft" }, `${films.length} ${films.length === 1 ? "film" : "films"}`)),
    films.length ? el("ul", {}, rows) : el("p", { class: "wait" }, "There are no videos in this folder.")));
  return { end() {}, news() {} };
}

function row(film) {
  const title = el("span", { class: "title" }, film.title);
  if (!film.looked_at) {
    return el("div", { class: "unmade" }, el("span", { class: "blank" }), title, badge("not looked at yet", ""),
      el("div", { class: "moments" }, el("button", { type: "button", onclick: (event) => look(film, event.target) }, "Look at it")));
  }
  const [words, kind] = film.count ? [`${film.count} to look at`, "bad"] : [film.made ? "looks good" : "not rendered yet", film.made ? "good" : ""];
  return el("a", { href: `#/film/${film.id}` },
    el("img", { src: `/api/films/${film.id}/thumbnails/0`, alt: "", loading: "lazy" }),
    title, badge(words, kind),
    el("div", { class: "moments" },
      el("span", { class: "soft" }, [film.duration ? clock(film.duration, 0) : null, film.status].filter(Boolean).join(", ")),
      film.moments.map((one) => el("span", { class: "moment" }, el("time", { class: "number" }, clock(one.at, 0)), one.text))));
}

function badge(words, kind) {
  return el("span", { class: `badge ${kind}` }, words);
}

async function look(film, button) {
  button.disabled = true;
  try {
    await post(`/api/films/${film.id}/analysis`);
    tell(`Looking at ${film.title} …`);
  } catch (error) {
    button.disabled = false;
    tell(error.message, true);
  }
}
