// Which views and object pages there are, and the views that are plain tables.

// Views by name: `{title, open(container, address)}`. `open` may be asynchronous.
const VIEWS = {};

// Object pages by kind: `open(container, org, id)`. It may be asynchronous.
const PAGES = {};

// The tables of the CSV files.
const TABLES = {
  findings: "Findings",
  gaps: "Needed calls that are not allowed",
  blockers: "Calls that a promotion breaks",
  excess: "Permissions that no known need uses",
  drift: "What differs between orgs",
  changes: "Changes since the last night",
  oauth_clients: "OAuth clients",
  service_users: "Service users",
  roles: "Roles",
  permissions: "Permissions",
  grants: "Grants",
  endpoints: "Endpoints",
};

// The views of these tables.
function tableViews() {
  return Object.fromEntries(Object.entries(TABLES).map(([name, title]) =>
    [name, { title, open: (container) => openTable(container, name, title) }]));
}

async function openTable(container, name, title) {
  const rows = await block(name);
  table(container, { label: title, block: rows, columns: rows.names.map((name) => ({ name })) });
}

// Shows what an address leads to: a view, an object's page, or a place of the page that needs no script.
async function route() {
  const app = document.getElementById("app");
  const overview = document.getElementById("overview");
  const address = readAddress(location.hash);
  const view = address.finding ? "findings" : address.view;
  const known = view ? Object.hasOwn(VIEWS, view) : address.object && Object.hasOwn(PAGES, address.object.kind);
  for (const link of document.querySelectorAll("[data-view]")) {
    if (link.dataset.view === (known ? view : "overview")) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  app.hidden = !known;
  overview.hidden = Boolean(known);
  const place = make("div");
  app.replaceChildren(place);
  if (!known) return reveal();
  if (address.object) await PAGES[address.object.kind](place, address.object.org, address.object.id);
  else {
    place.append(make("h2", { text: VIEWS[view].title, tabindex: "-1" }));
    await VIEWS[view].open(place, address);
  }
  scrollTo(0, 0);
}

// A link with `data-view` is an anchor for those without scripts and a view for everybody else.
function openLinkedView(event) {
  const link = event.target.closest("[data-view]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  go(link.dataset.view === "overview" ? { anchor: "" } : { view: link.dataset.view });
}
