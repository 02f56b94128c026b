// Moments as corrections write them, for what the page has to understand of them itself.

/** The number of the frame that a moment means; `film` tells the rate.  `null` for what only the server can tell. */
export function frameOf(instant, film) {
  if (instant == null) return null;
  const counted = /^frame\s+(\d+)$/i.exec(String(instant));
  if (counted) return Number(counted[1]);
  if (typeof instant === "number") return Math.round(instant * film.facts.fps);
  const parts = String(instant).split(":").map(Number);
  if (parts.length > 3 || parts.some(Number.isNaN)) return null;
  return Math.round(parts.reduce((sum, part) => 60 * sum + part, 0) * film.facts.fps);
}

/** How the page writes a moment: by its frame, which is exact. */
export function atFrame(n) {
  return `frame ${n}`;
}
