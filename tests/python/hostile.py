"""Two orgs of which every string attacks whoever prints it: a browser, a spreadsheet, a terminal, a reader's eye."""
import copy
import csv
import datetime
import json
import random

import program
from foreign_org import ForeignOrg, ForeignServer

RAN = "window.hostile=(window.hostile||0)+1"
TEXTS = {
    "end of a script": f"</script><script>{RAN}</script>",
    "comment": "<!--<script>",
    "end of a comment": f"--><svg onload={RAN}>",
    "end of CDATA": f"]]><img src=x onerror={RAN}>",
    "outside image": f"<img src=http://127.0.0.1:9/x onerror={RAN}>",
    "end of an attribute": f"\" autofocus onfocus=\"{RAN}\" x='",
    "end of a title": f"</title></style></textarea><iframe srcdoc='<script>{RAN}</script>'>",
    "template": "{{ 7*7 }}{% raw %}${7*7}<%= 7*7 %>",
    "backtick": "a ` half open",
    "backticks": "`whole` and `half",
    "right to left": "svc-\u202egnillib\u202c \u2067gnp\u2069",
    "zero width": "svc\u200b-bil\u200dling\ufeff\u00ad",
    "control": "a\x00b\x07c\x1b[31md\x7f\x85",
    "line separators": "line\u2028separator\u2029end",
    "lines": "two\nlines\r\nthree",
    "alone": "\u0301\u0302\u20dd",
    "tower": "Z" + "\u0335\u0301\u0302\u0327" * 60,
    "emoji": "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466\U0001f3f3\ufe0f\u200d\U0001f308" * 300,
    "no break": "W" * 2_000,
    "formula": "=cmd|' /C calc'!A0",
    "link formula": "=HYPERLINK(\"http://127.0.0.1:9/\"&A1,\"see\")",
    "plus": "+1+1",
    "minus": "-1+1",
    "at sign": "@SUM(1+1)",
    "tab formula": "\t=1+1",
    "return formula": "\r=1+1",
    "script address": f"javascript:{RAN}",
    "address parts": "%23v=findings&q=%00?x#f=1/../%2e%2e",
    "query": "severity:critical \"!is:new\" OR (",
    "look-alike": "svc-bi\u0430ling",
    "private use": "\ue000\ue001\uf8ff\U000f0000",
    "prototype": "__proto__",
    "constructor": "constructor",
    "own property": "hasOwnProperty",
    "nothing": "null",
    "not a number": "NaN",
    "number": "1e309",
    "date": "1-2",
    "list": "a;b, \"c\"; d",
    "right-to-left letters": "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "noncharacter": "a\ufffeb\uffff",
    "escapes": "\\u003cscript\\u003e\\n\\\"}],\"x\":[",
    "glob": "*[!a-z]?{a,b}\\",
}
ALL = list(TEXTS.values())
# A colon parts a permission's domain, entity and action.
WITHOUT_COLON = [text for text in ALL if ":" not in text]


# What an id can be and still be asked for by it.
IDS = ["%23%2F..%00", "a#v=findings&q=x", "javascript:alert(1)", "\"><img src=x>", "__proto__", "\u202edi", "a b+c?d=e&f", "{{7*7}}"]


class HostileOrg(ForeignOrg):
    """The random org with every name, and the ids that the API lets through, replaced. Each text is in each kind of place."""

    def __init__(self, seed):
        permissions = {"routing:queue:view", "users:user:edit", *(f"d{n}:e:view" for n in range(40))}
        permissions |= {"authorization:grant:add", "authorization:role:edit", "oauth:client:edit"}
        super().__init__(seed, permissions, {"users", "routing"}, clients=len(ALL) + 20, service_users=len(ALL), people=20, roles=len(ALL) + 9)
        self.name = TEXTS["end of a script"] + TEXTS["right to left"]
        self.apps = [
            {
                "client": {"id": self.new_id(), "name": text, "authorizedGrantType": "CODE", "registeredRedirectUri": [text[:200]]},
                "scope": ["users"], "roles": [], "dateCreated": "2025-02-02T09:00:00.000Z", "pending": False, "state": "Authorized",
            }
            for text in ALL
        ]

    def make_catalogue(self, permissions):
        pick = random.Random(1)
        for division, text in zip(self.divisions[1:], pick.sample(ALL, 4)):
            division["name"] = text
        self.divisions += [
            {"id": self.new_id(), "name": text, "description": text, "homeDivision": False} for text in ALL
        ]
        self.division_names = {division["id"]: division["name"] for division in self.divisions}
        made = super().make_catalogue(permissions)
        for number, text in enumerate(WITHOUT_COLON):
            name = [f"hostile{number}", "entity", "view"]
            name[number % 3] = text
            made[":".join(name)] = {"allowsConditions": False, "divisionAware": True}
        return made

    def make_roles(self, count):
        roles = super().make_roles(count)
        for role, text in zip(roles[9:-1], ALL):
            role["name"] = role["description"] = text
        # Whoever holds the first ones can do much: findings of power carry the names.
        for role, made in zip(roles[12:], IDS):
            role["id"] = f"role {made}"
        for role in roles[9:30]:
            role["permissionPolicies"].append({"domain": "authorization", "entityName": "grant", "actionSet": ["add"]})
        return roles

    def make_clients(self, count, scopes):
        clients = super().make_clients(count, scopes)
        for client, text in zip(clients, ALL):
            client["name"] = client["description"] = text
            client["registeredRedirectUri"] = [f"https://x.example.com/{text[:100]}", f"javascript:{RAN}"]
        for client, made in zip(clients[40:], IDS):
            client["id"] = f"client {made}"
        return clients

    def make_users(self, service, people):
        users = super().make_users(service, people)
        for user, text in zip(users, ALL):
            user["name"] = text
            user["email"] = f"{text[:200]}@svc.example.com"
        for user, made in zip(users[20:], IDS):
            user["id"] = f"user {made}"
        self.service_ids = [user["id"] for user in users[:service]]
        return users

    def make_groups(self):
        groups, members = super().make_groups()
        for group, text in zip(groups[1:], random.Random(2).sample(ALL, len(groups) - 1)):
            group["name"] = text
        for text in ALL:
            group = {**groups[1], "id": self.new_id(), "name": text, "memberCount": 1}
            groups.append(group)
            members[group["id"]] = [self.random.choice(self.service_ids)]
        return groups, members

    def make_policies(self):
        policies = super().make_policies()
        for policy, text in zip(policies, ALL):
            policy["name"] = policy["description"] = text
        return policies


def changed(org):
    """The same org a day later: names swapped between things, rights taken and given."""
    other = copy.deepcopy(org)
    pick = random.Random(3)
    for role in other.roles[9:-1:2]:
        role["permissionPolicies"] = role["permissionPolicies"][:1]
    for client in other.clients[:40:3]:
        client["roleDivisions"] = [{"roleId": pick.choice(other.roles[9:-1])["id"], "divisionId": "*"}]
    other.subjects = other.make_subjects()
    return other


def needs(org):
    """Rows of the needs file: each text as a note, and as a principal's, a division's name."""
    # A needs file takes a cell of several lines for a quote that nobody closed.
    note = {text: text.replace("\n", " ").replace("\r", " ") for text in ALL}
    rows = [(client["id"], "GET", "/api/v2/routing/queues", "", note[text]) for client, text in zip(org.clients, ALL)]
    rows += [(client["id"], "POST", "/api/v2/authorization/roles", "", note[text]) for client, text in zip(org.clients, ALL)]
    plain = [text for text in ALL if text == text.strip() and text == note[text]]
    rows += [(text, "GET", f"/api/v2/users/{number}", text, text) for number, text in enumerate(plain)]
    return rows


def toml(text):
    """A TOML basic string."""
    return '"' + "".join(f"\\U{ord(one):08x}" if one in '"\\' or not one.isprintable() else one for one in text) + '"'


def waivers(today):
    """Each text as a reason, an owner and a ticket; none of them accepts everything."""
    entry = '[[waiver]]\ncheck = "{}"\nsubject = {}\nreason = {}\nowner = {}\nticket = {}\nexpires = {}\n'
    checks = ["power.dangerous-permission", "gap.declared", "excess.unused-permissions", "grant.implicit"]
    made = []
    for number, text in enumerate(ALL):
        # A backslash takes a glob's signs their meaning.
        glob = "oauth_client:" + "".join(f"\\{one}" if one in "*?[]{}!\\" else one for one in text[:300])
        made.append(entry.format(checks[number % 4], toml(glob), toml(text), toml(text), toml(text), today + datetime.timedelta(days=5 + number)))
    return "\n".join(made)


def night(folder):
    """The folder of a run over two such orgs that are compared, each also with an earlier night of its own."""
    north, south = HostileOrg(5), HostileOrg(6)
    with open(folder / "needs.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["principal", "method", "path", "division", "note"])
        writer.writerows(needs(north))
    (folder / "waivers.toml").write_text(waivers(datetime.date.today()), encoding="utf-8")
    for orgs in ((north, south), (changed(north), changed(south))):
        with ForeignServer(orgs[0]) as first, ForeignServer(orgs[1]) as second:
            config, env = program.write_config(
                folder,
                [(name, server.url, org.auditor_id, org.auditor_secret) for name, server, org in (("north", first, orgs[0]), ("south", second, orgs[1]))],
                '\n[[drift]]\nfrom = "north"\nto = "south"\n\n[matrix]\nsource = "bundled"\n\n'
                '[needs]\nfiles = ["needs.csv"]\nobserved_days = 30\n\n[waivers]\nfile = "waivers.toml"\n\n'
                '[collect]\nrequests_per_minute = 3000\nthird_party_apps = true\n\n[service_users]\nemails = ["*@svc.example.com"]\n\n'
                f'[report]\nformats = {json.dumps(formats())}\naccess = "none"\n',
            )
            text = config.read_text(encoding="utf-8")
            config.write_text(text.replace('environment = "south"', f"environment = {toml(TEXTS['end of a script'] + TEXTS['right to left'])}"), encoding="utf-8")
            program.rolecall(
                "run", "--config", config, "--out", folder / "out", "--no-progress", env=env, cwd=folder,
                exits=program.COMPLETE + program.INCOMPLETE,
            )
    return program.latest(folder / "out")


def formats():
    """Every format that the program knows, by its own configuration schema."""
    schema = json.loads(program.rolecall("schema", "config", exits=(0,)).stdout)

    def names(value):
        if isinstance(value, dict):
            if "enum" in value and "csv" in value["enum"]:
                yield from value["enum"]
            for inner in value.values():
                yield from names(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from names(inner)

    return sorted(set(names(schema))) or ["csv", "html", "json", "markdown"]
