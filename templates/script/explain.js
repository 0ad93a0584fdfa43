// One verdict as a chain of evidence: requirement, what is held through what, scopes, policies.

// What an operation asks for, in words; permissions as links.
function requirement(model, org, operation) {
  const links = operation.permissions.flatMap((code, at) => [at ? ", " : "", permissionLink(org.name, model.names[code])]);
  const words = {
    NONE: ["asks for no permission"], UNKNOWN: ["what it asks for is not published"],
    ANY: ["asks for one of: ", ...links], ALL: [operation.permissions.length > 1 ? "asks for all of: " : "asks for ", ...links],
  };
  return make("span", {}, words[operation.match] || [operation.match]);
}

function scopeWords(operation) {
  if (operation.scopesKnown !== "published") return "which scopes it asks for is not published";
  return operation.scopes.length ? `one of: ${operation.scopes.join(", ")}` : "none";
}

function userContextWords(operation) {
  return {
    yes: "needs a user behind the token; client credentials are refused", no: "works without a user",
  }[operation.userContext] || "whether it needs a user is not published";
}

// Why one principal may or may not call one endpoint.
function explanation(model, org, one, operation, grants, held) {
  const found = answer(model, org, one, operation);
  const lines = found.reasons.map((reason) => make("li", {}, make("code", { text: reason }), `: ${MEANINGS[reason] || ""}`));
  const box = make("div", { class: "card" },
    make("h4", {}, objectLink(one.kind, org.name, one.id, one.name), " → ",
      endpointLink(org.name, operation.method, operation.path), " ", verdictMark(found.verdict)),
    lines.length ? make("ul", {}, lines) : null,
    make("p", {}, "The endpoint ", requirement(model, org, operation), "."));
  if (actsForUsers(one)) {
    box.append(make("p", { text: `Scopes: ${scopeWords(operation)}. The client has ${one.scopes === null ? "scopes that were not listed" : one.scopes.join(", ") || "none"}; ${enforcedWords(org)}.` }));
    return box;
  }
  const outcome = found.outcome;
  if (!outcome) return box;
  const list = make("ul");
  operation.permissions.forEach((code, at) => list.append(
    make("li", {}, permissionLink(org.name, model.names[code]), `: ${heldWords(model, outcome.parts[at])}`, chain(model, org, code, grants, held))));
  box.append(list);
  const may = model.blocks.access_applying;
  const policies = ["could", "unread"].flatMap((column) => policiesOn(model, operation, may.list(column, one.applying)));
  if (policies.length) {
    const of = model.blocks.access_policies;
    box.append(make("p", { text: `Access policies that may deny it: ${policies.map((row) => of.text("name", row)).join(", ")}.` }));
  }
  return box;
}

function enforcedWords(org) {
  return { yes: "the org enforces scopes", no: "the org does not enforce scopes" }[org.enforced] || "whether the org enforces scopes is not known";
}

function heldWords(model, part) {
  const more = part.better ? "; more could be held, not everything was read" : "";
  if (part.fully) return "held in all divisions";
  const under = isWithin(part.anyWay, part.free) ? "" : ", under a condition in more";
  if (part.divisions.size) return `held in ${divisionsNamed(model, [...part.divisions]).map((both) => both[0]).join(", ")}${under}${more}`;
  if (part.held) return `held only under a condition${more}`;
  return part.better ? "not seen held, but something that could hold it was not read" : "held nowhere";
}

// Through which role, group and division a permission is held.
function chain(model, org, code, grants, held) {
  const links = held.flatMap((row) => {
    const role = roleRow(model, org.name, grants.text("role_id", row));
    const how = role === undefined ? "" : givenBy(model, role, code);
    if (!how) return [];
    const via = grants.text("via", row);
    return [make("li", {}, via === "direct" ? "" : `${via} ← `, roleLinked(grants, row),
      ` ← ${divisionWord(grants.text("division_name", row))}`, HOW[how])];
  });
  return links.length ? make("ul", {}, links) : null;
}

const HOW = { always: "", condition: " (under a condition)", possibly: " (possibly: read in part)" };
