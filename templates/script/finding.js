// One finding, whole: what was seen, why it matters, what to do, the evidence, and what to take away.

// The finding of a row, as plain texts.
function findingAt(block, row) {
  const finding = Object.fromEntries(block.names.filter((name) => name !== "facts").map((name) => [name, block.text(name, row)]));
  return { ...finding, facts: block.has("facts") ? block.list("facts", row) : [] };
}

// Facts that are shown before the reader asks for the rest.
const FACTS = 30;

function findingPanel(block, row) {
  const finding = findingAt(block, row);
  const address = { finding: finding.finding_id };
  const asOf = document.getElementById("app").dataset.asOf;
  const waived = finding.waived_until && `until ${finding.waived_until} by ${finding.waived_owner}: ${finding.waived_reason}`;
  const place = [finding.waived_ticket, finding.waived_place].filter(Boolean).join(" · ");
  const waivable = finding.can_waive === "yes" && !finding.waived_until;
  const facts = make("ul", { class: "facts" }, finding.facts.slice(0, FACTS).map((fact) => make("li", {}, prose(fact))));
  const rest = finding.facts.length > FACTS && make("button", { type: "button", text: `Show all ${count(finding.facts.length)}`, on: { click: () => {
    facts.append(...finding.facts.slice(FACTS).map((fact) => make("li", {}, prose(fact))));
    rest.remove();
  } } });
  return {
    title: prose(finding.title),
    body: [
      make("p", { class: "marks" }, mark("severity", finding.severity), " ", make("span", { class: "tag", text: finding.status }), " ",
        make("span", { class: "quiet", text: finding.org || "no single org" })),
      make("p", { class: "takes" },
        copyButton("Copy as a ticket", () => ticketOf(finding, linkTo(address))),
        copyButton("Copy the link", () => linkTo(address)),
        finding.fix && copyButton("Copy the fix", () => visible(finding.fix))),
      details([
        ["About", [objectLink(finding.subject_kind, finding.org, finding.subject_id, finding.subject_name), make("span", { class: "quiet", text: ` ${finding.subject_kind} ` }),
          finding.subject_id && finding.subject_id !== finding.subject_name && make("code", { text: finding.subject_id })]],
        ["Seen", finding.detail && prose(finding.detail)],
        ["Why it matters", finding.why && prose(finding.why)],
        ["Waived", waived && [waived, place && make("span", { class: "quiet", text: ` ${place}` })]],
        ["Do this", finding.fix && prose(finding.fix)],
        ["Evidence", finding.facts.length ? [facts, rest] : null],
        ["Or accept it", waivable && [make("code", { text: waiveCommandOf(finding) }), " ",
          copyButton("Copy the command", () => waiveCommandOf(finding)), " ",
          copyButton("Copy an entry for the waiver file", () => waiverOf(finding, asOf))]],
        ["History", `first seen ${finding.first_seen}, last seen ${finding.last_seen}; ${STATUSES[finding.status] || finding.status}`],
        ["Check", [make("code", { text: finding.check }), " ", make("a", { href: writeAddress({ view: "findings", query: `check:${finding.check}` }), text: "all of this check" })]],
        ["Finding", make("a", { href: writeAddress(address) }, make("code", { text: finding.finding_id }))],
      ]),
    ],
  };
}

// What a status says about a finding.
const STATUSES = {
  new: "not there on the previous run",
  worse: "there before, now with a higher severity",
  reopened: "gone once, back again",
  persisting: "there before, the same",
  better: "there before, now with a lower severity",
  resolved: "gone",
  waived: "accepted for a time",
  incomparable: "not evaluated tonight, because the data was not known",
};

// A list of terms and what is said of each; those of which nothing is said are left out.
function details(pairs) {
  return make("dl", {}, pairs.filter(([, said]) => said).map(([term, said]) => [make("dt", { text: term }), make("dd", {}, ...[said].flat())]));
}

// A row of any other table, whole.
function rowPanel(block, name, row) {
  const things = objectsOf(block, name, row);
  const heading = ["name", "principal_name", "permission", "path", "role_name"].find((column) => block.has(column) && block.text(column, row));
  return {
    title: [heading ? block.text(heading, row) : TABLES[name].one],
    body: [
      things.length > 0 && make("p", { class: "takes" }, things.map(([kind, org, id, text]) => [objectLink(kind, org, id, `Open ${kind.replaceAll("_", " ")} ${text}`), " "])),
      make("p", { class: "takes" }, copyButton("Copy as text", () => visible(block.names.map((column) => `${column}: ${block.text(column, row)}`).join("\n")))),
      details(block.names.map((column) => [column.replaceAll("_", " "), said(block, column, row)])),
    ],
  };
}

function said(block, column, row) {
  const text = block.text(column, row);
  if (text === "") return null;
  if (!/s$/.test(column) || !text.includes(";")) return cellOf(block, column, row);
  return make("ul", { class: "facts" }, block.list(column, row).map((item) => make("li", { text: item })));
}
