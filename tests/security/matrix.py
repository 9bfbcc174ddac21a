"""Who may call what, derived from the server's own description and tried against the server.

Every operation and every socket message of /openapi.json is called as each principal with ids of each standing. What must come
back follows from the route's declared access (`x-lares-access`) and ids (`x-lares-touches`, `x-lares-id`): a later route or a
later kind of id joins by itself, and one that this file cannot make an object of is a failure, not a gap.
"""

import collections
import contextlib
import dataclasses
import http.client
import json
import re
import secrets
import sqlite3
import time

from lares_server import ROOT, HttpError, SocketClosed

# Rising, as the server counts them.
ROLES = re.search(r"enum class Role [^{]*\{([^}]*)\}", (ROOT / "src/auth/model.h").read_text())[1].replace(" ", "").split(",")
UNKNOWN_ID = "01jd0000000000000000000000"
SHORT = {"max_tokens", "max_completion_tokens", "max_output_tokens"}  # an answer of a word will do
EACH = "[]"
ABSENT = collections.defaultdict(lambda: UNKNOWN_ID)  # an id of each kind that nothing has
CARD = {"spec": "chara_card_v2", "spec_version": "2.0",
        "data": {"name": "Matrix", "description": "A quiet lighthouse keeper.", "first_mes": "Hello."}}  # fmt: skip


@dataclasses.dataclass
class Operation:
    method: str
    path: str
    access: str
    touches: dict  # kind -> relation
    path_ids: dict  # parameter -> kind
    query_ids: dict
    body_ids: dict  # where in the body, as names (EACH: in an array) -> kind
    body: dict | None  # schema
    form: bool = False  # takes multipart/form-data
    kind: str = "http"
    proxied: bool = False  # called through a proxy
    path_values: dict = dataclasses.field(default_factory=dict)  # of parameters that are no ids
    query_values: dict = dataclasses.field(default_factory=dict)  # of those that must be there, and are no ids
    scopes: tuple = ()  # that an access key needs; none: no key may

    @property
    def name(self):
        return f"{self.method} {self.path}"


def resolve(schema, description):
    while "$ref" in schema:
        schema = description["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def id_kind(schema):
    """The kind of id that a field holds, through nullable forms."""
    if "x-lares-id" in schema:
        return schema["x-lares-id"]
    for part in schema.get("anyOf", []) + schema.get("oneOf", []):
        if found := id_kind(part):
            return found
    return None


def expand(schema, description, within=()):
    """The schema with every reference in it replaced by what it names; a type within itself by nothing."""
    if isinstance(schema, list):
        return [expand(part, description, within) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if name := schema.get("$ref") if isinstance(schema.get("$ref"), str) else None:
        return {} if name in within else expand(resolve(schema, description), description, (*within, name))
    return {key: expand(part, description, within) for key, part in schema.items()}


def id_places(schema, place=()):
    """Where ids stand in a body, at any depth, and of what kind they are."""
    if "x-lares-id" in schema:
        yield place, schema["x-lares-id"]
    for part in schema.get("anyOf", []) + schema.get("oneOf", []):
        yield from id_places(part, place)
    for name, field in schema.get("properties", {}).items():
        yield from id_places(field, (*place, name))
    if "items" in schema:
        yield from id_places(schema["items"], (*place, EACH))


def operations(description):
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            if "x-lares-access" not in operation:
                continue
            yield operation_of(description, method.upper(), path, operation)
            for message in operation.get("x-lares-messages", []):
                yield message_of(description, path, message)


def operation_of(description, method, path, operation):
    parameters = operation.get("parameters", [])
    ids = {place: {p["name"]: id_kind(p["schema"]) for p in parameters if p["in"] == place and id_kind(p["schema"])}
           for place in ("path", "query")}  # fmt: skip
    content = operation.get("requestBody", {}).get("content", {})
    body = expand(content["application/json"]["schema"], description) if "application/json" in content else None
    return Operation(method, path, operation["x-lares-access"],
                     {t["kind"]: t["relation"] for t in operation.get("x-lares-touches", [])},
                     ids["path"], ids["query"], dict(id_places(body or {})), body,
                     "multipart/form-data" in content,
                     path_values={p["name"]: str(value_of(p["name"], p["schema"])) for p in parameters if p["in"] == "path"},
                     query_values={p["name"]: str(value_of(p["name"], p["schema"])) for p in parameters
                                   if p["in"] == "query" and p.get("required") and not id_kind(p["schema"])},
                     scopes=tuple(operation.get("x-lares-scopes", [])))  # fmt: skip


def message_of(description, path, message):
    schema = expand(message.get("data", {}), description)
    return Operation("SOCKET", f"{path}#{message['event']}", message["x-lares-access"],
                     {t["kind"]: t["relation"] for t in message.get("x-lares-touches", [])},
                     {}, {}, dict(id_places(schema)), schema, kind="socket", scopes=tuple(message.get("x-lares-scopes", [])))  # fmt: skip


class World:
    """Objects of every kind, of one person."""

    def __init__(self, client):
        self.client = client
        self.ids = {}
        self.refresh()

    def refresh(self):
        """Anew: the calls that are allowed may have deleted the old ones."""
        # Also what the calls themselves made, and the sessions of rounds before: an account has only so many of each.
        for path in ("/api/v1/api-keys", "/api/v1/apikeys"):
            for item in self.client.get(path)["items"]:
                if item["name"] in ("Matrix", value_of("name", {})):
                    self.client.request("DELETE", f"{path}/{item['id']}", check=False)
        if "attachment" in self.ids:
            self.client.request("DELETE", f"/api/v1/attachments/{self.ids['attachment']}", check=False)
        self.ids = {
            **self.conversation(),
            "session": self.session(),
            "lorebook": self.client.post("/api/v1/lorebooks", {"name": "Matrix", "entries": [{"keys": ["matrix"]}]})["id"],
            "attachment": self.client.request("POST", "/api/v1/attachments?name=matrix.txt", body=b"matrix").json()["id"],
            "persona": self.client.post("/api/v1/personas", {"name": "Matrix"})["id"],
            "provider_key": self.client.post("/api/v1/apikeys", {"provider": "ollama", "name": "Matrix", "endpoint": "http://127.0.0.1:9"})["id"],
            "access_key": self.client.post("/api/v1/api-keys", {"name": "Matrix", "scopes": ["chat"]})["item"]["id"],
        }

    def conversation(self):
        """A character and what was said with it: what is still there as it was, else new."""
        if self.ids:
            kept = {kind: self.ids[kind] for kind in ("character", "conversation", "message", "turn")}
            said = self.client.request("GET", f"/api/v1/chat/history?conversation_id={kept['conversation']}", check=False)
            card = self.client.request("GET", f"/api/v1/characters/{kept['character']}", check=False)
            if said.status == card.status == 200 and any(item["id"] == kept["message"] for item in said.json()["items"]) and not said.json().get("running"):
                return kept
        character = self.client.request("POST", "/api/v1/characters", CARD).json()["id"]
        answer = self.client.chat(character, "Hi", max_tokens=1)
        return {"character": character, "conversation": answer["conversation_id"], "message": answer["message_id"], "turn": answer["turn_id"]}

    def session(self):
        """Another one than the client's. A sign-in costs a password check: the last one is kept while it lives."""
        others = [session["id"] for session in self.client.get("/api/v1/auth/sessions")["items"] if not session["current"]]
        kept = self.ids.get("session")
        for other in others:
            if other != kept:
                self.client.request("DELETE", f"/api/v1/auth/sessions/{other}", check=False)
        if kept in others:
            return kept
        self.client.server.login(self.client.user["username"])
        return next(session["id"] for session in self.client.get("/api/v1/auth/sessions")["items"] if not session["current"])

    def after(self, operation):
        """When the operation may have changed something: signed in, with objects of every kind again."""
        if operation.method == "GET":
            return
        if self.client.request("GET", "/api/v1/users/me", check=False).status == 401:
            self.client = self.client.server.login(self.client.user["username"])
        self.refresh()


def value_of(name, schema):
    """Something a field accepts, so that the guard and not the parser decides."""
    if "message" == name:
        return "Hi"
    kind = schema.get("type")
    if "enum" in schema:
        return schema["enum"][0]
    if kind == "array":
        return [schema["items"]["enum"][0]] if "enum" in schema.get("items", {}) else []
    if kind == "integer":
        return max(1, int(schema.get("minimum", 1)))
    if kind == "number":
        return 1
    if kind == "boolean":
        return False
    return "x" * max(8, schema.get("minLength", 0))


def body_of(schema, ids, places, name=""):
    """What the schema accepts, with the ids at these places. Optional fields without an id are left out."""
    if () in places:
        return ids[places[()]]
    inner = {first: {place[1:]: kind for place, kind in places.items() if place[0] == first} for first in {place[0] for place in places}}
    for part in schema.get("anyOf", []) + schema.get("oneOf", []):
        if part.get("type") != "null":
            return body_of(part, ids, places, name)
    if EACH in inner:
        return [body_of(schema["items"], ids, inner[EACH])]
    if "properties" not in schema:
        return ids.get(schema.get("x-lares-id")) or value_of(name, schema)
    return {field: body_of(part, ids, inner.get(field, {}), field) for field, part in schema["properties"].items()
            if field in inner or field in schema.get("required", [])}  # fmt: skip


def fill(operation, ids):
    """Path, query and body with these ids."""
    path = re.sub(r"\{(\w+)\*?\}", lambda m: ids[operation.path_ids[m[1]]] if operation.path_ids.get(m[1]) else operation.path_values.get(m[1], "x"), operation.path.split("#")[0])
    query = "&".join(f"{name}={value}" for name, value in (operation.query_values | {name: ids[kind] for name, kind in operation.query_ids.items()}).items())
    body = None
    if operation.body is not None:
        body = body_of({"properties": {}, **operation.body}, ids, operation.body_ids)
        for name in SHORT & operation.body.get("properties", {}).keys():
            body.setdefault(name, 1)
    return path + ("?" + query if query else ""), body


def single_id_forms(operation):
    """One call for each id a request may carry, that id alone: an id that others hide is still judged."""
    for place in ("path_ids", "query_ids", "body_ids"):
        for name, kind in getattr(operation, place).items():
            lone = dataclasses.replace(operation, query_ids={}, body_ids={})
            if place != "path_ids":
                setattr(lone, place, {name: kind})
            yield name if isinstance(name, str) else ".".join(name), kind, lone


def call(server, operation, token, ids, patience):
    """The status, and the body of a refusal. What is still silent after `patience` seconds was let in."""
    path, body = fill(operation, ids)
    if operation.kind == "socket":
        return call_socket(server, operation, token, body)
    raw = json.dumps(body) if body is not None else None
    headers = {"Content-Type": "application/json"} if operation.method in ("POST", "PUT", "PATCH") or body is not None else {}
    if operation.form:
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        raw = b'--x\r\nContent-Disposition: form-data; name="file"; filename="c.json"\r\n\r\n{}\r\n--x--\r\n'
    if operation.proxied:
        headers["X-Forwarded-For"] = "203.0.113.9"
    if token:
        headers["Authorization"] = f"Bearer {token}"
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=patience)
    try:
        connection.request(operation.method, path, raw, headers)
        answer = connection.getresponse()
        # The head decides: an event stream has no end.
        return (200 if answer.status == 426 else answer.status), answer.read() if answer.status >= 400 else b""
    except TimeoutError:
        return 200, b""
    finally:
        connection.close()


def call_socket(server, operation, token, body):
    from lares_server import WebSocket

    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        socket = WebSocket(server.port, operation.path.split("#")[0], headers=headers)
    except HttpError as error:
        return error.response.status, error.response.body
    try:
        socket.send_event(operation.path.split("#")[1], body, id="mine")
        socket.send_event("no-such-event", id="next")  # messages are taken one by one: its refusal comes after ours, if there is one
        while True:
            message = socket.receive()
            if message["event"] == "error" and message.get("id", message["data"].get("id")) == "next":
                return 200, b""
            if message["event"] == "error":
                answer = {k: v for k, v in message["data"].items() if k not in ("id", "event")}
                return answer["status"], json.dumps(answer, sort_keys=True, separators=(",", ":")).encode()
            if message["event"] in ("accepted", "notice"):
                return 200, b""
    except SocketClosed as closed:
        return (401 if closed.code == 1008 else 500), b""
    finally:
        socket.close()


@dataclasses.dataclass
class Principals:
    anonymous: None
    garbage: str
    revoked: str
    stranger: object
    roles: dict  # a person of each role; the one of the lowest owns what the others try


def make_keys(owner):
    """An access key of each scope, one that has expired, one that was revoked. A new scope joins by itself."""
    description = owner.server.request("GET", "/openapi.json").json()
    scopes = description["components"]["schemas"]["AccessKeyRequest"]["properties"]["scopes"]["items"]["enum"]
    keys = {scope: owner.post("/api/v1/api-keys", {"name": scope, "scopes": [scope]})["key"] for scope in scopes}
    soon = int(time.time() * 1000) + 1_500
    expired = owner.post("/api/v1/api-keys", {"name": "expired", "scopes": scopes, "expires": soon})["key"]
    gone = owner.post("/api/v1/api-keys", {"name": "revoked", "scopes": scopes})
    owner.request("DELETE", f"/api/v1/api-keys/{gone['item']['id']}")
    time.sleep(max(0, soon / 1000 - time.time()) + 0.1)
    return keys, [expired, gone["key"]]


def of_role(server, role):
    """Somebody of this role; there is no route yet that gives one."""
    server.person(role)
    with contextlib.closing(sqlite3.connect(server.data / "lares.db", timeout=60)) as database, database:
        changed = database.execute("UPDATE users SET role = ? WHERE username = ?", (role, role)).rowcount
    assert changed == 1
    person = server.login(role)
    assert person.get("/api/v1/users/me")["role"] == role
    return person


def make_principals(server):
    roles = {role: of_role(server, role) for role in reversed(ROLES)}
    stranger = server.person("stranger")
    gone = server.login("stranger")
    gone.request("POST", "/api/v1/auth/logout")
    return Principals(None, secrets.token_urlsafe(40), gone.token, stranger, {role: roles[role] for role in ROLES})


def denied(operation, role):
    """Of somebody who is signed in with this role, before any id is looked at."""
    return operation.access in ROLES and ROLES.index(role) < ROLES.index(operation.access)


def delete(owner, operation, ids):
    """What this operation restores, or erases. False: there is none any more."""
    return owner.request("DELETE", fill(operation, ids)[0].rsplit("/", 1)[0], check=False).status != 404


def deleted(description, owner):
    """An object of each kind that can be restored, deleted by its owner."""
    kinds = {kind: operation for operation in operations(description) for kind, relation in operation.touches.items() if relation == "restorer"}
    spare = World(owner).ids
    for operation in kinds.values():
        delete(owner, operation, spare)
    return {kind: spare[kind] for kind in kinds}


class Enough(Exception):
    pass


def check(server, first_only=False):
    """All mismatches, as text, and how many calls were made. No mismatch: the guard does what the table says. first_only: one
    mismatch is enough to know that it does not."""
    wrong, calls = [], [0]
    try:
        check_all(server, wrong, calls, first_only)
    except Enough:
        pass
    return wrong, calls[0]


def check_all(server, wrong, calls, first_only):
    description = server.request("GET", "/openapi.json").json()
    people = make_principals(server)
    owners, highest = ROLES[0], ROLES[-1]
    gone = deleted(description, people.roles[owners])
    worlds, theirs = {role: World(person) for role, person in people.roles.items()}, World(people.stranger)
    mine = worlds[owners]
    keys, dead_keys = make_keys(people.roles[highest])  # the role that may most: a scope alone must hold it back
    admins = worlds[highest]
    sockets = {path for path, methods in description["paths"].items() if "x-lares-messages" in methods.get("get", {})}

    def expect(operation, who, token, ids, allowed, what):
        calls[0] += 1
        status, body = call(server, operation, token, ids, 3 if allowed(200) else 60)
        behind = status == 404 and b'"not-found"' not in body  # its handler's own "not there": the guard let it pass
        if not allowed(200 if behind else status):
            wrong.append(f"{operation.name} as {who} with {what}: {status} {body[:160]!r}")
        if wrong and first_only:
            raise Enough
        return body

    for operation in operations(description):
        missing = {k for k in operation.touches if k not in mine.ids}
        if missing:
            wrong.append(f"{operation.name}: the matrix cannot make a {missing}")
            continue
        ids_of = {**operation.path_ids, **operation.query_ids, **operation.body_ids}
        if untried := operation.touches.keys() - ids_of.values():
            wrong.append(f"{operation.name}: the matrix finds no field with the id of a {untried}")
        open_to_all = operation.access == "anyone"
        for who in ("anonymous", "garbage", "revoked"):
            refused = (lambda s: s not in (401, 404)) if open_to_all else (lambda s: s == 401)
            if operation.path.endswith("#hello"):  # says itself who it is: without a ticket nobody
                refused = lambda s: s in (400, 401)
            if operation.method == "GET" and f"{operation.path}" in sockets:
                continue  # the upgrade is open, its messages are not
            if operation.access == "machine":  # also open to programs here: as from elsewhere
                expect(dataclasses.replace(operation, proxied=True), who, getattr(people, who), mine.ids, refused, "no valid sign-in")
            else:
                expect(operation, who, getattr(people, who), mine.ids, refused, "no valid sign-in")
        if open_to_all:
            continue
        if operation.access == "machine":
            proxied = dataclasses.replace(operation, proxied=True)
            for role, person in people.roles.items():
                right = 200 if role == highest else 403
                expect(proxied, role, person.token, theirs.ids, lambda s, right=right: s == right, "this role")
        for scope, key in keys.items() if operation.access != "machine" else ():
            if operation.scopes == (scope,):
                expect(operation, f"key of {scope}", key, admins.ids, lambda s: s not in (401, 403, 404), "their own ids")
                admins.after(operation)
            else:
                expect(operation, f"key of {scope}", key, admins.ids, lambda s: s == 403, "a scope that is not its own")
        for key in dead_keys if operation.access != "machine" else ():
            expect(operation, "dead key", key, admins.ids, lambda s: s == 401, "no valid key")
        for role, world in worlds.items():
            if denied(operation, role):
                expect(operation, role, world.client.token, world.ids, lambda s: s == 403, "too low a role")
            elif operation.access in ROLES or (operation.method == "GET" and not ids_of):
                expect(operation, role, world.client.token, world.ids, lambda s: s not in (401, 403), "the role")
        for name, kind, lone in single_id_forms(operation):
            unknown = {**mine.ids, kind: UNKNOWN_ID}
            absent = expect(lone, owners, mine.client.token, unknown, lambda s: s == 404, f"{name} that does not exist")
            for role, world in worlds.items():
                ids = {**world.ids, kind: (theirs if world is mine else mine).ids[kind]}
                got = expect(lone, role, world.client.token, ids, lambda s: s == 404, f"{name} of another person")
                if b'"not-found"' not in got:  # the guard's own answer: a store that looks again is no excuse for it
                    wrong.append(f"{operation.name}: {name} of another person was answered behind the guard: {got!r}")
                if got != absent:
                    wrong.append(f"{operation.name}: {name} of another person answers {got!r}, an absent one {absent!r}")
            if kind in gone:  # what they deleted is theirs to restore, and absent to all else
                restores = lone.touches.get(kind) == "restorer"
                got = expect(lone, owners, mine.client.token, {**mine.ids, kind: gone[kind]}, lambda s: s in ((200, 204) if restores else (404,)), f"{name} that they deleted")
                if restores:
                    if not delete(mine.client, lone, gone):  # it was erased: another one
                        gone |= deleted(description, mine.client)
                elif got != absent:
                    wrong.append(f"{operation.name}: {name} that they deleted answers {got!r}, an absent one {absent!r}")
        if not denied(operation, owners):
            expect(operation, owners, mine.client.token, mine.ids, lambda s: s not in (401, 403, 404), "their own ids")
            mine.after(operation)  # it may have signed them out or deleted what it named
        if operation.touches.get("character") in ("owner", "restorer"):
            public = next(c["id"] for c in mine.client.characters() if c["bundled"])
            got = expect(operation, owners, mine.client.token, {**mine.ids, "character": public}, lambda s: s == 403, "a public one")
            if b'"not-yours"' not in got:
                wrong.append(f"{operation.name}: a public one was refused behind the guard: {got!r}")
    if wrong and first_only:
        raise Enough
