#!/usr/bin/env python3
"""Make operations.json, the part of the platform's own API document that Rolecall's tests check against.

  extract.py SWAGGER.json[.gz] > tests/spec/operations.json        (counts go to standard error)

SWAGGER is what an org publishes at /api/v2/docs/swagger. Kept are the operations named below, their parameters, the
schemas of their bodies and answers, and every definition those reach. Dropped is all prose (descriptions, summaries,
examples, titles, tags) and every extension. An operation that the document does not have is an error: the list below is
then out of date, and so may be the collector.
"""
import gzip
import json
import sys

OPERATIONS = """
GET  /api/v2/audits/query/servicemapping
GET  /api/v2/audits/query/{transactionId}
GET  /api/v2/audits/query/{transactionId}/results
GET  /api/v2/authorization/divisions
GET  /api/v2/authorization/divisions/home
GET  /api/v2/authorization/divisions/query
GET  /api/v2/authorization/divisions/{divisionId}/grants
GET  /api/v2/authorization/permissions
GET  /api/v2/authorization/policies
GET  /api/v2/authorization/products
GET  /api/v2/authorization/roles
GET  /api/v2/authorization/roles/settings
GET  /api/v2/authorization/roles/{leftRoleId}/comparedefault/{rightRoleId}
GET  /api/v2/authorization/roles/{roleId}
GET  /api/v2/authorization/roles/{roleId}/subjectgrants
GET  /api/v2/authorization/roles/{roleId}/users
GET  /api/v2/authorization/settings
GET  /api/v2/authorization/subjects/me
GET  /api/v2/authorization/subjects/{subjectId}
GET  /api/v2/groups
GET  /api/v2/groups/{groupId}
GET  /api/v2/groups/{groupId}/members
GET  /api/v2/oauth/authorizations
GET  /api/v2/oauth/clients
GET  /api/v2/oauth/clients/{clientId}
GET  /api/v2/oauth/scopes
GET  /api/v2/organizations/limits/namespaces/{namespaceName}
GET  /api/v2/organizations/me
GET  /api/v2/orgauthorization/trustees
GET  /api/v2/orgauthorization/trustees/{trusteeOrgId}/groups
GET  /api/v2/orgauthorization/trustees/{trusteeOrgId}/users
GET  /api/v2/orgauthorization/trustors
GET  /api/v2/tokens/me
GET  /api/v2/usage/aggregates/query/jobs/{jobId}
GET  /api/v2/users
GET  /api/v2/users/me
GET  /api/v2/users/{subjectId}/roles
GET  /api/v2/users/{userId}
HEAD /api/v2/tokens/me
POST /api/v2/audits/query
POST /api/v2/usage/aggregates/query/jobs
"""

# What a schema says that can be checked; all else is prose or belongs to code generators.
FACTS = {
    "$ref", "additionalProperties", "allOf", "collectionFormat", "default", "enum", "exclusiveMaximum",
    "exclusiveMinimum", "format", "in", "items", "maxItems", "maxLength", "maximum", "minItems", "minLength", "minimum",
    "name", "pattern", "properties", "readOnly", "required", "schema", "type", "uniqueItems",
}
REF = "#/definitions/"


def facts(node):
    """The node without prose. The keys of `properties` are names, not keywords, and all stay."""
    if isinstance(node, list):
        return [facts(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {}
    for key, value in node.items():
        if key == "properties":
            kept[key] = {name: facts(schema) for name, schema in value.items()}
        elif key in FACTS:
            kept[key] = facts(value)
    return kept


def references(node):
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str) and value.startswith(REF):
                yield value[len(REF):]
            else:
                yield from references(value)
    elif isinstance(node, list):
        for item in node:
            yield from references(item)


def wanted():
    for line in OPERATIONS.split("\n"):
        if line.strip():
            method, path = line.split()
            yield method, path


def extract(document):
    paths, missing = {}, []
    produces = document.get("produces") or ["application/json"]
    consumes = document.get("consumes") or ["application/json"]
    for method, path in wanted():
        item = document["paths"].get(path) or {}
        operation = item.get(method.lower())
        if operation is None:
            missing.append(f"{method} {path}")
            continue
        paths.setdefault(path, {})[method] = {
            "consumes": operation.get("consumes") or consumes,
            "parameters": facts(item.get("parameters", []) + operation.get("parameters", [])),
            "produces": operation.get("produces") or produces,
            "responses": {
                status: facts(answer.get("schema")) for status, answer in operation.get("responses", {}).items()
            },
            # The platform needs a bearer token wherever an OAuth scheme is named, whatever its scopes.
            "bearer": any("OAuth" in scheme for entry in operation.get("security") or [] for scheme in entry),
        }
    if missing:
        raise SystemExit("the document does not publish: " + ", ".join(missing))
    definitions, todo = {}, list(references(paths))
    while todo:
        name = todo.pop()
        if name not in definitions:
            definitions[name] = facts(document["definitions"][name])
            todo.extend(references(definitions[name]))
    return {"api_version": document.get("info", {}).get("version", ""), "definitions": definitions, "paths": paths}


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    raw = open(sys.argv[1], "rb").read()
    document = json.loads(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)
    result = extract(document)
    text = json.dumps(result, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
    sys.stdout.write(text)
    count = sum(len(methods) for methods in result["paths"].values())
    print(f"{count} operations, {len(result['definitions'])} definitions, {len(text.encode())} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
