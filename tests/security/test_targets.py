"""AU12: router and guard read one target. Hostile forms of Host and target get the canonical decision, or 400/404/421."""

import json
import socket

import pytest

import matrix
from lares_server import NO_LIMITS, Server

pytestmark = pytest.mark.check("AU12")


@pytest.fixture(scope="module")
def server():
    with Server(env=NO_LIMITS) as running:
        for name in ("admin", "ann"):
            running.person(name)
        yield running


def raw(server, head):
    """Sends these bytes; answers the status of the first answer (0: closed without one)."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(head.encode("latin-1"))
        data = b""
        while b"\r\n" not in data:
            piece = connection.recv(4096)
            if not piece:
                return 0
            data += piece
    return int(data.split(b" ", 2)[1])


def forms(path, server):
    """Other spellings of /api/v1/A/B: what two readers could read differently."""
    rest = path.removeprefix("/api/v1/")
    first, _, last = path.rpartition("/")
    return [
        "/" + path, f"/api//v1/{rest}", f"/api/v1//{rest}", f"{first}//{last}", path + "/", path + "/.", f"{first}/./{last}", f"/api/v1/x/../{rest}",
        f"/api/v1/%2e%2e/v1/{rest}", "/." + path, f"{first}%2f{last}", f"{first}%2F{last}", f"{first}/%{ord(last[0]):02x}{last[1:]}",
        f"{first}/" + "".join(f"%{ord(c):02X}" for c in last), path + "%00", path + ";x", f"{first};x/{last}", path + "%3b", f"/API/v1/{rest}",
        f"/api/V1/{rest}", f"/Api/{rest}", path.replace("/", "\\"), path + "%20", path + "%0d%0aX:1", path + "%2e", path + ".", f"/api/v2/{rest}",
        f"/api/{rest}", f"/%61pi/{rest}", f"/%61pi/v1/{rest}", path + "%252f", f"http://evil.example{path}", f"http://127.0.0.1{path}",
        f"http://127.0.0.1:{server.port}{path}", f"HTTP://127.0.0.1:{server.port}/api/{rest}", path[1:], "*", path + "#x", path + "%ff", path + "\u00e9",
        path + "?/health", f"/health/..{path}", f"/health%2f..{path}", path + "%3f", path + "%23",
    ]  # fmt: skip


def guarded(server):
    """(operation, path, query with its '?', end of the head and body) of every route that is not open to all."""
    description = server.request("GET", "/openapi.json").json()
    for operation in matrix.operations(description):
        if operation.kind == "http" and operation.access not in ("anyone", "machine"):
            target, body = matrix.fill(operation, matrix.ABSENT)
            path, mark, query = target.partition("?")
            text = "" if body is None else json.dumps(body)
            end = f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\nConnection: close\r\n"
            yield operation, path, mark + query, f"{end}\r\n{text}"


def test_no_form_of_a_target_is_decided_differently(server):
    """Without a sign-in every form is refused, and so is, signed in, every form of a route that needs a higher role."""
    token, tried, wrong = server.login("ann").token, 0, []

    def status_of(operation, target, rest):
        return raw(server, f"{operation.method} {target} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n{rest}")

    for operation, path, query, payload in guarded(server):
        for who in ("", *([f"Authorization: Bearer {token}\r\n"] if matrix.denied(operation, "user") else [])):
            canonical = status_of(operation, path + query, who + payload)
            assert canonical in ((403,) if who else (401, 415, 426)), f"{operation.name}: {canonical}"
            for target in forms(path, server):
                tried += 1
                status = status_of(operation, target + query, who + payload)
                if status not in (400, 404, 405, 421, canonical):
                    wrong.append(f"{operation.method} {target}: {status}, canonical {canonical}")
    assert wrong == []
    assert tried >= 40 * 20


HOSTS = [
    "evil.example", "evil.example:3000", "localhost.evil.example", "127.0.0.1.evil.example", "127.0.0.1@evil.example", "evil.example#127.0.0.1",
    "127.0.0.2.nip.example", "localhost.", "[::1].evil.example", "0x7f.1.evil", "", " ", "127.0.0.1, evil.example", "127.0.0.1/evil",
    "lares.internal", "169.254.169.254",
]  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
def test_a_foreign_host_is_refused(server, host):
    status = raw(server, f"GET /health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
    # "localhost." is the same name with its root written out: either decision is safe.
    assert status in (400, 421) or (host == "localhost." and status == 200), status


def test_a_foreign_host_is_refused_on_each_route_of_an_admin(server):
    """Before it is asked who calls: nobody learns by another name what they may do here."""
    token, wrong, routes = server.login("ann").token, [], 0
    for operation, path, query, payload in guarded(server):
        if not matrix.denied(operation, "user"):
            continue
        routes += 1
        for host in HOSTS:
            for who in ("", f"Authorization: Bearer {token}\r\n"):
                status = raw(server, f"{operation.method} {path}{query} HTTP/1.1\r\nHost: {host}\r\n{who}{payload}")
                if status not in (400, 421, *((401, 403) if host == "localhost." else ())):
                    wrong.append(f"{operation.name} at {host!r}: {status}")
    assert wrong == []
    assert routes >= 20


def test_two_hosts_and_no_host_are_refused(server):
    port = server.port
    assert raw(server, f"GET /health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHost: evil.example\r\nConnection: close\r\n\r\n") in (400, 421)
    assert raw(server, "GET /health HTTP/1.1\r\nConnection: close\r\n\r\n") in (400, 421)


OVERRIDES = ["X-Forwarded-Host: 127.0.0.1", "X-Original-URL: /health", "X-Rewrite-URL: /health", "X-HTTP-Method-Override: GET",
             "X-Forwarded-Prefix: /health", "X-HTTP-Method-Override: DELETE", "X-HTTP-Method: GET", "X-Method-Override: GET", "X-Host: 127.0.0.1",
             "X-Forwarded-Proto: https", "X-Forwarded-For: 127.0.0.1", "Forwarded: for=127.0.0.1"]  # fmt: skip


def test_override_headers_change_no_decision(server):
    """Each route by its own method and by another, with and without the header."""
    wrong = []
    for operation, path, query, payload in guarded(server):
        for method in (operation.method, "GET" if operation.method != "GET" else "POST", "DELETE"):
            head = f"{method} {path}{query} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
            plain = raw(server, head + payload)
            assert plain >= 400
            wrong += [f"{method} {path} with {override}: {status}, without it {plain}" for override in OVERRIDES
                      if (status := raw(server, f"{head}{override}\r\n{payload}")) != plain]  # fmt: skip
    assert wrong == []


@pytest.mark.parametrize("override", OVERRIDES)
def test_override_headers_make_no_host_ours(server, override):
    assert raw(server, f"GET /health HTTP/1.1\r\nHost: evil.example\r\n{override}\r\nConnection: close\r\n\r\n") in (400, 421)


# What proxies add, also where one was told to say nothing by it.
BY_A_PROXY = ["X-Forwarded-For: 203.0.113.9", "X-Forwarded-For:", "X-Forwarded-Proto: https", "X-Forwarded-Host: lares.example", "X-Forwarded-Port: 443",
              "X-Forwarded-Server: front", "Forwarded: for=203.0.113.9", "Via: 1.1 front", "X-Real-IP: 203.0.113.9", "X-Client-IP: 203.0.113.9",
              "CF-Connecting-IP: 203.0.113.9", "True-Client-IP: 203.0.113.9"]  # fmt: skip


@pytest.mark.parametrize("header", BY_A_PROXY)
def test_a_proxied_caller_is_no_program_of_this_machine(server, header):
    head = f"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nConnection: close\r\n"
    assert raw(server, f"{head}\r\n") == 200
    assert raw(server, f"{head}{header}\r\n\r\n") == 401


SMUGGLING = [
    "POST /health HTTP/1.1\r\nHost: H\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST /health HTTP/1.1\r\nHost: H\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "POST /health HTTP/1.1\r\nHost: H\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "POST /health HTTP/1.1\r\nHost: H\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "POST /health HTTP/1.1\r\nHost: H\r\nContent-Length: +5\r\n\r\nhello",
    "POST /health HTTP/1.1\r\nHost: H\r\nContent-Length: 0x5\r\n\r\nhello",
    "GET /health HTTP/1.1\r\nHost: H\r\nX: a\r\n b\r\n\r\n",
    "GET /health HTTP/1.1\r\nHost: H\r\nX: a\x00b\r\n\r\n",
]


@pytest.mark.parametrize("request_text", SMUGGLING)
def test_ambiguous_framing_is_refused(server, request_text):
    status = raw(server, request_text.replace("Host: H", f"Host: 127.0.0.1:{server.port}"))
    assert status in (0, 400, 405, 411, 501), status


def test_ten_thousand_headers_are_431(server):
    many = "".join(f"X-{i}: 1\r\n" for i in range(10_000))
    assert raw(server, f"GET /health HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n{many}\r\n") in (0, 431)
