// The pages of roles, permissions, endpoints and divisions.

// Object pages by kind, for the registry.
function objectPages() {
  const principal = (kind) => (container, org, id) => openPrincipal(container, kind, org, id);
  return {
    oauth_client: principal("oauth_client"), service_user: principal("service_user"), user: principal("user"),
    role: openRole, permission: openPermission, endpoint: openEndpoint, division: openDivision,
  };
}

function riskOf(model, org, code) {
  const row = org.permissions.get(code);
  return row === undefined ? "" : model.blocks.permissions.text("risk", row);
}

async function openRole(container, orgName, id) {
  const [model, grants] = await Promise.all([access(), block("grants")]);
  const row = roleRow(model, orgName, id);
  if (row === undefined) return notThere(container, "role", orgName, id);
  const of = model.blocks.roles;
  const name = of.text("name", row);
  const wildcards = model.blocks.access_roles.list("wildcards", row);
  const same = (org) => {
    const found = rowsWhere(of, { org: org.name, name });
    return found.length ? of.text("id", found[0]) : null;
  };
  const org = head(container, model, "role", orgName, name, [
    ["Id", make("code", { text: id })],
    ["Kind", of.text("kind", row)],
    ["Permissions", count(Number(of.text("permission_count", row)))],
    ["Wildcards, as written", wildcards.length ? make("ul", { class: "plain" }, wildcards.map((one) => make("li", {}, make("code", { text: one })))) : ""],
    ["Members", of.text("members", row) || `not known; ${of.text("members_seen", row)} seen`],
    ["Same name in", elsewhere(model, "role", orgName, same)],
  ]);
  await findingsAbout(container, orgName, id);
  const unused = new Set(itemsOf(of.text("unused_permissions", row)));
  const names = itemsOf(of.text("permissions", row));
  const how = names.map((one) => givenBy(model, row, permissionCode(model, one)));
  listing(container, {
    title: "What it grants", note: rightsOf(model, row).open ? "The role was read in part: it may grant anything." : "",
    columns: ["permission", "risk", "held", "use"],
    rows: names.map((one, at) => [one, riskOf(model, org, permissionCode(model, one)), how[at] === "condition" ? "under a condition" : "always",
      unused.has(one) ? "unused, says the platform" : ""]),
    cells: { permission: (at) => permissionLink(orgName, names[at]) },
  });
  const holders = rowsWhere(grants, { org: orgName, role_id: id });
  listing(container, {
    title: "Who holds it", columns: GRANT_COLUMNS, rows: grantRows(grants, holders), cells: grantCells(grants, holders),
    none: of.text("members", row) === "" ? "Nobody was seen; not all of its grants were read." : "Nobody.",
  });
  await differences(container, orgName, "role", id, name);
}

async function openPermission(container, orgName, name) {
  const [model, grants] = await Promise.all([access(), block("grants")]);
  const org = orgOf(model, orgName);
  const code = model.codes.get(name);
  const row = org && org.permissions.get(code);
  if (row === undefined || row === null) return notThere(container, "permission", orgName, name);
  const of = model.blocks.permissions;
  const reported = (column, yes, no) => ({ true: yes, false: no })[of.text(column, row)] || "not known";
  head(container, model, "permission", orgName, name, [
    ["Risk", of.text("risk", row) || "none known"],
    ["Limited by divisions", reported("division_aware", "yes", "no")],
    ["May stand under a condition", reported("allows_conditions", "yes", "no")],
    ["In the org's catalogue", reported("in_catalogue", "yes", "no: nothing can grant it here")],
    ["Also in", elsewhere(model, "permission", orgName, (other) => other.permissions.has(code) ? name : null)],
  ]);
  await findingsAbout(container, orgName, name);
  const roles = rowsWhere(model.blocks.roles, { org: orgName }).map((role) => [role, givenBy(model, role, code)]).filter(([, how]) => how);
  holders(container, model, org, code, grants, roles);
  const asking = operationsOf(model, org).filter((operation) => operation.permissions.includes(code));
  listing(container, {
    title: "Endpoints that ask for it", columns: ["endpoint", "match", "with"],
    rows: asking.map((one) => [`${one.method} ${one.path}`, one.match,
      one.permissions.filter((other) => other !== code).map((other) => model.names[other]).join(", ")]),
    cells: { endpoint: (at) => endpointLink(orgName, asking[at].method, asking[at].path) },
    none: "No published endpoint asks for it.",
  });
  listing(container, {
    title: "Roles that grant it", columns: ["role", "kind", "held"],
    rows: roles.map(([role, how]) => [model.blocks.roles.text("name", role), model.blocks.roles.text("kind", role), how]),
    cells: { role: (at) => objectLink("role", orgName, model.blocks.roles.text("id", roles[at][0]), model.blocks.roles.text("name", roles[at][0])) },
  });
  await differences(container, orgName, "permission", name, name);
}

// Who holds a permission, through what chain, and who may.
function holders(container, model, org, code, grants, roles) {
  const giving = new Map(roles.map(([role, how]) => [model.blocks.roles.text("id", role), how]));
  const byId = new Map(org.principals.map((one) => [`${one.kind}\n${one.id}`, one]));
  const rows = rowsWhere(grants, { org: org.name }).filter((row) => giving.has(grants.text("role_id", row)));
  const effect = (row) => {
    const one = byId.get(`${grants.text("principal_kind", row)}\n${grants.text("principal_id", row)}`);
    if (one && actsForUsers(one)) return "no effect: acts for users";
    if (one && one.standing === 1) return "inactive";
    return { always: "always", condition: "under a condition", possibly: "possibly: read in part" }[giving.get(grants.text("role_id", row))];
  };
  listing(container, {
    title: "Who holds it, through what", note: "Groups hand on what they hold to their members, who stand here themselves.",
    columns: [...GRANT_COLUMNS, "held"], rows: grantRows(grants, rows).map((texts, at) => [...texts, effect(rows[at])]),
    cells: grantCells(grants, rows), none: "No holder was seen.",
  });
  const may = org.principals.filter((one) => {
    if (actsForUsers(one)) return false;
    const part = holding(model, org, keyOf(model, one.holdings), code);
    return part.better && !part.held;
  });
  if (may.length === 0) return;
  listing(container, {
    title: "Who may hold it: not known", note: "Something that could give it to them was not read.",
    columns: ["principal", "kind"], rows: may.map((one) => [one.name, KIND_WORDS[one.kind]]),
    cells: { principal: (at) => objectLink(may[at].kind, org.name, may[at].id, may[at].name) },
  });
}

// Without an org, as where all orgs agree on an endpoint, it is that of the first org that has it.
async function openEndpoint(container, ofOrg, id) {
  const [model, gaps] = await Promise.all([access(), block("gaps")]);
  const known = (org) => operationsOf(model, org).some((one) => `${one.method} ${one.path}` === id);
  const org = ofOrg === "" ? model.orgs.find(known) : orgOf(model, ofOrg);
  const orgName = org ? org.name : ofOrg;
  const operation = org && operationsOf(model, org).find((one) => `${one.method} ${one.path}` === id);
  if (!operation) return notThere(container, "endpoint", orgName, id);
  const of = model.blocks.endpoints;
  head(container, model, "endpoint", orgName, id, [
    ["Requirement", requirement(model, org, operation)],
    ["Scopes", scopeWords(operation)],
    ["User", userContextWords(operation)],
    ["Deprecated", of.text("deprecated", operation.row)],
    ["Known from", of.text("source", operation.row)],
    ["Also in", elsewhere(model, "endpoint", orgName, (other) => known(other) ? id : null)],
  ]);
  const answers = new Map();
  for (const profile of profilesOf(model, org)) {
    const found = answer(model, org, profile.sample, operation);
    const texts = [found.verdict, why(model, found)];
    for (const one of profile.members) answers.set(one, texts);
  }
  const grants = await block("grants");
  const list = listing(container, {
    title: "Who can call it", note: "Open a row for the chain of evidence.", columns: ["principal", "kind", "verdict", "why"],
    rows: org.principals.map((one) => [one.name, KIND_WORDS[one.kind], ...answers.get(one)]),
    cells: {
      principal: (at) => objectLink(org.principals[at].kind, orgName, org.principals[at].id, org.principals[at].name),
      verdict: (at) => verdictMark(answers.get(org.principals[at])[0]),
    },
    onOpen: (at) => {
      const one = org.principals[at];
      const held = rowsWhere(grants, { org: orgName, principal_kind: one.kind, principal_id: one.id });
      explain(panel, model, org, one, operation, grants, held);
    },
  });
  const panel = make("div", { class: "explanation", "aria-live": "polite" });
  if (list) {
    list.section.append(panel);
    verdictButtons(list.section, countsByVerdict(model, org, operation), list, (at) => answers.get(org.principals[at])[0]);
  }
  if (org.usersLeftOut) container.append(make("p", { class: "caution", text: `${count(org.usersLeftOut)} users without findings are left out of this page.` }));
  const needed = rowsWhere(gaps, { org: orgName, method: operation.method, path: operation.path });
  listing(container, {
    title: "Who needs it and is not let through", columns: ["principal", "need", "verdict", "fix"],
    rows: needed.map((row) => ["principal_name", "need", "verdict", "fix"].map((column) => gaps.text(column, row))),
    cells: {
      principal: (at) => objectLink(gaps.text("principal_kind", needed[at]), orgName, gaps.text("principal_id", needed[at]), gaps.text("principal_name", needed[at])),
      verdict: (at) => verdictMark(gaps.text("verdict", needed[at])),
    },
  });
  await differences(container, orgName, "endpoint", id, id);
}

async function openDivision(container, orgName, id) {
  const [model, grants] = await Promise.all([access(), block("grants")]);
  const of = model.blocks.divisions;
  const row = rowsWhere(of, { org: orgName, id })[0];
  if (row === undefined) return notThere(container, "division", orgName, id);
  const name = divisionName(model, row);
  head(container, model, "division", orgName, name, [
    ["Id", make("code", { text: id })],
    ["Home division", { yes: "yes", no: "no" }[of.text("home", row)] || "not known: it is not among the divisions that were read"],
    ["Same name in", elsewhere(model, "division", orgName, (org) => {
      const found = rowsWhere(of, { org: org.name, name });
      return found.length ? of.text("id", found[0]) : null;
    })],
  ]);
  await findingsAbout(container, orgName, id);
  const held = rowsWhere(grants, { org: orgName, division_id: id });
  const everywhere = rowsWhere(grants, { org: orgName, division_id: "*" });
  listing(container, {
    title: "Grants in it", note: `${counted(everywhere.length, "grant reaches", "grants reach")} all divisions, this one included, and ${everywhere.length === 1 ? "is" : "are"} not listed here.`,
    columns: GRANT_COLUMNS, rows: grantRows(grants, held), cells: grantCells(grants, held),
  });
  await differences(container, orgName, "division", id, name);
}
