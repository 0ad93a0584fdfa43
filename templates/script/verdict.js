// Verdicts: the truth tables of the crossing (src/access/src/cross/verdict.rs), one row after the other, first that fits decides.

const VERDICTS = ["allowed", "partial", "conditional", "depends-on-user", "denied", "unknown"];

const MEANINGS = {
  "missing-permission": "a required permission is held nowhere",
  "missing-scope": "the client has none of the scopes that the operation lists",
  "missing-division": "the permissions are held, but in no common division",
  "needs-user-context": "the call needs a user behind its token, which client credentials do not have",
  "client-inactive": "the OAuth client is inactive or disabled",
  "user-inactive": "the user is inactive or deleted",
  "requirement-not-published": "what the endpoint requires is not published",
  "nothing-published": "no permission is published for this call, which changes something; that none is needed is not proven",
  "scope-not-published": "which scopes the endpoint requires is not published",
  "scope-enforcement-not-known": "whether this org enforces scopes is not known: no API field tells",
  "permission-not-in-org": "the org's own catalogue lacks the permission, so nothing can grant it here",
  "conditions-apply": "a condition of a role's policy decides where the permission is not held without one",
  "access-policy-may-deny": "an access policy could deny the call",
  "data-incomplete": "something that bears on this could not be read",
};

// The verdict for a principal and an operation, with its reasons and what is missing.
function answer(model, org, principal, operation) {
  if (principal.standing === 1) {
    return because("denied", principal.kind === "oauth_client" ? "client-inactive" : "user-inactive");
  }
  if (principal.standing === 2) return because("unknown", "data-incomplete");
  if (operation.match === "UNKNOWN") return because("unknown", "requirement-not-published");
  if (actsForUsers(principal)) return answerForUsers(org, principal, operation);
  if (principal.kind === "oauth_client" && operation.userContext === "yes") {
    return because("denied", "needs-user-context");
  }
  if (operation.unproven) return because("unknown", "nothing-published");
  return answerByPermissions(model, org, principal, operation);
}

function because(verdict, ...reasons) {
  return { verdict, reasons, missing: [], any: false, scopes: [], divisions: [] };
}

// A client that acts for users, no user named: what its own side leaves of a call.
function answerForUsers(org, client, operation) {
  if (client.grantType === "") return because("unknown", "data-incomplete");
  if (org.enforced !== "no") {
    if (operation.scopesKnown !== "published") return because("unknown", "scope-not-published");
    if (operation.scopes.length > 0) {
      if (client.scopes === null) return because("unknown", "data-incomplete");
      if (!operation.scopes.some((scope) => client.scopes.includes(scope))) {
        const stopped = org.enforced === "yes"
          ? because("denied", "missing-scope")
          : because("unknown", "missing-scope", "scope-enforcement-not-known");
        return { ...stopped, scopes: operation.scopes };
      }
    }
  }
  if (operation.unproven) return because("unknown", "nothing-published");
  return because(operation.match === "NONE" ? "allowed" : "depends-on-user");
}

function answerByPermissions(model, org, principal, operation) {
  const key = keyOf(model, principal.holdings);
  const outcome = outcomeOf(model, org, key, operation);
  const denial = denialOf(model, org, principal, operation);
  const found = byPermissions(outcome, denial, () => isAbsent(model, org, operation, outcome));
  found.outcome = outcome;
  if (found.reasons.includes("missing-permission")) {
    found.any = operation.match === "ANY";
    // Of what ALL asks for, only what is missing for certain is named.
    const missing = (_, at) => found.any || (!outcome.parts[at].held && !outcome.parts[at].better);
    found.missing = operation.permissions.filter(missing);
  }
  if (found.verdict === "partial") found.divisions = outcome.divisions;
  return found;
}

function byPermissions({ held, better }, denial, absent) {
  const incomplete = (also) => (also ? ["data-incomplete"] : []);
  if (held === FULLY || held === IN_DIVISIONS || held === IN_DIVISIONS_AND_MORE) {
    const reasons = held === IN_DIVISIONS_AND_MORE ? ["conditions-apply"] : [];
    if (denial === "none") return because(held === FULLY ? "allowed" : "partial", ...reasons, ...incomplete(better));
    return because("conditional", ...reasons, "access-policy-may-deny", ...incomplete(better || denial === "not-read"));
  }
  if (held === UNDER_CONDITION) return because("conditional", "conditions-apply", ...incomplete(better));
  if (better) return because("unknown", "data-incomplete");
  if (held === NO_COMMON_DIVISION) return because("denied", "missing-division");
  return because("denied", "missing-permission", ...(absent() ? ["permission-not-in-org"] : []));
}

// Whether an active policy could deny: "none", "possible", or "not-read" where only what was not read could tell.
function denialOf(model, org, principal, operation) {
  if (operation.permissions.length === 0) return "none";
  const of = model.blocks.access_applying;
  if (policiesOn(model, operation, of.list("could", principal.applying)).length > 0) return "possible";
  if (policiesOn(model, operation, of.list("unread", principal.applying)).length > 0) return "not-read";
  return org.policiesRead ? "none" : "not-read";
}

// Those of the policies that are about one of the operation's permissions.
function policiesOn(model, operation, policies) {
  model.targets ??= new Map();
  return policies.filter((policy) => {
    if (!model.targets.has(policy)) {
      model.targets.set(policy, new Set(inRuns(model, model.blocks.access_policies.list("permissions", policy))));
    }
    const target = model.targets.get(policy);
    return operation.permissions.some((permission) => target.has(permission));
  });
}

// Whether what is missing cannot be granted here: for ANY every alternative, for ALL any that is missing for certain.
function isAbsent(model, org, operation, outcome) {
  const absent = (permission) =>
    org.catalogueWhole && !(org.flags[permission] & LISTED) && model.names[permission].includes(":");
  if (operation.match === "ANY") return operation.permissions.every(absent);
  return operation.permissions.some(
    (permission, at) => absent(permission) && !outcome.parts[at].held && !outcome.parts[at].better,
  );
}

// How many principals of an org get which verdict. Operations that ask the same are counted once.
function countsByVerdict(model, org, operation) {
  const { match, permissions, scopes, scopesKnown, userContext, unproven } = operation;
  const question = JSON.stringify([match, permissions, scopes, scopesKnown, userContext, unproven]);
  if (!org.counts.has(question)) org.counts.set(question, verdictsCounted(model, org, operation));
  return org.counts.get(question);
}

function verdictsCounted(model, org, operation) {
  const counts = Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0]));
  for (const profile of profilesOf(model, org)) {
    counts[answer(model, org, profile.sample, operation).verdict] += profile.members.length;
  }
  return counts;
}

function divisionName(model, division) {
  const of = model.blocks.divisions;
  // A division that no list reported for has no name.
  return of.text("home", division) === "" ? of.text("id", division) : of.text("name", division);
}

// Names and ids of divisions, by name, as access.csv has them.
function divisionsNamed(model, divisions) {
  const both = divisions.map((at) => [divisionName(model, at).replaceAll(";", ","), model.blocks.divisions.text("id", at)]);
  return both.sort((a, b) => byCodePoints(a[0], b[0]) || byCodePoints(a[1], b[1]));
}

// UTF-16 puts what lies beyond the first 65,536 characters before some of those; files do not.
function byCodePoints(one, other) {
  const [a, b] = [[...one], [...other]];
  for (let at = 0; at < Math.min(a.length, b.length); at += 1) {
    if (a[at] !== b[at]) return a[at].codePointAt(0) - b[at].codePointAt(0);
  }
  return a.length - b.length;
}
