"""AU1, AU3: refresh tokens rotate once, also under a race; forged access tokens open nothing, by any entry that takes one."""

import base64
import concurrent.futures
import hashlib
import hmac
import http.client
import json
import os
import time

import lares_server
import pytest
from lares_server import NO_LIMITS, HttpError, Server, SocketClosed, WebSocket

DEEP = bool(os.environ.get("LARES_DEEP"))
ROUNDS = 1000 if DEEP else 5


@pytest.fixture(scope="module")
def server():
    with Server(env=NO_LIMITS) as running:
        running.person("ann")
        yield running


def refresh(server, token):
    return server.request("POST", "/api/v1/auth/refresh", {"refresh_token": token}, check=False)


@pytest.mark.check("AU1")
def test_parallel_uses_of_one_refresh_token_have_one_successor(server):
    """Also when the token is two generations old, where each of them ends the session."""
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        for _ in range(ROUNDS):
            ann = server.login("ann")
            answers = list(pool.map(lambda _: refresh(server, ann.refresh_token), range(50)))
            assert {a.status for a in answers} == {200}
            (second,) = {a.json()["refresh_token"] for a in answers}
            third = refresh(server, second).json()
            assert {a.status for a in pool.map(lambda _: refresh(server, ann.refresh_token), range(20))} == {401}
            assert {refresh(server, token).status for token in (second, third["refresh_token"])} == {401}
            assert server.request("GET", "/api/v1/users/me", token=third["access_token"], check=False).status == 401


def by_cookie(server, value, body=None):
    headers = {"Cookie": f"lares_refresh={value}", "Origin": server.url}
    return server.request("POST", "/api/v1/auth/refresh", body or {}, headers=headers, check=False)


def cookie_of(answer):
    return next(v.split(";")[0].split("=", 1)[1] for n, v in answer.headers.items() if n.lower() == "set-cookie" and v.startswith("lares_refresh="))


def sign_in_by_cookie(server):
    return cookie_of(server.request("POST", "/api/v1/auth/login", {"login": "ann", "password": lares_server.PASSWORD, "session": "cookie"}))


@pytest.mark.check("AU1")
def test_a_cookie_is_rotated_like_a_token(server):
    """The page's session: parallel refreshes with one cookie have one successor, an older cookie ends the session."""
    first = sign_in_by_cookie(server)
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: by_cookie(server, first), range(20)))
    assert {a.status for a in answers} == {200} and len({cookie_of(a) for a in answers}) == 1
    third = cookie_of(by_cookie(server, cookie_of(answers[0])))
    assert by_cookie(server, first).status == 401
    assert by_cookie(server, third).status == 401


@pytest.mark.check("AU1")
def test_what_came_as_a_cookie_is_never_shown_to_a_script(server):
    """A page that was taken over renews the session, and still reads no token of it."""
    value = sign_in_by_cookie(server)
    asked = by_cookie(server, value, {"session": "bearer"})
    assert asked.status == 400 and asked.json()["field"] == "session", asked.body
    assert "set-cookie" not in asked.headers
    for body in ({}, {"session": "cookie"}):
        answer = by_cookie(server, value, body)
        assert answer.status == 200 and not {"access_token", "refresh_token"} & answer.json().keys()
        value = cookie_of(answer)
    # A token that its holder can read anyway may go either way.
    ann = server.login("ann")
    answer = server.request("POST", "/api/v1/auth/refresh", {"refresh_token": ann.refresh_token, "session": "cookie"})
    assert "refresh_token" not in answer.json() and by_cookie(server, cookie_of(answer)).status == 200


@pytest.mark.check("AU1")
def test_a_refused_token_of_a_field_leaves_the_cookies_alone(server):
    refused = server.request("POST", "/api/v1/auth/refresh", {"refresh_token": "lr1.x", "session": "cookie"}, check=False)
    assert refused.status == 401 and "set-cookie" not in refused.headers
    ended = by_cookie(server, "lr1.x")
    assert ended.status == 401 and "Max-Age=0" in ended.headers["set-cookie"]


@pytest.mark.check("AU1")
def test_a_replay_ends_the_whole_session(server):
    ann = server.login("ann")
    second = refresh(server, ann.refresh_token).json()
    third = refresh(server, second["refresh_token"]).json()
    socket = WebSocket(server.port, "/api/v1/chat", headers={"Authorization": f"Bearer {third['access_token']}"})
    assert socket.receive(timeout=60)["event"] == "ready"
    assert refresh(server, ann.refresh_token).status == 401  # two generations old: never a retry
    begun = time.monotonic()
    with pytest.raises(SocketClosed):
        while True:
            socket.receive(timeout=4 if DEEP else 12)  # shorter than the pause between two pings
    assert time.monotonic() - begun <= (2 if DEEP else 60)
    assert refresh(server, third["refresh_token"]).status == 401
    assert server.request("GET", "/api/v1/users/me", token=third["access_token"], check=False).status == 401


@pytest.mark.check("AU1")
def test_a_ticket_opens_one_socket(server):
    ann = server.login("ann")
    ticket = ann.post("/api/v1/auth/ticket")["ticket"]
    first, second = (WebSocket(server.port, "/api/v1/chat") for _ in range(2))
    first.send_event("hello", {"ticket": ticket})
    assert first.receive(timeout=60)["event"] == "ready"
    second.send_event("hello", {"ticket": ticket})
    with pytest.raises(SocketClosed):
        assert second.receive(timeout=60)["event"] == "error"
        second.receive(timeout=60)


def encode(part):
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(part):
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def signed(header, claims, key, algorithm=hashlib.sha256):
    head = f"{encode(header)}.{encode(claims)}"
    return f"{head}.{encode(hmac.new(key, head.encode(), algorithm).digest())}"


def forgeries(server):
    """Named tokens that must open nothing. The right secret is used wherever the flaw is another one."""
    token = server.login("ann").token
    head, body, signature = token.split(".")
    header, claims = decode(head), decode(body)
    key = server.env["JWT_SECRET"].encode()
    keys = {"text": key, "bytes": bytes.fromhex(server.env["JWT_SECRET"])}
    now = int(time.time())
    yield "none", f"{encode({**header, 'alg': 'none'})}.{body}."
    for alg in ("None", "NONE", "nOnE", "", "HS384", "HS512", "RS256", "ES256", "PS256", "EdDSA"):
        yield f"alg {alg}", f"{encode({**header, 'alg': alg})}.{body}.{signature}"
        for name, secret in keys.items():
            yield f"alg {alg} signed {name}", signed({**header, "alg": alg}, claims, secret)
    for name, secret in {"empty": b"", "secret": b"secret", "zero": bytes(32), "x": b"x" * 32}.items():
        yield f"signed with {name}", signed(header, claims, secret)
    changes = {
        "expired": {"exp": now - 3600}, "expired long ago": {"exp": 1}, "negative exp": {"exp": -1}, "text exp": {"exp": "9999999999"},
        "huge exp": {"exp": 10**30}, "float exp": {"exp": now + 0.5e9}, "future iat": {"iat": now + 3600}, "future nbf": {"nbf": now + 3600},
        "other iss": {"iss": "evil"}, "other aud": {"aud": "lares-client"}, "list aud": {"aud": ["lares-api", "x"]}, "no sub": {"sub": None},
        "other sub": {"sub": "01jd0000000000000000000000"}, "empty sub": {"sub": ""}, "object sub": {"sub": {}}, "role number": {"role": 3},
        "other sid": {"sid": "01jd0000000000000000000000"}, "epoch future": {"epoch": 99}, "epoch text": {"epoch": "0"},
    }  # fmt: skip
    for secret_name, secret in keys.items():
        for name, change in changes.items():
            yield f"{name} signed {secret_name}", signed(header, {**claims, **change}, secret)
        for missing in claims:
            yield f"no {missing} signed {secret_name}", signed(header, {k: v for k, v in claims.items() if k != missing}, secret)
        for name, change in {"kid path": {"kid": "../../dev/null"}, "kid sql": {"kid": "' OR 1=1--"}, "typ": {"typ": "refresh+jwt"},
                             "crit": {"crit": ["exp"]}, "jwk": {"jwk": {"kty": "oct", "k": encode(b"x")}}, "b64": {"b64": False}}.items():  # fmt: skip
            yield f"{name} signed {secret_name}", signed({**header, **change}, claims, secret)
        doubled = json.dumps(claims)[:-1] + ', "role": "admin"}'
        yield f"duplicate claim signed {secret_name}", signed(header, doubled.encode(), secret)
        yield f"array signed {secret_name}", signed(header, [claims], secret)
    for name, text in {"cut": token[:-4], "longer": token + "AA", "no signature": f"{head}.{body}.", "two parts": f"{head}.{body}", "dots": "...",
                       "empty": "..", "64 KB": "A" * 65000, "other body": f"{head}.{encode({**claims, 'role': 'admin'})}.{signature}",
                       "standard base64": token.replace("-", "+").replace("_", "/") + "=", "spaces": token.replace(".", ". ")}.items():  # fmt: skip
        yield name, text


def socket_opens(server, headers, ticket=None):
    try:
        socket = WebSocket(server.port, "/api/v1/chat", headers=headers, timeout=120)
        try:
            if ticket is not None:
                socket.send_event("hello", {"ticket": ticket})
            return socket.receive(timeout=120)["event"] == "ready"
        finally:
            socket.close()
    except (HttpError, SocketClosed, TimeoutError):
        return False


def entries(server):
    """Every way in that takes a token: name -> does it let this one in?"""
    def bearer(token):
        return server.request("GET", "/api/v1/users/me", token=token, check=False).status < 400

    def cookie(token):
        return server.request("GET", "/api/v1/users/me", headers={"Cookie": f"lares_access={token}"}, check=False).status < 400

    def key_header(token):
        return server.request("GET", "/api/v1/users/me", headers={"X-API-Key": token}, check=False).status < 400

    def address(token):
        return server.request("GET", f"/api/v1/users/me?access_token={token}", check=False).status < 400

    def refresh_cookie(token):
        headers = {"Cookie": f"lares_refresh={token}", "Origin": server.url}
        return server.request("POST", "/api/v1/auth/refresh", {}, headers=headers, check=False).status < 400

    return {"bearer": bearer, "X-API-Key": key_header, "cookie": cookie, "address": address, "refresh": lambda token: refresh(server, token).status < 400,
            "refresh cookie": refresh_cookie, "socket's bearer": lambda token: socket_opens(server, {"Authorization": f"Bearer {token}"}),
            "socket's X-API-Key": lambda token: socket_opens(server, {"X-API-Key": token}),
            "socket's cookie": lambda token: socket_opens(server, {"Cookie": f"lares_access={token}", "Origin": server.url}),
            "socket's ticket": lambda token: socket_opens(server, {}, token)}  # fmt: skip


def opens(server, token):
    """Entries that let this token in. What cannot stand in a header is refused on the way."""
    found = []
    for name, entry in entries(server).items():
        try:
            if entry(token):
                found.append(name)
        except (OSError, ValueError, http.client.HTTPException):
            pass
    return found


@pytest.mark.check("AU3")
def test_forged_tokens_open_nothing(server):
    names, wrong = [], []
    for name, token in forgeries(server):
        names.append(name)
        if found := opens(server, token):
            wrong.append(f"{name}: {found}")
    assert wrong == []
    assert len(names) >= 60


@pytest.mark.check("AU3")
def test_each_token_opens_only_its_own_entries(server):
    ann = server.login("ann")
    assert opens(server, ann.token) == ["bearer", "X-API-Key", "cookie", "socket's bearer", "socket's X-API-Key", "socket's cookie"]
    assert opens(server, ann.refresh_token) == ["refresh", "refresh cookie"]  # the second as a retry of the first
    assert opens(server, server.login("ann").post("/api/v1/auth/ticket")["ticket"]) == ["socket's ticket"]
