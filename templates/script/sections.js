// Filters, unfolds and copies what the static page already holds. The page says the same without it.

// How to clear the filters, each unless it hides nothing of a target.
const CLEARS = [];

function addFilter(box) {
  const items = Array.from(box.querySelectorAll("[data-item]"));
  if (items.length < 6) return;
  const groups = Array.from(box.querySelectorAll("[data-group]"));
  const headOf = new Map(groups.map((group) => {
    const head = group.querySelector("[data-group-head]");
    return [group, head ? head.textContent : ""];
  }));
  const entries = items.map((item) => {
    const group = item.closest("[data-group]");
    const text = (group ? headOf.get(group) + " " : "") + item.textContent;
    return { item, group, text: text.toLowerCase() };
  });
  const tools = make("div", { class: "tools" });
  const label = make("label", { text: "Filter" });
  const input = make("input", { type: "search", "aria-label": `Filter: ${box.dataset.filter}`, placeholder: "all of these words" });
  const status = make("span", { class: "quiet", role: "status" });
  function apply() {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    const alive = new Set();
    for (const entry of entries) {
      const visible = words.every((word) => entry.text.includes(word));
      entry.item.hidden = !visible;
      if (visible) {
        shown += 1;
        alive.add(entry.group);
      }
    }
    for (const group of groups) group.hidden = words.length > 0 && !alive.has(group);
    status.textContent = shown + " of " + entries.length + " shown here";
  }
  input.addEventListener("input", apply);
  CLEARS.push(function (target) {
    if (box.contains(target) && input.value) {
      input.value = "";
      apply();
    }
  });
  label.append(input);
  tools.append(label, status);
  box.prepend(tools);
  apply();
}

function addFold(box) {
  const folds = Array.from(box.querySelectorAll("details[data-item]"));
  if (folds.length < 2) return;
  const bar = make("div", { class: "tools" });
  for (const [text, open] of [["Unfold all", true], ["Fold all", false]]) {
    const button = make("button", { type: "button", text });
    button.addEventListener("click", function () {
      for (const fold of folds) fold.open = open;
    });
    bar.append(button);
  }
  const tools = box.querySelector(":scope > .tools");
  if (tools) tools.append(...bar.children);
  else box.prepend(bar);
}

function addCopy(source) {
  const button = make("button", { type: "button", text: "Copy" });
  function done(worked) {
    button.textContent = worked ? "Copied" : "Selected: press Ctrl+C";
    setTimeout(function () { button.textContent = "Copy"; }, 2000);
  }
  function select() {
    const range = document.createRange();
    range.selectNodeContents(source);
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    done(false);
  }
  button.addEventListener("click", function () {
    if (!navigator.clipboard) return select();
    navigator.clipboard.writeText(source.textContent).then(function () { done(true); }, select);
  });
  source.after(" ", button);
}

// An address leads to its target even if that is folded or filtered away.
function reveal() {
  const target = document.getElementById(decoded(location.hash.slice(1)));
  if (!target) return;
  for (const clear of CLEARS) clear(target);
  for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
  target.scrollIntoView();
}
