// Elements and texts. Data reaches the page here and nowhere else: as text, never as markup.

// What changes the look of a line without being seen; the same ranges as `src/report/src/html/visible.rs`.
const HIDDEN = new RegExp(
  "[\\0-\\x08\\x0b-\\x1f\\x7f-\\x9f\\xad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f" +
  "\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff9-\\ufffb\\u{e0000}-\\u{e0fff}]", "gu");

// Shows hidden characters by their number, so that two names that differ also look different.
function visible(text) {
  const mark = (found) => `⟦U+${found.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟧`;
  return String(text).replace(HIDDEN, mark);
}

// An element. `class`, `text` and `href` are what they say (an `href` leads into this page or nowhere), a name in
// `on` is an event; everything else is an attribute, left out where it is null, undefined or false.
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") element.className = value;
    else if (name === "text") element.textContent = visible(value);
    else if (name === "href") element.setAttribute("href", String(value).startsWith("#") ? value : "#");
    else if (name === "on") for (const [event, act] of Object.entries(value)) element.addEventListener(event, act);
    else if (/^(style|src|srcdoc|on.*|form.*|action)$/i.test(name)) throw new Error(`attribute ${name} is not for data`);
    else element.setAttribute(name, value === true ? "" : visible(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => child instanceof Node ? child : visible(child)));
  return element;
}

// A sentence as nodes; words between backticks are code, one that does not close is a character like any other.
function prose(text) {
  const pieces = String(text).split("`");
  if (pieces.length % 2 === 0) return [visible(text)];
  return pieces.map((piece, at) => at % 2 ? make("code", { text: piece }) : visible(piece));
}

// A number with commas between its thousands.
function count(n) {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}

// A number with its noun: `1 finding`, `2 findings`.
function counted(n, one, many) {
  return `${count(n)} ${n === 1 ? one : many}`;
}

// Says something to screen readers, and to whoever looks at the line of counts.
function announce(text) {
  const region = document.getElementById("announcement");
  if (region) region.textContent = visible(text);
}
