// What the static page gains from scripts: the theme, and links that lead into the views.

const THEMES = ["auto", "light", "dark"];

// The theme that was chosen last, where the browser keeps such things for files.
function keptTheme() {
  try {
    const kept = localStorage.getItem("rolecall-theme");
    return THEMES.includes(kept) ? kept : "auto";
  } catch {
    return "auto";
  }
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  document.getElementById("theme").textContent = `Theme: ${theme}`;
  try {
    localStorage.setItem("rolecall-theme", theme);
  } catch {
    // It holds for as long as the page is open.
  }
}

function addTheme() {
  const button = document.getElementById("theme");
  if (!button) return;
  setTheme(keptTheme());
  button.addEventListener("click", () => {
    const next = THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length];
    setTheme(next);
    announce(`Theme: ${next}`);
  });
}

// A link of the static page leads to an anchor; with scripts, to the finding, the object or the filtered view.
function addAddress(link) {
  const { finding, object, org, id, address } = link.dataset;
  if (finding && Object.hasOwn(VIEWS, "findings")) link.setAttribute("href", writeAddress({ finding }));
  else if (object && Object.hasOwn(PAGES, object)) link.setAttribute("href", writeAddress({ object: { kind: object, org, id } }));
  else if (address) link.setAttribute("href", writeAddress(readAddress(address)));
}

function addOverview() {
  addTheme();
  document.querySelectorAll("[data-finding], [data-object], [data-address]").forEach(addAddress);
}
