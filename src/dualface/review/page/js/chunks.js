// Plans as they come from the server: see dualface/review/packing.py for the bytes.

const PERSONS = [null, "left", "right"];
const STATES = ["tracked", "held", "fallback", "scene"];
const FILLS = ["crop", "bars", "blur", "card", "backdrop"];
const MARKS = ["none", "border", "dim"];

/** Some seconds of the plan. */
export class Chunk {
  constructor(content, decided) {
    this.decided = decided;
    let at = 0;
    const column = (Kind, count) => {
      const values = new Kind(content, at, count);
      at += Math.ceil(values.byteLength / 8) * 8;
      return values;
    };
    const [frames, placements, faces] = column(Uint32Array, 3);
    this.length = frames;
    this.times = column(Float64Array, frames);
    this.crops = column(Float32Array, placements * 4);
    this.boxes = column(Float32Array, faces * 4);
    this.ends = column(Uint32Array, frames);
    this.faceEnds = column(Uint32Array, frames);
    this.tracks = column(Int32Array, faces);
    this.places = column(Uint16Array, placements * 5);
    this.kinds = column(Uint8Array, placements * 4);
    this.persons = column(Uint8Array, faces);
    this.scores = column(Uint8Array, faces);
    this.flags = column(Uint8Array, frames * 2);
  }

  /** The frame with this number in the chunk. */
  frame(n, layouts) {
    const placements = [];
    for (let k = n ? this.ends[n - 1] : 0; k < this.ends[n]; k++) {
      placements.push({
        at: [...this.places.subarray(5 * k, 5 * k + 4)],
        corner: this.places[5 * k + 4],
        crop: [...this.crops.subarray(4 * k, 4 * k + 4)],
        person: PERSONS[this.kinds[4 * k]],
        state: STATES[this.kinds[4 * k + 1]],
        fill: FILLS[this.kinds[4 * k + 2]],
        mark: MARKS[this.kinds[4 * k + 3]],
      });
    }
    const faces = [];
    for (let k = n ? this.faceEnds[n - 1] : 0; k < this.faceEnds[n]; k++) {
      faces.push({
        box: [...this.boxes.subarray(4 * k, 4 * k + 4)],
        track: this.tracks[k],
        person: PERSONS[this.persons[k]],
        score: this.scores[k] / 255,
      });
    }
    return { time: this.times[n], cut: this.flags[2 * n] > 0, layout: layouts[this.flags[2 * n + 1]], placements, faces };
  }
}
