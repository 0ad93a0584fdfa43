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

// Lists that lie one after another, as they are.
function listsOf(lengths, item) {
  let from = 0;
  return lengths.map((length) => {
    from += length;
    return Array.from({ length }, (_, at) => item(from - length + at));
  });
}

// A table by columns. A column of texts or lists has `values`, its distinct cells, and `codes`, which of them stands
// in each row; a column of numbers has the numbers, null where one is not known.
class Block {
  constructor({ rows, columns }) {
    this.rows = rows;
    this.names = Object.keys(columns);
    this.columns = new Map(this.names.map((name) => [name, Block.column(columns[name])]));
  }

  static column({ kind, values, ages, items, lengths }) {
    if (kind === "number") return { kind, numbers: values };
    const codes = codesOf(ages);
    if (kind === "text") return { kind, values, codes };
    if (kind === "numbers") return { kind, values: listsOf(lengths, (at) => items[at]), codes };
    const words = codesOf(items);
    return { kind, values: listsOf(lengths, (at) => values[words[at]]), codes };
  }

  has(column) {
    return this.columns.has(column);
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
    const value = column.values[column.codes[row]];
    return typeof value === "string" ? value : value.join(";");
  }

  number(name, row) {
    const column = this.column(name);
    return column.kind === "number" ? column.numbers[row] : this.text(name, row) === "" ? null : Number(this.text(name, row));
  }

  // The cell as a list; a text that is a list in the CSV file is taken apart.
  list(name, row) {
    const column = this.column(name);
    const value = column.kind === "number" ? this.text(name, row) : column.values[column.codes[row]];
    return typeof value === "string" ? value.split(";").filter(Boolean) : value;
  }

  codes(name) {
    return this.column(name).codes;
  }

  values(name) {
    return this.column(name).values;
  }
}
