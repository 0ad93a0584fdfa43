// A page for each thing: all that is known about it, in both directions. Everything leads to everything.

const KIND_WORDS = {
  oauth_client: "OAuth client", service_user: "service user", user: "user", role: "role", permission: "permission",
  endpoint: "endpoint", division: "division", group: "group", trustee_user: "user of another org",
  trustee_group: "group of another org", unknown: "not known",
};

function permissionLink(org, name) {
  return objectLink("permission", org, name, name);
}

function endpointLink(org, method, path) {
  return objectLink("endpoint", org, `${method} ${path}`, `${method} ${path}`);
}

function verdictMark(verdict) {
  return mark("verdict", verdict);
}

// Numbers of the rows in which all these columns have these texts.
function rowsWhere(of, wanted) {
  if (of.rows === 0) return [];
  const tests = Object.entries(wanted).map(([name, text]) => {
    if (of.kind(name) !== "text" || !of.hasValues(name)) return (row) => of.text(name, row) === text;
    const codes = of.codes(name);
    const code = of.values(name).indexOf(text);
    return (row) => codes[row] === code;
  });
  const found = [];
  for (let row = 0; row < of.rows; row += 1) if (tests.every((test) => test(row))) found.push(row);
  return found;
}

// Rows that were worked out here, in the shape of a block.
function blockOf(names, rows) {
  const columns = names.map((name, at) => {
    const known = new Map();
    const ages = rows.map((row) => {
      const text = String(row[at]);
      const next = known.size;
      if (!known.has(text)) known.set(text, next);
      return known.get(text) === next ? 0 : next - known.get(text);
    });
    return [name, { kind: "text", values: [...known.keys()], ages }];
  });
  return new Block({ rows: rows.length, columns: Object.fromEntries(columns) });
}

// A section with a table. `rows` are texts by column; `cells[column](row)` gives nodes where text is not enough. Long
// tables get a field that keeps the rows with all of its words.
function listing(container, { title, note, columns, rows, cells = {}, none, onOpen }) {
  const section = make("section", { class: "listing" }, make("h3", { text: `${title} (${count(rows.length)})` }));
  if (note) section.append(make("p", { class: "quiet" }, ...prose(note)));
  container.append(section);
  if (rows.length === 0) {
    section.append(make("p", { class: "quiet", text: none || "None." }));
    return null;
  }
  const source = blockOf(columns, rows);
  const shown = columns.map((name) => ({ name, title: name, cell: cells[name] && ((row) => cells[name](row)) }));
  let keep = () => true;
  let words = [];
  let mounted = null;
  const status = make("span", { class: "quiet", role: "status" });
  const printed = make("p", { class: "printed" });
  const texts = rows.map((row) => row.join(" ").toLowerCase());
  const apply = () => {
    const rowsKept = [...rows.keys()].filter((row) => keep(row) && words.every((word) => texts[row].includes(word)));
    mounted.show(Uint32Array.from(rowsKept));
    status.textContent = `${count(rowsKept.length)} of ${count(rows.length)}`;
    printed.textContent = `${words.length ? `Rows with the words: ${visible(words.join(" "))}. ` : ""}${status.textContent}${rowsKept.length > PRINTED ? `, of which the first ${count(PRINTED)} are printed` : ""}.`;
  };
  if (rows.length > 12) {
    const input = make("input", { type: "search", placeholder: "all of these words", "aria-label": `Filter: ${title}` });
    input.addEventListener("input", () => {
      words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      apply();
    });
    section.append(make("div", { class: "tools" }, make("label", { text: "Filter" }, input), status), printed);
  }
  mounted = rows.length > 40 || onOpen ? table(section, { label: title, block: source, columns: shown, onOpen })
    : shortTable(section, title, source, shown);
  return { section, only(test) { keep = test; apply(); } };
}

// A table that shows its texts whole; for few rows.
function shortTable(section, label, source, columns) {
  const body = make("tbody");
  section.append(make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, make("table", {},
    make("caption", { text: label }), make("thead", {}, make("tr", {}, columns.map(({ title }) => make("th", { scope: "col", text: title })))), body)));
  const show = (rows) => body.replaceChildren(...Array.from(rows, (row) =>
    make("tr", {}, columns.map(({ name, cell }) => make("td", {}, ...[cell ? cell(row) : source.text(name, row)].flat())))));
  show([...Array(source.rows).keys()]);
  return { show };
}

// A time to the minute, for people.
function moment(text) {
  return text.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d).*Z$/, "$1 $2 UTC");
}

// Shows the chain of evidence where the reader sees it.
function explain(panel, ...evidence) {
  panel.replaceChildren(explanation(...evidence));
  panel.scrollIntoView({ block: "nearest" });
}

// A line of buttons, one a verdict with its count, that keeps the rows of one verdict.
function verdictButtons(section, counts, list, verdictOf) {
  const buttons = VERDICTS.filter((verdict) => counts[verdict] > 0).map((verdict) => {
    const button = make("button", { type: "button", "aria-pressed": "false", class: `mark verdict-${verdict}` },
      `${SIGNS.verdict[verdict]} ${verdict} ${count(counts[verdict])}`);
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      for (const other of buttons) other.setAttribute("aria-pressed", String(on && other === button));
      list.only(on ? (row) => verdictOf(row) === verdict : () => true);
    });
    return button;
  });
  section.querySelector("h3").after(make("div", { class: "tools verdicts", role: "group", "aria-label": "Keep one verdict" }, buttons));
}

// The head of a page, with what is not known before everything else.
function head(container, model, kind, orgName, title, facts) {
  const org = orgOf(model, orgName);
  container.append(
    make("p", { class: "quiet" }, `${KIND_WORDS[kind]} of `, make("strong", { text: orgName })),
    make("h2", { tabindex: "-1", text: title }),
  );
  if (org && org.notRead.length > 0) {
    container.append(make("div", { class: "caution" }, make("p", { text: `Not everything of ${orgName} was read, so this page is not complete:` }),
      make("ul", {}, org.notRead.map((line) => make("li", { text: line })))));
  }
  const known = facts.filter(([, value]) => value !== "" && value !== null && value !== undefined);
  container.append(make("dl", {}, known.flatMap(([name, value]) =>
    [make("dt", { text: name }), make("dd", {}, value)])));
  return org;
}

function notThere(container, kind, org, id) {
  container.append(make("h2", { tabindex: "-1", text: id }),
    make("p", { text: `No ${KIND_WORDS[kind] || kind} of this id is in the data of ${org || "any org"}.` }));
}

// Links to the same thing in the other orgs, where `find(org)` gives its id.
function elsewhere(model, kind, orgName, find) {
  const links = model.orgs.filter((org) => org.name !== orgName).map((org) => {
    const id = find(org);
    return id ? make("li", {}, objectLink(kind, org.name, id, org.name)) : null;
  }).filter(Boolean);
  return links.length > 0 ? make("ul", { class: "plain" }, links) : "";
}

// What findings say about it.
async function findingsAbout(container, org, id) {
  const of = await block("findings");
  const rows = rowsWhere(of, { org, subject_id: id });
  listing(container, {
    title: "Findings about it", columns: ["severity", "status", "check", "finding"],
    rows: rows.map((row) => [of.text("severity", row), of.text("status", row), of.text("check", row), of.text("title", row)]),
    cells: {
      severity: (at) => mark("severity", of.text("severity", rows[at])),
      finding: (at) => make("a", { href: writeAddress({ finding: of.text("finding_id", rows[at]) }) }, ...prose(of.text("title", rows[at]))),
    },
  });
}

// What differs: between orgs by its id on either side, since last night by its name.
async function differences(container, org, kind, id, name) {
  const [drift, changes] = await Promise.all([block("drift"), block("changes")]);
  const rows = [...new Set([...rowsWhere(drift, { kind, from: org, from_id: id }), ...rowsWhere(drift, { kind, to: org, to_id: id }),
    ...(kind === "permission" || kind === "endpoint" ? rowsWhere(drift, { kind, name }).filter((row) => [drift.text("from", row), drift.text("to", row)].includes(org)) : [])])].sort((a, b) => a - b);
  const texts = rows.map((row) => [`${drift.text("from", row)} → ${drift.text("to", row)}`,
    ...["field", "from_value", "to_value", "effect"].map((column) => drift.text(column, row))]);
  const since = rowsWhere(changes, { org, kind, name }).map((row) => [`since ${moment(changes.text("since", row))}`,
    ...["field", "from_value", "to_value", "effect"].map((column) => changes.text(column, row))]);
  listing(container, { title: "What differs", columns: ["where", "field", "before", "after", "effect"], rows: [...since, ...texts] });
}

// The row of a role, by org and id.
function roleRow(model, org, id) {
  if (!model.roleRows) {
    const of = model.blocks.roles;
    model.roleRows = new Map();
    for (let row = 0; row < of.rows; row += 1) model.roleRows.set(`${of.text("org", row)}\n${of.text("id", row)}`, row);
  }
  return model.roleRows.get(`${org}\n${id}`);
}

const GRANT_COLUMNS = ["holder", "kind", "role", "division", "through", "granted"];

// Grants as rows of a table. `more(row)` gives further texts.
function grantRows(of, rows) {
  return rows.map((row) => [of.text("principal_name", row) || of.text("principal_id", row), KIND_WORDS[of.text("principal_kind", row)] || "",
    of.text("role_name", row) || of.text("role_id", row), divisionWord(of.text("division_name", row)), of.text("via", row), moment(of.text("granted_at", row))]);
}

function divisionWord(name) {
  return name === "*" ? "all divisions" : name;
}

function grantCells(of, rows) {
  const text = (column, at) => of.text(column, rows[at]);
  const link = (kind, id, name) => (at) => objectLink(kind(at), text("org", at), text(id, at), text(name, at));
  return {
    holder: link((at) => text("principal_kind", at), "principal_id", "principal_name"),
    role: (at) => roleLinked(of, rows[at]),
    division: (at) => text("division_id", at) === "*" ? make("span", { text: "all divisions" })
      : objectLink("division", text("org", at), text("division_id", at), text("division_name", at)),
  };
}

function roleLinked(of, row) {
  const name = of.text("role_name", row);
  return name ? objectLink("role", of.text("org", row), of.text("role_id", row), name)
    : make("span", { text: `${of.text("role_id", row)} (not read)` });
}

async function openPrincipal(container, kind, orgName, id) {
  const [model, grants] = await Promise.all([access(), block("grants")]);
  const one = model.principals.find((other) => other.kind === kind && other.org === orgName && other.id === id);
  if (!one) return notThere(container, kind, orgName, id);
  const of = model.blocks[kind === "oauth_client" ? "oauth_clients" : `${kind}s`];
  const fact = (column) => of.has(column) ? of.text(column, one.row) : "";
  const policies = model.blocks.access_policies;
  const applying = ["could", "unread"].flatMap((column) => model.blocks.access_applying.list(column, one.applying));
  const same = (org) => org.principals.find((other) => other.kind === kind && other.name === one.name)?.id;
  const org = head(container, model, kind, orgName, one.name, [
    ["Id", make("code", { text: id })],
    ["State", fact("state")],
    ["Grant type", kind === "oauth_client" ? `${one.grantType || "not known"}: ${grantTypeMeaning(one)}` : ""],
    ["Scopes", kind !== "oauth_client" || (isMachine(one) && !one.scopes?.length) ? "" : one.scopes === null ? "not known" : one.scopes.join(", ") || "none"],
    ["E-mail", fact("email")],
    ["Service user by", fact("matched_by")],
    ["Token valid for", fact("token_validity_seconds") && `${count(Number(fact("token_validity_seconds")))} seconds`],
    ["Allowed addresses", of.has("allowed_addresses") ? of.list("allowed_addresses", one.row).join(", ") : ""],
    ["Created", moment(fact("created"))],
    ["Modified", moment(fact("modified"))],
    ["Last used", fact("last_used")],
    ["Last login", moment(fact("last_login"))],
    ["Calls observed", fact("requests_observed") && count(Number(fact("requests_observed")))],
    ["Policies that may deny", applying.length ? make("ul", { class: "plain" }, applying.map((row) =>
      make("li", { text: `${policies.text("name", row)}: ${policies.text("target", row)}, for ${policies.text("subject", row)}` }))) : ""],
    ["Same name in", elsewhere(model, kind, orgName, same)],
  ]);
  await findingsAbout(container, orgName, id);
  const held = rowsWhere(grants, { org: orgName, principal_kind: kind, principal_id: id });
  await gapsOf(container, orgName, kind, id);
  calls(container, model, org, one, grants, held);
  holds(container, model, one, grants, held);
  await excessOf(container, orgName, kind, id);
  await differences(container, orgName, kind, id, one.name);
  container.append(make("section", {}, make("h3", { text: "Its grants, to copy" }), ...copied("As CX as Code", grantsAsCode(one, grants, held)),
    ...copied("As JSON", grantsAsJson(one, grants, held))));
}

function grantTypeMeaning(client) {
  if (isMachine(client)) return "acts as itself, so its roles decide and scopes play no part";
  if (client.grantType === "") return "so its access is not known";
  return "acts for a user, so the user's permissions and the client's scopes both decide; its own roles grant nothing";
}

// What a principal can call: the counts first, then every endpoint with its reason.
function calls(container, model, org, one, grants, held) {
  const operations = operationsOf(model, org);
  const answers = operations.map((operation) => answer(model, org, one, operation));
  const counts = Object.fromEntries(VERDICTS.map((verdict) => [verdict, answers.filter((found) => found.verdict === verdict).length]));
  const list = listing(container, {
    title: "What it can call",
    note: "Every endpoint of the matrix in force. Open a row for the chain of evidence.",
    columns: ["endpoint", "verdict", "why"],
    rows: operations.map((operation, at) => [`${operation.method} ${operation.path}`, answers[at].verdict, why(model, answers[at])]),
    cells: {
      endpoint: (at) => endpointLink(org.name, operations[at].method, operations[at].path),
      verdict: (at) => verdictMark(answers[at].verdict),
    },
    onOpen: (at) => explain(panel, model, org, one, operations[at], grants, held),
  });
  const panel = make("div", { class: "explanation", "aria-live": "polite" });
  if (!list) return;
  list.section.append(panel);
  verdictButtons(list.section, counts, list, (at) => answers[at].verdict);
}

// Reasons, and what is missing or where it is limited to, in one line.
function why(model, found) {
  const parts = [...found.reasons];
  if (found.missing.length) parts.push(`lacks ${found.missing.map((code) => model.names[code]).join(found.any ? " | " : ", ")}`);
  if (found.scopes.length) parts.push(`lacks ${found.scopes.join(" | ")}`);
  if (found.verdict === "partial") parts.push(`only in ${divisionsNamed(model, found.divisions).map((both) => both[0]).join(", ")}`);
  return parts.join("; ");
}

function holds(container, model, one, grants, held) {
  const key = keyOf(model, one.holdings);
  const notes = [];
  if (actsForUsers(one) && held.length) notes.push("A client that acts for users has no use of its own roles.");
  if (key.anything) notes.push("It may hold more: grants, roles or members that bear on it were not read.");
  const possible = key.possible.map((role) => model.blocks.roles.text("name", role));
  if (possible.length) notes.push(`It may hold, because a list was read in part or a group is not active: ${possible.join(", ")}.`);
  listing(container, {
    title: "What it holds", note: notes.join(" "), columns: GRANT_COLUMNS.slice(2),
    rows: grantRows(grants, held).map((row) => row.slice(2)), cells: grantCells(grants, held),
    none: key.anything || possible.length ? "No grant was seen." : "No grant.",
  });
}

async function gapsOf(container, org, kind, id) {
  const gaps = await block("gaps");
  const missing = rowsWhere(gaps, { org, principal_kind: kind, principal_id: id });
  listing(container, {
    title: "Needed calls that are not allowed", columns: ["endpoint", "verdict", "need", "missing", "fix"],
    rows: missing.map((row) => [`${gaps.text("method", row)} ${gaps.text("path", row)}`, gaps.text("verdict", row), gaps.text("need", row),
      gaps.text("missing_permissions", row) || gaps.text("missing_scopes", row) || gaps.text("missing_divisions", row), gaps.text("fix", row)]),
    cells: { endpoint: (at) => endpointLink(org, gaps.text("method", missing[at]), gaps.text("path", missing[at])), verdict: (at) => verdictMark(gaps.text("verdict", missing[at])),
      fix: (at) => prose(gaps.text("fix", missing[at])) },
  });
}

async function excessOf(container, org, kind, id) {
  const excess = await block("excess");
  const unused = rowsWhere(excess, { org, principal_kind: kind, principal_id: id });
  listing(container, {
    title: "Permissions that no known need uses", columns: ["permission", "risk", "via roles", "divisions", "evidence"],
    rows: unused.map((row) => ["permission", "risk", "via_roles", "divisions", "evidence"].map((column) => excess.text(column, row))),
    cells: { permission: (at) => permissionLink(org, excess.text("permission", unused[at])) },
  });
}

function copied(title, text) {
  const source = make("pre", { "data-copy": true, text });
  const fold = make("details", { class: "plain" }, make("summary", { text: title }), source);
  addCopy(source);
  return [fold];
}

// A text in the quotes of Terraform's language: neither a line end nor `${` within it takes effect.
function quoted(text) {
  return JSON.stringify(text).replaceAll("${", "$${").replaceAll("%{", "%%{");
}

function grantsAsCode(one, grants, rows) {
  const label = one.name.replace(/[^A-Za-z0-9-]/g, "_").replace(/^(?=[0-9-]|$)/, "_");
  const direct = rows.filter((row) => grants.text("via", row) === "direct");
  const roles = new Map();
  for (const row of direct) {
    const id = grants.text("role_id", row);
    roles.set(id, [...(roles.get(id) || []), row]);
  }
  const comment = (row) => `# ${(grants.text("role_name", row) || "role not read").replace(/[\u0000-\u001f\u007f\u2028\u2029]/g, " ")}`;
  if (one.kind === "oauth_client") {
    const blocks = direct.map((row) => `  roles {\n    ${comment(row)}\n    role_id     = ${quoted(grants.text("role_id", row))}\n    division_id = ${quoted(grants.text("division_id", row))}\n  }\n`);
    return `# in resource "genesyscloud_oauth_client" "${label}"\n${blocks.join("")}`;
  }
  const blocks = [...roles].map(([id, some]) => `  roles {\n    ${comment(some[0])}\n    role_id      = ${quoted(id)}\n    division_ids = [${some.map((row) => quoted(grants.text("division_id", row))).join(", ")}]\n  }\n`);
  return `resource "genesyscloud_user_roles" "${label}" {\n  user_id = ${quoted(one.id)}\n${blocks.join("")}}\n`;
}

function grantsAsJson(one, grants, rows) {
  const roles = rows.map((row) => ({
    roleId: grants.text("role_id", row), roleName: grants.text("role_name", row) || null, divisionId: grants.text("division_id", row),
    divisionName: grants.text("division_name", row), via: grants.text("via", row), grantedAt: grants.text("granted_at", row) || null,
  }));
  return JSON.stringify({ org: one.org, kind: one.kind, id: one.id, name: one.name, grants: roles }, null, 2);
}
