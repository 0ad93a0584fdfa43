// Addresses within the page: `#v=<view>&q=<filter>&s=<sort>&g=<grouped by>`, `#f=<finding>` (with the same beside it),
// `#o=<kind>:<org>:<id>`, `#<anchor>`.

// What an address means. Whatever cannot be read leads to the overview.
function readAddress(hash) {
  const text = hash.replace(/^#/, "");
  const parts = new Map();
  for (const part of text.split("&")) {
    const at = part.indexOf("=");
    if (at > 0) parts.set(part.slice(0, at), decoded(part.slice(at + 1)));
  }
  if (parts.has("f")) return { view: "findings", finding: parts.get("f"), query: parts.get("q") || "", sort: parts.get("s") || "", group: parts.get("g") || "" };
  if (parts.has("o")) {
    const [kind, org, ...id] = text.replace(/^.*?\bo=/, "").split("&")[0].split(":").map(decoded);
    return { object: { kind, org: org || "", id: id.join(":") } };
  }
  if (parts.has("v")) return { view: parts.get("v"), query: parts.get("q") || "", sort: parts.get("s") || "", group: parts.get("g") || "" };
  // The place of a finding in the page without scripts is its place here as well.
  const finding = /^f-([0-9a-f]+)$/.exec(text);
  if (finding) return { view: "findings", finding: finding[1], query: "", sort: "" };
  return { anchor: decoded(text) };
}

// The text of an address, with its `#`.
function writeAddress({ view, query, sort, group, finding, object, anchor }) {
  const rest = `${query ? `&q=${encoded(query)}` : ""}${sort ? `&s=${encoded(sort)}` : ""}${group ? `&g=${encoded(group)}` : ""}`;
  if (finding) return `#f=${encoded(finding)}${rest}`;
  if (object) return `#o=${[object.kind, object.org, object.id].map(encoded).join(":")}`;
  if (!view) return `#${encodeURIComponent(anchor || "")}`;
  return `#v=${encoded(view)}${rest}`;
}

function decoded(text) {
  try {
    return decodeURIComponent(text.replace(/\+/g, "%20"));
  } catch {
    return text;
  }
}

// Readable where it can be: what separates the parts of an address is encoded, `/`, `>`, `*` and blanks less so.
function encoded(text) {
  const readable = { "%20": "+", "%2F": "/", "%2C": ",", "%40": "@", "%24": "$" };
  return encodeURIComponent(text).replace(/%(20|2F|2C|40|24)/g, (found) => readable[found]);
}

// Opens an address (an object as `readAddress` gives, or its text).
function go(address) {
  const hash = typeof address === "string" ? address : writeAddress(address);
  if (location.hash === hash) dispatchEvent(new HashChangeEvent("hashchange"));
  else location.hash = hash;
}

// Writes where the reader is into the address without going anywhere.
function remember(address) {
  const hash = writeAddress(address);
  try {
    history.replaceState(history.state, "", hash);
  } catch {
    // Some browsers refuse this for files; the view works without it.
  }
}
