// The tables of the CSV files as views: what they are called, which columns they show, by what they narrow down.

// Columns are `[name, title, width in rem]`; one whose title ends in `*` is left out on narrow screens. `sort` is the
// order in which the rows stand already. `object` says which kind of thing a row is.
const TABLES = {
  findings: {
    title: "Findings", one: "finding", many: "findings",
    columns: [["severity", "Severity", 6.5], ["status", "Status *", 7.5], ["check", "Check *", 13], ["org", "Org", 6.5], ["subject_name", "About *", 13], ["title", "Finding"]],
    facets: ["severity", "status", "org", "check"], groups: ["check", "org", "subject_name", "status"],
  },
  gaps: {
    title: "Needed calls that are not allowed", one: "needed call", many: "needed calls",
    columns: [["org", "Org", 6.5], ["principal_name", "Principal", 13], ["need", "Need *", 6.5], ["verdict", "Verdict", 10], ["method", "Method *", 5.5], ["path", "Path"], ["reasons", "Reasons *", 12], ["fix", "Fix *"]],
    facets: ["org", "need", "verdict", "principal_kind"], groups: ["principal_name", "path", "reasons", "org"],
  },
  blockers: {
    title: "Calls that a promotion breaks, or may break", one: "call", many: "calls",
    columns: [["from", "From *", 6], ["to", "To", 6], ["certainty", "Certainty", 7], ["name", "Principal", 12], ["method", "Method *", 5.5], ["path", "Path"], ["cause_name", "Cause *", 13], ["fix", "Fix *"]],
    facets: ["to", "certainty", "cause_kind", "principal_kind"], groups: ["cause_name", "name", "fix"],
  },
  excess: {
    title: "Permissions that no known need uses", one: "permission of a principal", many: "permissions of principals",
    columns: [["org", "Org", 6.5], ["principal_name", "Principal", 13], ["permission", "Permission"], ["risk", "Risk", 8], ["via_roles", "Through roles *"], ["divisions", "Divisions *", 10]],
    facets: ["org", "principal_kind", "risk"], groups: ["principal_name", "permission", "via_roles", "risk"],
  },
  drift: {
    title: "What differs between orgs", one: "difference", many: "differences",
    columns: [["severity", "Severity", 6.5], ["effect", "Effect", 6], ["kind", "Kind *", 8], ["name", "Name", 14], ["field", "Field *", 9], ["from", "From *", 5.5], ["from_value", "Value there"], ["to", "To *", 5.5], ["to_value", "Value here"]],
    facets: ["severity", "effect", "kind", "to"], groups: ["kind", "name", "author"],
  },
  changes: {
    title: "Changes since the last night", one: "change", many: "changes",
    columns: [["org", "Org", 6.5], ["severity", "Severity", 6.5], ["effect", "Effect", 6], ["kind", "Kind *", 8], ["name", "Name", 14], ["field", "Field *", 9], ["from_value", "Was"], ["to_value", "Is"], ["author", "By *", 9]],
    facets: ["org", "severity", "effect", "kind"], groups: ["org", "author", "kind"],
  },
  oauth_clients: {
    title: "OAuth clients", one: "OAuth client", many: "OAuth clients", object: "oauth_client",
    columns: [["org", "Org", 6.5], ["name", "Name"], ["state", "State *", 6], ["grant_type", "Grant type", 12], ["roles", "Roles *"], ["divisions", "Divisions *", 9], ["last_used", "Last used *", 7], ["requests_observed", "Calls *", 6]],
    facets: ["org", "state", "grant_type"], groups: ["org", "grant_type", "roles"],
  },
  authorizations: {
    title: "Third-party and built-in apps", one: "app", many: "apps",
    columns: [["org", "Org", 6.5], ["name", "Name"], ["kind", "Kind", 8], ["state", "State", 8], ["scopes", "Scopes"], ["roles", "Roles *"], ["last_used", "Last used *", 7], ["requests_observed", "Calls *", 6]],
    facets: ["org", "kind", "state"], groups: ["org", "kind", "state"],
  },
  service_users: {
    title: "Service users", one: "service user", many: "service users", object: "service_user",
    columns: [["org", "Org", 6.5], ["name", "Name"], ["email", "E-mail *"], ["state", "State", 6], ["matched_by", "By rule *", 10], ["roles", "Roles *"], ["last_login", "Last login *", 12]],
    facets: ["org", "state", "matched_by"], groups: ["org", "matched_by", "roles"],
  },
  roles: {
    title: "Roles", one: "role", many: "roles", object: "role",
    columns: [["org", "Org", 6.5], ["name", "Name"], ["kind", "Kind", 6], ["permission_count", "Permissions", 8], ["members", "Members", 7], ["permissions", "What it permits *"]],
    facets: ["org", "kind"], groups: ["org", "kind"],
  },
  permissions: {
    title: "Permissions", one: "permission", many: "permissions", object: "permission",
    columns: [["org", "Org", 6.5], ["permission", "Permission"], ["risk", "Risk", 8], ["division_aware", "By division *", 8], ["allows_conditions", "Conditions *", 8], ["roles", "Roles", 5], ["principals", "Holders", 6.5]],
    facets: ["org", "risk", "division_aware", "in_catalogue"], groups: ["risk", "org"],
  },
  grants: {
    title: "Grants", one: "grant", many: "grants",
    columns: [["org", "Org", 6.5], ["principal_kind", "Kind *", 8], ["principal_name", "Holder"], ["role_name", "Role"], ["division_name", "Division", 10], ["via", "Via *", 10], ["granted_at", "Granted *", 12]],
    facets: ["org", "principal_kind", "via"], groups: ["principal_name", "role_name", "division_name"],
  },
  divisions: {
    title: "Divisions", one: "division", many: "divisions", object: "division",
    columns: [["org", "Org", 6.5], ["name", "Name"], ["home", "Home division", 9], ["grants", "Grants in it", 8]],
    facets: ["org", "home"], groups: ["org"],
  },
  users: {
    title: "Users", one: "user", many: "users", object: "user",
    columns: [["org", "Org", 6.5], ["name", "Name"], ["email", "E-mail *"], ["state", "State", 6]],
    facets: ["org", "state"], groups: ["org"],
  },
  endpoints: {
    title: "Endpoints and what they require", one: "endpoint", many: "endpoints", object: "endpoint",
    columns: [["method", "Method", 5.5], ["path", "Path"], ["permissions_match", "Match *", 6], ["permissions", "Permissions"], ["scopes", "Scopes *", 12], ["user_context", "User *", 7], ["source", "Source *", 8]],
    facets: ["method", "permissions_match", "nothing_published", "user_context", "scope_source", "deprecated"], groups: ["permissions", "source"],
  },
};

// Columns that the report adds to a block for itself; they are no part of the CSV file.
const BESIDE = new Set(["cause", "facts", "why", "can_waive", "waived_owner", "waived_reason", "waived_ticket", "waived_place"]);

// Columns that are not searched: the same words on every finding of a check.
const UNASKED = new Set(["cause", "why", "can_waive"]);

const SIGNS = {
  severity: { critical: "◆", high: "▲", medium: "■", low: "●", info: "○" },
  verdict: { allowed: "✓", partial: "◐", conditional: "◇", "depends-on-user": "↷", denied: "✕", unknown: "?" },
};

// A word with its sign, so that neither colour nor sign speaks alone.
function mark(kind, word) {
  const sign = SIGNS[kind][word];
  return make("span", { class: `mark ${kind === "severity" ? "sev" : kind}-${sign ? word : ""}` },
    make("span", { class: "sign", "aria-hidden": "true", text: sign || "" }), ` ${word}`);
}

// The cell of a column, by what the column is.
function cellOf(block, name, row) {
  const text = block.text(name, row);
  if (name === "severity" && text) return mark("severity", text);
  if (/(^|_)verdict$/.test(name) && Object.hasOwn(SIGNS.verdict, text)) return mark("verdict", text);
  if (name === "status") return make("span", { class: "tag", text });
  if (["title", "detail", "fix", "why"].includes(name)) return prose(text);
  if (["path", "permission", "id", "finding_id"].includes(name) || name.endsWith("_id")) return text && make("code", { text });
  return text;
}

// A link to the page of a thing; its name alone where it has no page here.
function objectLink(kind, org, id, text) {
  if (!id || !Object.hasOwn(PAGES, kind)) return make("span", { text });
  return make("a", { href: writeAddress({ object: { kind, org, id } }), text });
}

// The things that a row names: `[kind, org, id, what to call it]`.
function objectsOf(block, name, row) {
  const text = (column) => block.has(column) ? block.text(column, row) : "";
  const org = text("org");
  const own = TABLES[name].object;
  const things = [
    [text("principal_kind"), org, text("principal_id"), text("principal_name")],
    [text("subject_kind"), org, text("subject_id"), text("subject_name")],
    ["role", org, text("role_id"), text("role_name")],
    ["permission", org, text("permission"), text("permission")],
    ["endpoint", org, text("path") && `${text("method")} ${text("path")}`, `${text("method")} ${text("path")}`],
    ["division", org, text("division_id").replace("*", ""), text("division_name")],
    own && block.has("id") && [own, org, text("id"), text("name")],
  ];
  return things.filter((thing) => thing && thing[2] && Object.hasOwn(PAGES, thing[0]));
}
