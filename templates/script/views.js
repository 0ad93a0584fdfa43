// Which views and object pages there are, and the view that all tables share.

// Views by name: `{title, open(container, address)}`. `open` may be asynchronous.
const VIEWS = {};

// Object pages by kind: `open(container, org, id)`. It may be asynchronous.
const PAGES = {};

// The views of the CSV files' tables.
function tableViews() {
  return Object.fromEntries(Object.keys(TABLES).map((name) =>
    [name, { title: TABLES[name].title, open: async (container, address) => explore(container, name, await block(name), address) }]));
}

// Values of a facet that are shown before the reader asks for the rest.
const CHIPS = 10;

// A table with its filter, its counts and its side panel.
function explore(container, name, block, address) {
  const { one, many, columns, facets, groups, title } = TABLES[name];
  if (!block.rows) {
    container.append(make("p", { text: `There are no ${many} in this report.` }));
    return;
  }
  const fields = block.names.filter((column) => !UNASKED.has(column));
  const view = { view: name, query: address.query || "", sort: address.sort || "", group: address.group || "", finding: "" };
  const folded = new Set();
  const headings = new Map();
  let found = null;
  let rows = null;
  let shown = -1;

  const input = make("input", { type: "search", id: "search", class: "search", autocomplete: "off", spellcheck: "false", "aria-describedby": "search-hints", placeholder: EXAMPLES[name] || "words, or field:value" });
  input.value = view.query;
  const status = make("p", { class: "status" });
  const hints = make("ul", { id: "search-hints", class: "hints" });
  const grouping = make("select", { id: "grouping", on: { change: () => { view.group = grouping.value; folded.clear(); refresh(); } } },
    make("option", { value: "", text: "nothing" }), groups.map((column) => make("option", { value: column, text: titleOf(column), selected: column === view.group })));
  const panel = make("aside", { class: "panel", hidden: true, tabindex: "-1", "aria-label": `The ${one} that is open` });
  const frame = make("div", { class: "frame" });
  const chips = new Map();
  const narrow = make("details", { class: "facets", open: matchMedia("(min-width: 50rem)").matches }, make("summary", { text: "Narrow down" }),
    make("div", {}, facets.filter((column) => block.has(column) && block.values(column).length > 1).map(facetOf)));
  const printed = make("p", { class: "printed" });
  container.append(
    make("div", { class: "bar" },
      make("label", { for: "search", text: "Filter" }), input,
      make("label", { for: "grouping", text: "Group by" }), grouping,
      copyButton("Copy the link", () => linkTo(view)),
      make("button", { type: "button", text: "Save as CSV", on: { click: save } }),
      make("button", { type: "button", text: "Print this view", on: { click: print } })),
    hints, filterHelp(fields), narrow, status, printed,
    make("div", { class: "split" }, frame, panel));
  const grid = table(frame, {
    label: title, block,
    columns: columns.filter(([column]) => block.has(column)).map(([column, heading, width]) => ({
      name: column, title: heading.replace(" *", ""), width, wide: heading.endsWith(" *"), cell: (row) => cell(column, row),
    })),
    onOpen: (row, byKey) => open(row, byKey),
    onMove: (row) => { if (!panel.hidden) open(row, false); },
    onSort: (keys) => { view.sort = keys.map((key) => (key.down ? "-" : "") + key.name).join(","); refresh(); },
  });

  function cell(column, row) {
    const object = TABLES[name].object;
    const id = object === "permission" ? "permission" : object === "endpoint" ? "path" : "name";
    if (object && column === id) {
      const thing = objectsOf(block, name, row).find(([kind]) => kind === object);
      if (thing) return objectLink(thing[0], thing[1], thing[2], block.text(column, row));
    }
    return cellOf(block, column, row);
  }

  function facetOf(column) {
    const values = facet(block, { terms: [], masks: [] }, column);
    const buttons = values.map(([value]) => {
      const number = make("span", { class: "number" });
      const button = make("button", { type: "button", class: "chip", "aria-pressed": "false", on: { click: () => choose(column, value) } },
        SIGNS[column] && SIGNS[column][value] ? `${SIGNS[column][value]} ` : "", value || "none", " ", number);
      chips.set(`${column}\0${value}`, { button, number });
      return button;
    });
    return make("div", { class: "facet", role: "group", "aria-label": titleOf(column) }, make("span", { class: "name", text: titleOf(column) }),
      buttons.slice(0, CHIPS), buttons.length > CHIPS && make("details", { class: "more" }, make("summary", { text: `${buttons.length - CHIPS} more` }), buttons.slice(CHIPS, CHIPS + 200)));
  }

  function choose(column, value) {
    view.query = toggled(input.value, fields, column, value);
    input.value = view.query;
    refresh();
  }

  function sortKeys() {
    return view.sort.split(",").filter(Boolean).map((key) => ({ name: key.replace(/^-/, ""), down: key.startsWith("-") }))
      .filter((key) => block.has(key.name)).slice(0, 2);
  }

  function itemsOf() {
    if (!view.group || !block.has(view.group)) return rows;
    const { of } = block.ranks(view.group);
    const members = new Map();
    // Groups stand in the order of their first rows: sorted worst first, the worst group stands first.
    for (const row of rows) {
      if (!members.has(of[row])) members.set(of[row], []);
      members.get(of[row]).push(row);
    }
    const items = [];
    for (const group of members.values()) {
      const value = block.text(view.group, group[0]);
      if (!headings.has(value)) headings.set(value, {});
      items.push(Object.assign(headings.get(value), { heading: value || "none", count: group.length, folded: folded.has(value), toggle: () => {
        if (!folded.delete(value)) folded.add(value);
        grid.show(itemsOf(), sortKeys());
      } }));
      if (!folded.has(value)) for (const row of group) items.push(row);
    }
    return items;
  }

  function refresh() {
    found = filter(block, view.query, fields);
    rows = sorted(block, found.rows, sortKeys());
    grid.show(itemsOf(), sortKeys());
    const said = `${count(rows.length)} of ${counted(block.rows, one, many)}`;
    status.textContent = said;
    announce(said);
    printed.textContent = `Filter: ${view.query ? visible(view.query) : "none"}. ${said}${rows.length > PRINTED ? `, of which the first ${count(PRINTED)} are printed` : ""}.`;
    hints.replaceChildren(...found.hints.map((hint) => make("li", {}, prose(hint))));
    for (const column of facets.filter((column) => chips.size && block.has(column))) {
      const chosen = found.terms.filter((term) => fieldOf(term) === column && !term.not && term.op === ":").flatMap((term) => term.values);
      for (const [value, number] of facet(block, found, column)) {
        const chip = chips.get(`${column}\0${value}`);
        if (!chip) continue;
        chip.number.textContent = count(number);
        chip.button.setAttribute("aria-pressed", String(chosen.includes(value)));
        chip.button.classList.toggle("zero", number === 0);
      }
    }
    remember(view);
  }

  function open(row, take) {
    shown = row;
    const { title, body } = name === "findings" ? findingPanel(block, row) : rowPanel(block, name, row);
    const heading = make("h3", { tabindex: "-1" }, ...title);
    panel.replaceChildren(make("button", { type: "button", class: "close", "aria-label": "Close", text: "✕", on: { click: close } }), heading, ...body.filter(Boolean));
    panel.hidden = false;
    panel.scrollTop = 0;
    if (name === "findings") {
      view.finding = block.text("finding_id", row);
      remember(view);
    }
    if (take) heading.focus();
  }

  function close() {
    panel.hidden = true;
    view.finding = "";
    remember(view);
    grid.focus(shown);
  }

  function save() {
    download(`${name}${view.query ? "-filtered" : ""}.csv`, "text/csv;charset=utf-8", csvOf(block, block.names.filter((column) => !BESIDE.has(column)), rows));
  }

  function print() {
    grid.whole(true);
    globalThis.print();
  }

  let waiting = 0;
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { view.query = input.value; refresh(); }, 60);
  });
  input.addEventListener("keydown", (event) => { if (event.key === "ArrowDown" && rows.length) { event.preventDefault(); grid.focus(itemsOf()[0]); } });
  panel.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  frame.addEventListener("keydown", (event) => { if (event.key === "Escape" && !panel.hidden) close(); });

  refresh();
  if (address.finding) {
    const row = block.find("finding_id", address.finding);
    if (row < 0) hints.append(make("li", { text: `There is no finding ${address.finding} in this report. It may be one of another night.` }));
    else {
      // An address leads to its finding even if the filter beside it would hide it.
      if (!rows.includes(row)) {
        view.query = input.value = "";
        refresh();
      }
      grid.focus(row, false);
      open(row, true);
      status.scrollIntoView({ block: "start", behavior: "instant" });
    }
  }
}

function titleOf(column) {
  const known = { subject_name: "subject", principal_name: "principal", principal_kind: "principal kind", cause_kind: "kind of cause", scope_source: "scopes known", in_catalogue: "in the catalogue" };
  return known[column] || column.replaceAll("_", " ");
}

// What to type, by view.
const EXAMPLES = {
  findings: 'severity>=high org:staging is:new "words here"',
  gaps: "verdict:denied principal:svc-* routing:queue:view",
  excess: "risk:*critical* principal:svc-*",
  grants: "role:admin* division_name:* -via:direct",
};

// How to ask, for those who want more than words.
function filterHelp(fields) {
  const rules = [
    ["words", "rows that hold each of the words, anywhere, in upper or lower case"],
    ['"two words"', "rows that hold them together"],
    ["org:staging", "the field is that; of long texts and names a part is enough"],
    ["check:gap.*", "`*` stands for anything; `fix:*` is any fix at all"],
    ["org:dev,staging", "one or the other"],
    ["severity>=high", "also `>`, `<`, `<=`; with numbers, with days: `first_seen>=2026-11-01`"],
    ["subject=Board", "exactly that, where `:` would take a part"],
    ["-check:data.*", "not that"],
    fields.includes("status") && ["is:new  is:open  !waived", "by status; `is:open` is neither resolved nor waived"],
  ].filter(Boolean);
  return make("details", { class: "help" }, make("summary", { text: "How to filter" }),
    details(rules.map(([rule, meaning]) => [rule, prose(meaning)])),
    make("p", {}, "Fields: ", fields.map((field, at) => [at ? ", " : "", make("code", { text: field })]),
      ". The beginning of a field's name is enough where it means several, such as ", make("code", { text: "subject" }), " or ", make("code", { text: "principal" }), "."),
    make("p", {}, "Press ", make("kbd", { text: "/" }), " to come here from anywhere. In the table: arrow keys, Page Up, Page Down, Home, End; Enter opens a row, Escape closes it; Shift and a heading sort by a second column. " +
      "The browser's own search sees only the rows on the screen."));
}
