// The table of a view: as many rows as there are, of which only those on screen are in the page.

// Rows above and below the screen that are mounted as well.
const MARGIN = 8;

// Rows that are mounted for print.
const PRINTED = 2000;

// Mounts a table into `container`.
//
// `columns` are `{name, title, width, wide, cell, sort}`: `width` in rem (what is left goes to those without one),
// `wide` leaves the column out on narrow screens, `cell(row)` gives nodes or texts and is the column's text where it is
// missing, `sort: false` keeps the heading from sorting. `onOpen(row, byKey)` is called for the row that the reader
// opens, `onMove(row)` for each row that the arrow keys reach, `onSort(keys)` when a heading is pressed.
//
// Gives `{show(items, keys), focus(row), whole(on), element}`. An item is a row's number, or a heading
// `{heading, count, folded, toggle}`.
function table(container, { label, block, columns, onOpen, onMove, onSort }) {
  let items = Uint32Array.from({ length: block.rows }, (_, row) => row);
  let keys = [];
  let active = 0;
  let height = 36;
  let all = false;
  const mounted = new Map();

  // A button is not painted in a heading that is repeated on the next sheet, so the words stand beside it for print.
  const heads = columns.map((column) => make("th", { scope: "col", class: column.wide ? "wide" : null },
    column.sort === false || !onSort ? column.title : [
      make("button", { type: "button", class: "sort", on: { click: (event) => press(column.name, event.shiftKey) } },
        column.title, make("span", { class: "arrow", "aria-hidden": "true" })),
      make("span", { class: "printed", text: column.title })]));
  const widths = columns.map((column) => {
    const col = make("col", { class: column.wide ? "wide" : null });
    if (column.width) col.style.setProperty("width", `${column.width}rem`);
    return col;
  });
  const body = make("tbody");
  const grid = make("table", { role: "grid", class: "virtual", "aria-label": label, "aria-colcount": columns.length },
    make("colgroup", {}, ...widths), make("thead", {}, make("tr", { "aria-rowindex": 1 }, ...heads)), body);
  const frame = make("div", { class: "scroll rows" }, grid);
  container.append(frame);

  function press(name, second) {
    const now = keys.find((key) => key.name === name);
    const key = { name, down: now ? !now.down : false };
    onSort(second && keys.length && keys[0].name !== name ? [keys[0], key] : [key]);
  }

  function show(next, sortedBy = []) {
    const held = body.contains(document.activeElement);
    const item = items[active];
    items = next;
    keys = sortedBy;
    active = Math.max(0, items.indexOf(item));
    grid.setAttribute("aria-rowcount", items.length + 1);
    heads.forEach((head, at) => {
      const place = keys.findIndex((key) => key.name === columns[at].name);
      if (place === 0) head.setAttribute("aria-sort", keys[0].down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
      const arrow = head.querySelector(".arrow");
      if (arrow) arrow.textContent = place < 0 ? "" : (keys[place].down ? " ▼" : " ▲") + (keys.length > 1 ? place + 1 : "");
    });
    for (const element of mounted.values()) element.remove();
    mounted.clear();
    frame.scrollTop = Math.min(frame.scrollTop, items.length * height);
    draw();
    measure();
    if (held) move(active);
  }

  function measure() {
    const first = mounted.values().next().value;
    const real = first ? first.getBoundingClientRect().height : 0;
    if (real > 0 && Math.abs(real - height) > 0.01 && !all) {
      height = real;
      draw();
    }
  }

  function draw() {
    const from = all ? 0 : Math.max(0, Math.floor(frame.scrollTop / height) - MARGIN);
    const seen = Math.ceil((frame.clientHeight || 600) / height) + 2 * MARGIN;
    const to = all ? Math.min(items.length, PRINTED) : Math.min(items.length, from + seen);
    const wanted = [];
    for (let at = from; at < to; at += 1) wanted.push(at);
    // The row that has the focus stays, or the focus would be lost with it.
    const kept = mounted.get(active);
    if (kept && kept.contains(document.activeElement) && (active < from || active >= to)) {
      if (active < from) wanted.unshift(active);
      else wanted.push(active);
    }
    const keep = new Set(wanted);
    for (const [at, element] of mounted) {
      if (!keep.has(at)) {
        element.remove();
        mounted.delete(at);
      }
    }
    for (const gap of body.querySelectorAll(":scope > .gap")) gap.remove();
    let cursor = body.firstChild;
    let next = 0;
    const space = (rows) => {
      if (rows <= 0) return;
      // One cell: columns that a narrow screen leaves out must not come back with it.
      const cell = make("td");
      cell.style.setProperty("height", `${rows * height}px`);
      body.insertBefore(make("tr", { class: "gap", "aria-hidden": "true" }, cell), cursor);
    };
    for (const at of wanted) {
      space(at - next);
      next = at + 1;
      let element = mounted.get(at);
      if (element) cursor = element.nextSibling;
      else {
        element = rowAt(at);
        mounted.set(at, element);
        body.insertBefore(element, cursor);
      }
    }
    if (!all) space(items.length - next);
  }

  function rowAt(at) {
    const item = items[at];
    const properties = { "aria-rowindex": at + 2, tabindex: at === active ? 0 : -1, class: at % 2 ? "odd" : null };
    if (typeof item === "object") {
      return make("tr", { ...properties, class: "group", "aria-expanded": String(!item.folded) },
        make("td", {}, `${item.folded ? "▸" : "▾"} `, item.heading, make("span", { class: "quiet", text: ` ${count(item.count)}` })),
        columns.slice(1).map((column) => make("td", { class: column.wide ? "wide" : null })));
    }
    return make("tr", properties, columns.map((column) => make("td", { class: column.wide ? "wide" : null },
      ...[column.cell ? column.cell(item) : block.text(column.name, item)].flat())));
  }

  function move(to, focus = true) {
    if (!items.length) return;
    const at = Math.max(0, Math.min(items.length - 1, to));
    const old = mounted.get(active);
    if (old) old.setAttribute("tabindex", "-1");
    active = at;
    const head = grid.tHead.getBoundingClientRect().height;
    if (at * height < frame.scrollTop) frame.scrollTop = at * height;
    else if ((at + 1) * height + head > frame.scrollTop + frame.clientHeight) frame.scrollTop = (at + 1) * height + head - frame.clientHeight;
    draw();
    const element = mounted.get(at);
    if (!element) return;
    element.setAttribute("tabindex", "0");
    if (focus) {
      element.focus({ preventScroll: true });
      draw();
      bringIn(element);
    }
  }

  // The frame may stand partly below the window: its row must be on the screen, not only in the frame.
  function bringIn(element) {
    const box = element.getBoundingClientRect();
    const above = grid.tHead.getBoundingClientRect().height + 60;
    if (box.bottom > innerHeight - 4) scrollBy({ top: box.bottom - innerHeight + 8, behavior: "instant" });
    else if (box.top < above) scrollBy({ top: box.top - above, behavior: "instant" });
  }

  function open(byKey) {
    const item = items[active];
    if (typeof item === "object") item.toggle();
    else if (onOpen && item !== undefined) onOpen(item, byKey);
  }

  // Mounts the rows for print, or only those on screen again.
  function whole(on) {
    all = on;
    draw();
  }

  const page = () => Math.max(1, Math.floor(frame.clientHeight / height) - 2);
  const steps = {
    ArrowDown: () => active + 1, ArrowUp: () => active - 1, PageDown: () => active + page(), PageUp: () => active - page(),
    Home: () => 0, End: () => items.length - 1,
  };
  body.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.tagName !== "TR") return;
    if (Object.hasOwn(steps, event.key)) {
      event.preventDefault();
      move(steps[event.key]());
      if (onMove && typeof items[active] === "number") onMove(items[active]);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      open(true);
    }
  });
  body.addEventListener("click", (event) => {
    const element = event.target.closest("tr");
    if (!element || event.target.closest("a, button") || element.className === "gap" || String(getSelection())) return;
    for (const [at, one] of mounted) if (one === element) move(at);
    open(false);
  });
  // However the reader prints, the rows are there; a table that has left the page listens no more.
  const printing = (event) => {
    if (!frame.isConnected) {
      removeEventListener("beforeprint", printing);
      removeEventListener("afterprint", printing);
    } else whole(event.type === "beforeprint");
  };
  addEventListener("beforeprint", printing);
  addEventListener("afterprint", printing);
  frame.addEventListener("scroll", draw, { passive: true });
  new ResizeObserver(() => { measure(); draw(); }).observe(frame);

  show(items);
  return {
    element: frame,
    show,
    // Brings a row onto the screen; whether it is in the table at all.
    focus(row, take = true) {
      const at = items.indexOf(row);
      if (at >= 0) move(at, take);
      return at >= 0;
    },
    whole,
  };
}
