"""KY1: canaries in every secret and in what people say; afterwards logs, metrics, traces, errors, the process's title, data files
and backups hold none of them outside the one answer that shows it. Secrets are found in the settings table and in the route table
(`writeOnly` fields), places that a caller fills in the route table: later ones join by themselves."""

import json
import pathlib
import re
import subprocess

import lares_server
import matrix
import pytest
from lares_server import NO_LIMITS, Server
from lares_server import PASSWORD as USUAL

SAID = "the heron sleeps under the violet bridge 7141"
PASSWORD = "canary-password-5518-xylophone"
QUERY = "canary-query-2260-marimba"
WRONG_PASSWORD = "canary-wrong-9026-trombone"

pytestmark = pytest.mark.check("KY1")


def secret_settings():
    """A value for each secret of the settings table that has no value of its own form yet."""
    table = subprocess.run([str(lares_server.BINARY), "settings"], capture_output=True, text=True, check=True).stdout
    names = re.findall(r"^\| `(\w+)` \| secrets? \|", table, re.M)
    made = lares_server.fresh_secrets()
    assert set(made) <= set(names)
    return {**{name: f"canary-setting-{name.lower()}-3307" for name in names}, **made}


def write_only(schema, description, path=()):
    """Paths of the fields of a body that hold a secret."""
    schema = matrix.resolve(schema, description)
    if schema.get("writeOnly"):
        yield path
    for part in schema.get("anyOf", []) + schema.get("oneOf", []):
        yield from write_only(part, description, path)
    for name, field in schema.get("properties", {}).items():
        yield from write_only(field, description, (*path, name))


def with_field(body, path, value):
    """The body with this value at the path."""
    out = json.loads(json.dumps(body or {}))
    place = out
    for name in path[:-1]:
        place = place.setdefault(name, {})
    place[path[-1]] = value
    return out


def test_no_secret_leaves_its_place(tmp_path, monkeypatch):
    monkeypatch.setattr(lares_server, "PASSWORD", PASSWORD)
    settings = secret_settings()
    with Server(data=tmp_path / "data", env={**NO_LIMITS, **settings, "LOG_LEVEL": "debug"}) as server:
        ann = server.person("ann", PASSWORD)
        canaries, answers = provoke(server, ann)
        traces, said = speak(server, ann)
        shown = shown_once(server)
        socket = ann.socket()
        socket.send_event("cancel", {"turn_id": SAID})
        answers.append(json.dumps(socket.receive(timeout=60)).encode())
        metrics = server.request("GET", "/metrics").body
        title = pathlib.Path(f"/proc/{server.pid}/cmdline").read_bytes()
        backup = subprocess.run([str(lares_server.BINARY), "backup", str(tmp_path / "backup"), "--data", str(server.data)],
                                env=server.env, capture_output=True, check=True, cwd=tmp_path)  # fmt: skip
        server.stop()
        secrets = {**settings, **canaries, "password": PASSWORD, "wrong password": WRONG_PASSWORD, "access token": ann.token,
                   "refresh token": ann.refresh_token, **shown}  # fmt: skip
        views = {"log": server.log().encode(), "metrics": metrics, "title": title, "backup's words": backup.stdout + backup.stderr,
                 "errors": b"\n".join(answers), "traces": traces}  # fmt: skip
        files = {str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
        assert len(files) >= 3
        hits = [f"{name} in {place}" for name, value in secrets.items() for place, data in {**views, **files}.items() if value.encode() in data]
        # What people say, and what is answered, is in the database and in the answers to them: nowhere else.
        hits += [f"{what} in {place}" for what, text in {"what was said": SAID, **said}.items()
                 for place, data in views.items() if text.encode() in data]  # fmt: skip
        assert hits == []
        assert any(SAID.encode() in data for data in files.values())
        assert views["log"].count(b"\n") > 20, "the log must have had the chance"
        assert len(answers) > 40


PROMPTS = {
    "/v1/chat/completions": {"messages": [{"role": "user", "content": SAID}], "max_tokens": 24},
    "/v1/completions": {"prompt": SAID, "max_tokens": 24},
    "/v1/responses": {"input": SAID, "max_output_tokens": 24},
    "/v1/messages": {"messages": [{"role": "user", "content": SAID}], "max_tokens": 24},
    "/ollama/api/chat": {"messages": [{"role": "user", "content": SAID}], "stream": False, "options": {"num_predict": 24}},
    "/ollama/api/generate": {"prompt": SAID, "stream": False, "options": {"num_predict": 24}},
    "/api/v1/llm/generate": {"prompt": SAID, "maxTokens": 24},
}


def texts(value):
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from texts(part)
    elif isinstance(value, str):
        yield value


def longest_line(text):
    line = max(text.splitlines(), key=len).strip()
    assert len(line) > 8, "an answer that can be looked for"
    return line


def speak(server, ann):
    """Says it on each way to speak: the traces of the turns, and a piece of each answer."""
    character = ann.terse_companion()
    answer = ann.chat(character, SAID, max_tokens=24, seed=1)
    done = [next(event.data for event in ann.stream(character, SAID, max_tokens=24) if event.name == "turn_done")]
    socket = ann.socket()
    socket.send_event("message", {"character_id": character, "message": SAID, "max_tokens": 24})
    done.append(socket.receive_until("turn_done")[-1]["data"])
    socket.close()
    said = {"the answer": longest_line(answer["reply"]["text"]), "a stream's": longest_line(done[0]["text"]), "a socket's": longest_line(done[1]["text"])}
    model = ann.get("/v1/models")["data"][0]["id"]
    for path, prompt in PROMPTS.items():
        text = max(texts(ann.post(path, {"model": model, **prompt}, timeout=300)), key=lambda text: (" " in text, len(text)))
        said[f"the answer of {path}"] = longest_line(text)
    traces = [answer["trace"], answer["usage"], *(one[part] for one in done for part in ("trace", "usage")), ann.get("/api/v1/status")]
    return json.dumps(traces).encode(), said


SLOW = ("/api/v1/chat", "/api/v1/conversations", "/api/v1/tts", "/api/v1/voice", "/v1/", "/ollama/", "/api/v1/llm", "/api/v1/prompts")  # they show no secret


def shown_once(server):
    """What an answer to whoever may ask shows and that reads like a credential: long, and chosen by chance."""
    shown = {}

    def look(name, answer):
        if answer.status < 300 and answer.body[:1] == b"{":
            cookies = [value.split(";")[0].partition("=")[2] for key, value in answer.headers.items() if key.lower() == "set-cookie"]
            for number, text in enumerate([*texts(answer.json()), *cookies]):
                if re.fullmatch(r"(?=.*\d)[\w.-]{32,}", text):
                    shown[f"{name} {number}"] = text

    bob = server.person("bob")
    for kind in ("bearer", "cookie"):
        look(f"login by {kind}", server.request("POST", "/api/v1/auth/login", {"login": "bob", "password": USUAL, "session": kind}))
    look("refresh", server.request("POST", "/api/v1/auth/refresh", {"refresh_token": bob.refresh_token}))
    world = matrix.World(server.login("bob"))
    for operation in matrix.operations(server.request("GET", "/openapi.json").json()):
        if operation.kind == "http" and operation.method in ("POST", "PUT", "PATCH") and "logout" not in operation.path and not operation.path.startswith(SLOW):
            path, body = matrix.fill(operation, world.ids)
            look(operation.name, world.client.request(operation.method, path, body, check=False))
    for part in ("login by bearer", "login by cookie", "refresh", "auth/ticket", "POST /api/v1/api-keys ", "api-keys/{access_key_id}/rotate"):
        assert any(part in name for name in shown), part
    return shown


def provoke(server, ann):
    """Wrong calls with canaries in every place that a caller fills: (secrets that were sent, error answers)."""
    canaries, answers = {"a query": QUERY}, []
    server.request("POST", "/api/v1/auth/login", {"login": "ann", "password": WRONG_PASSWORD}, check=False)
    character = ann.characters()[0]["id"]
    bad = [
        ("POST", "/api/v1/auth/login", {"login": "ann", "password": [PASSWORD]}),
        ("POST", "/api/v1/auth/register", {"email": "x", "username": "", "password": PASSWORD}),
        ("POST", "/api/v1/auth/register", {"email": "ann@example.org", "username": "ann", "password": PASSWORD}),
        ("POST", "/api/v1/auth/refresh", {"refresh_token": ann.refresh_token + "x"}),
        ("POST", "/api/v1/chat", {"character_id": SAID, "message": SAID}),
        ("POST", "/api/v1/chat", {"character_id": character, "message": SAID, "max_tokens": SAID}),
        ("POST", "/api/v1/chat", {"character_id": matrix.UNKNOWN_ID, "message": SAID}),
    ]
    for method, path, body in bad:
        for token in (ann.token, ann.token + "x"):
            answers.append(server.request(method, path, body, token=token, check=False))

    def call(operation, path, fields, **options):
        try:
            answers.append(server.request(operation.method, path, fields, token=ann.token, check=False, timeout=3, **options))
        except TimeoutError:
            pass  # an open event stream

    description = server.request("GET", "/openapi.json").json()
    for operation in matrix.operations(description):
        if operation.kind != "http" or not operation.path.startswith("/api/") or "logout" in operation.path:
            continue
        path, body = matrix.fill(operation, matrix.ABSENT)
        for number, field in enumerate(write_only(operation.body or {}, description)):
            name = f"canary-{operation.method}{re.sub('[^a-z]', '-', operation.path)}-{number}-4471".lower()
            canaries[f"{operation.name} {'.'.join(field)}"] = name
            for value in (name, [name], name * 500):
                call(operation, path, with_field(body, field, value))
        bare = path.partition("?")[0]
        declared = description["paths"][operation.path][operation.method.lower()].get("parameters", [])
        for name in [p["name"] for p in declared if p["in"] == "query"] + ["text"]:
            call(operation, f"{bare}?{name}={QUERY}", body)
        if operation.method != "GET":
            call(operation, bare, None, body=b"{" + PASSWORD.encode() + SAID.encode(), headers={"Content-Type": "application/json"})
            for field in (operation.body or {}).get("properties", {}):
                call(operation, bare, {**(body or {}), field: {SAID: SAID}})
                call(operation, bare, {**(body or {}), field: SAID * 3000})
    return canaries, [answer.body for answer in answers if answer.status >= 400]
