// The filter language: `severity>=high org:staging check:gap.* "words here" -check:data.* !waived`.
//
// All terms must hold. A term is `field:value` (several values with commas between: any of them), a comparison, or
// words that stand anywhere in a row; `-` before it turns it round. Distinct values are asked before rows are.

const SEVERITIES = ["info", "low", "medium", "high", "critical"];

// Fields whose value is one of few words: `org:dev` means the whole of it. Of other fields a part is enough.
const WHOLE = new Set([
  "severity", "status", "check", "org", "from", "to", "subject_kind", "principal_kind", "kind", "method", "verdict", "from_verdict",
  "to_verdict", "need", "effect", "certainty", "state", "grant_type", "permissions_match", "user_context", "source", "scope_source",
  "deprecated", "nothing_published", "division_aware", "allows_conditions", "in_catalogue", "cause_kind", "is",
]);

const TERMS = /[-!]?(?:[a-z_]+(?:>=|<=|[:=<>]))?(?:"[^"]*"?|[^\s"])+/gi;

// Takes a query apart: `{not, field, op, values, text}` each; `field` is null where words are looked for anywhere.
function readTerms(query, fields) {
  return (query.match(TERMS) || []).map((text) => {
    const [, sign, body] = /^([-!]?)(.*)$/s.exec(text);
    const found = /^([a-z_]+)(>=|<=|[:=<>])(.+)$/is.exec(body);
    const field = found && found[1].toLowerCase();
    if (sign === "!" && RANKED.status.concat("open").includes(body) && fields.includes("status")) {
      return { not: true, field: "is", op: ":", values: [body], text };
    }
    // `routing:queue:view` is a permission, not a field.
    if (found && (columnsOf(field, fields).length || field === "is" && fields.includes("status"))) {
      return { not: sign !== "", field, op: found[2], values: splitValues(found[3]), text };
    }
    const open = /^([a-z_]+)(>=|<=|[:=<>])$/i.exec(body);
    if (open && columnsOf(open[1].toLowerCase(), fields.concat("is")).length) {
      return { field: null, values: [""], op: ":", text };
    }
    const hint = found && nearest(field, fields);
    return { not: sign !== "", field: null, op: ":", values: [unquoted(body)], text,
      hint: hint ? `\`${field}\` is no field here, so it is looked for as words; did you mean \`${hint}\`?` : "" };
  }).filter((term) => term.values.some((value) => value !== "") || term.op !== ":" || term.field);
}

// The query of these terms.
function writeTerms(terms) {
  return terms.map((term) => term.text).join(" ");
}

// A term for one of several values of a field.
function termOf(field, values) {
  const quoted = values.map((value) => /^[^\s",]+$/.test(value) ? value : `"${value.replaceAll('"', "")}"`);
  return { not: false, field, op: ":", values, text: `${field}:${quoted.join(",")}` };
}

function splitValues(text) {
  return (text.match(/(?:"[^"]*"?|[^,"])+/g) || []).map(unquoted);
}

function unquoted(text) {
  return text.replaceAll('"', "");
}

// The columns that a field means: that of its name, or all that begin with it (`subject` is `subject_name` and so on).
function columnsOf(field, columns) {
  if (columns.includes(field)) return [field];
  return columns.filter((column) => column.startsWith(`${field}_`));
}

// The word that differs least, if it differs little.
function nearest(word, known) {
  const distance = (a, b) => {
    let row = Array.from({ length: b.length + 1 }, (_, at) => at);
    for (let i = 1; i <= a.length; i += 1) {
      const next = [i];
      for (let j = 1; j <= b.length; j += 1) next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] !== b[j - 1]));
      row = next;
    }
    return row[b.length];
  };
  const best = known.map((name) => [distance(word, name), name]).sort((a, b) => a[0] - b[0])[0];
  return best && best[0] <= 2 && word.length > 2 ? best[1] : null;
}

// What a value of a term asks of a text: `needle` where a part is enough, `is` otherwise. A text of our own that tells
// what is wrong with it where it cannot be asked.
function question(term, column, value) {
  const wanted = value.toLowerCase();
  if (/[<>]/.test(term.op)) return comparison(term, column, wanted);
  if (wanted.includes("*")) {
    const pattern = new RegExp(`^${wanted.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&")).join("[^]*")}$`);
    return wanted.replaceAll("*", "") === "" ? { is: (text) => text !== "" } : { is: (text) => pattern.test(text.toLowerCase()) };
  }
  if (term.op === "=" || WHOLE.has(column) || wanted === "") return { is: (text) => text.toLowerCase() === wanted };
  return { needle: wanted };
}

function comparison({ op }, column, wanted) {
  const holds = { ">": (n) => n > 0, ">=": (n) => n >= 0, "<": (n) => n < 0, "<=": (n) => n <= 0 }[op];
  if (column === "severity") {
    const bound = SEVERITIES.indexOf(wanted);
    if (bound < 0) return `there is no severity \`${wanted}\`; there are ${SEVERITIES.join(", ")}`;
    return { is: (text) => holds(SEVERITIES.indexOf(text) - bound) };
  }
  if (/^-?\d+(\.\d+)?$/.test(wanted)) return { is: (text) => /^-?\d+(\.\d+)?$/.test(text) && holds(Number(text) - Number(wanted)) };
  // A day stands for the whole of it: times are compared no further than the day goes.
  return { is: (text) => text !== "" && holds(text.slice(0, wanted.length).toLowerCase() < wanted ? -1 : text.slice(0, wanted.length).toLowerCase() > wanted ? 1 : 0) };
}

// Which rows a term holds for, as a 1 each, before it is turned round.
function rowsOfTerm(block, term, fields) {
  const mask = new Uint8Array(block.rows);
  if (term.field === "is") {
    const states = term.values.flatMap((value) => value === "open" ? RANKED.status.filter((status) => status !== "resolved" && status !== "waived") : [value]);
    markColumn(block, "status", { is: (text) => states.includes(text) }, mask);
    return mask;
  }
  const columns = term.field === null ? fields : columnsOf(term.field, fields);
  for (const column of columns) {
    for (const value of term.values) {
      const asked = term.field === null ? { needle: value.toLowerCase() } : question(term, column, value);
      if (term.field === null && !block.isAsked(column, asked.needle)) continue;
      if (typeof asked !== "string") markColumn(block, column, asked, mask, term.field === null);
    }
  }
  return mask;
}

// Marks the rows of which a column answers. `everywhere` says that the other columns are asked as well.
function markColumn(block, name, asked, mask, everywhere = false) {
  const column = block.column(name);
  if (column.kind === "text" && (asked.is ? block.hasValues(name) : !column.repeats)) markCodes(column.codes, hitsOf(block, column.texts, asked), mask);
  else if (column.kind === "list") {
    const hits = hitsOf(block, column.texts, asked);
    const lists = new Uint8Array(column.starts.length - 1);
    for (let code = 0; code < lists.length; code += 1) {
      for (let at = column.starts[code]; at < column.starts[code + 1] && !lists[code]; at += 1) lists[code] = hits[column.items[at]];
      if (column.starts[code] === column.starts[code + 1] && asked.is && asked.is("")) lists[code] = 1;
    }
    markCodes(column.codes, lists, mask);
  } else if (column.kind === "text" && !asked.is) markSentences(block, name, asked, mask, everywhere);
  else markRows(block, name, asked, mask, () => true);
}

function markCodes(codes, hits, mask) {
  for (let row = 0; row < mask.length; row += 1) if (hits[codes[row]]) mask[row] = 1;
}

// Marks rows one by one, where nothing quicker can tell.
function markRows(block, name, asked, mask, worth) {
  const holds = asked.is || ((text) => text.toLowerCase().includes(asked.needle));
  for (let row = 0; row < mask.length; row += 1) if (!mask[row] && worth(row) && holds(block.text(name, row))) mask[row] = 1;
}

// Which distinct texts answer, where no mark of a row is in them.
function hitsOf(block, texts, asked) {
  const hits = new Uint8Array(texts.length);
  if (texts.plain) {
    const holds = asked.is || ((text) => text.toLowerCase().includes(asked.needle));
    for (let code = 0; code < hits.length; code += 1) if (holds(texts.plain[code])) hits[code] = 1;
  } else if (asked.is) {
    for (let code = 0; code < hits.length; code += 1) if (asked.is(texts.read(code))) hits[code] = 1;
  } else {
    const { own, across } = patternsWith(texts, asked.needle);
    markOwn(block, texts, own, asked.needle, hits);
    for (let code = 0; code < hits.length; code += 1) {
      if (!hits[code] && across[texts.forms[code]] && texts.read(code).toLowerCase().includes(asked.needle)) hits[code] = 1;
    }
  }
  return hits;
}

// Marks the texts whose pattern has the needle, or one of whose words does.
function markOwn(block, texts, own, needle, hits) {
  if (!block.asked || block.asked.needle !== needle) {
    block.asked = { needle, words: Uint8Array.from(block.words, (word) => word.toLowerCase().includes(needle) ? 1 : 0) };
  }
  const { words } = block.asked;
  for (let code = 0; code < hits.length; code += 1) {
    if (own[texts.forms[code]]) hits[code] = 1;
    for (let at = texts.starts[code]; at < texts.starts[code + 1] && !hits[code]; at += 1) hits[code] = words[texts.slots[at]];
  }
}

// Which patterns have the needle themselves, in which a match could begin in one piece and end in another, and which
// marks of the row stand in which.
function patternsWith(texts, needle) {
  const own = new Uint8Array(texts.patterns.length);
  const across = new Uint8Array(texts.patterns.length);
  const marks = new Map();
  texts.patterns.forEach((pattern, at) => {
    const pieces = [""];
    for (const part of pattern.toLowerCase().split(/(\uf8ff[\s\S]|[\ue000-\ue1ff\uf000])/)) {
      if (part.startsWith("\uf8ff")) pieces[pieces.length - 1] += part.slice(1);
      else if (/^[\ue000-\ue1ff\uf000]$/.test(part)) {
        pieces.push("");
        if (!marks.has(part)) marks.set(part, new Uint8Array(own.length));
        marks.get(part)[at] = 1;
      } else pieces[pieces.length - 1] += part;
    }
    if (pieces.some((piece) => piece.includes(needle))) own[at] = 1;
    else if (pieces.length > 1 && mayCross(pieces, needle)) across[at] = 1;
  });
  marks.delete("\uf000");
  return { own, across, marks };
}

// Looks for a part of sentences that repeat other cells: in what is their own, then in those cells, and row by row only
// where a match could begin in one and end in the other.
function markSentences(block, name, asked, mask, everywhere) {
  const column = block.column(name);
  const { texts, codes } = column;
  const { needle } = asked;
  const { own, across, marks } = patternsWith(texts, needle);
  const hits = new Uint8Array(texts.length);
  markOwn(block, texts, own, needle, hits);
  markCodes(codes, hits, mask);
  if (!everywhere) {
    const cells = new Map();
    for (const [mark, uses] of marks) {
      const number = mark.charCodeAt(0);
      const from = number < 0xe100 ? column.repeats[number - 0xe000] : null;
      if (from && !cells.has(from)) cells.set(from, answered(block, from, asked));
      const { words } = block.asked;
      const other = from ? null : block.column(column.beside[(number - 0xe100) >> 4]);
      for (let row = 0; row < mask.length; row += 1) {
        if (mask[row] || !uses[texts.forms[codes[row]]]) continue;
        mask[row] = from ? cells.get(from)[row] : words[other.texts.slots[other.texts.starts[other.codes[row]] + ((number - 0xe100) & 15)]];
      }
    }
  }
  if (!across.some(Boolean)) return;
  // Each word of the needle has to be in the text as well, and single words seldom cross a border.
  const longest = needle.split(/\s+/).sort((a, b) => b.length - a.length)[0];
  const likely = longest !== needle && longest ? answered(block, name, { needle: longest }) : null;
  markRows(block, name, asked, mask, (row) => across[texts.forms[codes[row]]] && (!likely || likely[row]));
}

function answered(block, name, asked) {
  const hits = new Uint8Array(block.rows);
  markColumn(block, name, asked, hits);
  return hits;
}

// Whether a match could lie across the border between a piece and the cell beside it.
function mayCross(pieces, needle) {
  return pieces.some((piece, at) => {
    const first = at === 0;
    const last = at === pieces.length - 1;
    if (!first && !last && needle.includes(piece)) return true;
    for (let length = 1; length < needle.length; length += 1) {
      if (!last && piece.endsWith(needle.slice(0, length))) return true;
      if (!first && piece.startsWith(needle.slice(-length))) return true;
    }
    return false;
  });
}

// The rows of a query, with what is to be said about it: `{terms, masks, rows, hints}`.
// `fields` are the columns that can be asked.
function filter(block, query, fields = block.names) {
  const terms = readTerms(query, fields);
  const masks = terms.map((term) => rowsOfTerm(block, term, fields));
  return { terms, masks, rows: rowsOfAll(block.rows, terms, masks), hints: terms.flatMap((term) => hintsOf(block, term, fields)) };
}

// The rows for which all terms hold; those of one field can be left out.
function rowsOfAll(total, terms, masks, without = null) {
  const rows = new Uint32Array(total);
  const all = new Uint8Array(total).fill(1);
  terms.forEach((term, at) => {
    if (without && fieldOf(term) === without && !term.not) return;
    const mask = masks[at];
    const out = term.not ? 1 : 0;
    for (let row = 0; row < total; row += 1) if (mask[row] === out) all[row] = 0;
  });
  let count = 0;
  for (let row = 0; row < total; row += 1) if (all[row]) { rows[count] = row; count += 1; }
  return rows.subarray(0, count);
}

function fieldOf(term) {
  return term.field === "is" ? "status" : term.field;
}

// What is wrong with a term, or what it probably wanted to be.
function hintsOf(block, term, fields) {
  if (term.hint) return [term.hint];
  if (!term.field) return [];
  if (term.field === "is") {
    const known = [...RANKED.status, "open"];
    const odd = term.values.find((value) => !known.includes(value));
    return odd === undefined ? [] : [`there is no status \`${odd}\`; there are ${known.join(", ")}`];
  }
  return term.values.flatMap((value) => columnsOf(term.field, fields).flatMap((column) => {
    const asked = question(term, column, value);
    if (typeof asked === "string") return [asked];
    if (term.op !== ":" || !WHOLE.has(column) || block.kind(column) !== "text" || !block.hasValues(column)) return [];
    const values = block.values(column);
    if (values.length > 40 || values.some(asked.is)) return [];
    return [`no row has ${column} \`${value}\`; there ${values.length === 1 ? "is" : "are"} ${values.slice(0, 12).map((one) => one || '""').join(", ")}`];
  }));
}

// How often each value of a column occurs, with the filter of its own field left out: `[value, count]`, most first, or
// in the order that the words have.
function facet(block, { terms, masks }, name) {
  const [values, codes] = [block.values(name), block.codes(name)];
  const counts = new Uint32Array(values.length);
  for (const row of rowsOfAll(block.rows, terms, masks, name)) counts[codes[row]] += 1;
  const order = RANKED[name];
  return values.map((value, code) => [value, counts[code]])
    .sort((a, b) => order ? order.indexOf(a[0]) - order.indexOf(b[0]) : b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

// The query with a value of a field chosen, or no longer chosen.
function toggled(query, fields, field, value) {
  const terms = readTerms(query, fields);
  const at = terms.findIndex((term) => fieldOf(term) === field && !term.not && term.op === ":");
  const values = at < 0 ? [] : terms[at].values;
  const next = values.includes(value) ? values.filter((one) => one !== value) : [...values, value];
  const term = next.length ? [termOf(field, next)] : [];
  if (at < 0) terms.push(...term);
  else terms.splice(at, 1, ...term);
  return writeTerms(terms);
}
