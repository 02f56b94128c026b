// The keyboard: one table that does, and that the help shows.

import { el } from "./dom.js";

/** `actions`: rows of [keys, words, function]; a key is as `event.key` has it, with `Shift+` or `Ctrl+` before it. */
export class Keys {
  constructor(actions) {
    this.actions = actions;
    this.listen = (event) => this.#pressed(event);
    document.addEventListener("keydown", this.listen);
    this.dialog = el("dialog", { "aria-label": "Keyboard" },
      el("h1", {}, "Keyboard"),
      el("dl", { class: "keys" }, actions.flatMap(([keys, words]) => [
        el("dt", {}, keys.filter((key) => !key.startsWith("Meta+")).flatMap((key, k) => [k ? " " : null, el("kbd", {}, shown(key))])), el("dd", {}, words),
      ])),
      el("form", { method: "dialog" }, el("button", { class: "main" }, "Close")));
  }

  end() {
    document.removeEventListener("keydown", this.listen);
  }

  help() {
    if (!this.dialog.isConnected) document.body.append(this.dialog);
    this.dialog.showModal();
  }

  #pressed(event) {
    if (event.altKey || document.querySelector("dialog[open]") || event.target.matches?.("input, select, textarea")) return;
    const held = `${event.metaKey ? "Meta+" : event.ctrlKey ? "Ctrl+" : ""}`;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const shift = event.shiftKey && (event.key.length > 1 || event.key.toLowerCase() !== event.key.toUpperCase()) ? "Shift+" : "";
    const found = this.actions.find(([keys]) => keys.includes(held + shift + key));
    if (!found) return;
    if (key === " " && event.target.matches?.("button")) return;  // it presses the button
    event.preventDefault();
    found[2]();
  }
}

function shown(key) {
  const names = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", " ": "Space" };
  return key.split("+").map((part) => names[part] ?? (part.length === 1 ? part.toUpperCase() : part)).join(" ");
}
