// Draws a frame of the plan from the video's picture, as the program's own composer does (dualface/render/compose).

const BLUR = 40;
const SIZE = 0.05, MARGIN = 0.04, WIDEST = 0.9, TALLEST = 0.25, LEAST = 0.5, SMALLEST = 9;  // of captions: dualface/render/captions.py
const HIGHLIGHT = 0.008, SHADE = "#00000073";  // dualface/render/highlights.py
const EVEN = (v, least, most) => Math.min(Math.max(2 * Math.round(v / 2), least), most);

export class Painter {
  #small = new OffscreenCanvas(4, 4);

  /** `canvas` gets the film's size in pixels. */
  constructor(canvas, facts) {
    this.canvas = canvas;
    this.facts = facts;
    [canvas.width, canvas.height] = facts.canvas;
    this.pen = canvas.getContext("2d", { alpha: false });
    this.pen.imageSmoothingQuality = "high";
  }

  draw(video, frame, captions) {
    const { pen, canvas, facts } = this;
    pen.fillStyle = facts.background;
    pen.fillRect(0, 0, canvas.width, canvas.height);
    if (!video.videoWidth) return;
    const scale = [video.videoWidth / facts.width, video.videoHeight / facts.height];
    for (const one of frame.placements) {
      pen.save();
      pen.beginPath();
      pen.roundRect(...one.at, cornerOf(one));
      pen.clip();
      if (one.fill === "blur" || one.fill === "backdrop") this.#backdrop(video, one, scale);
      else if (one.fill === "bars" || one.fill === "card") pen.fillRect(...one.at);
      if (one.fill !== "card" && one.fill !== "backdrop") this.#part(pen, video, one.crop, picturePlace(one), scale);
      this.#mark(one);
      this.#caption(captions, one);
      if (facts.border && one.fill !== "backdrop") this.#line(one.at, facts.border, facts.border_color, cornerOf(one));
      pen.restore();
    }
  }

  #part(pen, video, [x, y, w, h], [left, top, wide, high], [sx, sy]) {
    pen.drawImage(video, x * sx, y * sy, w * sx, h * sy, left, top, wide, high);
  }

  #backdrop(video, { at, crop }, scale) {
    const [, , w, h] = at;
    const small = this.#small;
    small.width = Math.max(2 * Math.round(w / BLUR / 2), 4);
    small.height = Math.max(2 * Math.round(h / BLUR / 2), 4);
    const pen = small.getContext("2d");
    pen.imageSmoothingQuality = "high";
    const [cw, ch] = inside(crop[2], crop[3], w / h);
    const part = [crop[0] + (crop[2] - cw) / 2, crop[1] + (crop[3] - ch) / 2, cw, ch];
    this.#part(pen, video, part, [0, 0, small.width, small.height], scale);
    this.pen.drawImage(small, ...at);
  }

  /** Who speaks: a line around, or a shade over the other. */
  #mark({ at, mark }) {
    if (mark === "border") this.#line(at, Math.max(2 * Math.round((at[3] * HIGHLIGHT) / 2), 2), "#fff", 0);
    if (mark !== "dim") return;
    this.pen.fillStyle = SHADE;
    this.pen.fillRect(...at);
  }

  /** A line of this width inside of a place's edge. */
  #line([x, y, w, h], width, colour, radius) {
    const { pen } = this;
    pen.beginPath();
    pen.rect(x, y, w, h);
    if (w > 2 * width && h > 2 * width) pen.roundRect(x + width, y + width, w - 2 * width, h - 2 * width, Math.max(radius - width, 0));
    pen.fillStyle = colour;
    pen.fill("evenodd");
  }

  #caption(captions, { person, at: [x, y, w, h] }) {
    const text = captions[person];
    if (!text) return;
    const { pen, canvas } = this;
    const size = Math.max(Math.min(this.#sizeOf(captions), Math.round(h * TALLEST)), SMALLEST);
    pen.font = font(size);
    const base = y + h - Math.round(Math.min(canvas.width, canvas.height) * MARGIN) - Math.round(size * 0.12);
    const shade = pen.createLinearGradient(0, base - 2 * size, 0, y + h);
    shade.addColorStop(0, "#0000");
    shade.addColorStop(1, "#000000a6");
    pen.fillStyle = shade;
    pen.fillRect(x, base - 2 * size, w, y + h - base + 2 * size);
    pen.fillStyle = "#fff";
    pen.textAlign = "center";
    pen.fillText(shortened(pen, text, WIDEST * w), x + w / 2, base);
  }

  /** One size for both names: the largest in which each fits into its tile. */
  #sizeOf(captions) {
    const { pen, facts, canvas } = this;
    const usual = Math.max(Math.round(Math.min(canvas.width, canvas.height) * SIZE), SMALLEST);
    const least = Math.max(Math.round(usual * LEAST), SMALLEST);
    const sizes = Object.entries(facts.tiles).map(([person, [w, h]]) => {
      const size = Math.max(Math.min(usual, Math.round(h * TALLEST)), SMALLEST);
      pen.font = font(size);
      const wide = pen.measureText(captions[person] ?? "").width;
      return wide > WIDEST * w ? Math.max(Math.floor((size * WIDEST * w) / wide), least) : size;
    });
    return Math.min(usual, ...sizes);
  }
}

const font = (size) => `${size}px "DejaVu Sans", sans-serif`;

function shortened(pen, text, width) {
  if (pen.measureText(text).width <= width) return text;
  const letters = [...new Intl.Segmenter().segment(text)].map((one) => one.segment);
  while (letters.length && pen.measureText(`${letters.join("").trimEnd()}...`).width > width) letters.pop();
  return `${letters.join("").trimEnd()}...`;
}

/** The radius of a placement's corners, as far as its place has room for it. */
function cornerOf({ at: [, , w, h], corner }) {
  return Math.min(corner ?? 0, 2 * Math.floor(Math.min(w, h) / 4));
}

/** The largest part of `w` × `h` with the shape `wide / high`. */
function inside(w, h, shape) {
  return w / h > shape ? [h * shape, h] : [w, w / shape];
}

function picturePlace({ at: [x, y, w, h], crop, fill }) {
  if (fill !== "bars" && fill !== "blur") return [x, y, w, h];
  const [fw, fh] = inside(w, h, crop[2] / crop[3]);
  const [wide, high] = [EVEN(fw, 2, w), EVEN(fh, 2, h)];
  return [x + 2 * Math.floor((w - wide) / 4), y + 2 * Math.floor((h - high) / 4), wide, high];
}
