// Elements.  Texts only ever become text nodes, so that a file's name is never read as markup.

/** An element; `facts` are attributes, or `onclick` and the like; children are elements or texts. */
export function el(name, facts = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(facts)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value != null) made.setAttribute(key, value);
  }
  made.append(...children.flat(Infinity).filter((child) => child != null));
  return made;
}

/** Replaces an attribute or a text only where it is different: screen readers hear of every change. */
export function settle(element, facts) {
  for (const [key, value] of Object.entries(facts)) {
    if (key === "text") {
      if (element.textContent !== value) element.textContent = value;
    } else if (key.startsWith("aria-")) {
      if (element.getAttribute(key) !== String(value)) element.setAttribute(key, String(value));
    } else if (value === false || value == null) element.removeAttribute(key);
    else if (element.getAttribute(key) !== String(value)) element.setAttribute(key, value === true ? "" : value);
  }
}

/** Says something to those who listen instead of looking. */
export function say(text) {
  document.getElementById("said").textContent = text;
}

let fading = 0;

/** Shows and says a short text; `bad` ones stay longer. */
export function tell(text, bad = false) {
  const toast = document.getElementById("toast");
  toast.textContent = text;
  toast.className = bad ? "bad" : "";
  toast.hidden = false;
  say(text);
  clearTimeout(fading);
  fading = setTimeout(() => { toast.hidden = true; }, bad ? 8000 : 2200);
}

/** `1:02:03.4`, hours only where there are some. */
export function clock(seconds, digits = 1) {
  const whole = Math.max(seconds, 0);
  const step = 10 ** digits;
  const rounded = Math.floor(whole * step + 1e-6) / step;
  const hours = Math.floor(rounded / 3600);
  const minutes = Math.floor(rounded / 60) % 60;
  const rest = (rounded % 60).toFixed(digits).padStart(digits ? 3 + digits : 2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}
