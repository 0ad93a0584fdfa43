// What principals hold. Rights are worked out from roles, reaches and completeness, permission by permission, so that
// no matrix has to travel with the page. The rules are those of the crossing (docs/crossing.md).

const MODEL = { loading: null };

const LISTED = 1;
const EVERYWHERE = 2;
const AWARENESS_KNOWN = 4;

const BLOCKS_OF_ACCESS = [
  "access_orgs", "access_roles", "access_holdings", "access_principals", "access_applying", "access_policies",
  "divisions", "users", "oauth_clients", "service_users", "roles", "permissions", "endpoints",
];

// The access data of the night, read once.
function access() {
  MODEL.loading ??= Promise.all(BLOCKS_OF_ACCESS.map((name) => block(name))).then((blocks) => {
    const named = Object.fromEntries(BLOCKS_OF_ACCESS.map((name, at) => [name, blocks[at]]));
    return accessOf(named);
  });
  return MODEL.loading;
}

function accessOf(blocks) {
  const model = { blocks, names: [], codes: new Map(), orgs: [], principals: [], rights: [], keys: [] };
  model.permissionCodes = numberPermissions(model, blocks.permissions);
  const of = blocks.access_orgs;
  for (let row = 0; row < of.rows; row += 1) {
    model.orgs.push({
      name: of.text("org", row),
      environment: of.text("environment", row),
      enforced: of.text("scopes_enforced", row),
      catalogueWhole: of.number("catalogue_whole", row) === 1,
      policiesRead: of.number("policies_read", row) === 1,
      usersLeftOut: of.number("users_left_out", row),
      notRead: of.list("not_read", row),
      flags: new Uint8Array(model.names.length),
      permissions: new Map(),
      principals: [],
      operations: null,
      profiles: null,
      counts: new Map(),
    });
  }
  readCatalogues(model);
  readPrincipals(model);
  return model;
}

function numberPermissions(model, of) {
  const codes = new Uint32Array(of.rows);
  for (let row = 0; row < of.rows; row += 1) codes[row] = permissionCode(model, of.text("permission", row));
  return codes;
}

function permissionCode(model, name) {
  if (!model.codes.has(name)) {
    model.codes.set(name, model.names.length);
    model.names.push(name);
  }
  return model.codes.get(name);
}

function orgOf(model, name) {
  return model.orgs.find((org) => org.name === name);
}

function readCatalogues(model) {
  const of = model.blocks.permissions;
  const orgs = new Map(model.orgs.map((org) => [org.name, org]));
  for (let row = 0; row < of.rows; row += 1) {
    const org = orgs.get(of.text("org", row));
    if (!org) continue;
    const aware = of.text("division_aware", row);
    let flags = 0;
    if (of.text("in_catalogue", row) === "true") flags |= LISTED;
    if (aware === "false") flags |= EVERYWHERE;
    if (aware !== "") flags |= AWARENESS_KNOWN;
    org.flags[model.permissionCodes[row]] = flags;
    org.permissions.set(model.permissionCodes[row], row);
  }
}

function readPrincipals(model) {
  const facts = model.blocks.access_principals;
  const orgs = new Map(model.orgs.map((org) => [org.name, org]));
  const add = (kind, of, more) => {
    for (let row = 0; row < of.rows; row += 1) {
      const at = model.principals.length;
      const principal = {
        kind, row, at,
        org: of.text("org", row),
        id: of.text("id", row),
        name: of.text("name", row),
        standing: facts.number("standing", at),
        holdings: facts.number("holdings", at),
        applying: facts.number("applying", at),
        grantType: null,
        scopes: null,
      };
      if (more) more(principal);
      model.principals.push(principal);
      orgs.get(principal.org)?.principals.push(principal);
    }
  };
  const clients = model.blocks.oauth_clients;
  add("oauth_client", clients, (one) => {
    one.grantType = clients.text("grant_type", one.row);
    if (facts.number("scopes_reported", one.at) === 1) one.scopes = itemsOf(clients.text("scopes", one.row));
  });
  add("service_user", model.blocks.service_users);
  add("user", model.blocks.users);
}

function itemsOf(cell) {
  return cell === "" ? [] : cell.split(";");
}

function isMachine(principal) {
  return principal.grantType === "CLIENT-CREDENTIALS";
}

function actsForUsers(principal) {
  return principal.kind === "oauth_client" && !isMachine(principal);
}

// The operations of the matrix in force for an org, by method and path.
function operationsOf(model, org) {
  if (org.operations) return org.operations;
  const of = model.blocks.endpoints;
  org.operations = [];
  for (let row = 0; row < of.rows; row += 1) {
    const whose = of.text("org", row);
    if (whose !== "" && whose !== org.name) continue;
    org.operations.push({
      row,
      at: org.operations.length,
      method: of.text("method", row),
      path: of.text("path", row),
      match: of.text("permissions_match", row),
      permissions: itemsOf(of.text("permissions", row)).map((name) => permissionCode(model, name)),
      scopes: itemsOf(of.text("scopes", row)),
      scopesKnown: of.text("scope_source", row),
      userContext: of.text("user_context", row),
      unproven: of.text("nothing_published", row) === "yes",
    });
  }
  return org.operations;
}

function bits(size) {
  return new Uint32Array(Math.ceil(size / 32) || 1);
}

function setBit(set, at) {
  set[at >>> 5] |= 1 << (at & 31);
}

// What lies beyond the set was never put into it.
function hasBit(set, at) {
  return (set[at >>> 5] & (1 << (at & 31))) !== 0;
}

// A role as sets of permissions: always, under a condition, and possibly (its wildcards meet a catalogue of which a part
// is missing, or a part of the role itself is).
function rightsOf(model, role) {
  let rights = model.rights[role];
  if (rights) return rights;
  const { roles, access_roles: more } = model.blocks;
  const size = model.names.length;
  rights = { always: bits(size), under: bits(size), possibly: bits(size), open: more.number("open", role) === 1 };
  const under = new Set(more.list("under_condition", role));
  itemsOf(roles.text("permissions", role)).forEach((name, at) => {
    setBit(under.has(at) ? rights.under : rights.always, permissionCode(model, name));
  });
  for (const code of inRuns(model, more.list("possibly", role))) setBit(rights.possibly, code);
  model.rights[role] = rights;
  return rights;
}

// The permissions of runs of rows: first row and how many, again and again.
function inRuns(model, runs) {
  const codes = [];
  for (let at = 0; at < runs.length; at += 2) {
    for (let row = runs[at]; row < runs[at] + runs[at + 1]; row += 1) codes.push(model.permissionCodes[row]);
  }
  return codes;
}

// How a role gives a permission: "always", "condition", "possibly" or "".
function givenBy(model, role, permission) {
  const rights = rightsOf(model, role);
  if (hasBit(rights.always, permission)) return "always";
  if (hasBit(rights.under, permission)) return "condition";
  return rights.open || hasBit(rights.possibly, permission) ? "possibly" : "";
}

function keyOf(model, holdings) {
  let key = model.keys[holdings];
  if (!key) {
    const of = model.blocks.access_holdings;
    key = {
      roles: of.list("roles", holdings),
      reaches: of.list("reaches", holdings),
      possible: of.list("possible", holdings),
      anything: of.number("anything", holdings) === 1,
    };
    model.keys[holdings] = key;
  }
  return key;
}

// How a set of grants holds one permission: everywhere or in divisions (rows of `divisions`), without a condition and
// under one, and whether something that was not read could hold more.
function holding(model, org, key, permission) {
  const flags = org.flags[permission] ?? 0;
  let better = key.anything;
  let free = NOWHERE;
  let under = NOWHERE;
  for (let at = 0; at < key.roles.length; at += 1) {
    if (key.roles[at] === 0) {
      better = true;
      continue;
    }
    const rights = rightsOf(model, key.roles[at] - 1);
    const always = hasBit(rights.always, permission);
    if (!always && (rights.open || hasBit(rights.possibly, permission))) better = true;
    if (!always && !hasBit(rights.under, permission)) continue;
    const limited = key.reaches[at] !== 0 && !(flags & EVERYWHERE);
    const place = limited ? new Set([key.reaches[at] - 1]) : ALL_DIVISIONS;
    if (always) free = union(free, place);
    else under = union(under, place);
    // Whether a division limits it was not reported; what a whole catalogue does not list is limited like everything else.
    if (limited && !(flags & AWARENESS_KNOWN) && (!org.catalogueWhole || flags & LISTED)) better = true;
  }
  if (!better) better = key.possible.some((role) => givenBy(model, role, permission) !== "");
  if (free === ALL_DIVISIONS) better = false;
  const anyWay = union(free, under);
  return {
    free, anyWay, better,
    fully: free === ALL_DIVISIONS,
    divisions: free === ALL_DIVISIONS ? NOWHERE : free,
    held: isSomewhere(anyWay),
  };
}

// Sets of divisions. These two are the same for all, for there are millions of them: nobody may add to them.
const NOWHERE = new Set();
const ALL_DIVISIONS = null;

function isSomewhere(extent) {
  return extent === ALL_DIVISIONS || extent.size > 0;
}

function union(one, other) {
  if (one === ALL_DIVISIONS || other === ALL_DIVISIONS) return ALL_DIVISIONS;
  if (other.size === 0) return one;
  return one.size === 0 ? other : new Set([...one, ...other]);
}

function intersection(one, other) {
  if (one === ALL_DIVISIONS) return other;
  if (other === ALL_DIVISIONS) return one;
  return new Set([...one].filter((division) => other.has(division)));
}

function isWithin(one, other) {
  if (other === ALL_DIVISIONS) return true;
  return one !== ALL_DIVISIONS && [...one].every((division) => other.has(division));
}

const LACKING = 0;
const NO_COMMON_DIVISION = 1;
const UNDER_CONDITION = 2;
const IN_DIVISIONS = 3;
const IN_DIVISIONS_AND_MORE = 4;
const FULLY = 5;

// How a set of grants meets what an operation asks for, division by division: ANY is the union of where each is held,
// ALL the intersection; the same again with what was not read.
function outcomeOf(model, org, key, operation) {
  if (operation.match === "NONE") return { held: FULLY, better: false, parts: [], divisions: [] };
  const parts = operation.permissions.map((permission) => holding(model, org, key, permission));
  const any = operation.match === "ANY";
  const together = (of) => parts.reduce((all, part) => (any ? union : intersection)(all, of(part)), any ? NOWHERE : ALL_DIVISIONS);
  const free = together((part) => part.free);
  if (free === ALL_DIVISIONS) return { held: FULLY, better: false, parts, divisions: [] };
  const anyWay = together((part) => part.anyWay);
  const possiblyFree = together((part) => (part.better ? ALL_DIVISIONS : part.free));
  const possibly = together((part) => (part.better ? ALL_DIVISIONS : part.anyWay));
  const better = !(isWithin(possiblyFree, free) && isWithin(possibly, anyWay));
  const divisions = [...free].sort((a, b) => a - b);
  const found = (held) => ({ held, better, parts, divisions });
  if (isSomewhere(free)) return found(isWithin(anyWay, free) ? IN_DIVISIONS : IN_DIVISIONS_AND_MORE);
  if (isSomewhere(anyWay)) return found(UNDER_CONDITION);
  const lacking = parts.some((part) => !part.held && !part.better);
  return found(lacking || isSomewhere(possibly) ? LACKING : NO_COMMON_DIVISION);
}

// Principals that answer alike to everything, with one of them: there are far fewer of these than of principals.
function profilesOf(model, org) {
  if (org.profiles) return org.profiles;
  const found = new Map();
  for (const one of org.principals) {
    const scopes = actsForUsers(one) ? JSON.stringify([one.grantType, one.scopes]) : "";
    const key = one.standing === 0 ? `${one.kind} ${one.holdings} ${one.applying} ${scopes}` : `${one.kind} standing ${one.standing}`;
    const profile = found.get(key);
    if (profile) profile.members.push(one);
    else found.set(key, { sample: one, members: [one] });
  }
  org.profiles = [...found.values()];
  return org.profiles;
}
