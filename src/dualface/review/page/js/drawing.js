// Draws a frame of the plan from the video's picture, as the program's own composer does (dualface/render/compose).

const BLUR = 40;
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
      if (one.fill === "blur") this.#backdrop(video, one, scale);
      if (one.fill !== "card") this.#part(pen, video, one.crop, picturePlace(one), scale);
      this.#caption(captions[one.person], one.at);
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

  #caption(text, [x, y, w, h]) {
    if (!text) return;
    const { pen } = this;
    let size = Math.max(Math.round(h * 0.05), 9);
    pen.font = `${size}px "DejaVu Sans", sans-serif`;
    const wide = pen.measureText(text).width;
    if (wide > 0.9 * w) {
      size = Math.max(Math.floor((size * 0.9 * w) / wide), 9);
      pen.font = `${size}px "DejaVu Sans", sans-serif`;
    }
    const base = y + h - Math.round(h * 0.04);
    const shade = pen.createLinearGradient(0, base - 2 * size, 0, y + h);
    shade.addColorStop(0, "#0000");
    shade.addColorStop(1, "#000000a6");
    pen.fillStyle = shade;
    pen.fillRect(x, base - 2 * size, w, y + h - base + 2 * size);
    pen.fillStyle = "#fff";
    pen.textAlign = "center";
    pen.fillText(text, x + w / 2, base, 0.9 * w);
  }
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
