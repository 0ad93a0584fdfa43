#!/usr/bin/env python3
"""The crossing as a plain program over dicts and sets of strings: what one would write first.

Reads the data that the bench wrote, works out every principal x operation with verdict, reasons and divisions, and
prints the same figures as the bench. Reading the file is not part of the time.

    crossing.py DATA.json [--sample N]
"""
import argparse
import json
import sys
import time
from collections import Counter, defaultdict

EVERYWHERE = "*"


def expand(role, catalogue, by_domain):
    """The permissions of a role: those it always gives and those it gives under a condition."""
    always, conditional = set(role.get("general_permissions", ())), set()
    for policy in role["policies"]:
        target = conditional if policy.get("condition") or policy.get("named_resources") else always
        domain, entity = policy["domain"], policy["entity"]
        for action in policy["actions"]:
            if "*" not in (domain, entity, action):
                target.add(f"{domain}:{entity}:{action}")
                continue
            for name in catalogue if domain == "*" else by_domain[domain]:
                d, e, a = name.split(":")
                if domain in ("*", d) and entity in ("*", e) and action in ("*", a):
                    target.add(name)
    return always, conditional - always


def hold(grants, roles, division_aware):
    """What a list of (role, division) amounts to, {permission: divisions}: without a condition, and under one."""
    held, conditional = {}, {}
    for role, division in grants:
        for names, into in zip(roles[role], (held, conditional)):
            for name in names:
                if division == EVERYWHERE or division_aware.get(name) is False:
                    into[name] = EVERYWHERE
                else:
                    now = into.get(name)
                    if now is None:
                        into[name] = {division}
                    elif now is not EVERYWHERE:
                        now.add(division)
    return held, conditional


def union(one, other):
    if one is EVERYWHERE or other is EVERYWHERE:
        return EVERYWHERE
    return one | other if one and other else one or other


def intersection(one, other):
    return other if one is EVERYWHERE else one if other is EVERYWHERE else one & other


def by_permissions(operation, held, conditional, catalogue, denying):
    """Verdict, reasons and divisions from what is held."""
    names = operation["permissions"]
    if operation["unproven"]:
        return "unknown", "nothing-published", ()
    if operation["match"] == "NONE":
        return "allowed", "", ()
    nowhere = frozenset()
    either = operation["match"] == "ANY"
    free, any_way, missing = (nowhere, nowhere, []) if either else (EVERYWHERE, EVERYWHERE, [])
    for name in names:
        now = held.get(name, nowhere)
        under = union(now, conditional.get(name, nowhere))
        if not under:
            missing.append(name)
        free = union(free, now) if either else intersection(free, now)
        any_way = union(any_way, under) if either else intersection(any_way, under)
    if not any_way:
        if not missing:
            return "denied", "missing-division", ()
        lacking = [":" in name and name not in catalogue for name in missing]
        absent = all(lacking) if either else any(lacking)
        return "denied", "missing-permission" + (";permission-not-in-org" if absent else ""), ()
    if not free:
        return "conditional", "conditions-apply", ()
    if free is EVERYWHERE:
        verdict, reasons, divisions = "allowed", "", ()
    else:
        more = any_way is EVERYWHERE or not any_way <= free
        verdict, reasons, divisions = "partial", "conditions-apply" if more else "", sorted(free)
    if denying and any(name in target for target in denying for name in names):
        return "conditional", f"{reasons};access-policy-may-deny".lstrip(";"), ()
    return verdict, reasons, divisions


def by_scopes(operation, scopes, enforced):
    """What a client's scopes leave of a call; None where they do not stop it."""
    if enforced is False:
        return None
    if operation["scopes_known"] != "published":
        return "unknown", "scope-not-published", ()
    if not operation["scopes"] or not scopes.isdisjoint(operation["scopes"]):
        return None
    if enforced:
        return "denied", "missing-scope", ()
    return "unknown", "missing-scope;scope-enforcement-not-known", ()


def cross(data, sample):
    snapshot, operations, enforced = data["snapshot"], data["operations"], data["scopes_enforced"]
    division_aware = {entry["permission"]: entry["division_aware"] for entry in snapshot["permissions"]}
    catalogue = set(division_aware)
    by_domain = defaultdict(list)
    for name in catalogue:
        by_domain[name.split(":")[0]].append(name)
    roles = {role["id"]: expand(role, catalogue, by_domain) for role in snapshot["roles"]}

    def reach(written):
        return EVERYWHERE if written == "all" else written["in"]

    granted = defaultdict(list)
    for grant in snapshot["grants"]:
        granted[grant["subject"]].append((grant["role"], reach(grant["reach"])))
    groups_of = defaultdict(list)
    for group, members in snapshot["group_members"].items():
        for member in members:
            groups_of[member].append(group)
    policies = []
    for policy in snapshot["policies"]:
        if policy["active"] and policy["effect"] != "allow":
            d, e, a = policy["target"].split(":")
            wanted = {name for operation in operations for name in operation["permissions"] if name.count(":") == 2}
            target = {
                name
                for name, (nd, ne, na) in ((name, name.split(":")) for name in wanted)
                if d in ("*", nd) and e in ("*", ne) and a in ("*", na)
            }
            policies.append((policy["subject"], policy["applies_to_clients"], target))

    tally, divisions_named = Counter(), 0
    clients, users = snapshot["oauth_clients"], snapshot["users"]
    if sample:
        every = max(1, (len(clients) + len(users)) // sample)
        clients, users = clients[::every], users[::every]

    for client in clients:
        machine = client["grant_type"] == "CLIENT-CREDENTIALS"
        if machine:
            own = [(pair["role"], reach(pair["reach"])) for pair in client["role_divisions"]]
            held, conditional = hold(own + granted[client["id"]], roles, division_aware)
            denying = [
                target
                for subject, on_clients, target in policies
                if (subject == "all" and on_clients) or (subject != "all" and subject.get("client") == client["id"])
            ]
        scopes = set(client["scopes"])
        for operation in operations:
            if client["state"] != "active":
                answer = "denied", "client-inactive", ()
            elif operation["match"] == "UNKNOWN":
                answer = "unknown", "requirement-not-published", ()
            elif machine and operation["user_context"] == "yes":
                answer = "denied", "needs-user-context", ()
            elif machine:
                answer = by_permissions(operation, held, conditional, catalogue, denying)
            else:
                answer = by_scopes(operation, scopes, enforced)
                if answer is None and operation["unproven"]:
                    answer = "unknown", "nothing-published", ()
                elif answer is None:
                    answer = ("allowed" if operation["match"] == "NONE" else "depends-on-user"), "", ()
            tally["oauth_client", answer[0], answer[1]] += 1
            divisions_named += len(answer[2])

    for user in users:
        kind = "service_user" if user.get("matched_by") else "user"
        groups = groups_of[user["id"]]
        grants = granted[user["id"]] + [grant for group in groups for grant in granted[group]]
        held, conditional = hold(grants, roles, division_aware)
        denying = [
            target
            for subject, _, target in policies
            if subject == "all" or subject.get("user") == user["id"] or subject.get("group") in groups
        ]
        for operation in operations:
            if user["state"] != "active":
                answer = "denied", "user-inactive", ()
            elif operation["match"] == "UNKNOWN":
                answer = "unknown", "requirement-not-published", ()
            else:
                answer = by_permissions(operation, held, conditional, catalogue, denying)
            tally[kind, answer[0], answer[1]] += 1
            divisions_named += len(answer[2])
    return tally, divisions_named, len(clients) + len(users)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    parser.add_argument("--sample", type=int, default=0, help="only about this many principals, evenly spread")
    arguments = parser.parse_args()
    with open(arguments.data, encoding="utf-8") as file:
        data = json.load(file)
    principals = len(data["snapshot"]["oauth_clients"]) + len(data["snapshot"]["users"])
    started, processor = time.perf_counter(), time.process_time()
    tally, divisions, done = cross(data, arguments.sample)
    seconds, processor = time.perf_counter() - started, time.process_time() - processor
    print(f"principals {done}")
    if done < principals:
        print(f"measured {seconds:.1f}")
        print(f"extrapolated from {done} of {principals} principals, evenly spread")
        seconds *= principals / done
        processor *= principals / done
    print(f"processor {processor:.1f}")
    print(f"seconds {seconds:.1f}")
    print(f"cells {sum(tally.values())}")
    print(f"divisions {divisions}")
    for (kind, verdict, reasons), cells in tally.items():
        print(f"tally {kind} {verdict} [{reasons}] {cells}")
    sys.stdout.flush()


main()
