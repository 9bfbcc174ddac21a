"""What the operator's commands leave as it was, and who counts as the operator before there is one."""

import contextlib
import hashlib
import http.server
import pathlib
import platform
import re
import socket
import sqlite3
import subprocess
import threading

import pytest
from lares_server import BINARY, Server


def command(server, *words, env=None):
    return subprocess.run([str(BINARY), *map(str, words)], env={**server.env, **(env or {})}, capture_output=True, text=True, timeout=1200)


def hash_of(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_restore_ends_every_session(tmp_path):
    with Server() as server:
        ann = server.person("ann")
        ended = server.person("ann")
        assert command(server, "backup", "--data", server.data, tmp_path / "backup").returncode == 0
        ended.request("POST", "/api/v1/auth/logout")
        server.stop()
        restored = command(server, "restore", "--data", server.data, tmp_path / "backup")
        assert restored.returncode == 0, restored.stderr
        assert "sign in again" in restored.stdout
        server.start()
        for client in (ann, ended):
            assert client.request("GET", "/api/v1/users/me", check=False).status == 401
            refreshed = server.request("POST", "/api/v1/auth/refresh", {"refresh_token": client.refresh_token}, check=False)
            assert refreshed.status == 401, "a session that may have been ended is alive again"
        assert server.login("ann").get("/api/v1/users/me")["username"] == "ann"


def test_doctor_writes_nothing(tmp_path):
    with Server() as server:
        server.person("ann")
        server.stop()
        database = server.data / "lares.db"
        with sqlite3.connect(database) as connection:
            connection.execute("DELETE FROM schema_migrations WHERE folder = 'chat' AND number = (SELECT max(number) FROM schema_migrations WHERE folder = 'chat')")
        with sqlite3.connect(database) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        before = hash_of(database)
        told = command(server, "doctor", "--data", server.data)
        assert told.returncode == 0, told.stdout + told.stderr
        assert re.search(r"the next start applies 1 migration: chat \d+", told.stdout), told.stdout
        assert hash_of(database) == before


def test_doctor_finds_nothing_wrong_in_what_an_update_left_to_do(tmp_path):
    with Server() as server:
        ann = server.person("ann")
        companion = ann.get("/api/v1/characters")["items"][0]["id"]
        conversation = ann.post("/api/v1/conversations", {"character_id": companion})["id"]
        server.stop()
        with sqlite3.connect(server.data / "lares.db") as connection:
            connection.execute("UPDATE messages SET text = text || '.'")
        assert command(server, "doctor", "--data", server.data).returncode == 1
        with sqlite3.connect(server.data / "lares.db") as connection:
            connection.execute("INSERT INTO rebuild_waiting VALUES (?)", (conversation,))
        told = command(server, "doctor", "--data", server.data)
        assert told.returncode == 0, told.stdout + told.stderr
        assert "the next start rebuilds 1 conversation" in told.stdout, told.stdout
        server.start()
        server.stop()
        told = command(server, "doctor", "--data", server.data)
        assert told.returncode == 0 and "rebuilds" not in told.stdout, told.stdout + told.stderr


def test_doctor_reads_what_a_crash_left(tmp_path):
    with Server() as server:
        server.person("ann")
        server.kill()
        log = server.data / "lares.db-wal"
        before = [hash_of(server.data / "lares.db"), log.exists() and hash_of(log)]
        told = command(server, "doctor", "--data", server.data)
        assert told.returncode == 0 and "the projection equals the events" in told.stdout, told.stdout + told.stderr
        assert [hash_of(server.data / "lares.db"), log.exists() and hash_of(log)] == before


ACCOUNT = {"email": "ann@example.org", "username": "ann", "password": "correct horse battery staple 7"}


@pytest.mark.parametrize(
    ("env", "headers"),
    [
        ({}, {"X-Forwarded-For": "203.0.113.9"}),
        ({}, {"Forwarded": "for=203.0.113.9"}),
        ({}, {"X-Forwarded-Proto": "https"}),
        ({"ALLOWED_HOSTS": "lares.example"}, {"Host": "lares.example"}),
        ({"PUBLIC_URL": "https://lares.example"}, {}),
        ({"TRUSTED_PROXIES": "127.0.0.1"}, {}),
    ],
    ids=["forwarded-for", "forwarded", "forwarded-proto", "another-name", "public-url", "trusted-proxies"],
)
def test_who_comes_through_a_proxy_is_not_the_operator(env, headers):
    """A proxy on this machine makes every peer a loopback one: the first account then needs the code that was printed."""
    with Server(env=env) as server:
        refused = server.request("POST", "/api/v1/auth/register", ACCOUNT, headers=headers, check=False)
        assert refused.status == 403 and refused.json()["type"] == "setup-code-needed"
        code = re.search(r"needs this code: (\S+)", server.log()).group(1)
        server.request("POST", "/api/v1/auth/register", {**ACCOUNT, "setup_code": code}, headers=headers)


def test_who_sits_at_the_machine_is_the_operator():
    with Server() as server:
        assert server.register("ann")["role"] == "admin"


def join(server, name, headers=None):
    answer = server.request("POST", "/api/v1/auth/register", {**ACCOUNT, "email": f"{name}@example.org", "username": name}, headers=headers or {}, check=False)
    return answer.status if answer.status == 201 else answer.json()["type"]


THROUGH_A_PROXY = {"X-Forwarded-For": "203.0.113.9"}


def test_who_reaches_the_server_makes_no_account_unless_it_is_open():
    with Server() as server:
        admin = server.person("ann")
        assert join(server, "eve", THROUGH_A_PROXY) == "registration-closed"
        setup = server.request("GET", "/api/v1/setup", headers=THROUGH_A_PROXY).json()
        assert (setup["registration"], setup["may_register"]) == ("local", False)
        assert server.request("GET", "/api/v1/setup").json()["may_register"] is True
        assert join(server, "bob") == 201, "who sits at the machine"
        assert admin.request("PUT", "/api/v1/admin/registration", {"mode": "open"}).json() == {"mode": "open", "setting": "local"}
        assert join(server, "eve", THROUGH_A_PROXY) == 201
        admin.request("PUT", "/api/v1/admin/registration", {"mode": "closed"})
        assert join(server, "mia") == "registration-closed"
        refused = admin.request("PUT", "/api/v1/admin/registration", {"mode": "maybe"}, check=False)
        assert refused.status == 400 and refused.json()["field"] == "mode"
        bob = server.login("bob")
        assert bob.request("PUT", "/api/v1/admin/registration", {"mode": "open"}, check=False).status == 403


def test_what_an_admin_chose_of_registration_holds_until_the_setting_changes():
    with Server(env={"REGISTRATION": "closed"}) as server:
        admin = server.person("ann")
        assert join(server, "bob") == "registration-closed"
        admin.request("PUT", "/api/v1/admin/registration", {"mode": "open"})
        server.kill()
        server.start()
        assert join(server, "bob", THROUGH_A_PROXY) == 201
        server.stop()
        server.env["REGISTRATION"] = "local"
        server.start()
        assert server.login("ann").get("/api/v1/admin/registration") == {"mode": "local", "setting": "local"}
        assert join(server, "eve", THROUGH_A_PROXY) == "registration-closed"
        server.stop()
        server.env["REGISTRATION"] = "closed"
        server.start()
        assert server.login("ann").get("/api/v1/admin/registration") == {"mode": "closed", "setting": "closed"}, "it does not come back"


def test_metrics_are_not_for_who_comes_through_a_proxy():
    with Server(env={"ALLOWED_HOSTS": "lares.example"}) as server:
        assert server.request("GET", "/metrics").status == 200
        assert server.request("GET", "/metrics", headers={"Host": "lares.example"}, check=False).status == 401


def test_a_public_name_without_its_proxy_is_warned_of():
    with Server(env={"PUBLIC_URL": "https://lares.example"}) as server:
        server.wait_for(lambda: "TRUSTED_PROXIES" in server.log())
    with Server(env={"PUBLIC_URL": "https://lares.example", "TRUSTED_PROXIES": "127.0.0.1"}) as server:
        assert "TRUSTED_PROXIES" not in server.log()


def test_a_server_takes_the_open_files_that_it_may_have():
    with Server(wrap=["prlimit", "--nofile=256:"], env={"CONNECTIONS_MAX": "16"}) as server:
        soft, hard = re.search(r"Max open files +(\d+) +(\d+)", pathlib.Path(f"/proc/{server.process.pid}/limits").read_text()).groups()
        assert soft == hard and int(hard) > 256
        assert "CONNECTIONS_MAX" not in server.log()


def test_too_low_a_limit_of_open_files_is_named():
    with Server(wrap=["prlimit", "--nofile=256:1024"], env={"CONNECTIONS_MAX": "1000"}) as server:
        server.wait_for(lambda: "CONNECTIONS_MAX" in server.log())
        assert "1024" in server.log()


def test_connections_that_nobody_set_are_as_many_as_fit():
    """320 files, 256 of them for the server itself: who comes beyond the other 64 is told to come later."""
    with Server(wrap=["prlimit", "--nofile=256:320"]) as server, contextlib.ExitStack() as stack:
        for _ in range(80):
            last = stack.enter_context(contextlib.closing(socket.create_connection(("127.0.0.1", server.port))))
        last.settimeout(10)
        assert last.recv(200).startswith(b"HTTP/1.1 503")
        assert "CONNECTIONS_MAX" not in server.log()


class Upstream(http.server.BaseHTTPRequestHandler):
    """Serves `content` with ranges and If-Range; the first answer ends in the middle."""

    disable_nagle_algorithm = True  # head and body are written apart
    content = b""
    version = '"one"'
    asked = []
    cut = True

    def do_GET(self):
        self.asked.append({name.lower(): value for name, value in self.headers.items()})
        first = 0
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if wanted and self.headers.get("If-Range", self.version) == self.version:
            first = int(wanted.group(1))
        body = self.content[first:]
        self.send_response(206 if first else 200)
        self.send_header("ETag", self.version)
        self.send_header("Content-Length", str(len(body)))
        if first:
            self.send_header("Content-Range", f"bytes {first}-{len(self.content) - 1}/{len(self.content)}")
        self.end_headers()
        if type(self).cut:
            type(self).cut = False
            body = body[: len(body) // 2]
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *_):
        pass


@pytest.mark.parametrize("changed", [False, True], ids=["the-same-file", "another-file-by-now"])
def test_a_model_that_changed_meanwhile_is_fetched_anew(tmp_path, changed):
    with Server() as server:
        listed = command(server, "models", "--data", server.data).stdout
        weights = next(word for word in listed.split() if word.endswith(".gguf"))
        Upstream.content = open(weights, "rb").read()
        Upstream.version, Upstream.asked, Upstream.cut = '"one"', [], True
        upstream = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
        threading.Thread(target=upstream.serve_forever, daemon=True).start()
        try:
            words = ["models", "add", "--data", server.data, f"http://127.0.0.1:{upstream.server_port}/some.gguf"]
            allowed = {"OUTGOING_ALLOW": "127.0.0.1"}
            assert command(server, *words, env=allowed).returncode != 0, "the connection was cut"
            if changed:  # another file of the same length
                Upstream.content = Upstream.content[:-4096] + b"\0" * 4096
                Upstream.version = '"two"'
            added = command(server, *words, env=allowed)
            assert added.returncode == 0, added.stderr
            assert Upstream.asked[1]["if-range"] == '"one"'
            assert int(re.fullmatch(r"bytes=(\d+)-", Upstream.asked[1]["range"]).group(1)) > 0
            assert (server.data / "models/some.gguf").read_bytes() == Upstream.content
            assert sorted(path.name for path in (server.data / "models").iterdir()) == ["some.gguf"]
        finally:
            upstream.shutdown()


def test_the_loops_are_let_go_before_what_computes():
    """A loop wakes for moments and has the shortest slice that the kernel gives, where it gives any."""
    if tuple(map(int, re.findall(r"\d+", platform.release())[:2])) < (6, 12) or not pathlib.Path("/proc/self/sched").exists():
        pytest.skip("this kernel has, or shows, no slice of a thread")
    with Server() as server:
        tasks = pathlib.Path(f"/proc/{server.pid}/task").iterdir()
        loops = [(task / "sched").read_text() for task in tasks if (task / "comm").read_text().strip() == "lares-loop"]
        assert loops and all(re.search(r"^se\.slice +: +100000$", sched, re.M) for sched in loops)


def test_what_an_added_model_changes_is_told(tmp_path):
    """Where it went, and who answers from now on: what LLM_MODEL names, else the largest that was added."""
    with Server() as server:
        listed = command(server, "models", "--data", server.data).stdout
        weights = pathlib.Path(next(word for word in listed.split() if word.endswith(".gguf")))
        (tmp_path / "mine.gguf").symlink_to(weights)
        add = ["models", "add", "--data", server.data]
        added = command(server, *add, tmp_path / "mine.gguf")
        assert added.returncode == 0 and str(server.data / "models/mine.gguf") in added.stdout, added
        assert "answers from the next start on" in added.stdout
        assert re.search(r"^\* mine ", command(server, "models", "--data", server.data).stdout, re.M)
        (tmp_path / "other.gguf").symlink_to(weights)
        told = command(server, *add, tmp_path / "other.gguf", env={"LLM_MODEL": "mine"}).stdout
        assert "mine answers still" in told and "LLM_MODEL=other" in told
        missing = command(server, *add, tmp_path / "none.gguf")
        assert missing.returncode == 1 and missing.stderr.startswith("lares: ") and "none.gguf" in missing.stderr
