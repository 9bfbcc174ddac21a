"""AU11: what another site can make a browser send changes nothing. From the route table, with cookies as a browser has them."""

import pytest

import lares_server
import matrix
from lares_server import NO_LIMITS, HttpError, Server, WebSocket

FOREIGN = ["https://evil.example", "http://localhost.evil.example", "null", "http://127.0.0.1.evil.example", "http://localhost:1",
           "http://127.0.0.1:1", "https://127.0.0.1", "file://"]  # fmt: skip

pytestmark = pytest.mark.check("AU11")
CHANGING = ("POST", "PUT", "PATCH", "DELETE")


@pytest.fixture(scope="module")
def server():
    with Server(env=NO_LIMITS) as running:
        running.person("ann")
        yield running


def cookies_of(server):
    answer = server.request("POST", "/api/v1/auth/login",
                            {"login": "ann", "password": lares_server.PASSWORD, "session": "cookie"})  # fmt: skip
    assert set(answer.json()) == {"user", "expires_in"}
    parts = [value.split(";")[0] for name, value in answer.headers.items() if name.lower() == "set-cookie"]
    assert len(parts) == 2
    return "; ".join(parts)


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(server):
    answer = server.request("POST", "/api/v1/auth/login",
                            {"login": "ann", "password": lares_server.PASSWORD, "session": "cookie"})  # fmt: skip
    for value in (v for n, v in answer.headers.items() if n.lower() == "set-cookie"):
        attributes = value.lower()
        assert "httponly" in attributes and ("samesite=strict" in attributes or "samesite=lax" in attributes)


def test_state_changing_routes_refuse_other_origins(server):
    description = server.request("GET", "/openapi.json").json()
    cookie = cookies_of(server)
    wrong, tried = [], 0
    for operation in matrix.operations(description):
        if operation.method not in CHANGING:
            continue
        path, _ = matrix.fill(operation, matrix.ABSENT)
        for origin in [*FOREIGN, None]:
            for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
                headers = {"Cookie": cookie, "Content-Type": kind, **({"Origin": origin} if origin else {})}
                tried += 1
                answer = server.request(operation.method, path, body=b"{}", headers=headers, check=False)
                if answer.status != 403:
                    wrong.append(f"{operation.name} from {origin} as {kind}: {answer.status} {answer.body[:100]!r}")
    assert wrong == []
    assert tried > 100
    own = {"Cookie": cookie, "Origin": server.url, "Host": f"127.0.0.1:{server.port}"}
    assert server.request("POST", "/api/v1/auth/ticket", {}, headers=own).status == 200


def test_fetch_metadata_of_another_site_is_refused(server):
    headers = {"Cookie": cookies_of(server), "Sec-Fetch-Site": "cross-site"}
    assert server.request("POST", "/api/v1/auth/ticket", {}, headers=headers, check=False).status == 403


def socket_paths(server):
    """Every route that takes messages: all of them, so that no message type has a way around its upgrade."""
    description = server.request("GET", "/openapi.json").json()
    return sorted({operation.path.split("#")[0] for operation in matrix.operations(description) if operation.kind == "socket"})


@pytest.mark.parametrize("origin", [*FOREIGN, None])
def test_a_socket_with_a_cookie_needs_our_origin(server, origin):
    headers = {"Cookie": cookies_of(server), **({"Origin": origin} if origin else {})}
    paths = socket_paths(server)
    assert "/api/v1/chat" in paths
    for path in paths:
        with pytest.raises(HttpError) as refused:
            WebSocket(server.port, path, headers=headers)
        assert refused.value.response.status == 403


def test_the_pages_own_socket_opens_with_its_cookie(server):
    for path in socket_paths(server):
        socket = WebSocket(server.port, path, headers={"Cookie": cookies_of(server), "Origin": server.url})
        assert socket.receive(timeout=60)["event"] == "ready"
        socket.close()


def test_cors_answers_exactly_the_listed_origins(server):
    for origin in [*FOREIGN, "http://localhost:5174", "HTTP://LOCALHOST:5173", "http://localhost:5173.evil.example", "tauri://localhost/"]:
        answer = server.request("GET", "/health", headers={"Origin": origin})
        assert "access-control-allow-origin" not in {name.lower() for name in answer.headers}, origin
        assert "Origin" in answer.headers["vary"]
    for origin in ("http://localhost:5173", "tauri://localhost"):
        answer = server.request("GET", "/health", headers={"Origin": origin})
        assert answer.headers["access-control-allow-origin"] == origin


def test_identity_headers_mean_nothing(server):
    """AU10."""
    for name in ("Remote-User", "X-Forwarded-User", "X-Authentik-Username", "X-Authentik-Uid", "X-Remote-User", "X-WEBAUTH-USER"):
        assert server.request("GET", "/api/v1/users/me", headers={name: "ann"}, check=False).status == 401
