"use strict";
// Filters, unfolds and copies what the page already holds. The page says the same without it.
(function () {
  function make(tag, text) {
    const element = document.createElement(tag);
    if (text) element.textContent = text;
    return element;
  }

  const clears = [];

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
    const tools = make("div");
    tools.className = "tools";
    const label = make("label", "Filter");
    const input = make("input");
    input.type = "search";
    input.setAttribute("aria-label", "Filter: " + box.dataset.filter);
    input.placeholder = "all of these words";
    const status = make("span");
    status.className = "quiet";
    status.setAttribute("role", "status");
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
    clears.push(function (target) {
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
    const bar = make("div");
    bar.className = "tools";
    for (const [text, open] of [["Unfold all", true], ["Fold all", false]]) {
      const button = make("button", text);
      button.type = "button";
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
    const button = make("button", "Copy");
    button.type = "button";
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
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (const clear of clears) clear(target);
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    target.scrollIntoView();
  }

  document.querySelectorAll("[data-filter]").forEach(addFilter);
  document.querySelectorAll("[data-fold]").forEach(addFold);
  document.querySelectorAll("[data-copy]").forEach(addCopy);
  addEventListener("hashchange", reveal);
  if (location.hash) reveal();
})();
