"""A second, independent implementation of the platform: a random org behind HTTP, written from the platform's published
behaviour alone. It shares nothing with the program's own simulator, so that one misunderstanding cannot hide in both.

    org = ForeignOrg(seed=7, permissions=[...])
    with ForeignServer(org) as server:
        ...                                         # server.url, org.auditor_id, org.auditor_secret
        server.requests                             # every (method, path, query, status) received
"""
import base64
import collections
import json
import math
import random
import re
import threading
import urllib.parse
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GRANT_TYPES = ["CLIENT-CREDENTIALS", "CODE", "TOKEN", "SAML2-BEARER", "PASSWORD"]
# What an auditor needs to see everything. All are given to the auditor's own client, in all divisions.
AUDITOR_NEEDS = [
    "audits:audit:view", "authorization:grant:view", "authorization:orgTrustee:view", "authorization:orgTrusteeGroup:view",
    "authorization:orgTrusteeUser:view", "authorization:orgTrustor:view", "authorization:policy:view",
    "authorization:role:view", "authorization:settings:view", "integrations:integration:view", "oauth:client:authorize",
    "oauth:client:view", "usage:organization:view",
]
CONDITION = {
    "conjunction": "AND",
    "terms": [{"variableName": "Conversation.queues", "operator": "EQ", "operands": [{"type": "SCALAR", "value": "support"}]}],
}


class ForeignOrg:
    """The org as plain dictionaries, in the shapes of the API where the API has one."""

    def __init__(self, seed, permissions, scopes, clients=60, service_users=25, people=230, roles=30):
        self.random = random.Random(seed)
        pick = self.random
        self.id, self.name = self.new_id(), "Foreign Org"
        self.divisions = [
            {"id": self.new_id(), "name": name, "description": "", "homeDivision": name == "Home"}
            for name in ["Home", "North", "South", "East, with \"quotes\"", "West"]
        ]
        self.division_names = {division["id"]: division["name"] for division in self.divisions}
        self.catalogue = self.make_catalogue(permissions)
        self.absent = sorted(permission for permission in permissions if ":" in permission and permission not in self.catalogue)
        self.roles = self.make_roles(roles)
        self.auditor_id, self.auditor_secret = self.new_id(), "foreign-secret"
        self.clients = self.make_clients(clients, scopes)
        self.users = self.make_users(service_users, people)
        self.groups, self.members = self.make_groups()
        self.subjects = self.make_subjects()
        self.policies = self.make_policies()
        self.usage = self.make_usage()
        pick.shuffle(self.clients)
        pick.shuffle(self.users)

    def new_id(self):
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def make_catalogue(self, permissions):
        """Permission -> {divisionAware, allowsConditions}. Some that endpoints ask for are not in this org at all."""
        result = {}
        for permission in sorted({*permissions, *AUDITOR_NEEDS}):
            chance = self.random.random()
            if permission.count(":") == 2 and (chance > 0.05 or permission in AUDITOR_NEEDS):
                result[permission] = {"allowsConditions": self.random.random() < 0.2, "divisionAware": self.random.random() < 0.65}
        for extra in ("foreign:thing:view", "foreign:thing:edit", "foreign:other:view"):
            result[extra] = {"divisionAware": True, "allowsConditions": False}
        return result

    def make_roles(self, count):
        pick, names = self.random, sorted(self.catalogue)
        domains = sorted({name.split(":")[0] for name in names})
        roles = []
        for number in range(count):
            policies = []
            for _ in range(pick.randint(1, 12)):
                domain, entity, action = pick.choice(names).split(":")
                actions = sorted({name.split(":")[2] for name in names if name.startswith(f"{domain}:{entity}:")})
                kind = pick.random()
                if kind < 0.15:
                    policy = {"domain": domain, "entityName": "*", "actionSet": ["*"]}
                elif kind < 0.25:
                    policy = {"domain": domain, "entityName": "*", "actionSet": [action]}
                elif kind < 0.4:
                    policy = {"domain": domain, "entityName": entity, "actionSet": ["*"]}
                else:
                    policy = {"domain": domain, "entityName": entity, "actionSet": pick.sample(actions, pick.randint(1, len(actions)))}
                if pick.random() < 0.15:
                    policy["allowConditions"], policy["resourceConditionNode"] = True, CONDITION
                elif pick.random() < 0.05:
                    policy["namedResources"] = ["one-thing"]
                elif pick.random() < 0.2:
                    policy["allowConditions"] = True
                policies.append(policy)
            roles.append({"id": self.new_id(), "name": f"Role {number:02}", "permissionPolicies": policies, "default": False})
        roles[0].update(name="employee", defaultRoleId="employee", default=True, base=True)
        roles[1].update(name="Master Admin", defaultRoleId="admin", default=True)
        roles[1]["permissionPolicies"] = [{"domain": "*", "entityName": "*", "actionSet": ["*"]}]
        roles[2].update(name="All Views", permissionPolicies=[{"domain": "*", "entityName": "*", "actionSet": ["view"]}])
        # The API takes permissions that the org's catalogue does not have. No endpoint asks for this one: whether such a
        # permission would count is documented nowhere.
        roles[3].update(name="Ghost", permissionPolicies=[{"domain": "nowhere", "entityName": "thing", "actionSet": ["view"]}])
        roles[4].update(name="Legacy", permissions=["admin", "content_management_user"])
        roles[5].update(name="Empty", permissionPolicies=[])
        # A whole domain under a condition, and the same domain free, so that the two meet in one principal.
        busy = max(domains, key=lambda domain: sum(name.startswith(domain + ":") for name in names))
        free = {"domain": busy, "entityName": "*", "actionSet": ["*"]}
        roles[6].update(name="Conditional", permissionPolicies=[{**free, "allowConditions": True, "resourceConditionNode": CONDITION}])
        roles[7].update(name="Free", permissionPolicies=[free])
        roles[8].update(name="All Edits", permissionPolicies=[{"domain": "*", "entityName": "*", "actionSet": ["edit"]}])
        self.auditor_role = {
            "id": self.new_id(), "name": "Auditor", "default": False,
            "permissionPolicies": [
                {"domain": domain, "entityName": entity, "actionSet": [action]}
                for domain, entity, action in (need.split(":") for need in AUDITOR_NEEDS)
            ],
        }
        return roles + [self.auditor_role]

    def reaches(self):
        """Division ids of one role's grant: all, one, or several."""
        kind = self.random.random()
        if kind < 0.35:
            return ["*"]
        ids = [division["id"] for division in self.divisions]
        return self.random.sample(ids, 1 if kind < 0.75 else self.random.randint(2, len(ids)))

    def make_clients(self, count, scopes):
        pick, clients = self.random, []
        plain = sorted(scopes)
        for number in range(count):
            grant_type = "CLIENT-CREDENTIALS" if number % 2 == 0 else pick.choice(GRANT_TYPES[1:])
            client = {
                "id": self.new_id(), "name": f"client-{number:02}", "authorizedGrantType": grant_type,
                "dateCreated": "2025-03-01T10:00:00.000Z", "accessTokenValiditySeconds": 86400, "secret": "MUST-NOT-APPEAR",
            }
            chance = pick.random()
            if chance < 0.8:
                client["state"] = "active"
            elif chance < 0.95:
                client["state"] = pick.choice(["inactive", "disabled"])
            roles = pick.sample(self.roles[:-1], pick.randint(0, 4))
            client["roleDivisions"] = [{"roleId": role["id"], "divisionId": division} for role in roles for division in self.reaches()]
            client["scope"] = pick.sample(plain, pick.randint(0, min(25, len(plain)))) if grant_type != "CLIENT-CREDENTIALS" or number % 6 == 0 else []
            clients.append(client)
        # Names as people (and attackers) write them.
        for client, name in zip(clients, ["=HYPERLINK(\"http://x\",\"y\")", "+SUM(A1)", "<img src=http://127.0.0.1:9/x onerror=alert(1)></script><script>alert(2)</script>", "comma, \"quote\"; semicolon", "two\nlines", "twin", "twin"]):
            client["name"] = name
        # The same role in two divisions by two pairs, a conditional role beside the free one, an empty client.
        by_name = {role["name"]: role["id"] for role in self.roles}
        home, north = self.divisions[0]["id"], self.divisions[1]["id"]
        for client, pairs in [
            (clients[14], [("Conditional", "*"), ("Free", north)]),
            (clients[16], [("Conditional", home)]),
            (clients[18], [("Free", home), ("Free", north)]),
            (clients[20], [("Master Admin", "*")]),
            (clients[22], [("Master Admin", home)]),
            (clients[24], []),
            (clients[26], [("Legacy", "*"), ("Ghost", "*")]),
            (clients[30], [("All Views", home), ("All Edits", north)]),
            (clients[28], [("Legacy", home), ("All Views", "*"), ("Master Admin", north)]),
        ]:
            client.update(authorizedGrantType="CLIENT-CREDENTIALS", state="active")
            client["roleDivisions"] = [{"roleId": by_name[role], "divisionId": division} for role, division in pairs]
        clients[27].update(authorizedGrantType="CODE", state="active", scope=plain)
        clients[29].update(authorizedGrantType="TOKEN", state="active", scope=[])
        auditor = {
            "id": self.auditor_id, "name": "auditor", "authorizedGrantType": "CLIENT-CREDENTIALS", "state": "active", "scope": [],
            "roleDivisions": [{"roleId": self.auditor_role["id"], "divisionId": "*"}],
        }
        return [*clients, auditor]

    def make_users(self, service, people):
        users = []
        for number in range(service + people):
            user = {
                "id": self.new_id(), "name": f"Person {number:03}", "email": f"person{number}@org.example.com", "version": 1,
                "division": {"id": self.divisions[0]["id"], "name": "Home"}, "state": "active",
            }
            if number < service:
                if number % 3 == 0:
                    user["name"] = f"svc-{number:02}"
                elif number % 3 == 1:
                    user["email"] = f"bot{number}@svc.example.com"
                # The rest are service users by membership of the group "Service Accounts".
                if number in (4, 9):
                    user["state"] = "inactive"
            users.append(user)
        self.service_ids = [user["id"] for user in users[:service]]
        return users

    def make_groups(self):
        pick, groups, members = self.random, [], {}
        service, everybody = self.service_ids, [user["id"] for user in self.users]
        for number, name in enumerate(["Service Accounts", "Supervisors", "Night Shift", "Integrations", "Everybody", "Empty"]):
            group = {
                "id": self.new_id(), "name": name, "type": "official", "rulesVisible": True, "visibility": "public",
                "rolesEnabled": True, "state": "active",
            }
            if name == "Service Accounts":
                inside = [service[number] for number in range(len(service)) if number % 3 == 2 or number == 0]
            elif name == "Everybody":
                inside = everybody
            elif name == "Empty":
                inside = []
            else:
                inside = pick.sample(service, 6) + pick.sample(everybody[len(service):], 9)
            group["memberCount"] = len(inside)
            groups.append(group)
            members[group["id"]] = inside
        return groups, members

    def make_subjects(self):
        """Role id -> [(subject id, name, kind, [division ids])]."""
        pick, result = self.random, collections.defaultdict(list)
        for client in self.clients:
            if client["authorizedGrantType"] == "CLIENT-CREDENTIALS":
                reaches = collections.defaultdict(list)
                for pair in client["roleDivisions"]:
                    reaches[pair["roleId"]].append(pair["divisionId"])
                for role, divisions in reaches.items():
                    result[role].append((client["id"], client["name"], "PC_OAUTH_CLIENT", divisions))
        custom = self.roles[1:-1]
        for user in self.users[: len(self.service_ids)]:
            for role in pick.sample(custom, pick.randint(0, 3)):
                result[role["id"]].append((user["id"], user["name"], "PC_USER", self.reaches()))
        for user in self.users[len(self.service_ids):]:
            result[self.roles[0]["id"]].append((user["id"], user["name"], "PC_USER", ["*"]))
        for group in self.groups:
            for role in pick.sample(custom, pick.randint(1, 3)):
                result[role["id"]].append((group["id"], group["name"], "PC_GROUP", self.reaches()))
        result[self.roles[1]["id"]].append((self.new_id(), "Somebody Elsewhere", "PC_TRUSTEE_USER", ["*"]))
        result[self.roles[2]["id"]].append((self.new_id(), "A Group Elsewhere", "PC_TRUSTEE_GROUP", ["*"]))
        return result

    def make_policies(self):
        pick, names = self.random, sorted(self.catalogue)
        clients = [client["id"] for client in self.clients if client["authorizedGrantType"] == "CLIENT-CREDENTIALS"]
        groups = [group["id"] for group in self.groups if group["name"] not in ("Empty",)]
        policies = []

        def add(target, subject, effect="DENY", active=True, clients_too=True):
            policy = {
                "id": self.new_id(), "name": f"policy {len(policies):02}", "targetResource": target, "subject": subject,
                "effect": effect, "condition": {"any": [{"eq": ["time", "night"]}]},
            }
            if active is not None:
                policy["active"] = active
            if clients_too is not None:
                policy["applyToClients"] = clients_too
            policies.append(policy)

        for _ in range(6):
            add(pick.choice(names), {"type": "ALL"})
        for _ in range(4):
            add(pick.choice(names), {"type": "ALL"}, clients_too=pick.choice([False, None]))
        for _ in range(4):
            add(pick.choice(names), {"type": "CLIENT", "id": pick.choice(clients)})
            add(pick.choice(names), {"type": "USER", "id": pick.choice(self.service_ids)}, clients_too=False)
            add(pick.choice(names), {"type": "GROUP", "id": pick.choice(groups)}, clients_too=False)
            add(pick.choice(names), {"type": "ALL"}, active=pick.choice([False, None]))
            add(pick.choice(names), {"type": "ALL"}, effect="ALLOW")
        master = next(client for client in self.clients if any(pair["roleId"] == self.roles[1]["id"] for pair in client["roleDivisions"]))
        add("analytics:conversationDetail:view", {"type": "CLIENT", "id": master["id"]})
        add("routing:queue:view", {"type": "ALL"})
        return policies

    def make_usage(self):
        """(client id, method, template, 2xx, 4xx) of one day."""
        return [
            (self.clients[20]["id"], "GET", "/api/v2/routing/queues", 40, 0),
            (self.clients[24]["id"], "GET", "/api/v2/users", 12, 0),
            (self.clients[24]["id"], "POST", "/api/v2/analytics/conversations/details/query", 0, 7),
        ]

    def policy_pages(self):
        return sorted(self.policies, key=lambda policy: policy["id"])

    def grants_of(self, subject):
        for role in self.roles:
            for who, _, _, divisions in self.subjects[role["id"]]:
                if who == subject:
                    yield from ((role, division) for division in divisions)


class Refusal(Exception):
    def __init__(self, status, code, message):
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class ForeignServer:
    """Serves a ForeignOrg. Pages are capped; `refused`: paths answered with 403, whoever asks; `document`: its Swagger."""

    CAPS = {"/api/v2/authorization/roles": 20, "/api/v2/authorization/permissions": 25, "/api/v2/authorization/divisions": 3}

    def __init__(self, org, refused=(), document=None):
        self.org, self.refused, self.document = org, set(refused), document
        self.requests, self.lock, self.tokens, self.polled = [], threading.Lock(), set(), collections.Counter()
        self.server = self.make_server()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    # ---- answers ----

    def answer(self, method, path, query, headers, body):
        """-> JSON value; raises Refusal."""
        if path == "/oauth/token":
            if method != "POST":
                raise Refusal(405, "method.not.allowed", "use POST")
            return self.token(headers, body)
        word, _, token = (headers.get("Authorization") or "").partition(" ")
        if word.lower() != "bearer" or not token:
            raise Refusal(401, "authentication.required", "No authentication bearer token specified in authorization header.")
        if token not in self.tokens:
            raise Refusal(401, "bad.credentials", "Invalid login credentials.")
        if path in self.refused:
            raise Refusal(
                403, "missing.permissions",
                "Unable to perform the requested action. You are missing the following permission(s): authorization:role:view",
            )
        for pattern, verb, function in ROUTES:
            found = re.fullmatch(pattern, path)
            if found and verb == method:
                return function(self, query, body, *map(urllib.parse.unquote, found.groups()))
        raise Refusal(404, "not.found", "The requested resource was not found.")

    def token(self, headers, body):
        form = dict(urllib.parse.parse_qsl(body.decode()))
        who, secret = form.get("client_id"), form.get("client_secret")
        scheme, _, credentials = (headers.get("Authorization") or "").partition(" ")
        if scheme.lower() == "basic":
            who, _, secret = base64.b64decode(credentials).decode().partition(":")
        if (who, secret) != (self.org.auditor_id, self.org.auditor_secret) or form.get("grant_type") != "client_credentials":
            raise Refusal(400, "invalid_client", "authentication failed")
        token = f"token-{len(self.tokens)}"
        self.tokens.add(token)
        return {"access_token": token, "token_type": "bearer", "expires_in": 86399}

    def paged(self, path, items, query, cap=100, links=True):
        size = min(int(query.get("pageSize", ["25"])[0]), self.CAPS.get(path, cap))
        number = int(query.get("pageNumber", ["1"])[0])
        if size < 1 or number < 1:
            raise Refusal(400, "bad.request", "The request could not be understood by the server due to malformed syntax.")
        count = math.ceil(len(items) / size)
        result = {
            "entities": items[(number - 1) * size : number * size], "pageSize": size, "pageNumber": number, "total": len(items),
            "pageCount": count,
        }
        if links:
            kept = {name: values for name, values in query.items() if name not in ("pageSize", "pageNumber")}

            def link(page):
                return f"{path}?{urllib.parse.urlencode({'pageSize': size, 'pageNumber': page, **kept}, doseq=True)}"

            result.update(selfUri=link(number), firstUri=link(1), lastUri=link(max(count, 1)))
            if number < count:
                result["nextUri"] = link(number + 1)
            if number > 1:
                result["previousUri"] = link(number - 1)
        return result

    def cursored(self, path, items, query, cap):
        size = min(int(query.get("pageSize", ["25"])[0]), cap)
        start = int(query.get("after", ["0"])[0])
        result = {"entities": items[start : start + size], "selfUri": path}
        if start + size < len(items):
            result["nextUri"] = f"{path}?after={start + size}&pageSize={size}"
        return result

    def role(self, role_id):
        role = next((role for role in self.org.roles if role["id"] == role_id), None)
        if role is None:
            raise Refusal(404, "not.found", f"Unable to find a role with id: {role_id}")
        return role

    def own(self, query, body):
        return self.subject(query, body, self.org.auditor_id)

    def subject(self, query, body, subject):
        return {"id": subject, "grants": [self.grant(subject, role, division) for role, division in self.org.grants_of(subject)]}

    def grant(self, subject, role, division):
        policies = [
            {"domain": policy["domain"], "entityName": policy["entityName"], "actions": policy["actionSet"]}
            for policy in role["permissionPolicies"]
        ]
        return {
            "subjectId": subject, "grantMadeAt": getattr(self.org, "granted_at", "2026-02-03T04:05:06.000Z"),
            "division": {"id": division, "name": self.org.division_names.get(division, "All divisions"), "description": ""},
            "role": {"id": role["id"], "name": role["name"], "policies": policies},
        }

    def subject_grants(self, query, body, role_id):
        role = self.role(role_id)
        names = self.org.division_names
        items = [
            {"id": who, "name": name, "type": kind, "divisions": [{"id": one, "name": names.get(one, "*")} for one in divisions]}
            for who, name, kind, divisions in self.org.subjects[role["id"]]
        ]
        return self.paged(f"/api/v2/authorization/roles/{role_id}/subjectgrants", items, query)

    def role_users(self, query, body, role_id):
        users = [{"id": who} for who, _, kind, _ in self.org.subjects[self.role(role_id)["id"]] if kind == "PC_USER"]
        return self.paged(f"/api/v2/authorization/roles/{role_id}/users", users, query, links=False)

    def division_grants(self, query, body, division):
        items = [
            self.grant(who, role, division)
            for role in self.org.roles
            for who, _, _, divisions in self.org.subjects[role["id"]]
            if division in divisions
        ]
        return self.paged(f"/api/v2/authorization/divisions/{division}/grants", items, query, cap=500, links=False)

    def permissions(self, query, body):
        domains = collections.defaultdict(lambda: collections.defaultdict(list))
        for permission, facts in self.org.catalogue.items():
            domain, entity, action = permission.split(":")
            domains[domain][entity].append({"domain": domain, "entityType": entity, "action": action, "label": action, **facts})
        items = [{"domain": domain, "permissionMap": entities} for domain, entities in sorted(domains.items())]
        return self.paged("/api/v2/authorization/permissions", items, query)

    def list_users(self, query, body):
        state = query.get("state", ["active"])[0]
        ids = [one for value in query.get("id", []) for one in value.split(",")]
        items = [user for user in self.org.users if state in ("any", user["state"]) and (not ids or user["id"] in ids)]
        return self.paged("/api/v2/users", items, query)

    def user(self, query, body, user_id):
        for user in self.org.users:
            if user["id"] == user_id:
                return user
        raise Refusal(404, "not.found", f"User {user_id} was not found.")

    def group_members(self, query, body, group_id):
        if group_id not in self.org.members:
            raise Refusal(404, "not.found", f"Unable to find a group with id: {group_id}")
        by_id = {user["id"]: user for user in self.org.users}
        return self.paged(f"/api/v2/groups/{group_id}/members", [by_id[one] for one in self.org.members[group_id]], query)

    def client(self, query, body, client_id):
        for client in self.org.clients:
            if client["id"] == client_id:
                return client
        raise Refusal(404, "not.found", f"OAuth client {client_id} was not found.")

    def start_usage(self, query, body):
        request = json.loads(body)
        if "interval" not in request:
            raise Refusal(400, "bad.request", "interval is required")
        job = f"job-{len(self.polled)}"
        self.polled[job] = 0
        with self.lock:
            self.usage_days = getattr(self, "usage_days", {})
            self.usage_days[job] = request["interval"].split("/")[0][:10]
        return {"id": job, "resultsUri": f"/api/v2/usage/aggregates/query/jobs/{job}"}

    def usage_rows(self, query, body, job):
        if job not in self.polled:
            raise Refusal(404, "not.found", "no such job")
        self.polled[job] += 1
        if self.polled[job] < 2:
            return {"queryStatus": "Running"}
        rows = [
            {
                "date": self.usage_days[job], "platform": "API", "httpMethod": method, "templateUri": template, "requestCount": good + bad,
                "status200": good, "status300": 0, "status400": bad, "status429": 0, "status500": 0, "oauthClient": {"id": client},
            }
            for client, method, template, good, bad in self.org.usage
        ]
        start = int(query.get("after", ["0"])[0])
        result = {"queryStatus": "Succeeded", "entities": rows[start : start + 2]}
        if start + 2 < len(rows):
            result["nextUri"] = f"/api/v2/usage/aggregates/query/jobs/{job}?after={start + 2}"
        return result

    def swagger(self, query, body):
        if self.document is None:
            raise Refusal(404, "not.found", "The requested resource was not found.")
        return self.document

    # ---- HTTP ----

    def make_server(outer):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *_):
                pass

            def handle_call(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                path, _, text = self.path.partition("?")
                query = urllib.parse.parse_qs(text, keep_blank_values=True)
                try:
                    status, value = 200, outer.answer(self.command, path, query, self.headers, body)
                except Refusal as refusal:
                    status = refusal.status
                    value = {"message": refusal.message, "code": refusal.code, "status": status, "contextId": str(uuid.uuid4())}
                    if path == "/oauth/token":
                        value = {"error": refusal.code, "description": refusal.message, "error_description": refusal.message}
                except ValueError as error:
                    status, value = 400, {"message": str(error), "code": "bad.request", "status": 400}
                with outer.lock:
                    outer.requests.append((self.command, path, text, status))
                data = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.send_header("ININ-Correlation-Id", str(uuid.uuid4()))
                self.send_header("inin-ratelimit-count", "1")
                self.send_header("inin-ratelimit-allowed", "3000")
                self.send_header("inin-ratelimit-reset", "60")
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = handle_call

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

        return Server(("127.0.0.1", 0), Handler)


def listing(path, items, **options):
    return lambda server, query, body: server.paged(path, items(server.org), query, **options)


API = "/api/v2/"
ROUTES = [
    (API + pattern, method, function)
    for pattern, method, function in [
        ("authorization/subjects/me", "GET", ForeignServer.own),
        ("authorization/subjects/([^/]+)", "GET", ForeignServer.subject),
        ("tokens/me", "GET", lambda server, query, body: {
            "organization": {"id": server.org.id, "name": server.org.name},
            "homeOrganization": {"id": server.org.id, "name": server.org.name},
            "authorizedScope": [],
            "OAuthClient": {"id": server.org.auditor_id, "name": "auditor", "authorizedGrantType": "CLIENT-CREDENTIALS"},
        }),
        ("users/me", "GET", lambda server, query, body: (_ for _ in ()).throw(
            Refusal(400, "not.a.user", "This request requires a user context. Client credentials cannot be used for requests to this resource.")
        )),
        ("organizations/me", "GET", lambda server, query, body: {"id": server.org.id, "name": server.org.name, "version": 1, "state": "active"}),
        ("organizations/limits/namespaces/([^/]+)", "GET", lambda server, query, body, namespace: {
            "entities": [{"key": "client.credentials.token.rate.per.minute", "namespace": namespace, "value": 3000}],
        }),
        ("oauth/clients", "GET", lambda server, query, body: {
            "entities": server.org.clients, "total": len(server.org.clients), "pageSize": len(server.org.clients), "pageNumber": 1, "pageCount": 1,
        }),
        ("oauth/clients/([^/]+)", "GET", ForeignServer.client),
        ("oauth/authorizations", "GET", lambda server, query, body: {"entities": getattr(server.org, "apps", [])}),
        ("oauth/scopes", "GET", lambda server, query, body: {"entities": [], "total": 0}),
        ("authorization/roles", "GET", listing(API + "authorization/roles", lambda org: org.roles)),
        ("authorization/roles/settings", "GET", lambda server, query, body: {"backfillEnabled": True}),
        ("authorization/roles/([^/]+)", "GET", lambda server, query, body, role: server.role(role)),
        ("authorization/roles/([^/]+)/subjectgrants", "GET", ForeignServer.subject_grants),
        ("authorization/roles/([^/]+)/users", "GET", ForeignServer.role_users),
        ("authorization/permissions", "GET", ForeignServer.permissions),
        ("authorization/divisions", "GET", listing(API + "authorization/divisions", lambda org: org.divisions)),
        ("authorization/divisions/home", "GET", lambda server, query, body: server.org.divisions[0]),
        ("authorization/divisions/query", "GET", lambda server, query, body: server.cursored(API + "authorization/divisions/query", server.org.divisions, query, 2)),
        ("authorization/divisions/([^/]+)/grants", "GET", ForeignServer.division_grants),
        ("authorization/products", "GET", lambda server, query, body: {"entities": []}),
        ("authorization/settings", "GET", lambda server, query, body: {"analysisEnabled": False}),
        ("authorization/policies", "GET", lambda server, query, body: server.cursored(API + "authorization/policies", server.org.policy_pages(), query, 10)),
        ("users", "GET", ForeignServer.list_users),
        ("users/([^/]+)", "GET", ForeignServer.user),
        ("users/([^/]+)/roles", "GET", lambda server, query, body, user: {
            "roles": [{"id": role["id"], "name": role["name"]} for role, _ in server.org.grants_of(user)],
        }),
        ("groups", "GET", listing(API + "groups", lambda org: org.groups)),
        ("groups/([^/]+)/members", "GET", ForeignServer.group_members),
        ("orgauthorization/trustees", "GET", listing(API + "orgauthorization/trustees", lambda org: [])),
        ("orgauthorization/trustors", "GET", listing(API + "orgauthorization/trustors", lambda org: [])),
        ("usage/aggregates/query/jobs", "POST", ForeignServer.start_usage),
        ("usage/aggregates/query/jobs/([^/]+)", "GET", ForeignServer.usage_rows),
        ("docs/swagger", "GET", ForeignServer.swagger),
        ("audits/query", "POST", lambda server, query, body: {"id": "audit-1", "state": "Queued"}),
        ("audits/query/servicemapping", "GET", lambda server, query, body: {"services": []}),
        ("audits/query/([^/]+)", "GET", lambda server, query, body, query_id: {"id": query_id, "state": "Succeeded"}),
        ("audits/query/([^/]+)/results", "GET", lambda server, query, body, query_id: {"id": query_id, "pageSize": 25, "entities": []}),
    ]
]
