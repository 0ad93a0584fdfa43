// The matrix explorer: endpoints by principals of one org. Cells are worked out when they come into view.

const COLUMNS_AT_ONCE = 25;
const ROW_HEIGHT = 30;

// Endpoints that are mounted for print.
const GRID_PRINTED = 500;

// Views of this file, for the registry.
function explorerViews() {
  return { matrix: { title: "Matrix explorer: who can call what", open: openExplorer } };
}

// `q` of the address: org, words of endpoints, words of principals, verdict and page, between bars.
function explorerState(query) {
  const [org = "", endpoints = "", principals = "", verdict = "", page = "0"] = (query || "").split("|").map(decoded);
  return { org, endpoints, principals, verdict, page: Math.max(0, Number.parseInt(page, 10) || 0) };
}

function encodedPart(part) {
  return String(part).replace(/[%|+]/g, encodeURIComponent);
}

async function openExplorer(container, address) {
  const [model, grants] = await Promise.all([access(), block("grants")]);
  if (model.orgs.length === 0) {
    container.append(make("p", { text: "No org was read." }));
    return;
  }
  const state = explorerState(address && address.query);
  const choose = make("select", { "aria-label": "Org" }, model.orgs.map((org) => make("option", { value: org.name, text: org.name })));
  // `make` shows hidden characters of an attribute, too: the value is set as it is.
  [...choose.options].forEach((option, at) => { option.value = String(at); });
  const field = (label, key) => {
    const input = make("input", { type: "search", "aria-label": label, placeholder: "all of these words" });
    input.value = state[key];
    input.addEventListener("input", () => { state[key] = input.value; state.page = 0; draw(); });
    return make("label", { text: label }, input);
  };
  const verdicts = make("select", { "aria-label": "Only endpoints with this verdict" }, make("option", { value: "", text: "any verdict" }),
    VERDICTS.map((verdict) => make("option", { value: verdict, text: verdict })));
  verdicts.value = VERDICTS.includes(state.verdict) ? state.verdict : "";
  verdicts.addEventListener("change", () => { state.verdict = verdicts.value; draw(); });
  const pages = make("span", { class: "tools" });
  const status = make("p", { class: "quiet", role: "status" });
  const printed = make("p", { class: "printed" });
  const grid = make("div", { class: "scroll long matrix", tabindex: "0", role: "region", "aria-label": "Endpoints by principals" });
  const panel = make("div", { class: "explanation", "aria-live": "polite" });
  const limits = make("div");
  let org = model.orgs.find((one) => one.name === state.org) || model.orgs[0];
  choose.value = String(model.orgs.indexOf(org));
  choose.addEventListener("change", () => { org = model.orgs[Number(choose.value)]; state.page = 0; draw(); describeLimits(); });
  container.append(
    make("p", { class: "quiet" }, "Signs: ", VERDICTS.flatMap((verdict) => [verdictMark(verdict), " "]), "Choose a cell for the chain of evidence."),
    make("div", { class: "tools" }, make("label", { text: "Org" }, choose), field("Endpoints", "endpoints"), field("Principals", "principals"), verdicts),
    pages, status, printed, grid, panel, limits);

  // OAuth clients first, as everywhere.
  const sorted = new Map();
  const byName = () => {
    const kinds = ["oauth_client", "service_user", "user"];
    if (!sorted.has(org)) {
      const collator = new Intl.Collator("en");
      sorted.set(org, [...org.principals].sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || collator.compare(a.name, b.name)));
    }
    return sorted.get(org);
  };
  const words = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);
  const meets = (text, wanted) => wanted.every((word) => text.toLowerCase().includes(word));

  function draw() {
    const wantedPrincipals = words(state.principals);
    const found = byName().filter((one) => meets(`${one.name} ${one.id} ${KIND_WORDS[one.kind]}`, wantedPrincipals));
    const last = Math.max(0, Math.ceil(found.length / COLUMNS_AT_ONCE) - 1);
    state.page = Math.min(state.page, last);
    const shown = found.slice(state.page * COLUMNS_AT_ONCE, (state.page + 1) * COLUMNS_AT_ONCE);
    const wantedEndpoints = words(state.endpoints);
    const operations = operationsOf(model, org).filter((operation) =>
      meets(`${operation.method} ${operation.path} ${operation.permissions.map((code) => model.names[code]).join(" ")}`, wantedEndpoints) &&
      (state.verdict === "" || shown.some((one) => answer(model, org, one, operation).verdict === state.verdict)));
    const turn = (text, page) => {
      const button = make("button", { type: "button", text, disabled: page < 0 || page > last });
      button.addEventListener("click", () => { state.page = page; draw(); });
      return button;
    };
    pages.replaceChildren(...(last > 0 ? [turn("Previous principals", state.page - 1), turn("Next principals", state.page + 1)] : []));
    status.textContent = `${counted(operations.length, "endpoint", "endpoints")} by principals ${shown.length ? count(state.page * COLUMNS_AT_ONCE + 1) : 0} to ` +
      `${count(state.page * COLUMNS_AT_ONCE + shown.length)} of ${count(found.length)}` +
      (org.usersLeftOut ? `; ${count(org.usersLeftOut)} users without findings are left out` : "");
    const asked = [["endpoints with", state.endpoints], ["principals with", state.principals], ["verdict", state.verdict]].filter(([, text]) => text);
    printed.textContent = `Org ${visible(org.name)}; filter: ${asked.map(([what, text]) => `${what} ${visible(text)}`).join("; ") || "none"}. ${status.textContent}` +
      `${operations.length > GRID_PRINTED ? `; the first ${count(GRID_PRINTED)} endpoints are printed` : ""}.`;
    remember({ view: "matrix", query: [org.name, state.endpoints, state.principals, state.verdict, state.page].map(encodedPart).join("|") });
    mountGrid(model, org, grid, operations, shown, (one, operation) => {
      const held = rowsWhere(grants, { org: org.name, principal_kind: one.kind, principal_id: one.id });
      explain(panel, model, org, one, operation, grants, held);
    });
  }

  function describeLimits() {
    limits.replaceChildren();
    const operations = operationsOf(model, org);
    const silent = operations.filter((operation) => operation.match === "UNKNOWN");
    listing(limits, {
      title: "Endpoints whose requirement is not published", columns: ["endpoint", "source"],
      note: "Nobody can say who may call these, so every verdict about them is unknown.",
      rows: silent.map((one) => [`${one.method} ${one.path}`, model.blocks.endpoints.text("source", one.row)]),
      cells: { endpoint: (at) => endpointLink(org.name, silent[at].method, silent[at].path) },
    });
    const asked = new Set(operations.flatMap((operation) => operation.permissions));
    const idle = [...org.permissions.keys()].filter((code) => org.flags[code] & LISTED && !asked.has(code)).map((code) => model.names[code]);
    listing(limits, {
      title: "Permissions of the org's catalogue that no published endpoint asks for", columns: ["permission", "risk"],
      note: "What they open is not published: it may be screens, or endpoints whose requirement is not known.",
      rows: idle.map((name) => [name, riskOf(model, org, model.codes.get(name))]),
      cells: { permission: (at) => permissionLink(org.name, idle[at]) },
    });
  }

  draw();
  describeLimits();
}

// The grid: only the rows in view are mounted, between two that stand for the others.
function mountGrid(model, org, grid, operations, principals, choose) {
  const heads = principals.map((one) => make("th", { scope: "col", class: "principal", title: `${one.name} (${KIND_WORDS[one.kind]})` },
    objectLink(one.kind, org.name, one.id, one.name)));
  const above = make("tr", { "aria-hidden": "true", class: "spacer" }, make("td", { colspan: principals.length + 2 }));
  const below = make("tr", { "aria-hidden": "true", class: "spacer" }, make("td", { colspan: principals.length + 2 }));
  const body = make("tbody");
  const whole = make("table", { "aria-rowcount": operations.length + 1 },
    make("thead", {}, make("tr", { "aria-rowindex": 1 }, make("th", { scope: "col", text: "Endpoint" }), heads, make("th", { scope: "col", text: "All principals" }))), body);
  grid.replaceChildren(whole);
  let first = -1;
  // The row with the focus stays where it is until the reader leaves it.
  let all = false;
  const show = () => {
    const from = all ? 0 : Math.max(0, Math.min(operations.length - 1, Math.floor(grid.scrollTop / ROW_HEIGHT) - 10));
    if (from === first || (Math.abs(from - first) < 5 && first >= 0)) return;
    const active = body.contains(document.activeElement) ? [document.activeElement.dataset.row, document.activeElement.dataset.column] : null;
    first = from;
    const some = operations.slice(from, from + (all ? GRID_PRINTED : 50));
    above.firstChild.style.setProperty("height", `${from * ROW_HEIGHT}px`);
    below.firstChild.style.setProperty("height", `${Math.max(0, operations.length - from - some.length) * ROW_HEIGHT}px`);
    const shown = some.map((operation, at) => gridRow(model, org, operation, principals, from + at, choose));
    body.replaceChildren(above, ...shown, below);
    setTimeout(fillCounts, 0, model, org, shown.map((row, at) => [row.lastChild, some[at]]));
    if (active) body.querySelector(`[data-row="${active[0]}"][data-column="${active[1]}"]`)?.focus({ preventScroll: true });
  };
  const printing = (event) => {
    if (!whole.isConnected) {
      removeEventListener("beforeprint", printing);
      removeEventListener("afterprint", printing);
      return;
    }
    all = event.type === "beforeprint";
    first = -1;
    show();
  };
  addEventListener("beforeprint", printing);
  addEventListener("afterprint", printing);
  const scrolled = () => whole.isConnected ? show() : grid.removeEventListener("scroll", scrolled);
  grid.addEventListener("scroll", scrolled);
  grid.scrollTop = 0;
  show();
  whole.addEventListener("keydown", (event) => moveInGrid(event, grid, body, operations.length, principals.length));
}

function gridRow(model, org, operation, principals, at, choose) {
  const cells = principals.map((one, column) => {
    const { verdict, reasons } = answer(model, org, one, operation);
    const said = `${verdict}${reasons.length ? `: ${reasons.join("; ")}` : ""}`;
    const button = make("button", {
      type: "button", class: `cell verdict-${verdict}`, title: said, "aria-label": `${one.name}: ${said}`,
      "data-row": at, "data-column": column, tabindex: at === 0 && column === 0 ? "0" : "-1",
    }, SIGNS.verdict[verdict]);
    button.addEventListener("click", () => choose(one, operation));
    return make("td", {}, button);
  });
  return make("tr", { "aria-rowindex": at + 2 },
    make("th", { scope: "row" }, endpointLink(org.name, operation.method, operation.path)), cells,
    make("td", { class: "nowrap", title: "How many principals of the org get which verdict" }));
}

// Counts over all principals come after the cells: in a large org they take a while.
function fillCounts(model, org, waiting) {
  const until = performance.now() + 12;
  while (waiting.length > 0 && performance.now() < until) {
    const [cell, operation] = waiting.shift();
    if (!cell.isConnected) continue;
    const counts = countsByVerdict(model, org, operation);
    cell.textContent = VERDICTS.filter((verdict) => counts[verdict]).map((verdict) => `${SIGNS.verdict[verdict]} ${count(counts[verdict])}`).join("  ");
  }
  if (waiting.length > 0) setTimeout(fillCounts, 0, model, org, waiting);
}

// Arrow keys move between cells; Tab leaves.
function moveInGrid(event, grid, body, rows, columns) {
  const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
  const { row, column } = event.target.dataset;
  if (!step || row === undefined) return;
  event.preventDefault();
  const [toRow, toColumn] = [Math.min(rows - 1, Math.max(0, Number(row) + step[0])), Math.min(columns - 1, Math.max(0, Number(column) + step[1]))];
  const next = body.querySelector(`[data-row="${toRow}"][data-column="${toColumn}"]`);
  if (!next) return;
  event.target.setAttribute("tabindex", "-1");
  next.setAttribute("tabindex", "0");
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest", inline: "nearest" });
}
