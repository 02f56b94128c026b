// Below the timeline: what can be done with the shot, what is worth a look, and what was corrected.

import { clock, el, settle } from "./dom.js";
import { inWords } from "./editing.js";

/** Buttons for the shot that is shown. */
export function tools(film, player, editing) {
  const button = (text, key, action, facts = {}) =>
    el("button", { type: "button", onclick: action, title: key ? `Key ${key}` : null, ...facts }, text, key ? [" ", el("kbd", {}, key)] : null);
  const title = el("h2", {});
  const names = { left: el("span", {}), right: el("span", {}) };
  const layouts = {
    left: button(names.left, "1", () => editing.layout("full", "left")),
    right: button(names.right, "2", () => editing.layout("full", "right")),
    split: button("Both", "3", () => editing.layout("split")),
    scene: button("Scene", "4", () => editing.layout("scene")),
    auto: button("Automatic", "0", () => editing.layout(null)),
  };
  const swap = [
    button("Swap in this shot", "S", () => editing.swap("this shot")),
    button("from here on", "⇧S", () => editing.swap("from here"), { "aria-label": "Swap from here on" }),
    button("everywhere", "", () => editing.swap("everywhere"), { "aria-label": "Swap everywhere" }),
  ];
  const cut = button("Cut here", "X", () => editing.cut());
  const free = ["left", "right"].map((person) => [person, button("", "", () => editing.freeCrop(person))]);
  const inputs = ["left", "right"].map((person) => {
    const input = el("input", { type: "text", maxlength: 80, size: 10, "aria-label": `Caption of the ${person} one`, onchange: (event) => editing.caption(person, event.target.value.trim()) });
    return [person, input];
  });
  const element = el("section", { class: "panel tools", "aria-label": "This shot" }, title,
    el("div", { class: "row", role: "group", "aria-label": "Layout of this shot" }, Object.values(layouts)),
    el("div", { class: "row", role: "group", "aria-label": "Swap the two" }, swap),
    el("div", { class: "row" }, cut, free.map(([, one]) => one)),
    el("div", { class: "row" }, el("span", { class: "soft" }, "Captions"), inputs.map(([person, one]) => [el("span", { class: `dot ${person}` }), one])));

  function show() {
    const shot = film.shotOf(player.frame);
    const layout = film.frame(player.frame);
    settle(title, { text: `Shot ${shot + 1} of ${film.starts.length}` });
    for (const person of ["left", "right"]) settle(names[person], { text: film.state.names[person] });
    const alone = layout?.layout === "full" ? layout.placements[0]?.person : null;
    const now = alone ?? layout?.layout;
    for (const [name, one] of Object.entries(layouts)) if (name !== "auto") settle(one, { "aria-pressed": name === now });
    cut.firstChild.textContent = film.starts.includes(player.frame) && player.frame > 0 ? "No cut here" : "Cut here";
    for (const [person, one] of free) {
      one.hidden = !editing.handCrop(person, player.frame);
      one.textContent = `Free ${film.state.names[person]}'s framing`;
    }
    for (const [person, input] of inputs) if (document.activeElement !== input) input.value = film.state.captions[person] ?? "";
  }
  return { element, show };
}

/** What is worth a look, by time; a click goes there. */
export function concerns(film, player) {
  const list = el("ol", {});
  const title = el("h2", {});
  const element = el("section", { class: "panel", "aria-label": "To look at" }, title, list);
  function show() {
    const found = film.overview.concerns;
    settle(title, { text: found.length ? `${found.length} to look at` : "Nothing to look at" });
    list.replaceChildren(...found.slice(0, 500).map((one) => el("li", {}, el("button", { type: "button", class: "go", onclick: () => { player.pause(); player.seek(one.first); } },
      el("span", { class: `dot ${one.kind === "unsure" ? "unsure" : one.person ?? ""}` }),
      el("time", { class: "number" }, clock(film.roughTime(one.first))), el("span", { class: "what" }, one.text)))));
  }
  return { element, show };
}

/** All corrections; each can be gone to and removed. */
export function corrections(film, player, editing) {
  const list = el("ol", {});
  const title = el("h2", {});
  const element = el("section", { class: "panel", "aria-label": "Corrections" }, title, list);
  function show() {
    const all = film.state.corrections;
    settle(title, { text: all.length ? `${all.length} ${all.length === 1 ? "correction" : "corrections"}` : "No corrections yet" });
    list.replaceChildren(...all.map((one, index) => {
      const { at, text } = inWords(one, film);
      return el("li", {},
        el("button", { type: "button", class: "go", onclick: () => { if (at != null) { player.pause(); player.seek(at); } } },
          el("time", { class: "number" }, at == null ? "" : clock(film.roughTime(at))), el("span", { class: "what" }, text)),
        el("button", { type: "button", class: "bare", "aria-label": `Remove: ${text}`, title: "Remove", onclick: () => editing.remove(index) }, "×"));
    }).reverse());
  }
  return { element, show };
}
