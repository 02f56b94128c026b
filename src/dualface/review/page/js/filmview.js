// One film on the page: puts its parts together and keeps them in step.

import { clock, el, say, settle, tell } from "./dom.js";
import { Painter } from "./drawing.js";
import { Editing } from "./editing.js";
import { Film } from "./film.js";
import { Keys } from "./keys.js";
import { askWhose } from "./naming.js";
import { Overlay } from "./overlay.js";
import { concerns, corrections, tools } from "./panels.js";
import { Player } from "./player.js";
import { Timeline } from "./timeline.js";
import { Works } from "./works.js";

/** `start`: the `frame`, or the `time` on the source's clock, to begin with; `again(frame)` shows the film anew. */
export async function showFilm(main, id, start) {
  const film = await Film.open(id);
  document.title = `${film.facts.title} – dualface review`;
  const { media } = film.facts;
  const works = new Works(id, (kind) => { if (kind === "proxy") start.again(player.frame); });
  const video = el("video", { src: media.kind === "none" ? null : `${film.address}/media`, preload: "auto", playsinline: true, "aria-label": "Source" });
  const canvas = el("canvas", { role: "img", "aria-label": "Result" });
  const player = new Player(film, video);
  const editing = new Editing(film, player);
  const painter = new Painter(canvas, film.facts);
  const timeline = new Timeline(film, player);
  const over = el("div", { class: "over" });
  const overlay = new Overlay(film, over, {
    named: (face) => { player.pause(); askWhose(film, face, (who, alike) => editing.name(face, who, alike), () => editing.keepAway(face)); },
    framed: (person, rect) => editing.crop(person, rect),
    moving: (held) => { if (held) player.pause(); paint(); },
  });
  const parts = [tools(film, player, editing), concerns(film, player), corrections(film, player, editing)];
  const header = head(film, editing, works, () => keys.help());
  const transport = transportBar(film, player);
  const keys = new Keys(actions(film, player, editing, () => keys.help()));

  /** What is drawn is the plan of the picture that the video shows, with a crop that is being dragged. */
  function paint() {
    const frame = film.frame(player.picture ?? player.frame);
    if (!frame) return;
    const { held } = overlay;
    const shown = held ? { ...frame, placements: frame.placements.map((one) => (one.person === held.person ? { ...one, crop: held.rect, fill: "crop" } : one)) } : frame;
    painter.draw(video, shown, film.state.captions);
    canvas.dataset.frame = player.picture ?? "";
    canvas.dataset.settled = frame.settled;
  }

  function position() {
    const frame = film.frame(player.frame);
    if (frame) overlay.show(frame);
    timeline.follow();
    transport.show();
    parts[0].show();
  }

  function all() {
    paint();
    position();
    header.show();
    parts.forEach((part) => part.show());
    timeline.draw();
  }

  const leaving = (event) => { if (editing.unsaved) event.preventDefault(); };
  addEventListener("beforeunload", leaving);
  player.addEventListener("picture", paint);
  player.addEventListener("frame", position);
  player.addEventListener("playing", () => transport.show());
  for (const kind of ["state", "overview", "plan"]) film.addEventListener(kind, all);
  video.addEventListener("loadeddata", all);
  const unplayable = noPicture(works);
  unplayable.show(media.kind === "none" ? media.why : "");
  video.addEventListener("error", () => { if (video.src) unplayable.show("This browser can't play the video as it is."); });

  const shape = (w, h) => `aspect-ratio: ${w} / ${h}`;
  const source = picture("source", "Source", film.facts.width, film.facts.height, video, over, unplayable.element);
  const result = picture("result", "Result", ...film.facts.canvas, canvas);
  const view = el("div", { class: "film" }, header.element, works.element, el("div", { class: "pictures" }, source, result), transport.element, timeline.element,
    el("div", { class: "panels" }, parts.map((part) => part.element)));
  main.replaceChildren(view);
  all();
  works.catchUp().catch(() => {});
  say(`${film.facts.title}, ${film.starts.length} shots. Press question mark for the keyboard.`);

  if (start.frame) player.seek(start.frame);
  else if (start.time) film.frameAt(Number(start.time) - film.facts.begins).then((frame) => player.seek(frame));

  return {
    player,
    end() {
      keys.end();
      removeEventListener("beforeunload", leaving);
      player.pause();
      video.removeAttribute("src");
      video.load();
    },
    async news(kind, told) {
      if (kind === "back") {
        const fresh = await Film.open(id);
        film.take(fresh.state);
        await film.refresh();
        await works.catchUp();
      } else if (told.film !== id) return;
      else if (kind === "corrected") film.take(told);
      else if (kind === "decided") await film.refresh();
      else if (kind === "work") works.hear(told);
      else if (kind === "trouble") tell(told.text, true);
    },
  };
}

function picture(kind, title, width, height, ...shown) {
  const frame = el("div", { class: "frame" }, shown);
  frame.style.aspectRatio = `${width} / ${height}`;
  const stage = el("div", { class: "stage" }, frame);
  new ResizeObserver(() => {
    const scale = Math.min(stage.clientWidth / width, stage.clientHeight / height);
    frame.style.width = `${Math.floor(width * scale)}px`;
    frame.style.height = `${Math.floor(height * scale)}px`;
  }).observe(stage);
  return el("section", { class: `picture ${kind}`, "aria-label": title }, el("h2", {}, title), stage);
}

/** What is shown in place of a video that can't be played. */
function noPicture(works) {
  const why = el("p", {});
  const element = el("div", { class: "no-picture", hidden: true }, why,
    el("button", { type: "button", class: "main", onclick: () => works.begin("proxy") }, "Make a copy that it can play"));
  return {
    element,
    show(text) {
      why.textContent = text;
      element.hidden = !text;
    },
  };
}

function head(film, editing, works, help) {
  const saved = el("span", { class: "saved" });
  const undo = el("button", { type: "button", class: "bare", title: "Undo (Z)", onclick: () => editing.undo() }, "Undo");
  const redo = el("button", { type: "button", class: "bare", title: "Do again (Shift Z)", onclick: () => editing.redo() }, "Redo");
  const render = el("button", { type: "button", class: "main", onclick: () => works.begin("film") }, "Render");
  const element = el("header", {},
    el("a", { href: "#/", "aria-label": "All films", title: "All films" }, "←"),
    el("h1", {}, film.facts.title), saved, el("span", { class: "space" }), undo, redo,
    el("button", { type: "button", class: "bare", title: "Keyboard (?)", onclick: help }, "Keys"),
    render);
  return {
    element,
    show() {
      settle(undo, { disabled: !film.state.can_undo });
      settle(redo, { disabled: !film.state.can_redo });
      const deciding = film.overview.decided < film.state.version;
      const words = film.state.rendered ? "The film is up to date" : "Saved, not rendered yet";
      settle(saved, { text: deciding ? "Saved; deciding …" : words });
      settle(render, { disabled: film.state.rendered, title: film.state.rendered ? "The film shows this already" : "Make what has changed in the film" });
    },
  };
}

function transportBar(film, player) {
  const button = (label, text, action) => el("button", { type: "button", "aria-label": label, title: label, onclick: action }, text);
  const play = button("Play (Space)", "▶", () => player.toggle());
  const time = el("span", { class: "time number" });
  const speed = el("span", { class: "soft number" });
  const element = el("div", { class: "transport", role: "toolbar", "aria-label": "Playing" },
    button("Previous shot (↑)", "⏮", () => toShot(film, player, -1)),
    button("One frame back (←)", "◂", () => player.step(-1)), play, button("One frame on (→)", "▸", () => player.step(1)),
    button("Next shot (↓)", "⏭", () => toShot(film, player, 1)), time, speed,
    el("span", { class: "space" }),
    button("Previous moment to look at (P)", "◂ look at", () => toConcern(film, player, -1)),
    button("Next moment to look at (N)", "look at ▸", () => toConcern(film, player, 1)));
  return {
    element,
    show() {
      const frame = film.frame(player.frame);
      settle(play, { text: player.paused ? "▶" : "❚❚", "aria-label": player.paused ? "Play (Space)" : "Pause (Space)" });
      settle(time, { text: `${clock(frame?.time ?? film.roughTime(player.frame), 2)} / ${clock(film.facts.duration, 0)}` });
      settle(speed, { text: player.paused || Math.abs(player.speed) === 1 ? `frame ${player.frame}` : `${player.speed}×` });
    },
  };
}

function toShot(film, player, by) {
  const k = film.shotOf(player.frame);
  const back = by < 0 && player.frame > film.starts[k] + film.facts.fps / 4 ? 0 : by;
  player.pause();
  player.seek(film.starts[Math.min(Math.max(k + back, 0), film.starts.length - 1)]);
}

function toConcern(film, player, by) {
  const all = film.overview.concerns;
  const next = by > 0 ? all.find((one) => one.first > player.frame) : all.findLast((one) => one.first < player.frame);
  if (!next) return say("There is nothing more to look at in this direction");
  player.pause();
  player.seek(next.first);
  say(next.text);
}

function actions(film, player, editing, help) {
  const { names } = film.state;
  const second = Math.round(film.facts.fps);
  return [
    [[" "], "Play, pause", () => player.toggle()],
    [["j"], "Backwards; again: faster", () => player.faster(-1)],
    [["k"], "Stop", () => player.pause()],
    [["l"], "Forwards; again: faster", () => player.faster(1)],
    [["ArrowLeft"], "One frame back", () => player.step(-1)],
    [["ArrowRight"], "One frame on", () => player.step(1)],
    [["Shift+ArrowLeft"], "One second back", () => player.step(-second)],
    [["Shift+ArrowRight"], "One second on", () => player.step(second)],
    [["ArrowUp"], "Previous shot", () => toShot(film, player, -1)],
    [["ArrowDown"], "Next shot", () => toShot(film, player, 1)],
    [["Home"], "Beginning", () => player.step(-Infinity)],
    [["End"], "End", () => player.step(film.facts.frames)],
    [["p"], "Previous moment to look at", () => toConcern(film, player, -1)],
    [["n"], "Next moment to look at", () => toConcern(film, player, 1)],
    [["s"], "Swap the two in this shot", () => editing.swap("this shot")],
    [["Shift+s"], "Swap the two from here on", () => editing.swap("from here")],
    [["1"], `${names.left} alone in this shot`, () => editing.layout("full", "left")],
    [["2"], `${names.right} alone in this shot`, () => editing.layout("full", "right")],
    [["3"], "Both in this shot", () => editing.layout("split")],
    [["4"], "The whole scene in this shot", () => editing.layout("scene")],
    [["0"], "Automatic layout in this shot", () => editing.layout(null)],
    [["f"], "Free the framings of this shot", () => ["left", "right"].filter((one) => editing.handCrop(one, player.frame)).forEach((one) => editing.freeCrop(one))],
    [["x"], "A cut here, or none", () => editing.cut()],
    [["z", "Ctrl+z", "Meta+z"], "Undo", () => editing.undo()],
    [["Shift+z", "Ctrl+Shift+z", "Meta+Shift+z"], "Do again", () => editing.redo()],
    [["?"], "This help", help],
  ];
}
