// The question whose a face is.

import { el } from "./dom.js";

/** Asks in a dialog; `answer(who, alike)` is called with what was chosen, or `away()`. */
export function askWhose(film, face, answer, away) {
  const { names } = film.state;
  const only = el("input", { type: "checkbox", id: "only" });
  const choice = (who, text, dot = who) => el("button", {
    type: "button", onclick: () => { dialog.close(); answer(who, !only.checked); },
  }, el("span", { class: `dot ${dot}` }), text);
  const dialog = el("dialog", { "aria-label": "Whose face is this?", onclose: () => dialog.remove() },
    el("div", { class: "menu" },
      el("h1", {}, "Whose face is this?"),
      choice("left", names.left), choice("right", names.right), choice("other", "The other one of the two", ""), choice("nobody", "Nobody", ""),
      el("button", { type: "button", onclick: () => { dialog.close(); away(); } }, el("span", { class: "dot" }), "Nobody here, ever: a poster, a screen"),
      el("label", { class: "row" }, only, "only here, not wherever this person is seen"),
      el("form", { method: "dialog" }, el("button", { class: "bare" }, "Cancel"))));
  document.body.append(dialog);
  dialog.showModal();
}
