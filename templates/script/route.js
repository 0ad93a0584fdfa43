// Where an address leads.

// Shows what the address of the page means: a view, an object's page, or a place of the page that needs no script.
async function route() {
  const app = document.getElementById("app");
  const overview = document.getElementById("overview");
  const address = readAddress(location.hash);
  const { view, object } = address;
  const known = view ? Object.hasOwn(VIEWS, view) : object ? Object.hasOwn(PAGES, object.kind) : false;
  for (const link of document.querySelectorAll("a[data-view]")) {
    if (link.dataset.view === (known ? view : "overview")) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.documentElement.dataset.shown = known ? view || object.kind : "";
  app.hidden = !known;
  overview.hidden = known;
  const place = make("div", { class: "view" });
  app.replaceChildren(place);
  if (!known) return reveal();
  scrollTo(0, 0);
  try {
    if (object) await PAGES[object.kind](place, object.org, object.id);
    else {
      const title = make("h2", { text: VIEWS[view].title, tabindex: "-1" });
      place.append(title);
      if (!address.finding) title.focus({ preventScroll: true });
      await VIEWS[view].open(place, address);
    }
  } catch (error) {
    // A browser that cannot inflate a block still has the page that needs no script.
    place.append(make("p", { class: "caution", text: `This view could not be opened: ${error.message}. The CSV files beside the report hold the same rows.` }),
      make("p", {}, make("a", { href: "#", text: "Back to the overview" })));
    console.error(error);
  }
}

// A link with `data-view` is an anchor for those without scripts and a view for everybody else.
function openLinkedView(event) {
  const link = event.target.closest("a[data-view]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  go(link.dataset.view === "overview" ? { anchor: "" } : { view: link.dataset.view, query: link.dataset.query });
}

// A menu of the contents closes when something else is pressed, or Escape.
function closeMenus(event) {
  if (event.type === "keydown" && event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (event.type === "click" && event.target.closest("summary") && menu.contains(event.target)) continue;
    if (event.type === "keydown" && menu.contains(document.activeElement)) menu.querySelector("summary").focus();
    menu.open = false;
  }
}

// `/` leads to the filter of the view, unless something is being typed.
function searchByKey(event) {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  const search = document.querySelector("#app:not([hidden]) .search, #overview:not([hidden]) input[type=search]");
  if (!search) return;
  event.preventDefault();
  search.focus();
}
