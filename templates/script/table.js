// A table of a block's rows.

// Mounts a table into `container`. `columns` are `{name, title, cell}`, where `cell(row)` gives nodes or texts and is
// the text of the column where it is missing; `onOpen(row)` is called for the row that the reader opens. Returns
// `{show(rows)}`: which rows are shown, in which order.
function table(container, { label, block, columns, onOpen }) {
  const body = make("tbody");
  const heads = columns.map(({ title, name }) => make("th", { scope: "col", text: title || name }));
  container.append(make("div", { class: "scroll long", tabindex: "0", role: "region", "aria-label": label },
    make("table", {}, make("caption", { text: label }), make("thead", {}, make("tr", {}, ...heads)), body)));
  function show(rows) {
    body.replaceChildren(...Array.from(rows.slice(0, 200), (row) => make("tr", { on: { click: () => onOpen && onOpen(row) } },
      columns.map((column) => make("td", {}, column.cell ? column.cell(row) : block.text(column.name, row))))));
  }
  show(Uint32Array.from({ length: block.rows }, (_, row) => row));
  return { show };
}
