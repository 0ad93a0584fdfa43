"""Does the checking proxy see what is wrong, and nothing else?"""
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from conformance_proxy import ConformanceProxy, Published, formats

BEARER = {"Authorization": "Bearer token"}
JSON = {**BEARER, "Content-Type": "application/json"}
CLIENT = {"id": "c1", "name": "Queue Dashboard", "authorizedGrantType": "CODE", "dateCreated": "2026-01-31T08:00:00.000Z"}
JOB = {"interval": "2026-01-01T00:00:00Z/2026-01-31T00:00:00Z", "granularity": "Day", "groupBy": ["OauthClientId"]}
CLIENTS = "/api/v2/oauth/clients"
USERS = "/api/v2/users"
JOBS = "/api/v2/usage/aggregates/query/jobs"


@pytest.fixture(scope="module")
def published():
    return Published()


@pytest.fixture
def upstream():
    """A server that answers what the test put into `answer`: (status, content type, body)."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_GET(self):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, kind, body = self.server.answer
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_DELETE = do_GET

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.answer = (200, "application/json", b"{}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "method, target, headers, body",
    [
        ("GET", CLIENTS, BEARER, None),
        ("GET", f"{USERS}?pageSize=100&pageNumber=2&expand=groups&expand=dateLastLogin&state=any", BEARER, None),
        ("GET", "/api/v2/authorization/subjects/me", BEARER, None),
        ("GET", "/api/v2/authorization/divisions/*/grants", BEARER, None),
        ("POST", JOBS, JSON, JOB),
    ],
)
def test_call_that_keeps_to_the_document_has_no_problem(published, method, target, headers, body):
    template, operation, problems = published.check_request(
        method, target, headers, json.dumps(body).encode() if body else b""
    )
    assert template and operation
    assert problems == []


@pytest.mark.parametrize(
    "method, target, headers, body, kind",
    [
        ("GET", "/api/v2/oauth/client", BEARER, None, "path"),
        ("GET", "/api/v2/oauth/clients/", BEARER, None, "path"),
        ("GET", "/api/v2//oauth/clients", BEARER, None, "path"),
        ("DELETE", CLIENTS, BEARER, None, "method"),
        ("GET", f"{CLIENTS}?pageSize=100", BEARER, None, "unknown"),
        ("GET", f"{USERS}?pageSize=many", BEARER, None, "type"),
        ("GET", f"{USERS}?pageSize=5000000000", BEARER, None, "format"),
        ("GET", f"{USERS}?pageSize=1&pageSize=2", BEARER, None, "repeated"),
        ("GET", f"{USERS}?state=gone", BEARER, None, "enum"),
        ("GET", f"{USERS}?expand=secrets", BEARER, None, "enum"),
        ("GET", f"{USERS}?expand=groups,authorization", BEARER, None, "enum"),
        ("GET", "/api/v2/authorization/roles/{roleId}", BEARER, None, "placeholder"),
        ("GET", CLIENTS, {}, None, "bearer"),
        ("GET", CLIENTS, {"Authorization": "Basic eDp5"}, None, "bearer"),
        ("GET", CLIENTS, BEARER, {}, "body"),
        ("POST", JOBS, JSON, None, "body"),
        ("POST", JOBS, BEARER, JOB, "content type"),
        ("POST", JOBS, JSON, {}, "required"),
        ("POST", JOBS, JSON, {**JOB, "intervals": 1}, "additionalProperties"),
        ("POST", JOBS, JSON, {**JOB, "interval": "yesterday"}, "format"),
        ("POST", JOBS, JSON, {**JOB, "granularity": "Hour"}, "enum"),
        ("POST", JOBS, JSON, {**JOB, "groupBy": "OauthClientId"}, "type"),
    ],
)
def test_planted_request_fault_is_named(published, method, target, headers, body, kind):
    _, _, problems = published.check_request(method, target, headers, b"" if body is None else json.dumps(body).encode())
    assert kind in [problem[0] for problem in problems], problems


@pytest.mark.parametrize(
    "status, content_type, body, kinds",
    [
        (200, "application/json", {"entities": [CLIENT], "total": 1}, []),
        (200, "application/json; charset=utf-8", {"entities": []}, []),
        (403, "application/json", {"message": "no", "code": "missing.permissions", "status": 403}, []),
        (418, "application/json", {}, ["status"]),
        (200, "text/html", {}, ["content type"]),
        (200, "application/json", b"{", ["json"]),
        (200, "application/json", b'{"total": NaN}', ["json"]),
        (200, "application/json", b"", ["body"]),
        (200, "application/json", [], ["type"]),
        (200, "application/json", {"entities": None}, ["type"]),
        (200, "application/json", {"entities": [{**CLIENT, "authorizedGrantType": "PKCE"}]}, ["enum"]),
        (200, "application/json", {"entities": [{**CLIENT, "dateCreated": "2026-02-30T08:00:00Z"}]}, ["format"]),
        (200, "application/json", {"entities": [{**CLIENT, "dateCreated": 0}]}, ["type"]),
        (200, "application/json", {"entities": [{"id": "c1"}]}, ["required", "required"]),
        (200, "application/json", {"entities": [], "nextUri": "/api/v2/users?pageNumber=2"}, ["link"]),
        (403, "application/json", {"message": "no", "status": "403"}, ["type"]),
    ],
)
def test_response_is_checked_against_the_schema_of_its_status(published, status, content_type, body, kinds):
    operation = published.paths[CLIENTS]["GET"]
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    problems, notes = published.check_response("GET", CLIENTS, operation, status, {"Content-Type": content_type}, body)
    assert [problem[0] for problem in problems] == kinds, problems
    assert notes == []


def test_unknown_property_of_a_response_is_a_note(published):
    operation = published.paths[CLIENTS]["GET"]
    body = json.dumps({"entities": [{**CLIENT, "colour": "blue"}]}).encode()
    problems, notes = published.check_response("GET", CLIENTS, operation, 200, {"Content-Type": "application/json"}, body)
    assert problems == []
    assert len(notes) == 1 and "colour" in notes[0]


@pytest.mark.parametrize(
    "name, good, bad",
    [
        ("date", ["2026-02-28", "2024-02-29"], ["2026-02-29", "2026-2-1", "20260201"]),
        ("date-time", ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000+01:00"], ["2026-01-01", "2026-01-01T00:00:00", "2026-01-01T25:00:00Z"]),
        ("interval", ["2026-01-01/2026-01-31", "2026-01-01T00:00:00Z/P30D"], ["2026-01-01", "P1D/P1D", "2026-01-32/2026-02-01"]),
        ("uri", ["/api/v2/users?pageSize=1", "https://x.example/a%20b"], ["a b", "<x>"]),
        ("int32", [2**31 - 1, -(2**31)], [2**31]),
    ],
)
def test_formats_know_good_from_bad(name, good, bad):
    assert [value for value in good if not formats.conforms(value, name)] == []
    assert [value for value in bad if formats.conforms(value, name)] == []


def test_proxy_forwards_and_records_both_sides(upstream):
    base = f"http://127.0.0.1:{upstream.server_port}"
    with ConformanceProxy(base) as proxy:
        upstream.answer = (200, "application/json", json.dumps({"entities": [CLIENT]}).encode())
        assert requests.get(proxy.url + CLIENTS, headers=BEARER).json() == {"entities": [CLIENT]}
        assert proxy.violations == []
        assert proxy.operations == {(f"GET {CLIENTS}", 200): 1}

        upstream.answer = (200, "application/json", json.dumps({"entities": [{**CLIENT, "name": 5}]}).encode())
        requests.get(proxy.url + CLIENTS + "?page=1")
        assert sorted((v.side, v.kind) for v in proxy.violations) == [
            ("request", "bearer"), ("request", "unknown"), ("response", "type"),
        ]
        requests.delete(proxy.url + CLIENTS, headers=BEARER)
        requests.get(proxy.url + "/api/v2/nothing", headers=BEARER)
        assert [v.kind for v in proxy.violations[3:]] == ["method", "path"]

        upstream.answer = (200, "text/plain", b"free text")
        before = len(proxy.violations)
        assert requests.post(proxy.url + "/oauth/token", data={"grant_type": "client_credentials"}).text == "free text"
        assert requests.get(proxy.url + "/api/v2/docs/swagger").text == "free text"
        assert len(proxy.violations) == before and proxy.passed_through == 2


def test_upstream_that_is_gone_is_a_violation(upstream):
    with ConformanceProxy("http://127.0.0.1:9") as proxy:
        with pytest.raises(requests.ConnectionError):
            requests.get(proxy.url + CLIENTS, headers=BEARER)
        assert [(v.side, v.kind) for v in proxy.violations] == [("response", "proxy")]
