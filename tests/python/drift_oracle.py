"""What differs between two orgs? A slow second opinion that shares nothing with the program: plain sets, one pass a kind,
and `oracle` for every question of who can call what.

    rows, blockers = compare(left, right, needs)

`rows` are what drift.csv should hold: (kind, name, field, way, effect), where way is `lost` (only the left has it),
`gained` (only the right has it) or `changed` (another value). `blockers` are the needed calls that work on the left and are
refused on the right: (principal kind, name, method, path, division or "").

Both sides are objects in the shape of `foreign_org.ForeignOrg`, with `endpoints` and, where they have any, `trustees` and
`observed` calls. Things are matched by what people mean: home division with home division, default roles by their default
role id, users by e-mail address, the rest by name; things of one kind that are left over on both sides with the same content
are renames.
"""
import collections
import functools
import json

from oracle import NOWHERE, Oracle, covers, within

Row = collections.namedtuple("Row", "kind name field way effect")
Need = collections.namedtuple("Need", "principal method path division org")
ALL = "*"


def compare(left, right, needs, right_name, enforced=None):
    """`needs`: of `Need`; `right_name`: the name of the right org, which needs may be limited to."""
    return Comparison(left, right, needs, right_name, enforced).result()


class Side:
    """One org, its things by the words that both sides share."""

    def __init__(self, org, enforced):
        self.org, self.oracle = org, Oracle(org, enforced)
        self.endpoints = {(one.method, one.path): one for one in org.endpoints}
        self.home = next(division["id"] for division in org.divisions if division["homeDivision"])
        self.group_ids = {group["id"] for group in org.groups}
        self.direct = collections.defaultdict(set)  # subject id -> {(role id, division id)}
        for role, subjects in org.subjects.items():
            for subject, _, kind, divisions in subjects:
                self.direct[subject] |= {(role, division) for division in divisions}
        for client in org.clients:
            self.direct[client["id"]] = {(pair["roleId"], pair["divisionId"]) for pair in client["roleDivisions"]}
        self.groups_of = collections.defaultdict(set)
        for group, members in org.members.items():
            for member in members:
                self.groups_of[member].add(group)
        self.words = {}  # id -> word shared by both sides
        self.principals = {
            **{client["id"]: self.oracle.client(client) for client in org.clients},
            **{user["id"]: self.oracle.user(user) for user in org.users},
        }

    def things(self, kind):
        org = self.org
        return {
            "division": org.divisions, "role": org.roles, "oauth_client": org.clients, "user": org.users, "group": org.groups,
            "policy": org.policies, "trustee": getattr(org, "trustees", []),
        }[kind]

    def key(self, kind, thing):
        if kind == "division" and thing["homeDivision"]:
            return "\0home"
        if kind == "role" and thing.get("defaultRoleId"):
            return "\0" + thing["defaultRoleId"]
        if kind == "user" and thing.get("email"):
            return thing["email"].lower()
        return thing["name"]

    def reported(self, grants):
        """Grants in shared words."""
        return {(self.words[role], self.words.get(division, division)) for role, division in grants}

    def rights(self, role_id):
        """{(permission, condition in words)}: what a role gives, wildcards spelled out."""
        role = next(role for role in self.org.roles if role["id"] == role_id)
        free, _ = self.oracle.roles[role_id]
        found = {(permission, "") for permission in free}
        for policy in role["permissionPolicies"]:
            limit = (policy.get("resourceConditionNode"), sorted(policy.get("namedResources") or []))
            if any(limit):
                one, conditional = self.oracle.expand({"permissionPolicies": [policy]})
                found |= {(permission, json.dumps(limit, sort_keys=True)) for permission in conditional if permission not in free}
        return found

    def written(self, role):
        """How a role is written, whatever the order."""
        return sorted(
            json.dumps([policy["domain"], policy["entityName"], sorted(policy["actionSet"]), policy.get("resourceConditionNode"), sorted(policy.get("namedResources") or [])], sort_keys=True)
            for policy in role["permissionPolicies"]
        )

    def active(self, thing):
        return thing.get("state", "active") == "active"

    @functools.cache
    def hold(self, principal, permission):
        """Where a principal has a permission, whatever its state: without a condition, and in any way, in shared words."""
        one = self.principals[principal]
        if one.kind == "oauth_client" and one.grant_type != "CLIENT-CREDENTIALS":
            return NOWHERE, NOWHERE
        return tuple(frozenset(self.words.get(division, division) for division in extent) for extent in one.hold(permission))

    def verdict(self, principal, endpoint, division):
        """In the division the call is needed in, by name; "" for anywhere."""
        return self.principals[principal].verdict_in(endpoint, division)


def wider(one, other):
    """Whether a hold gives what another does not: a division, or one without a condition."""
    return not (within(one[0], other[0]) and within(one[1], other[1]))


class Comparison:
    def __init__(self, left, right, needs, right_name, enforced):
        self.left, self.right = Side(left, enforced), Side(right, enforced)
        self.needs, self.right_name, self.enforced = needs, right_name, enforced
        self.pairs, self.only_left, self.only_right, self.several = {}, {}, {}, {}
        self.rows, self.causes = [], []

    # ---- who is who ----

    def pair(self, kind):
        sides = []
        for side in (self.left, self.right):
            by_key = collections.defaultdict(list)
            for thing in side.things(kind):
                by_key[side.key(kind, thing)].append(thing)
            sides.append(by_key)
        lefts, rights = sides
        self.several[kind] = {key: (len(lefts.get(key, [])), len(rights.get(key, []))) for key in {*lefts, *rights} if len(lefts.get(key, [])) > 1 or len(rights.get(key, [])) > 1}
        pairs = [(lefts[key][0], rights[key][0]) for key in lefts if key in rights and key not in self.several[kind]]
        only_left = [lefts[key][0] for key in lefts if key not in rights and key not in self.several[kind]]
        only_right = [rights[key][0] for key in rights if key not in lefts and key not in self.several[kind]]
        self.pairs[kind], self.only_left[kind], self.only_right[kind] = pairs, only_left, only_right
        for one, other in pairs:
            self.same(kind, one, other)
        for side, things in ((self.left, only_left), (self.right, only_right)):
            for thing in things:
                side.words[thing["id"]] = f"{kind} {thing['name']} of {'left' if side is self.left else 'right'}"
        for key in self.several[kind]:
            for side, found in ((self.left, lefts), (self.right, rights)):
                for number, thing in enumerate(found.get(key, [])):
                    side.words[thing["id"]] = f"{kind} {key} number {number} of {'left' if side is self.left else 'right'}"

    def same(self, kind, one, other):
        self.left.words[one["id"]] = self.right.words[other["id"]] = one["name"]

    def renames(self, kind, content):
        """Pairs what is left over where its content is the same and nothing else has it."""
        def by_content(side, things):
            found = collections.defaultdict(list)
            for thing in things:
                value = content(side, thing)
                if value:
                    found[value].append(thing)
            return found

        lefts, rights = by_content(self.left, self.only_left[kind]), by_content(self.right, self.only_right[kind])
        for value, (one, *more) in lefts.items():
            if not more and len(rights.get(value, [])) == 1:
                other = rights[value][0]
                self.pairs[kind].append((one, other))
                self.only_left[kind].remove(one)
                self.only_right[kind].remove(other)
                self.same(kind, one, other)

    def pair_all(self):
        for kind in ("division", "role", "group", "oauth_client", "user", "policy", "trustee"):
            self.pair(kind)
        self.renames("role", lambda side, role: frozenset(side.rights(role["id"])))

        def client(side, one):
            grants = frozenset(side.reported(side.direct[one["id"]]))
            given = grants or one["scope"]
            return (one["authorizedGrantType"], frozenset(one["scope"]), grants, frozenset(one.get("registeredRedirectUri") or [])) if given else None

        self.renames("oauth_client", client)

        def group(side, one):
            grants = frozenset(side.reported(side.direct[one["id"]]))
            members = frozenset(side.words[member] for member in side.org.members.get(one["id"], []))
            return (grants, members) if grants and members else None

        self.renames("group", group)

        def user(side, one):
            grants = frozenset(side.reported(side.direct[one["id"]]))
            return (one["name"], grants) if grants else None

        self.renames("user", user)

        def division(side, one):
            return frozenset((side.words.get(subject, ""), side.words[role]) for subject, grants in side.direct.items() for role, where in grants if where == one["id"])

        self.renames("division", division)

    # ---- rows ----

    def row(self, kind, name, field, way, effect, touched=(), permissions=None, reason=None, through=None):
        """`effect` None: what follows from the rights of those whom it touches, in the permissions it speaks of.
        `touched`: (left id, right id) of paired principals; `through`: of a grant of the left (role, division, subject),
        whether it is one of those that the row is about; None: it is."""
        self.rows.append([kind, name, field, way, effect, list(touched), permissions, reason, through])

    def kind_of_user(self, one, other):
        service = (one and one["id"] in self.left.org.service_ids) or (other and other["id"] in self.right.org.service_ids)
        return "service_user" if service else "user"

    def principals(self):
        """(left id, right id) of everybody who is on both sides."""
        return [(one["id"], other["id"]) for kind in ("oauth_client", "user") for one, other in self.pairs[kind]]

    def holders(self, side, test):
        """Paired principals who have, directly or through a group, a grant of (role id, division id, subject id)."""
        at = 0 if side is self.left else 1
        found = []
        for pair in self.principals():
            subjects = [pair[at], *side.groups_of[pair[at]]]
            if any(test(role, division, subject) for subject in subjects for role, division in side.direct[subject]):
                found.append(pair)
        return found

    def roles(self):
        left, right = self.left, self.right
        for one, other in self.pairs["role"]:
            name = one["name"]
            held = {"lost": self.holders(left, lambda role, *_: role == one["id"]), "gained": self.holders(right, lambda role, *_: role == other["id"])}

            def through(role, division, subject, own=one["id"]):
                return role == own
            if one["name"] != other["name"]:
                self.row("role", name, "name", "changed", "none")
            if bool(one.get("default")) != bool(other.get("default")):
                self.row("role", name, "kind", "changed", "none")
            lefts, rights, before = left.rights(one["id"]), right.rights(other["id"]), len(self.rows)
            given, taken = {permission for permission, _ in lefts}, {permission for permission, _ in rights}

            def of_catalogue(permission, role, other, side):
                """The other org's catalogue lacks it; and the other role says it as well, or this one by a wildcard, which
                cannot be spelled out there in any other way."""
                if permission in side.org.catalogue:
                    return False
                return permission in self.would_give(other) or any(
                    covers(pattern, permission)
                    for policy in role["permissionPolicies"]
                    for pattern in (f"{policy['domain']}:{policy['entityName']}:{action}" for action in policy["actionSet"])
                    if "*" in pattern
                )

            lost = {permission for permission in given - taken if not of_catalogue(permission, one, other, right)}
            gained = {permission for permission in taken - given if not of_catalogue(permission, other, one, left)}
            for way, permissions in (("lost", lost), ("gained", gained)):
                if permissions:
                    self.row("role", name, "permissions", way, None, held[way], permissions, through=through)
            both = given & taken
            for way, more, less in (("lost", lefts, rights), ("gained", rights, lefts)):
                free = {permission for permission, condition in more - less if permission in both and not condition}
                if free:
                    self.row("role", name, "conditions", "changed", None, held[way], free, way, through)
            reworded = {permission for permission, condition in lefts ^ rights if permission in both and (permission, "") not in lefts | rights}
            if reworded:
                self.row("role", name, "conditions", "changed", "unknown", held["lost"], reworded)
            if len(self.rows) == before and left.written(one) != right.written(other):
                self.row("role", name, "policies", "changed", "none")
        for way, side, things in (("lost", left, self.only_left["role"]), ("gained", right, self.only_right["role"])):
            for role in things:
                permissions = {permission for permission, _ in side.rights(role["id"])}

                def through(held, division, subject, own=role["id"]):
                    return held == own

                self.row("role", role["name"], "presence", way, None, self.holders(side, through), permissions, through=through)

    def would_give(self, role):
        """What a role would give over both catalogues."""
        both = type("Both", (), {"catalogue": {**self.left.org.catalogue, **self.right.org.catalogue}})
        found = Oracle.expand(type("Of", (), {"org": both}), role)
        return found[0] | found[1]

    def presence_of_grant(self, side, role, division, subject):
        """Whether a grant's role, division and holder are on both sides."""
        gone = {thing["id"] for kind in ("role", "division", "group") for thing in (self.only_left if side is self.left else self.only_right)[kind]}
        return not {role, division, subject} & gone

    def grants(self, kind, name, one, other, touched, deciding=True):
        left, right = self.left, self.right
        for way, side, there, here, mine in (("lost", left, right, one, other), ("gained", right, left, other, one)):
            theirs = there.reported(there.direct[mine["id"]])
            grants = {grant for grant in side.direct[here["id"]] if not side.reported({grant}) <= theirs}
            own = {grant for grant in grants if self.presence_of_grant(side, *grant, here["id"])}
            if own:
                permissions = {permission for role, _ in own for permission, _ in side.rights(role)}

                def through(role, division, subject, own=own, holder=here["id"]):
                    return subject == holder and (role, division) in own

                self.row(kind, name, "grants", way, None if deciding else "none", touched, permissions, through=through)

    def clients(self):
        for one, other in self.pairs["oauth_client"]:
            name, pair = one["name"], [(one["id"], other["id"])]
            if one["name"] != other["name"]:
                self.row("oauth_client", name, "name", "changed", "none")
            machine = "CLIENT-CREDENTIALS" in (one["authorizedGrantType"], other["authorizedGrantType"])
            for_users = {one["authorizedGrantType"], other["authorizedGrantType"]} != {"CLIENT-CREDENTIALS"}
            if one["authorizedGrantType"] != other["authorizedGrantType"]:
                self.row("oauth_client", name, "grant_type", "changed", "grant type", pair, reason="all")
            if one.get("state", "active") != other.get("state", "active"):
                was, now = self.left.active(one), self.right.active(other)
                self.row("oauth_client", name, "state", "changed", "narrows" if was and not now else "widens" if now and not was else "none", pair, reason="client-inactive")
            scopes = set(one["scope"]), set(other["scope"])
            for way, more in (("lost", scopes[0] - scopes[1]), ("gained", scopes[1] - scopes[0])):
                if more:
                    decide = for_users and self.enforced is not False
                    self.row("oauth_client", name, "scopes", way, "scopes" if decide else "none", pair, reason="missing-scope")
            self.grants("oauth_client", name, one, other, pair, machine)
            if one.get("accessTokenValiditySeconds") != other.get("accessTokenValiditySeconds"):
                self.row("oauth_client", name, "token_validity_seconds", "changed", "none")
            uris = set(one.get("registeredRedirectUri") or []), set(other.get("registeredRedirectUri") or [])
            for way, more in (("lost", uris[0] - uris[1]), ("gained", uris[1] - uris[0])):
                if more:
                    self.row("oauth_client", name, "redirect_uris", way, "none")
        self.one_sided("oauth_client")
        for name in self.several["oauth_client"]:
            self.row("oauth_client", name, "name", "changed", "unknown")

    def one_sided(self, kind):
        for way, things in (("lost", self.only_left[kind]), ("gained", self.only_right[kind])):
            for thing in things:
                word = kind if kind != "user" else self.kind_of_user(*((thing, None) if way == "lost" else (None, thing)))
                self.row(word, thing["name"], "presence", way, "narrows" if way == "lost" else "widens", [(thing["id"], None)] if way == "lost" else [], reason="absent")

    def users(self):
        carrying = [{group for group in side.group_ids if side.direct[group]} for side in (self.left, self.right)]
        for one, other in self.pairs["user"]:
            kind, name, pair = self.kind_of_user(one, other), one["name"], [(one["id"], other["id"])]
            if one["name"] != other["name"]:
                self.row(kind, name, "name", "changed", "none")
            if one["email"].lower() != other["email"].lower():
                self.row(kind, name, "email", "changed", "none")
            if (one["id"] in self.left.org.service_ids) != (other["id"] in self.right.org.service_ids):
                self.row(kind, name, "matched_by", "changed", "none")
            if one["state"] != other["state"]:
                was, now = self.left.active(one), self.right.active(other)
                self.row(kind, name, "state", "changed", "narrows" if was and not now else "widens" if now and not was else "none", pair, reason="user-inactive")
            self.grants(kind, name, one, other, pair)
            for way, side, there, here, mine, groups in (
                ("lost", self.left, self.right, one, other, carrying[0]), ("gained", self.right, self.left, other, one, carrying[1]),
            ):
                gone = {thing["id"] for thing in (self.only_left if side is self.left else self.only_right)["group"]}
                theirs = {there.words[group] for group in there.groups_of[mine["id"]]}
                more = {group for group in side.groups_of[here["id"]] if side.words[group] not in theirs and group in groups and group not in gone}
                if more:
                    permissions = {permission for group in more for role, _ in side.direct[group] for permission, _ in side.rights(role)}
                    self.row(kind, name, "groups", way, None, pair, permissions, through=lambda role, division, subject, more=more: subject in more)
        self.one_sided("user")

    def group_rows(self):
        for one, other in self.pairs["group"]:
            name = one["name"]
            inside = [pair for pair in self.principals() if one["id"] in self.left.groups_of[pair[0]] or other["id"] in self.right.groups_of[pair[1]]]
            if one["name"] != other["name"]:
                self.row("group", name, "name", "changed", "none")
            if one.get("state", "active") != other.get("state", "active"):
                self.row("group", name, "state", "changed", "none")
            if one.get("rolesEnabled") != other.get("rolesEnabled"):
                self.row("group", name, "roles_enabled", "changed", "none")
            self.grants("group", name, one, other, inside)
        for way, side, things in (("lost", self.left, self.only_left["group"]), ("gained", self.right, self.only_right["group"])):
            for group in things:
                permissions = {permission for role, _ in side.direct[group["id"]] for permission, _ in side.rights(role)}

                def through(role, division, subject, own=group["id"]):
                    return subject == own

                self.row("group", group["name"], "presence", way, None, self.holders(side, through), permissions, through=through)

    def divisions(self):
        for one, other in self.pairs["division"]:
            if one["name"] != other["name"] and not one["homeDivision"]:
                self.row("division", one["name"], "name", "changed", "none")
        for way, side, things in (("lost", self.left, self.only_left["division"]), ("gained", self.right, self.only_right["division"])):
            for division in things:
                roles = {role for grants in side.direct.values() for role, where in grants if where == division["id"]}
                permissions = {permission for role in roles for permission, _ in side.rights(role)}

                def through(role, where, subject, own=division["id"]):
                    return where == own

                self.row("division", division["name"], "presence", way, None, self.holders(side, through), permissions, through=through)

    def permissions(self):
        lefts, rights = self.left.org.catalogue, self.right.org.catalogue
        for way, side, more, less in (("lost", self.left, lefts, rights), ("gained", self.right, rights, lefts)):
            for permission in more.keys() - less.keys():
                roles = {role["id"] for role in side.org.roles if any(one == permission for one, _ in side.rights(role["id"]))}
                self.row("permission", permission, "presence", way, None, self.holders(side, lambda role, *_: role in roles), {permission})
        for permission in lefts.keys() & rights.keys():
            aware = lefts[permission]["divisionAware"], rights[permission]["divisionAware"]
            if aware[0] != aware[1]:
                way = "lost" if aware[1] else "gained"
                self.row("permission", permission, "division_aware", "changed", None, self.principals(), {permission}, way)
            if lefts[permission]["allowsConditions"] != rights[permission]["allowsConditions"]:
                self.row("permission", permission, "allows_conditions", "changed", "none")

    def policies(self):
        def in_force(policy):
            return policy["effect"] == "DENY" and policy.get("active") is True

        for one, other in self.pairs["policy"]:
            def subject(side, policy):
                return policy["subject"]["type"], side.words.get(policy["subject"].get("id"), policy["subject"].get("id"))

            for field, was, now in (
                ("target", one["targetResource"], other["targetResource"]), ("subject", subject(self.left, one), subject(self.right, other)),
                ("effect", one["effect"], other["effect"]), ("active", one.get("active"), other.get("active")),
                ("applies_to_clients", one.get("applyToClients"), other.get("applyToClients")), ("condition", one.get("condition"), other.get("condition")),
            ):
                if was != now:
                    before, after = in_force(one), in_force(other)
                    effect = "none" if not (before or after) else "narrows" if after and not before else "widens" if before and not after else "unknown"
                    self.row("policy", one["name"], field, "changed", effect)
        for way, things in (("lost", self.only_left["policy"]), ("gained", self.only_right["policy"])):
            for policy in things:
                effect = "none" if not in_force(policy) else "narrows" if way == "gained" else "widens"
                self.row("policy", policy["name"], "presence", way, effect)

    def trustees(self):
        for one, other in self.pairs["trustee"]:
            for field, more in (("enabled", True), ("full_access", True), ("default_role", True), ("expires", "never")):
                if one[field] != other[field]:
                    self.row("trustee", one["name"], field, "changed", "widens" if other[field] == more else "narrows")
            for field in ("users", "groups"):
                for way, more in (("lost", set(one[field]) - set(other[field])), ("gained", set(other[field]) - set(one[field]))):
                    if more:
                        self.row("trustee", one["name"], field, way, "narrows" if way == "lost" else "widens")
        for way, things in (("lost", self.only_left["trustee"]), ("gained", self.only_right["trustee"])):
            for trustee in things:
                self.row("trustee", trustee["name"], "presence", way, "narrows" if way == "lost" else "widens")

    def endpoints(self):
        lefts, rights = self.left.endpoints, self.right.endpoints
        for key in sorted(lefts.keys() | rights.keys()):
            name = " ".join(key)
            if key not in rights or key not in lefts:
                self.row("endpoint", name, "presence", "lost" if key in lefts else "gained", "narrows" if key in lefts else "widens")
                continue
            one, other = lefts[key], rights[key]
            if (one.match, set(one.permissions)) != (other.match, set(other.permissions)):
                self.row("endpoint", name, "permissions", "changed", "requirement", self.principals(), key)

    # ---- needed calls ----

    def needed(self):
        """(kind, left thing, right thing or None, method, path, division): what is declared or observed."""
        found = {}
        by_word = collections.defaultdict(list)
        everybody = [(kind, one, other) for kind in ("oauth_client", "user") for one, other in self.pairs[kind]]
        everybody += [(kind, one, None) for kind in ("oauth_client", "user") for one in self.only_left[kind]]
        for kind, one, other in everybody:
            word = kind if kind != "user" else self.kind_of_user(one, other)
            for name in {one["name"], one["id"]} | ({other["name"], other["id"]} if other else set()):
                by_word[name].append((word, one, other))
        for need in self.needs:
            if need.org in ("", self.right_name):
                for word, one, other in by_word.get(need.principal, []):
                    found[word, one["id"], need.method, need.path, need.division] = (one, other)
        declared_here, declared_elsewhere = set(), set()
        for need in self.needs:
            whom = declared_here if need.org in ("", self.right_name) else declared_elsewhere
            whom.update(one["id"] for _, one, _ in by_word.get(need.principal, []))
        for side in (self.left, self.right):
            for who, method, path in getattr(side.org, "observed", ()):
                for person in by_word.get(who, []):
                    # Who is declared for other orgs alone is not needed here, whatever it was seen to do there.
                    if person[1]["id"] not in declared_elsewhere - declared_here:
                        found[person[0], person[1]["id"], method, path, ""] = person[1:]
        return found

    def works_on_left(self, one, other, endpoint, division):
        """Who is gone for certain can do nothing, so a need that was not refused for certain breaks with it."""
        verdict = self.left.verdict(one["id"], endpoint, division)
        seen = (one["id"], endpoint.method, endpoint.path) in getattr(self.left.org, "observed", ())
        return verdict in ("allowed", "partial", "depends-on-user") or ((seen or other is None) and verdict != "denied")

    def broken(self):
        found = []
        for (kind, _, method, path, division), (one, other) in self.needed().items():
            before, after = self.left.endpoints.get((method, path)), self.right.endpoints.get((method, path))
            if before is None or after is None or not self.works_on_left(one, other, before, division):
                continue
            if other is None or self.right.verdict(other["id"], after, division) == "denied":
                found.append((kind, one, other, method, path, division))
        return found

    # ---- effects ----

    def breaks(self, row, call):
        """Whether a difference is a cause of a broken call."""
        kind, name, field, way, effect, touched, permissions, reason, through = row
        _, one, other, method, path, division = call
        pair = (one["id"], other["id"] if other else None)
        if pair not in touched:
            return False
        if other is None:
            return reason == "absent"
        after = self.right.endpoints[method, path]
        cell = self.right.principals[other["id"]].verdict(after)
        if kind == "endpoint":
            return permissions == (method, path) and self.right.verdict(other["id"], self.left.endpoints[method, path], division) != "denied"
        if field == "grant_type":
            return bool(cell.reasons & {"needs-user-context", "missing-scope"}) or cell.verdict == "denied"
        if reason in ("client-inactive", "user-inactive", "missing-scope"):
            return reason in cell.reasons and effect != "none"
        if permissions is None or (way != "lost" and reason != "lost"):
            return False
        if cell.reasons & {"client-inactive", "user-inactive", "needs-user-context", "missing-scope"}:
            return False
        asked = set(self.left.endpoints[method, path].permissions) & permissions
        lost = {permission for permission in asked if wider(self.left.hold(one["id"], permission), self.right.hold(other["id"], permission))}
        return bool(lost if through is None else lost & self.given(one["id"], through, division))

    def given(self, principal, through, division):
        """The permissions that a principal of the left gets by these grants, where they count in the division (by name)."""
        side = self.left
        found = set()
        for subject in (principal, *side.groups_of[principal]):
            for role, where in side.direct[subject]:
                if through(role, where, subject):
                    counts = where == ALL or not division or side.org.division_names[where] == division
                    rights = {permission for permission, _ in side.rights(role)}
                    found |= rights if counts else {one for one in rights if not side.org.catalogue.get(one, {}).get("divisionAware", True)}
        return found

    def idle(self, pair):
        """Whether nobody can use it on either side."""
        return all(side.principals[one].inactive for side, one in zip((self.left, self.right), pair))

    def usable(self, pair, way):
        """Whether a holder can use what roles give: not a client for users, and active on one side at least."""
        here = self.left.principals[pair[0]] if way == "lost" else self.right.principals[pair[1]]
        return not self.idle(pair) and not (here.kind == "oauth_client" and here.grant_type != "CLIENT-CREDENTIALS")

    def effect_of(self, row, broken):
        kind, name, field, way, effect, touched, permissions, reason, _ = row
        if any(self.breaks(row, call) for call in broken):
            return "breaks"
        if effect in ("grant type", "requirement", "scopes"):
            return self.by_calls(row)
        if effect is not None:
            return effect
        if way == "changed":
            way = reason
        sides = (self.left, self.right) if way == "lost" else (self.right, self.left)
        own = kind not in ("role", "group", "division", "permission")
        changed = any(
            wider(sides[0].hold(pair[0 if sides[0] is self.left else 1], permission), sides[1].hold(pair[0 if sides[1] is self.left else 1], permission))
            for pair in touched
            if None not in pair and (own or not self.idle(pair))
            for permission in permissions
        )
        # What nobody can use tells by its own direction; what somebody's own row tells is theirs alone.
        if not permissions:
            return "none"
        if changed or (not own and field != "division_aware" and not any(self.usable(pair, way) for pair in touched if None not in pair)):
            return "narrows" if way == "lost" else "widens"
        return "none"

    def by_calls(self, row):
        """By the calls that work on one side only."""
        kind, name, field, way, effect, touched, key, reason, _ = row
        lost = gained = unsure = False
        keys = [key] if kind == "endpoint" else self.left.endpoints.keys() & self.right.endpoints.keys()
        for one, other in touched:
            for at in keys:
                was = self.left.verdict(one, self.left.endpoints[at], "")
                now = self.right.verdict(other, self.right.endpoints[at], "")
                if kind == "endpoint" and self.right.verdict(other, self.left.endpoints[at], "") == now:
                    continue  # what the two endpoints ask of this principal comes to the same
                lost = lost or (was not in ("denied", "unknown") and now == "denied")
                gained = gained or (was == "denied" and now not in ("denied", "unknown"))
                # Whether scopes are enforced no API tells: where nobody declared it, this cannot be determined either.
                unsure = unsure or (was != now and now == "unknown" and way != "gained") or (was != now and was == "unknown" and way != "lost")
        return "narrows" if lost and way != "gained" else "widens" if gained and way != "lost" else "unknown" if unsure else "none"

    def result(self):
        self.pair_all()
        for rows in (self.roles, self.clients, self.users, self.group_rows, self.divisions, self.permissions, self.policies, self.trustees, self.endpoints):
            rows()
        broken = self.broken()
        rows = sorted(Row(*row[:4], self.effect_of(row, broken)) for row in self.rows)
        blockers = sorted((kind, one["name"], method, path, division) for kind, one, other, method, path, division in broken)
        return rows, blockers
