"""What may whom call? A slow second opinion over plain dictionaries and sets, row by row as the documentation of the
verdicts says, sharing nothing with the program but the matrix.

Where that text leaves a choice, these are the ones taken here:
- Derived scopes are not published: they decide nothing.
- `permission-not-in-org` comes beside `missing-permission`: for ALL when a missing permission is not in the catalogue,
  for ANY when none of the alternatives is. One-word permissions are in no catalogue and count as neither.
- Whether a permission counts that a role names and the catalogue lacks is documented nowhere; the foreign org has none
  that an endpoint asks for.
- A policy could apply when its target covers any permission that the endpoint lists and its subject could be the
  principal. It could apply to OAuth clients unless it says that it does not.
- A verdict that is `conditional` by itself keeps its reason when a policy could deny it too; `conditions-apply` of a
  `partial` one stays beside `access-policy-may-deny`.
- A set of divisions is a frozenset of ids; {"*"} is every division.
"""
import collections
import csv
import functools
import pathlib
import tomllib

EVERYWHERE, NOWHERE = frozenset("*"), frozenset()

class Endpoint(collections.namedtuple("Endpoint", "method path match permissions scopes user_context scopes_published takes_token", defaults=[True])):
    @property
    def unproven(self):
        """Whether nothing is published of a call that changes something."""
        parts = [part for part in self.path.split("/") if part]
        words = [part for part in parts if not part.startswith("{")]
        return (
            self.match == "NONE" and self.method in ("POST", "PUT", "PATCH", "DELETE") and self.takes_token
            and words[-1] not in ("query", "search") and not {"me", "guest", "notifications", "mobiledevices"} & set(parts)
        )


Cell = collections.namedtuple("Cell", "verdict reasons missing_permissions divisions extents", defaults=[None])


def cell(verdict, *reasons, missing=(), divisions=()):
    return Cell(verdict, frozenset(reasons), frozenset(missing), frozenset(divisions))


REVIEWED = pathlib.Path(__file__).resolve().parents[2] / "src" / "matrix" / "src" / "reviewed.toml"


def lay_reviewed(rows):
    """The rows with what the built-in overlay decides, as of a day after all announcements; a decided row has no source."""
    def shape(path):
        return [None if part.startswith("{") else part.lower() for part in path.split("/")]

    def template_of(method, path):
        parts = shape(path)
        fits = [
            row for row in rows
            if row["method"] == method and len(shape(row["path"])) == len(parts)
            and all(own is None or own == part for own, part in zip(shape(row["path"]), parts))
        ]
        return min(fits, key=lambda row: sum(part is None for part in shape(row["path"])), default=None)

    laid = {(row["method"], row["path"]): row for row in rows}
    for fact in tomllib.loads(REVIEWED.read_text(encoding="utf-8"))["row"]:
        method, path = fact["operation"].split(" ")
        template = template_of(method, path)
        if "match" in fact and template and template["permissions_match"] in ("NONE", "UNKNOWN"):
            decided = {"path": path, "permissions_match": fact["match"], "permissions": ";".join(fact["permissions"]), "source": None}
            laid[method, path] = {**template, **decided}
    return sorted(laid.values(), key=lambda row: (row["method"], row["path"]))


def read_matrix(path):
    """The endpoints of a matrix file with the built-in overlay, and its rows with the source spelled out."""
    legend, lines = {}, []
    with open(path, encoding="utf-8", newline="") as file:
        for line in file:
            if line.startswith("#source "):
                _, code, text = line.rstrip("\r\n").split(" ", 2)
                legend[code] = text
            elif not line.startswith("#"):
                lines.append(line)
    rows = [{**row, "source": legend.get(row["source"], row["source"])} for row in csv.DictReader(lines)]
    rows = lay_reviewed(rows)
    return [endpoint(row) for row in rows], rows


def endpoint(row):
    def split(text):
        return tuple(item for item in text.split(";") if item)

    return Endpoint(
        row["method"], row["path"], row["permissions_match"], split(row["permissions"]), frozenset(split(row["scopes"])),
        row["user_context"], row.get("scope_source", "published") == "published", takes_token(row["source"] or ""),
    )


def takes_token(source):
    """Whether a call takes an OAuth token, by the remarks in its row."""
    return not any(words in source for words in ("no token needed", "scheme Guest Chat JWT", "scheme Webmessaging JWT"))


def union(one, other):
    return EVERYWHERE if "*" in one | other else one | other


def intersection(one, other):
    return other if "*" in one else one if "*" in other else one & other


def within(one, other):
    return "*" in other or ("*" not in one and one <= other)


def covers(pattern, permission):
    wanted, given = pattern.split(":"), permission.split(":")
    return len(wanted) == len(given) == 3 and all(want in ("*", part) for want, part in zip(wanted, given))


class Oracle:
    """Answers for one org of `foreign_org`."""

    def __init__(self, org, scopes_enforced):
        self.org, self.scopes_enforced = org, scopes_enforced
        self.roles = {role["id"]: self.expand(role) for role in org.roles}
        self.inherited = {}
        for group, members in org.members.items():
            for member in members:
                self.inherited.setdefault(member, set()).add(group)
        self.deny = [policy for policy in org.policies if policy["effect"] == "DENY" and policy.get("active") is True]

    def expand(self, role):
        """Permission -> free or conditional, from the role's policies and its one-word permissions."""
        free, conditional = set(role.get("permissions", [])), set()
        for policy in role["permissionPolicies"]:
            for action in policy["actionSet"]:
                pattern = f"{policy['domain']}:{policy['entityName']}:{action}"
                held = {permission for permission in self.org.catalogue if covers(pattern, permission)}
                if policy.get("resourceConditionNode") or policy.get("namedResources"):
                    conditional |= held
                else:
                    free |= held
        return free, conditional

    # ---- principals ----

    def client(self, client):
        inactive = client.get("state", "active") != "active"
        grants = [(pair["roleId"], pair["divisionId"]) for pair in client["roleDivisions"]]
        return Principal(self, "oauth_client", client["id"], inactive, client["authorizedGrantType"], set(client["scope"]), grants, set())

    def user(self, user):
        groups = self.inherited.get(user["id"], set())
        grants = [
            (role, division)
            for role, subjects in self.org.subjects.items()
            for subject, _, _, divisions in subjects
            if subject == user["id"] or subject in groups
            for division in divisions
        ]
        return Principal(self, "service_user", user["id"], user["state"] != "active", "", set(), grants, groups)

    def principals(self):
        service = set(self.org.service_ids)
        yield from (self.client(client) for client in self.org.clients)
        yield from (self.user(user) for user in self.org.users if user["id"] in service)


class Principal:
    def __init__(self, oracle, kind, id, inactive, grant_type, scopes, grants, groups):
        self.oracle, self.kind, self.id, self.inactive = oracle, kind, id, inactive
        self.grant_type, self.scopes, self.groups = grant_type, scopes, groups
        self.grants = grants
        self.hold = functools.cache(self.hold)

    def hold(self, permission):
        """-> the divisions in which it is held without a condition, and in any way"""
        org = self.oracle.org
        aware = org.catalogue.get(permission, {}).get("divisionAware")
        held, any_way = NOWHERE, NOWHERE
        for role, division in self.grants:
            free, limited = self.oracle.roles[role]
            place = EVERYWHERE if division == "*" or aware is False else frozenset([division])
            if permission in free:
                held = union(held, place)
            if permission in free or permission in limited:
                any_way = union(any_way, place)
        return held, any_way

    def verdict(self, endpoint):
        if self.inactive:
            return cell("denied", "client-inactive" if self.kind == "oauth_client" else "user-inactive")
        if endpoint.match == "UNKNOWN":
            return cell("unknown", "requirement-not-published")
        if self.kind == "oauth_client":
            if self.grant_type != "CLIENT-CREDENTIALS":
                return self.by_scopes(endpoint)
            if endpoint.user_context == "yes":
                return cell("denied", "needs-user-context")
        return self.by_permissions(endpoint)

    def by_scopes(self, endpoint):
        enforced = self.oracle.scopes_enforced
        if enforced is not False:
            if not endpoint.scopes_published:
                return cell("unknown", "scope-not-published")
            if endpoint.scopes and not (self.scopes & endpoint.scopes):
                if enforced is True:
                    return cell("denied", "missing-scope")
                return cell("unknown", "missing-scope", "scope-enforcement-not-known")
        if endpoint.unproven:
            return cell("unknown", "nothing-published")
        return cell("allowed") if endpoint.match == "NONE" else cell("depends-on-user")

    def by_permissions(self, endpoint):
        if endpoint.unproven:
            return cell("unknown", "nothing-published")
        if endpoint.match == "NONE":
            return cell("allowed")
        catalogue = self.oracle.org.catalogue
        held = {permission: self.hold(permission) for permission in endpoint.permissions}
        join = union if endpoint.match == "ANY" else intersection
        free, any_way = (functools.reduce(join, (both[at] for both in held.values())) for at in (0, 1))
        lacking = [permission for permission, (_, any_where) in held.items() if not any_where]
        if not any_way and not lacking:
            return cell("denied", "missing-division")
        if not any_way:
            absent = [":" in permission and permission not in catalogue for permission in lacking]
            missing = {"|".join(endpoint.permissions)} if endpoint.match == "ANY" else lacking
            nowhere = all(absent) if endpoint.match == "ANY" else any(absent)
            return cell("denied", "missing-permission", *(["permission-not-in-org"] if nowhere else []), missing=missing)
        if not free:
            found = cell("conditional", "conditions-apply")
        elif free == EVERYWHERE:
            found = cell("allowed")
        else:
            reasons = [] if within(any_way, free) else ["conditions-apply"]
            found = cell("partial", *reasons, divisions={self.oracle.org.division_names[division] for division in free})
        denied = any(self.could_deny(policy, permission) for policy in self.oracle.deny for permission in endpoint.permissions)
        if free and denied:
            found = found._replace(verdict="conditional", reasons=found.reasons | {"access-policy-may-deny"})
        return found._replace(extents=(free, any_way))

    def verdict_in(self, endpoint, division):
        """In the division of this name; "" for anywhere."""
        found = self.verdict(endpoint)
        if not division or found.extents is None or found.verdict == "allowed":
            return found.verdict
        free, any_way = (
            {"*" if one == "*" else self.oracle.org.division_names[one] for one in extent} for extent in found.extents
        )
        if {"*", division} & free:
            return "conditional" if "access-policy-may-deny" in found.reasons else "allowed"
        return "conditional" if {"*", division} & any_way else "denied"

    def could_deny(self, policy, permission):
        if not covers(policy["targetResource"], permission):
            return False
        if self.kind == "oauth_client" and policy.get("applyToClients") is False:
            return False
        subject = policy["subject"]
        if subject["type"] == "ALL":
            return True
        if subject["type"] == "CLIENT":
            return self.kind == "oauth_client" and subject["id"] == self.id
        if subject["type"] == "USER":
            return self.kind != "oauth_client" and subject["id"] == self.id
        return self.kind != "oauth_client" and subject["id"] in self.groups
