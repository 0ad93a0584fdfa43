"""Two orgs of the foreign platform: `dev`, and a `staging` that it was promoted to badly, on purpose.

Every id is another one, and so is every date; that is no difference. What is one is planted at random and written down:

    promotion = Promotion(seed, endpoints)
    promotion.dev, promotion.staging            # orgs to serve, each with its own `endpoints`
    promotion.planted                           # {(kind, name)} of everything that differs
"""
import copy
import random
import re
import uuid

from foreign_org import CONDITION, ForeignOrg

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def document(endpoints):
    """The region's Swagger document, as far as it tells who may call what."""
    paths = {}
    for one in endpoints:
        operation = {
            "parameters": [{"name": name, "in": "path", "required": True, "type": "string"} for name in re.findall(r"{(\w+)}", one.path)],
            "responses": {"200": {"description": "successful operation"}},
        }
        if one.takes_token:
            operation["security"] = [{"PureCloud OAuth": sorted(one.scopes)}]
        if one.match != "NONE":
            operation["x-inin-requires-permissions"] = {"type": one.match, "permissions": list(one.permissions)}
        if one.user_context == "yes":
            operation["responses"]["400"] = {"description": "", "x-inin-error-codes": {"not.a.user": "This request requires a user context."}}
        paths.setdefault(one.path, {})[one.method.lower()] = operation
    return {
        "swagger": "2.0", "info": {"title": "Platform API", "version": "v2"}, "host": "api.example.com", "schemes": ["https"], "paths": paths,
        "securityDefinitions": {"PureCloud OAuth": {"type": "oauth2", "flow": "implicit", "authorizationUrl": "https://login.example.com", "scopes": {}}},
    }


def published(endpoints):
    """Those that a document of the platform can tell in full."""
    return [one for one in endpoints if one.match != "UNKNOWN" and one.scopes_published and one.user_context != "no"]


class Promotion:
    def __init__(self, seed, endpoints):
        self.random = random.Random(f"promotion {seed}")
        endpoints = published(endpoints)
        permissions = {permission for one in endpoints for permission in one.permissions}
        scopes = self.scopes = {scope for one in endpoints for scope in one.scopes}
        self.dev = ForeignOrg(1000 + seed, permissions, scopes, clients=48, service_users=20, people=60, roles=36)
        self.dev.endpoints = endpoints
        for number, client in enumerate(self.dev.clients):
            client["registeredRedirectUri"] = [f"https://{number}.example.com/"] if client["authorizedGrantType"] in ("CODE", "TOKEN") else []
        # Whether a permission counts that no catalogue lists is documented nowhere: nothing is planted on it.
        next(role for role in self.dev.roles if role["name"] == "Ghost")["permissionPolicies"] = []
        twins = {client["id"] for client in self.dev.clients if client["name"] == "twin"}
        self.dev.policies = [policy for policy in self.dev.policies if policy["subject"].get("id") not in twins]
        self.dev.observed = {(client, method, path) for client, method, path, good, _ in self.dev.usage if good}
        self.staging = self.renumbered(self.dev)
        self.west = {division["id"] for division in self.staging.divisions if division["name"] == "West"}
        self.planted = {("oauth_client", "twin")}  # two of a name on each side: which is which cannot be determined
        # Whatever a plant touched is left alone by the others, so that each difference has one cause.
        self.used = {"employee", "Master Admin", "auditor", "Auditor", "twin", "Service Accounts"}
        plants = [name for name in dir(self) if name.startswith("plant_")]
        self.random.shuffle(plants)
        # First those that ask the most of what they are planted on; last the catalogue, clear of what was done to roles.
        first, last = ("plant_role_missing", "plant_role_split_in_two", "plant_role_renamed"), ("plant_permission_missing",)
        for plant in sorted(plants, key=lambda name: (name in last) - (name in first)):
            getattr(self, plant)()

    def renumbered(self, org):
        """The same org with other ids and dates."""
        ids = {}

        def other(value):
            if isinstance(value, str):
                if UUID.fullmatch(value):
                    return ids.setdefault(value, str(uuid.UUID(int=self.random.getrandbits(128), version=4)))
                return value.replace("2025-03-01", "2026-01-09")
            if isinstance(value, dict):
                return {other(key): other(item) for key, item in value.items()}
            if isinstance(value, (list, tuple, set)):
                return type(value)(map(other, value))
            return value

        twin = copy.copy(org)
        for name, value in vars(org).items():
            if name not in ("random", "endpoints", "subjects"):
                setattr(twin, name, other(copy.deepcopy(value)))
        twin.subjects = type(org.subjects)(list, other(dict(org.subjects)))
        twin.name, twin.granted_at = "Foreign Staging", "2026-05-06T07:08:09.000Z"
        twin.auditor_role = next(role for role in twin.roles if role["name"] == "Auditor")
        self.random.shuffle(twin.roles)
        self.random.shuffle(twin.clients)
        return twin

    def new_id(self):
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    # ---- what can be touched ----

    def take(self, kind, things, fits=lambda thing: True):
        """One thing of staging that no other plant has touched."""
        free = [thing for thing in things if thing["name"] not in self.used and thing.get("defaultRoleId") is None and fits(thing)]
        thing = self.random.choice(free)
        self.used.add(thing["name"])
        self.planted.add((kind, thing["name"]))
        return thing

    def client(self, fits=lambda client: True):
        return self.take("oauth_client", self.staging.clients, fits)

    def role(self, fits=lambda role: True):
        return self.take("role", self.staging.roles, fits)

    def service_user(self, fits=lambda user: True):
        return self.take("service_user", [user for user in self.staging.users if user["id"] in self.staging.service_ids], fits)

    def machine(self, client):
        return client["authorizedGrantType"] == "CLIENT-CREDENTIALS" and client.get("state", "active") == "active"

    def named(self, role_id):
        return next(role["name"] for role in self.staging.roles if role["id"] == role_id)

    def regrant(self, client):
        """Writes a client's grants into the lists of subjects too."""
        org = self.staging
        for role in org.roles:
            others = [subject for subject in org.subjects[role["id"]] if subject[0] != client["id"]]
            divisions = [pair["divisionId"] for pair in client["roleDivisions"] if pair["roleId"] == role["id"]]
            if divisions and client["authorizedGrantType"] == "CLIENT-CREDENTIALS":
                others.append((client["id"], client["name"], "PC_OAUTH_CLIENT", divisions))
            org.subjects[role["id"]] = others

    def forget(self, subject):
        for role in self.staging.subjects:
            self.staging.subjects[role] = [one for one in self.staging.subjects[role] if one[0] != subject]

    def rights(self, role):
        """(free, conditional) permissions of a role in staging, wildcards spelled out."""
        free, conditional = set(), set()
        for policy in role["permissionPolicies"]:
            for action in policy["actionSet"]:
                pattern = policy["domain"], policy["entityName"], action
                held = {name for name in self.staging.catalogue if all(one in ("*", part) for one, part in zip(pattern, name.split(":")))}
                (conditional if policy.get("resourceConditionNode") or policy.get("namedResources") else free).update(held)
        return free, conditional

    def elsewhere(self, division):
        """Not in the division that is missing later: a grant there is gone for that reason alone."""
        return division not in self.west

    def free_of_policies(self, thing):
        return not any(policy["subject"].get("id") == thing["id"] for policy in self.staging.policies)

    # ---- roles ----

    def plant_role_lost_a_permission(self):
        for _ in range(3):
            role = self.role(lambda role: sum(map(len, self.rights(role))) > 3)
            before = self.rights(role)
            while self.rights(role) == before:
                role["permissionPolicies"].pop(self.random.randrange(len(role["permissionPolicies"])))

    def plant_role_gained_a_permission(self):
        role = self.role()
        have = set().union(*self.rights(role))
        domain, entity, action = self.random.choice(sorted(set(self.staging.catalogue) - have)).split(":")
        role["permissionPolicies"].append({"domain": domain, "entityName": entity, "actionSet": [action]})

    def plant_role_under_a_condition(self):
        def free(policy):
            return not policy.get("resourceConditionNode") and not policy.get("namedResources")

        role = self.role(lambda role: len(self.rights(role)[0]) > 1 and not self.rights(role)[1])
        for policy in filter(free, role["permissionPolicies"]):
            policy.update(allowConditions=True, resourceConditionNode=CONDITION)

    def plant_role_missing(self):
        role = self.role(lambda role: sum(map(len, self.rights(role))) > 1 and self.untouched_holders(role["id"]))
        self.used |= self.holders(role["id"])
        self.staging.roles.remove(role)
        self.staging.subjects.pop(role["id"], None)
        for client in self.staging.clients:
            client["roleDivisions"] = [pair for pair in client["roleDivisions"] if pair["roleId"] != role["id"]]

    def holders(self, role_id):
        return {name for one, name, _, _ in self.staging.subjects[role_id]} | {
            client["name"] for client in self.staging.clients if any(pair["roleId"] == role_id for pair in client["roleDivisions"])
        }

    def untouched_holders(self, role_id):
        holders = self.holders(role_id)
        return len(holders) > 1 and not holders & (self.used - {"twin"})

    def plant_role_only_in_staging(self):
        name, pick = "Only Staging", sorted(self.staging.catalogue)
        policies = [dict(zip(("domain", "entityName", "actionSet"), (*one.split(":")[:2], [one.split(":")[2]]))) for one in self.random.sample(pick, 5)]
        self.staging.roles.append({"id": self.new_id(), "name": name, "permissionPolicies": policies, "default": False})
        self.planted.add(("role", name))
        self.used.add(name)

    def plant_role_renamed(self):
        """The same content under another name: a rename, of the name in dev."""
        contents = [self.rights(role) for role in self.staging.roles]
        role = self.role(lambda role: any(rights := self.rights(role)) and contents.count(rights) == 1)
        role["name"] += " (renamed)"
        self.used.add(role["name"])

    def plant_wildcard_spelled_out(self):
        """Every wildcard of a role written out over the org's own catalogue: another text, the same rights."""
        role = self.role(lambda role: any("*" in (policy["entityName"], *policy["actionSet"]) for policy in role["permissionPolicies"]))
        policies = []
        for policy in role["permissionPolicies"]:
            free, conditional = self.rights({"permissionPolicies": [policy]})
            for permission in sorted(free | conditional):
                domain, entity, action = permission.split(":")
                policies.append({**policy, "domain": domain, "entityName": entity, "actionSet": [action]})
        role["permissionPolicies"] = policies

    def plant_role_split_in_two(self):
        """Half of a role in another one that the same principals are granted, in the same divisions."""
        org = self.staging
        role = self.role(lambda role: len(role["permissionPolicies"]) > 1 and self.untouched_holders(role["id"]) and self.rights(role)[0])
        self.used |= self.holders(role["id"])
        half = len(role["permissionPolicies"]) // 2
        other = {"id": self.new_id(), "name": role["name"] + " (second half)", "permissionPolicies": role["permissionPolicies"][half:], "default": False}
        role["permissionPolicies"] = role["permissionPolicies"][:half]
        org.roles.append(other)
        org.subjects[other["id"]] = list(org.subjects[role["id"]])
        for client in org.clients:
            client["roleDivisions"] += [{**pair, "roleId": other["id"]} for pair in client["roleDivisions"] if pair["roleId"] == role["id"]]
        self.planted.add(("role", other["name"]))
        self.used.add(other["name"])
        if not self.rights(other)[0] - self.rights(role)[0]:
            self.planted.discard(("role", role["name"]))

    # ---- grants ----

    def plant_client_grant_not_carried_over(self):
        for _ in range(3):
            client = self.client(lambda client: self.machine(client) and any(self.elsewhere(pair["divisionId"]) for pair in client["roleDivisions"]))
            client["roleDivisions"].remove(self.random.choice([pair for pair in client["roleDivisions"] if self.elsewhere(pair["divisionId"])]))
            self.regrant(client)

    def plant_client_grant_in_another_division(self):
        ids = {division["id"] for division in self.staging.divisions} - self.west

        def movable(client):
            return self.machine(client) and any(pair["divisionId"] in ids for pair in client["roleDivisions"])

        for _ in range(2):
            client = self.client(movable)
            pair = next(pair for pair in client["roleDivisions"] if pair["divisionId"] in ids)
            taken = {one["divisionId"] for one in client["roleDivisions"] if one["roleId"] == pair["roleId"]}
            pair["divisionId"] = self.random.choice(sorted(ids - taken) or ["*"])
            self.regrant(client)

    def plant_service_user_grant_not_carried_over(self):
        org = self.staging

        def held(user):
            return [role for role in org.subjects for one, _, _, where in org.subjects[role] if one == user["id"] and any(map(self.elsewhere, where))]

        user = self.service_user(held)
        role = self.random.choice(held(user))
        org.subjects[role] = [one for one in org.subjects[role] if one[0] != user["id"]]

    def plant_group_lost_a_role(self):
        org = self.staging

        def held(group):
            return [role for role in org.subjects for one, _, _, where in org.subjects[role] if one == group["id"] and any(map(self.elsewhere, where))]

        # The members of a group that carries nothing decide nothing, and are not looked at: `Everybody` keeps its roles.
        group = self.take("group", org.groups, lambda group: held(group) and group["name"] != "Everybody")
        role = self.random.choice(held(group))
        org.subjects[role] = [one for one in org.subjects[role] if one[0] != group["id"]]

    def plant_member_missing(self):
        org = self.staging
        everybody = next(group["id"] for group in org.groups if group["name"] == "Everybody")
        user = self.service_user(lambda user: user["id"] in org.members[everybody])
        org.members[everybody].remove(user["id"])
        next(group for group in org.groups if group["id"] == everybody)["memberCount"] -= 1

    # ---- principals ----

    def plant_client_missing(self):
        client = self.client(lambda client: self.machine(client) and client["roleDivisions"] and self.free_of_policies(client))
        self.staging.clients.remove(client)
        self.forget(client["id"])

    def plant_client_only_in_staging(self):
        role = next(role for role in self.staging.roles if role["name"] == "Auditor")
        client = {
            "id": self.new_id(), "name": "only-staging", "authorizedGrantType": "CLIENT-CREDENTIALS", "state": "active", "scope": [],
            "dateCreated": "2026-03-01T10:00:00.000Z", "accessTokenValiditySeconds": 4711, "registeredRedirectUri": [],
            "roleDivisions": [{"roleId": role["id"], "divisionId": self.staging.divisions[1]["id"]}],
        }
        self.staging.clients.append(client)
        self.regrant(client)
        self.planted.add(("oauth_client", client["name"]))

    def plant_client_inactive(self):
        self.client(self.machine)["state"] = "inactive"

    def plant_grant_type_changed(self):
        client = self.client(lambda client: self.machine(client) and client["roleDivisions"])
        client["authorizedGrantType"] = "CODE"
        self.regrant(client)

    def plant_scopes_changed(self):
        for fewer in (True, False):
            client = self.client(lambda client: client["authorizedGrantType"] in ("CODE", "SAML2-BEARER", "PASSWORD") and 1 < len(client["scope"]) < 25)
            client["scope"] = client["scope"][1:] if fewer else [*client["scope"], self.random.choice(sorted(self.scopes - set(client["scope"])))]

    def plant_what_decides_nothing(self):
        self.client(self.machine)["accessTokenValiditySeconds"] = 600
        self.client(lambda client: client["registeredRedirectUri"])["registeredRedirectUri"] = ["https://staging.example.com/"]

    def plant_service_user_missing(self):
        user = self.service_user(self.free_of_policies)
        org = self.staging
        org.users.remove(user)
        org.service_ids.remove(user["id"])
        self.forget(user["id"])
        for group in org.groups:
            inside = org.members[group["id"]]
            if user["id"] in inside:
                inside.remove(user["id"])
            group["memberCount"] = len(inside)

    def plant_service_user_inactive(self):
        self.service_user(lambda user: user["state"] == "active")["state"] = "inactive"

    # ---- the rest ----

    def plant_division_missing(self):
        org = self.staging
        division = next(division for division in org.divisions if division["name"] == "West")
        self.planted.add(("division", "West"))
        org.divisions.remove(division)
        org.division_names.pop(division["id"])
        for role, subjects in org.subjects.items():
            org.subjects[role] = [
                (who, name, kind, left) for who, name, kind, divisions in subjects if (left := [one for one in divisions if one != division["id"]])
            ]
        for client in org.clients:
            client["roleDivisions"] = [pair for pair in client["roleDivisions"] if pair["divisionId"] != division["id"]]

    def plant_policy_added(self):
        self.staging.policies.append({
            "id": self.new_id(), "name": "only in staging", "targetResource": self.random.choice(sorted(self.staging.catalogue)),
            "subject": {"type": "ALL"}, "effect": "DENY", "active": True, "applyToClients": True, "condition": {"any": [{"eq": ["time", "night"]}]},
        })
        self.planted.add(("policy", "only in staging"))

    def plant_permission_missing(self):
        touched = {name for kind, name in self.planted if kind == "role"} | {"Auditor"}
        named = set().union(*(side for role in self.staging.roles if role["name"].removesuffix(" (renamed)") in touched for side in self.rights(role)))
        extra = {"foreign:thing:view"} | {name for kind, name in self.planted if kind == "permission"}
        for permission in self.random.sample(sorted(self.staging.catalogue.keys() - named - extra), 3):
            del self.staging.catalogue[permission]
            self.planted.add(("permission", permission))

    def plant_permission_of_all_divisions(self):
        permission = self.random.choice(sorted(self.staging.catalogue))
        self.staging.catalogue[permission]["divisionAware"] = not self.staging.catalogue[permission]["divisionAware"]
        self.planted.add(("permission", permission))

    def fits_another(self, endpoint):
        """Whether a path could be read as another endpoint's, its last part taken for an id."""
        shapes = (re.sub(r"{\w+}", "[^/]+", one.path) for one in self.dev.endpoints if one.method == endpoint.method and one.path != endpoint.path)
        return any(re.fullmatch(shape, endpoint.path) for shape in shapes)

    def plant_matrix_changed(self):
        endpoints = list(self.dev.endpoints)
        common = sorted(self.staging.catalogue)
        changed, gone = self.random.sample([number for number, one in enumerate(endpoints) if one.match in ("ANY", "ALL")], 2)
        while self.fits_another(endpoints[gone]) or gone == changed:
            gone = self.random.randrange(len(endpoints))
        endpoints[changed] = endpoints[changed]._replace(match="ALL", permissions=(*endpoints[changed].permissions, self.random.choice(common)))
        for number in (changed, gone):
            self.planted.add(("endpoint", f"{endpoints[number].method} {endpoints[number].path}"))
        endpoints.pop(gone)
        new = endpoints[0]._replace(method="GET", path="/api/v2/foreign/things", match="ANY", permissions=("foreign:thing:view",), scopes=frozenset())
        self.planted.add(("endpoint", "GET /api/v2/foreign/things"))
        self.staging.endpoints = [*endpoints, new]
