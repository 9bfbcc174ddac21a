"""KY1 to KY5, TI4 of keys: where their text may be, how they are presented, what they open, and that the vault's own keys can change."""

import base64
import concurrent.futures
import contextlib
import http.client
import json
import os
import secrets
import signal
import sqlite3
import subprocess
import time
import types

import pytest
from cryptography.fernet import Fernet, MultiFernet

import matrix
from lares_server import NO_LIMITS, BINARY, HttpError, Server, SocketClosed, WebSocket, fresh_secrets, sse


@pytest.fixture(scope="module")
def server():
    with Server(env={**NO_LIMITS, "LLM_MODEL": "none", "LOG_LEVEL": "debug"}) as running:
        yield running


def presentations(key):
    """Every way in which a program may say its key; the names of fields know no case."""
    return {
        "bearer": {"Authorization": f"Bearer {key}"},
        "bearer in lower case": {"authorization": f"bearer {key}"},
        "X-API-Key": {"X-API-Key": key},
        "x-api-key": {"x-api-key": key},
        "both alike": {"Authorization": f"Bearer {key}", "x-api-key": key},
    }


def decision(response):
    problem = json.loads(response.body) if response.body[:1] == b"{" else {}
    return response.status, problem.get("type")


def make(person, *scopes, **fields):
    return person.post("/api/v1/api-keys", {"name": "test", "scopes": list(scopes), **fields})


def test_every_presentation_decides_alike(server):
    ann = server.person("ann")
    description = server.request("GET", "/openapi.json").json()
    scopes = description["components"]["schemas"]["AccessKeyRequest"]["properties"]["scopes"]["items"]["enum"]
    made = {scope: make(ann, scope)["key"] for scope in scopes}
    made["none at all"] = "lares_" + "x" * 49
    revoked = make(ann, *scopes)
    ann.request("DELETE", f"/api/v1/api-keys/{revoked['item']['id']}")
    made["revoked"] = revoked["key"]
    compared = 0
    for operation in matrix.operations(description):
        if operation.kind == "socket" or operation.method != "GET" or operation.path_ids or operation.path.endswith("/events"):
            continue
        for name, key in made.items():
            seen = {how: decision(server.request("GET", operation.path, headers=headers, check=False)) for how, headers in presentations(key).items()}
            assert len(set(seen.values())) == 1, (operation.name, name, seen)
            compared += 1
    assert compared > 100


def test_sockets_take_a_key_as_requests_do(server):
    ann = server.person("ann")
    allowed, other = make(ann, "chat")["key"], make(ann, "models")["key"]
    for headers in presentations(allowed).values():
        WebSocket(server.port, "/api/v1/chat", headers=headers).close()
    for headers in presentations(other).values():
        with pytest.raises(HttpError) as refused:
            WebSocket(server.port, "/api/v1/chat", headers=headers)
        assert refused.value.response.status == 403
    for key, good in ((allowed, True), (other, False), ("lares_" + "x" * 49, False)):
        socket = WebSocket(server.port, "/api/v1/chat")
        socket.send_event("hello", {"ticket": key})
        if good:
            assert socket.receive()["event"] == "ready"
        else:
            with pytest.raises(SocketClosed):
                while socket.receive()["event"] == "error":
                    pass
        socket.close()


def test_a_revoked_key_ends_its_socket(server):
    ann = server.person("ann")
    made = make(ann, "chat")
    socket = WebSocket(server.port, "/api/v1/chat", headers={"X-API-Key": made["key"]})
    ann.request("DELETE", f"/api/v1/api-keys/{made['item']['id']}")
    began = time.monotonic()
    with pytest.raises((SocketClosed, ConnectionError)):
        while True:
            socket.receive(timeout=12)
    assert time.monotonic() - began < (3 if os.environ.get("LARES_DEEP") else 60)


@pytest.mark.parametrize("narrow", ["rotated", "narrowed"])
def test_a_key_that_is_rotated_or_narrowed_ends_its_sockets_and_streams(server, narrow):
    ann = server.person("ann")
    made = make(ann, "chat", "models")
    one = f"/api/v1/api-keys/{made['item']['id']}"
    socket = WebSocket(server.port, "/api/v1/chat", headers={"X-API-Key": made["key"]})
    stream = sse(types.SimpleNamespace(server=server, token=made["key"]), "GET", "/api/v1/chat/events", timeout=12)
    next(stream)
    ann.request("PATCH", one, {"name": "renamed"})
    time.sleep(2)  # longer than between two looks at what is open
    socket.send_event("ping", {})
    socket.receive_until("notice")
    if narrow == "rotated":
        ann.post(f"{one}/rotate", {"grace_s": 0})
    else:
        ann.request("PATCH", one, {"scopes": ["models"]})
    with pytest.raises((SocketClosed, ConnectionError)):
        while True:
            socket.receive(timeout=12)
    with contextlib.suppress(ConnectionError, http.client.HTTPException):
        for _ in stream:
            pass


def test_two_credentials_are_one_too_many(server):
    ann, bob = server.person("ann"), server.person("bob")
    headers = {"Authorization": f"Bearer {ann.token}", "X-API-Key": make(bob, "models")["key"]}
    assert server.request("GET", "/api/v1/status", headers=headers, check=False).status == 401


def test_no_key_makes_keys_or_reads_the_account(server):
    key = {"X-API-Key": make(server.person("ann"), "chat", "characters", "models", "llm")["key"]}
    for method, path, body in (
        ("GET", "/api/v1/api-keys", None), ("POST", "/api/v1/api-keys", {"name": "x", "scopes": ["chat"]}), ("GET", "/api/v1/apikeys", None),
        ("GET", "/api/v1/users/me", None), ("GET", "/api/v1/auth/sessions", None), ("POST", "/api/v1/auth/ticket", {}),
        ("POST", "/api/v1/auth/logout-everywhere", {}), ("GET", "/api/v1/admin/apikeys", None),
    ):  # fmt: skip
        answer = server.request(method, path, body, headers=dict(key), check=False)
        assert decision(answer) == (403, "key-not-allowed"), path


def test_rotation_with_grace_refuses_nobody(server):
    """Of a program that asks all the while, with the old text and then the new one, no request fails."""
    ann = server.person("ann")
    made = make(ann, "models")
    text, stop, statuses = [made["key"]], [], []

    def program():
        while not stop:
            statuses.append(server.request("GET", "/api/v1/status", headers={"X-API-Key": text[0]}, check=False).status)

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        running = [pool.submit(program) for _ in range(4)]
        for _ in range(5):
            shown = ann.post(f"/api/v1/api-keys/{made['item']['id']}/rotate", {"grace_s": 600})
            for key in (text[0], shown["key"]):
                text[0], before = key, len(statuses)
                server.wait_for(lambda b=before: len(statuses) > b + 8)  # each of the four asks with it
        stop.append(True)
        for one in running:
            one.result()
    assert len(statuses) > 50 and set(statuses) == {200}
    assert server.request("GET", "/api/v1/status", headers={"X-API-Key": made["key"]}, check=False).status == 401, "two rotations ago"


def test_a_tier_is_an_admins_to_give(server):
    server.person("ann")  # the first is the admin
    bob = server.person("bob")
    refused = bob.request("POST", "/api/v1/api-keys", {"name": "x", "scopes": ["chat"], "tier": "gold"}, check=False)
    assert refused.status == 403


def test_no_text_of_a_key_is_anywhere_but_in_its_one_answer(server):
    """KY1: canaries in every kind of key, then a search through answers, logs and files."""
    ann = server.person("ann")
    canary = "sk-proj-" + secrets.token_hex(20)
    added = ann.request("POST", "/api/v1/apikeys", {"provider": "openai", "name": "mine", "key": canary})
    bad = ann.request("POST", "/api/v1/apikeys", {"provider": "anthropic", "name": "mine", "key": canary}, check=False)
    checked = ann.request("POST", "/api/v1/apikeys/validate", {"provider": "anthropic", "key": canary})
    assert bad.status == 422 and checked.json()["valid"] is False
    pooled = ann.request("POST", "/api/v1/admin/apikeys", {"provider": "openai", "name": "pool", "key": canary, "audience": {"roles": ["admin"]}})
    shown = ann.request("POST", "/api/v1/api-keys", {"name": "program", "scopes": ["models"]})
    access = shown.json()["key"]
    one = added.json()["id"]
    other = "sk-proj-" + secrets.token_hex(20)
    answers = [added, bad, checked, pooled, ann.request("POST", f"/api/v1/apikeys/{one}/rotate", {"key": other})]
    for path in ("/api/v1/apikeys", f"/api/v1/apikeys/{one}", f"/api/v1/apikeys/{one}/usage", "/api/v1/admin/apikeys", "/api/v1/api-keys",
                 f"/api/v1/api-keys/{shown.json()['item']['id']}", "/metrics", "/openapi.json", "/api/v1/status"):  # fmt: skip
        answers.append(ann.request("GET", path))
        answers.append(server.request("GET", path + "?x=1", headers={"X-API-Key": access}, check=False))
    texts = [canary, other, access, access[12:]]
    for answer in answers:
        for text in texts:
            assert text.encode() not in answer.body
    server.request("GET", "/api/v1/nothing", headers={"X-API-Key": access}, check=False)
    files = [path.read_bytes() for path in server.data.rglob("*") if path.is_file()] + [server.log().encode()]
    for text in texts:
        assert not any(text.encode() in data for data in files)


def test_keys_of_another_person_are_not_there(server):
    ann, bob = server.person("ann"), server.person("bob")
    mine = ann.post("/api/v1/apikeys", {"provider": "ollama", "name": "x", "endpoint": "http://127.0.0.1:9"})["id"]
    for method, path in (("GET", mine), ("DELETE", mine), ("GET", f"{mine}/usage")):
        assert bob.request(method, f"/api/v1/apikeys/{path}", check=False).status == 404
    assert bob.get("/api/v1/apikeys")["items"] == []
    assert bob.request("GET", "/api/v1/admin/apikeys", check=False).status == 403


ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def uuid_text(number):
    """As base/id.h writes it: 26 characters of base 32, the first with 3 bits."""
    return "".join(ALPHABET[number >> (5 * place) & 31] for place in range(25, -1, -1))


def rotate(server, keys, **options):
    env = {**server.env, "API_KEY_ENCRYPTION_KEY": ",".join(keys)}
    return subprocess.Popen([str(BINARY), "keys", "rotate", "--data", str(server.data)], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def test_python_writes_and_reads_the_vaults_tokens_and_a_cut_rotation_goes_on(tmp_path):
    """KY2: 10,000 tokens of Python's cryptography are read, written anew under another key while the process is killed again and
    again, and read back by Python. KY3: owner and row stand inside."""
    rows = 100_000 if os.environ.get("LARES_DEEP") else 10_000
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    with Server(env={"LLM_MODEL": "none", "API_KEY_ENCRYPTION_KEY": old}) as server:
        ann = server.person("ann")
        kept = ann.post("/api/v1/apikeys", {"provider": "openai", "name": "x", "key": "sk-" + "a" * 30})["id"]
        database = server.data / "lares.db"
        with sqlite3.connect(database) as connection:
            token = connection.execute("SELECT token FROM provider_keys WHERE id = ?", (kept,)).fetchone()[0]
            assert Fernet(old).decrypt(token).decode() == "1" + ann.user["id"] + kept + "sk-" + "a" * 30
        server.stop()
        plain = {}
        with sqlite3.connect(database) as connection:
            old_fernet = Fernet(old)
            for n in range(rows):
                row = uuid_text(1 << 100 | n)
                plain[row] = f"1{ann.user['id']}{row}sk-{n}-ü-" + secrets.token_hex(n % 40)
                connection.execute(
                    "INSERT INTO provider_keys VALUES (?, ?, 'openai', 'x', 'm', ?, '', '{}', 1, 1, 1, 1, NULL, 0, 0, 0, 0)",
                    (row, ann.user["id"], old_fernet.encrypt(plain[row].encode()).decode()),
                )
        both = MultiFernet([Fernet(new), Fernet(old)])
        for kill_after in [0.02 * n for n in range(1, 21)]:
            running = rotate(server, [new, old])
            time.sleep(kill_after)
            running.send_signal(signal.SIGKILL)
            running.wait()
        with sqlite3.connect(database) as connection:
            for row, token in connection.execute("SELECT id, token FROM provider_keys WHERE id <> ?", (kept,)):
                assert both.decrypt(token).decode() == plain[row]
        running = rotate(server, [new, old])
        out, errors = running.communicate(timeout=120)
        assert running.returncode == 0, errors
        with sqlite3.connect(database) as connection:
            stored = connection.execute("SELECT id, token FROM provider_keys WHERE id <> ?", (kept,)).fetchall()
        assert len(stored) == rows
        alone = Fernet(new)
        for row, token in stored:
            assert alone.decrypt(token).decode() == plain[row]
        again = rotate(server, [new])
        assert "0 stored keys" in again.communicate(timeout=120)[0]
        refused = rotate(server, [old])
        assert refused.communicate(timeout=120)[1].strip() and refused.returncode != 0
        with sqlite3.connect(database) as connection:
            connection.execute("UPDATE provider_keys SET token = 'gAAAAA-no-token' WHERE id = ?", (uuid_text(1 << 100 | 7),))
        third = Fernet.generate_key().decode()
        most = rotate(server, [third, new])
        errors = most.communicate(timeout=120)[1]
        assert most.returncode == 1 and uuid_text(1 << 100 | 7) in errors and "sk-" not in errors and "no-token" not in errors, errors
        with sqlite3.connect(database) as connection:
            others = connection.execute("SELECT id, token FROM provider_keys WHERE id <> ? AND id <> ?", (kept, uuid_text(1 << 100 | 7))).fetchall()
        assert len(others) == rows - 1
        for row, token in others:
            assert Fernet(third).decrypt(token).decode() == plain[row]
