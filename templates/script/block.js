// The rows behind the page: inflated on first use, then kept as columns of small numbers.

// Blocks that were asked for, as promises, so that nobody inflates one twice.
const BLOCKS = new Map();

// The block of this name; its text leaves the page once it is inflated. A block that is not there has no rows.
function block(name) {
  if (!BLOCKS.has(name)) BLOCKS.set(name, inflate(name));
  return BLOCKS.get(name);
}

async function inflate(name) {
  const source = document.getElementById(`block-${name}`);
  if (!source) return new Block({ rows: 0, columns: {} });
  const packed = Uint8Array.from(atob(source.textContent.trim()), (letter) => letter.charCodeAt(0));
  source.remove();
  const plain = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const reported = JSON.parse(await new Response(plain).text());
  const columns = Object.values(reported.columns);
  const dictionary = columns.some((column) => column.shared) ? await sharedTexts() : [];
  for (const column of columns) {
    if (column.shared) column.values = referred(column, dictionary);
    else if (column.packed) column.values = unpacked(column);
  }
  return new Block(reported);
}

// The texts that several blocks name by their places.
async function sharedTexts() {
  const blocks = await Promise.all(["shared_ids", "shared_texts"].map(block));
  return blocks.flatMap((one) => one.rows ? one.values("text") : []);
}

// Texts by their places, each a step from the one before; null is the next of the column's own.
function referred({ shared, own }, dictionary) {
  let place = 0;
  let next = 0;
  return shared.map((step) => {
    if (step === null) return own[next++];
    place += step;
    return dictionary[place];
  });
}

// Ids by their bytes: eight of a finding, sixteen of anything of the platform.
function unpacked({ packed, shape }) {
  const bytes = atob(packed);
  const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
  const size = shape === "uuid" ? 16 : 8;
  return Array.from({ length: bytes.length / size }, (_, at) => {
    let text = "";
    for (let byte = 0; byte < size; byte += 1) {
      if (size === 16 && (byte === 4 || byte === 6 || byte === 8 || byte === 10)) text += "-";
      text += hex[bytes.charCodeAt(at * size + byte)];
    }
    return text;
  });
}

// How many rows a block has, without inflating it; 0 where the page does not hold it.
function rowsOf(name) {
  if (BLOCKS.has(name)) return null;
  const source = document.getElementById(`block-${name}`);
  return source ? Number(source.dataset.rows) : 0;
}

// Cells as codes: a cell's age is how many values had come up since its own did.
function codesOf(ages) {
  const codes = new Uint32Array(ages.length);
  let next = 0;
  for (let at = 0; at < ages.length; at += 1) {
    codes[at] = next - ages[at];
    if (ages[at] === 0) next += 1;
  }
  return codes;
}

// Where each list begins, and where the last one ends; `forms` say which of the lengths is whose.
function startsOf(forms, lengths) {
  const starts = new Uint32Array(forms.length + 1);
  for (let at = 0; at < forms.length; at += 1) starts[at + 1] = starts[at] + lengths[forms[at]];
  return starts;
}

// Marks in a sentence that was taken apart: the next of its words, a cell of the row, a word of an earlier sentence of
// the row; the first one, before any of them, says that the sentence itself has that character.
const MARKS = /\uf8ff([\s\S])|[\ue000-\ue1ff\uf000]/g;

// Distinct texts of a column: as they are, or as patterns with words.
class Texts {
  constructor({ values, patterns, forms, slots }, words) {
    this.plain = values || null;
    this.length = values ? values.length : forms.length;
    if (values) return;
    this.patterns = patterns;
    this.words = words;
    this.forms = codesOf(forms);
    const lengths = patterns.map((pattern) => (pattern.replace(MARKS, (mark) => mark === "\uf000" ? mark : "").match(/\uf000/g) || []).length);
    this.starts = startsOf(this.forms, lengths);
    this.slots = Uint32Array.from(slots);
  }

  word(code, at) {
    return this.words[this.slots[this.starts[code] + at]];
  }

  // The text; `elsewhere` gives what stands for a mark of the row.
  read(code, elsewhere) {
    if (this.plain) return this.plain[code];
    let at = -1;
    return this.patterns[this.forms[code]].replace(MARKS, (mark, itself) => {
      if (itself) return itself;
      if (mark !== "\uf000") return elsewhere(mark.charCodeAt(0));
      at += 1;
      return this.word(code, at);
    });
  }
}

// Words in the order of their meaning.
const RANKED = {
  severity: ["critical", "high", "medium", "low", "info"],
  status: ["new", "worse", "reopened", "persisting", "better", "resolved", "waived", "incomparable"],
};

// A table by columns. A column of texts or lists has `values`, its distinct cells, and `codes`, which of them stands
// in each row; a column of numbers has the numbers, null where one is not known.
class Block {
  constructor({ rows, words, columns }) {
    this.rows = rows;
    this.words = words || [];
    this.names = Object.keys(columns);
    this.columns = new Map();
    for (const name of this.names) this.columns.set(name, this.made(columns[name]));
  }

  made(column) {
    const { kind, ages, items, lengths, repeats, beside, own } = column;
    if (kind === "derived") return { kind: "text", own };
    if (kind === "number") return { kind, numbers: column.values };
    const codes = column.like ? this.columns.get(column.like).codes : codesOf(ages || []);
    if (kind === "text") return { kind, texts: new Texts(column, this.words), codes, repeats: repeats || null, beside: beside || [] };
    const starts = startsOf(lengths.map((_, at) => at), lengths);
    if (kind === "numbers") return { kind, items, starts, codes };
    return { kind, texts: new Texts(column, this.words), items: codesOf(items), starts, codes };
  }

  has(name) {
    return this.columns.has(name);
  }

  // What is known of a column without working out its cells.
  known(name) {
    const column = this.columns.get(name);
    if (!column) throw new Error(`no column ${name}`);
    return column;
  }

  column(name) {
    const column = this.known(name);
    if (column.own && !column.texts) {
      const values = Array.from({ length: this.rows }, (_, row) => this.text(name, row));
      Object.assign(column, { texts: new Texts({ values }, []), codes: Uint32Array.from(values.keys()), repeats: null, beside: [] });
    }
    return column;
  }

  kind(name) {
    return this.known(name).kind;
  }

  // Whether words are looked for in a column; in ids that have to be worked out only what can be a part of one.
  isAsked(name, needle) {
    return !this.known(name).own || /^[0-9a-f]{4,16}$/.test(needle);
  }

  // The cell as text, whatever its kind; a list is joined as in the CSV files.
  text(name, row) {
    const column = this.known(name);
    if (column.own && !column.texts) return column.own[row] || fingerprintOf(this, row);
    if (column.kind === "number") return column.numbers[row] === null ? "" : String(column.numbers[row]);
    if (column.kind !== "text") return this.list(name, row).join(";");
    return column.texts.read(column.codes[row], (mark) => this.elsewhere(column, mark, row));
  }

  // What a mark of a row stands for.
  elsewhere({ repeats, beside }, mark, row) {
    if (mark < 0xe100) return this.text(repeats[mark - 0xe000], row);
    const { texts, codes } = this.column(beside[(mark - 0xe100) >> 4]);
    return texts.word(codes[row], (mark - 0xe100) & 15);
  }

  // The cell as a number; null where it is not known.
  number(name, row) {
    const column = this.column(name);
    if (column.kind === "number") return column.numbers[row];
    const text = this.text(name, row);
    return text === "" ? null : Number(text);
  }

  // The cell as a list; a text that is a list in the CSV file is taken apart.
  list(name, row) {
    const column = this.column(name);
    if (column.kind === "text" || column.kind === "number") return this.text(name, row).split(";").filter(Boolean);
    return this.listAt(column, column.codes[row]);
  }

  listAt(column, code) {
    const items = Array.from(column.items.slice(column.starts[code], column.starts[code + 1]));
    return column.texts ? items.map((item) => column.texts.read(item)) : items;
  }

  codes(name) {
    return this.column(name).codes;
  }

  // Whether the distinct cells can be had: sentences that repeat other cells of their row are whole only in `text`.
  hasValues(name) {
    const column = this.known(name);
    return column.kind !== "number" && !column.repeats;
  }

  // The distinct cells by code.
  values(name) {
    const column = this.column(name);
    if (!this.hasValues(name)) throw new Error(`column ${name} has no distinct values`);
    column.values ||= column.kind !== "text" ? Array.from({ length: column.starts.length - 1 }, (_, code) => this.listAt(column, code))
      : column.texts.plain || Array.from({ length: column.texts.length }, (_, code) => column.texts.read(code));
    return column.values;
  }

  // The first row whose cell is this text; -1 where there is none.
  find(name, text) {
    if (this.kind(name) === "text" && this.hasValues(name)) {
      const code = this.values(name).indexOf(text);
      return code < 0 ? -1 : this.codes(name).indexOf(code);
    }
    for (let row = 0; row < this.rows; row += 1) if (this.text(name, row) === text) return row;
    return -1;
  }

  // The place of each row's cell among all cells of the column, and how many places there are. Kept once worked out.
  ranks(name) {
    const column = this.column(name);
    column.ranks ||= column.kind === "text" && this.hasValues(name)
      ? ranksOfCodes(this.values(name), column.codes, RANKED[name])
      : ranksOfCodes(Array.from({ length: this.rows }, (_, row) => column.kind === "number" ? this.number(name, row) : this.text(name, row)), null);
    return column.ranks;
  }
}

// Ranks of values: words with an order of their own by that, numbers by size, the rest by letters without their case.
function ranksOfCodes(values, codes, order) {
  const keys = values.map((value) => order ? order.indexOf(value) : typeof value === "string" ? value.toLowerCase() : value ?? -Infinity);
  const numeric = keys.every((key) => typeof key === "number" || /^\d{1,15}$/.test(key) || key === "");
  if (numeric) keys.forEach((key, at) => { keys[at] = key === "" ? -Infinity : Number(key); });
  const sorted = Uint32Array.from(keys, (_, at) => at).sort((a, b) => keys[a] < keys[b] ? -1 : keys[a] > keys[b] ? 1 : a - b);
  const places = new Uint32Array(values.length);
  let place = -1;
  sorted.forEach((value, at) => {
    if (at === 0 || keys[value] !== keys[sorted[at - 1]]) place += 1;
    places[value] = place;
  });
  return { of: codes ? codes.map((code) => places[code]) : places, count: place + 1 };
}

// Rows in the order of one or two keys, `{name, down}`; what is equal keeps its order.
function sorted(block, rows, keys) {
  return [...keys].reverse().reduce((rows, { name, down }) => {
    const { of, count: places } = block.ranks(name);
    const next = new Uint32Array(places + 1);
    const placeOf = (row) => down ? places - 1 - of[row] : of[row];
    for (const row of rows) next[placeOf(row) + 1] += 1;
    for (let at = 1; at <= places; at += 1) next[at] += next[at - 1];
    const out = new Uint32Array(rows.length);
    for (const row of rows) {
      const place = placeOf(row);
      out[next[place]] = row;
      next[place] += 1;
    }
    return out;
  }, rows);
}
