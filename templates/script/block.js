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
  return new Block(JSON.parse(await new Response(plain).text()));
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

// Where each list begins, and where the last one ends.
function startsOf(lengths) {
  const starts = new Uint32Array(lengths.length + 1);
  for (let at = 0; at < lengths.length; at += 1) starts[at + 1] = starts[at] + lengths[at];
  return starts;
}

// In a text that repeats other cells of its row, one of these stands for the cell of a column; the last one, before any
// of them, says that the text itself has that character.
const REPEATED = /\uf8ff([\s\S])|[\ue000-\ue0ff]/g;

// Words in the order of their meaning.
const RANKED = {
  severity: ["critical", "high", "medium", "low", "info"],
  status: ["new", "worse", "reopened", "persisting", "better", "resolved", "waived", "incomparable"],
};

// A table by columns. A column of texts or lists has `values`, its distinct cells, and `codes`, which of them stands
// in each row; a column of numbers has the numbers, null where one is not known.
class Block {
  constructor({ rows, columns }) {
    this.rows = rows;
    this.names = Object.keys(columns);
    this.columns = new Map(this.names.map((name) => [name, Block.column(columns[name])]));
  }

  static column({ kind, values, ages, items, lengths, repeats }) {
    if (kind === "number") return { kind, numbers: values };
    const codes = codesOf(ages);
    if (kind === "text") return { kind, values, codes, repeats: repeats || null };
    const starts = startsOf(lengths);
    if (kind === "numbers") return { kind, items, starts, codes };
    return { kind, words: values, items: codesOf(items), starts, codes };
  }

  has(name) {
    return this.columns.has(name);
  }

  column(name) {
    const column = this.columns.get(name);
    if (!column) throw new Error(`no column ${name}`);
    return column;
  }

  kind(name) {
    return this.column(name).kind;
  }

  // The cell as text, whatever its kind; a list is joined as in the CSV files.
  text(name, row) {
    const column = this.column(name);
    if (column.kind === "number") return column.numbers[row] === null ? "" : String(column.numbers[row]);
    if (column.kind !== "text") return this.list(name, row).join(";");
    const value = column.values[column.codes[row]];
    return column.repeats ? this.repeated(column, value, row) : value;
  }

  repeated(column, value, row) {
    return value.replace(REPEATED, (mark, itself) => itself || this.text(column.repeats[mark.charCodeAt(0) - 0xe000], row));
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
    return column.words ? items.map((item) => column.words[item]) : items;
  }

  codes(name) {
    return this.column(name).codes;
  }

  // The distinct cells by code. Texts that repeat other cells of their row are not whole here: see `text`.
  values(name) {
    const column = this.column(name);
    if (column.kind === "text") return column.values;
    column.values ||= Array.from({ length: column.starts.length - 1 }, (_, code) => this.listAt(column, code));
    return column.values;
  }

  // The first row whose cell is this text; -1 where there is none.
  find(name, text) {
    const column = this.column(name);
    if (column.kind === "text" && !column.repeats) {
      const code = column.values.indexOf(text);
      return code < 0 ? -1 : column.codes.indexOf(code);
    }
    for (let row = 0; row < this.rows; row += 1) if (this.text(name, row) === text) return row;
    return -1;
  }

  // The place of each row's cell among all cells of the column, and how many places there are. Kept once worked out.
  ranks(name) {
    const column = this.column(name);
    column.ranks ||= column.kind === "text" && !column.repeats
      ? ranksOfCodes(column.values, column.codes, RANKED[name])
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
