"""A proxy that holds both sides of an HTTP conversation against the platform's own published document.

`Published` reads tests/spec/operations.json and checks one call; `ConformanceProxy` forwards every call as it is to an
upstream and records what either side got wrong. Requests are the caller's fault, answers are the upstream's.

    with ConformanceProxy("http://127.0.0.1:8801") as proxy:
        ...                                         # point api_url and login_url at proxy.url
        assert not proxy.violations

Not in the document, hence passed through unchecked: /oauth/token, /api/v2/docs/swagger.
"""
import collections
import datetime
import gzip
import http.client
import json
import pathlib
import re
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jsonschema

OPERATIONS = pathlib.Path(__file__).parents[1] / "spec" / "operations.json"
PASSED_THROUGH = {"/oauth/token", "/api/v2/docs/swagger"}
HOP_BY_HOP = {
    "connection", "content-length", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te",
    "trailer", "transfer-encoding", "upgrade",
}

Violation = collections.namedtuple("Violation", "side kind call where detail")


# ---- formats: what RFC 3339 and ISO 8601 say, real days only --------------------------------------------------------

DATE = r"\d{4}-\d{2}-\d{2}"
CLOCK = r"\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?"
ZONE = r"([Zz]|[+-]\d{2}:\d{2})"
DURATION = r"P(?=\d|T\d)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?"
URI = r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*"
formats = jsonschema.FormatChecker(formats=())


def is_real(text):
    try:
        datetime.date.fromisoformat(text[:10])
    except ValueError:
        return False
    clock = re.match(r".{10}[Tt](\d\d):(\d\d)(?::(\d\d))?", text)
    return not clock or (int(clock[1]) < 24 and int(clock[2]) < 60 and int(clock[3] or 0) <= 60)


def is_point(text):
    return bool(re.fullmatch(f"{DATE}([Tt]{CLOCK}{ZONE}?)?", text)) and is_real(text)


@formats.checks("date")
def is_date(value):
    return not isinstance(value, str) or (bool(re.fullmatch(DATE, value)) and is_real(value))


@formats.checks("date-time")
def is_date_time(value):
    if not isinstance(value, str):
        return True
    return bool(re.fullmatch(DATE + r"[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?" + ZONE, value)) and is_real(value)


@formats.checks("interval")
def is_interval(value):
    if not isinstance(value, str):
        return True
    start, slash, end = value.partition("/")
    is_duration = re.compile(DURATION).fullmatch
    return bool(slash) and (
        (is_point(start) and (is_point(end) or bool(is_duration(end)))) or (bool(is_duration(start)) and is_point(end))
    )


@formats.checks("uri")
def is_uri(value):
    return not isinstance(value, str) or bool(re.fullmatch(URI, value))


@formats.checks("int32")
def is_int32(value):
    return isinstance(value, bool) or not isinstance(value, int) or -(2**31) <= value < 2**31


@formats.checks("int64")
def is_int64(value):
    return isinstance(value, bool) or not isinstance(value, int) or -(2**63) <= value < 2**63


# ---- the document ---------------------------------------------------------------------------------------------------


def closed(schema, sent):
    """The schema with unknown properties refused; `sent`: what only the platform may write is unknown too."""
    if isinstance(schema, list):
        return [closed(item, sent) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(schema.get("$ref"), str):
        return {"$ref": schema["$ref"]}
    result = {key: closed(value, sent) for key, value in schema.items() if key != "properties"}
    if "properties" in schema:
        result["properties"] = {
            name: closed(value, sent)
            for name, value in schema["properties"].items()
            if not (sent and value.get("readOnly"))
        }
        result.setdefault("additionalProperties", False)
        if "required" in result:
            result["required"] = [name for name in result["required"] if name in result["properties"]]
            if not result["required"]:
                del result["required"]
    return result


def typed(text, kind):
    """A parameter's text as the JSON value that its published type asks for; None where it is not one."""
    if kind == "integer":
        return int(text) if re.fullmatch(r"[+-]?[0-9]{1,20}", text) else None
    if kind == "number":
        return float(text) if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", text) else None
    if kind == "boolean":
        return {"true": True, "false": False}.get(text)
    return text


def strict_json(body):
    def refuse(word):
        raise ValueError(f"{word} is not JSON")

    return json.loads(body.decode("utf-8"), parse_constant=refuse)


def place(error):
    return "$" + "".join("[*]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)


def media_type(headers):
    return (headers.get("Content-Type") or "").split(";")[0].strip().lower()


class Published:
    """The published operations, and whether a call keeps to them."""

    def __init__(self, file=OPERATIONS):
        document = json.loads(pathlib.Path(file).read_text(encoding="utf-8"))
        self.paths = document["paths"]
        self.definitions = {sent: closed_definitions(document["definitions"], sent) for sent in (True, False)}
        self.templates = [(path.strip("/").split("/"), path) for path in self.paths]

    def match(self, path):
        """The template of a path, a literal segment before a parameter; None where nothing is published."""
        segments = [urllib.parse.unquote(segment) for segment in path[1:].split("/")]
        found = []
        for parts, template in self.templates:
            if len(parts) == len(segments) and all(
                (part.startswith("{") and segment != "") or part == segment for part, segment in zip(parts, segments)
            ):
                found.append((sum(part.startswith("{") for part in parts), template))
        return min(found)[1] if found else None

    def errors(self, schema, value, sent):
        whole = {**closed(schema, sent), "definitions": self.definitions[sent]}
        return jsonschema.Draft4Validator(whole, format_checker=formats).iter_errors(value)

    def check_parameter(self, parameter, texts):
        """What is wrong with the values of one path, query or header parameter."""
        schema = {key: parameter[key] for key in ("type", "format", "enum", "pattern", "minimum", "maximum") if key in parameter}
        if parameter.get("type") == "array":
            schema = parameter.get("items", {"type": "string"})
            if parameter.get("collectionFormat") != "multi":
                texts = [part for text in texts for part in text.split(",")]
        elif len(texts) > 1:
            yield "repeated", f"{len(texts)} values where one is published"
        for text in texts:
            value = typed(text, schema.get("type"))
            if value is None:
                yield "type", f"{text!r} where {schema.get('type')} is published"
                continue
            for error in jsonschema.Draft4Validator(schema, format_checker=formats).iter_errors(value):
                yield error.validator, error.message[:160]

    def check_request(self, method, target, headers, body):
        """-> (template, operation or None, [(kind, where, detail)])"""
        path, _, query = target.partition("?")
        template = self.match(path)
        if template is None:
            return None, None, [("path", "path", f"{path} is not published")]
        operation = self.paths[template].get(method)
        if operation is None:
            return template, None, [("method", "path", f"{method} is not published for {template}")]
        problems = []
        parameters = {(entry["in"], entry["name"]): entry for entry in operation["parameters"]}
        given = collections.defaultdict(list)
        for name, text in zip(template.strip("/").split("/"), path.strip("/").split("/")):
            if name.startswith("{"):
                given["path", name[1:-1]].append(urllib.parse.unquote(text))
        for name, text in urllib.parse.parse_qsl(query, keep_blank_values=True, errors="strict"):
            given["query", name].append(text)
        for kind, name in parameters:
            if kind == "header" and headers.get(name) is not None:
                given["header", name].append(headers[name])
        for (kind, name), texts in given.items():
            entry = parameters.get((kind, name))
            if entry is None:
                problems.append(("unknown", f"{kind} {name}", f"not a parameter of {method} {template}"))
                continue
            if kind == "path" and re.fullmatch(r"\{.*\}", texts[0]):
                problems.append(("placeholder", f"path {name}", f"{texts[0]} was never filled in"))
            problems += [(problem, f"{kind} {name}", detail) for problem, detail in self.check_parameter(entry, texts)]
        for (kind, name), entry in parameters.items():
            if entry.get("required") and kind != "body" and (kind, name) not in given:
                problems.append(("missing", f"{kind} {name}", "required parameter is missing"))
        if operation["bearer"] and not re.match(r"bearer \S", headers.get("Authorization") or "", re.I):
            problems.append(("bearer", "header Authorization", "no bearer token"))
        schema = next((entry["schema"] for (kind, _), entry in parameters.items() if kind == "body"), None)
        if schema is None:
            if body:
                problems.append(("body", "body", f"{len(body)} bytes where no body is published"))
        elif not body:
            problems.append(("body", "body", "required body is missing"))
        else:
            if media_type(headers) not in operation["consumes"]:
                problems.append(("content type", "body", f"{headers.get('Content-Type')!r}"))
            try:
                value = strict_json(body)
            except ValueError as error:
                problems.append(("json", "body", str(error)))
            else:
                problems += [(error.validator, place(error), error.message[:160]) for error in self.errors(schema, value, True)]
        return template, operation, problems

    def check_response(self, method, template, operation, status, headers, body):
        """-> ([(kind, where, detail)], [note])"""
        known = next((code for code in (str(status), "default") if code in operation["responses"]), None)
        if known is None:
            return [("status", str(status), f"published are {', '.join(sorted(operation['responses']))}")], []
        schema = operation["responses"][known]
        if schema is None or method == "HEAD":
            return [], []
        if not body:
            return [("body", str(status), "empty where a body is published")], []
        if media_type(headers) not in operation["produces"]:
            return [("content type", str(status), f"{headers.get('Content-Type')!r}")], []
        try:
            if (headers.get("Content-Encoding") or "identity").lower() == "gzip":
                body = gzip.decompress(body)
            value = strict_json(body)
        except (ValueError, OSError, EOFError) as error:
            return [("json", str(status), str(error))], []
        problems, notes = [], []
        for error in self.errors(schema, value, False):
            if error.validator == "additionalProperties":
                notes.append(f"{template} {status} {place(error)}: {error.message[:160]}")
            else:
                problems.append((error.validator, f"{status} {place(error)}", error.message[:160]))
        if status == 200 and isinstance(value, dict):
            for link in ("nextUri", "previousUri", "firstUri", "lastUri"):
                if value.get(link) and self.match(urllib.parse.urlsplit(value[link]).path) != template:
                    problems.append(("link", f"{status} $.{link}", f"{value[link]} leads away from {template}"))
        return problems, notes


def closed_definitions(definitions, sent):
    return {name: closed(schema, sent) for name, schema in definitions.items()}


# ---- the proxy ------------------------------------------------------------------------------------------------------


class ConformanceProxy:
    """Forwards to an upstream; `violations`, `notes`, `operations` (calls by operation and status), `passed_through`."""

    def __init__(self, upstream, published=None):
        self.published = published or Published()
        self.violations, self.notes = [], collections.Counter()
        self.operations, self.passed_through = collections.Counter(), 0
        self.lock = threading.Lock()
        self.server = server(urllib.parse.urlsplit(upstream), self)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def record(self, call, operation, status, request, response, notes):
        with self.lock:
            if operation is not None:
                self.operations[operation, status] += 1
            self.violations += [Violation("request", kind, call, where, detail) for kind, where, detail in request]
            self.violations += [Violation("response", kind, call, where, detail) for kind, where, detail in response]
            self.notes.update(notes)

    def distinct_operations(self, status=None):
        return {name for name, code in self.operations if status in (None, code)}

    def describe(self, side=None, most=20):
        """The violations for a failing test's message, each once, with how often it was seen."""
        seen = collections.Counter(
            f"{v.side} {v.kind}: {v.call.split('?')[0]}: {v.where}: {v.detail}" for v in self.violations if side in (None, v.side)
        )
        lines = [f"{count} x {text}" for text, count in seen.most_common(most)]
        return "\n".join([f"{sum(seen.values())} violations, {len(seen)} distinct", *lines])


def server(upstream, proxy):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_):
            pass

        def read_body(self):
            if "chunked" not in (self.headers.get("Transfer-Encoding") or "").lower():
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            return body

        def forward(self, target, body):
            connection = http.client.HTTPConnection(upstream.hostname, upstream.port, timeout=60)
            try:
                connection.putrequest(self.command, upstream.path.rstrip("/") + target, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    if name.lower() not in HOP_BY_HOP | {"accept-encoding", "expect"}:
                        connection.putheader(name, value)
                connection.putheader("Accept-Encoding", "gzip" if "gzip" in (self.headers.get("Accept-Encoding") or "") else "identity")
                if body or self.command in ("POST", "PUT", "PATCH"):
                    connection.putheader("Content-Length", str(len(body)))
                connection.endheaders(body or None)
                answer = connection.getresponse()
                return answer, answer.read()
            finally:
                connection.close()

        def handle_call(self):
            target, body = self.requestline.split()[1], self.read_body()
            call = f"{self.command} {target}"
            template = operation = None
            request, response, notes = [], [], []
            checked = target.partition("?")[0] not in PASSED_THROUGH
            if checked:
                try:
                    template, operation, request = proxy.published.check_request(self.command, target, self.headers, body)
                except Exception as error:  # a check that fails is a call that was not checked
                    request = [("proxy", "request", f"not checked: {error!r}")]
            try:
                answer, data = self.forward(target, body)
            except (OSError, http.client.HTTPException, ValueError) as error:
                response.append(("proxy", "upstream", repr(error)))
                proxy.record(call, None, None, request, response, notes)
                self.close_connection = True
                return
            if operation is not None:
                try:
                    response, notes = proxy.published.check_response(
                        self.command, template, operation, answer.status, answer.headers, data
                    )
                except Exception as error:
                    response = [("proxy", "response", f"not checked: {error!r}")]
            name = f"{self.command} {template}" if operation is not None else None
            proxy.record(call, name, answer.status, request, response, notes)
            if not checked:
                with proxy.lock:
                    proxy.passed_through += 1
            self.send_response_only(answer.status, answer.reason)
            for header, value in answer.getheaders():
                if header.lower() not in HOP_BY_HOP:
                    self.send_header(header, value)
            if answer.status not in (204, 304):
                self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = handle_call

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

        def handle_error(self, *_):
            pass

    return Server(("127.0.0.1", 0), Handler)
