"""A folder of fixtures/orgs as the plain dictionaries that `oracle` and `drift_oracle` work on, read from its files alone."""
import collections
import json
import pathlib

from oracle import covers

SERVICE_MAIL = "@svc.example.com"
FILES = "catalogue clients divisions grants groups members policies roles trusts usage users".split()


class FixtureOrg:
    def __init__(self, folder, endpoints):
        read = {name: json.loads((pathlib.Path(folder) / f"{name}.json").read_text(encoding="utf-8")) for name in FILES}
        self.endpoints = endpoints
        self.divisions, self.groups, self.members, self.policies = (read[name] for name in ("divisions", "groups", "members", "policies"))
        self.division_names = {division["id"]: division["name"] for division in self.divisions}
        self.catalogue = self.make_catalogue(read["catalogue"])
        self.roles, self.users = read["roles"], read["users"]
        self.clients = [{"scope": [], "roleDivisions": [], **client} for client in read["clients"]]
        self.service_ids = [user["id"] for user in self.users if user["name"].startswith("svc-") or user["email"].endswith(SERVICE_MAIL)]
        self.subjects = self.make_subjects(read["grants"])
        self.trustees = [
            {
                "id": one["id"], "name": one["organization"]["name"], "enabled": one["enabled"], "full_access": one["hasFullAccess"],
                "default_role": one["usesDefaultRole"], "expires": "set" if one.get("dateExpired") else "never",
                "users": [user["name"] for user in read["trusts"]["users"].get(one["id"], [])],
                "groups": [group["name"] for group in read["trusts"]["groups"].get(one["id"], [])],
            }
            for one in read["trusts"]["trustees"]
        ]
        # (client or user id, method, template) of calls that succeeded in the last 30 days.
        self.observed = {
            ((row.get("user") or row["oauthClient"])["id"], row["httpMethod"], row["templateUri"])
            for row in read["usage"]
            if row.get("status200", 0) > 0 and row["daysAgo"][0] <= 30
        }

    def make_catalogue(self, rules):
        """Every permission that an endpoint asks for, less the missing ones, and the extra ones."""
        asked = {permission for endpoint in self.endpoints for permission in endpoint.permissions if permission.count(":") == 2}
        names = {name for name in asked if not any(covers(pattern, name) for pattern in rules["missing"])} | set(rules["extra"])
        return {
            name: {
                "divisionAware": any(covers(pattern, name) for pattern in rules["divisionAware"]),
                "allowsConditions": any(covers(pattern, name) for pattern in rules["allowsConditions"]),
            }
            for name in sorted(names)
        }

    def make_subjects(self, grants):
        """Role id -> [(subject id, name, kind, [division ids])]."""
        pairs = [(grant["role"]["id"], grant["subjectId"], grant["type"], grant["division"]["id"]) for grant in grants]
        for client in self.clients:
            pairs += [(pair["roleId"], client["id"], "PC_OAUTH_CLIENT", pair["divisionId"]) for pair in client["roleDivisions"]]
        held = collections.defaultdict(list)
        for role, subject, kind, division in pairs:
            held[role, subject, kind].append(division)
        result = collections.defaultdict(list)
        for (role, subject, kind), divisions in held.items():
            result[role].append((subject, "", kind, divisions))
        return result
