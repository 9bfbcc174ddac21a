"""KY1: canaries in every secret and in what people say; afterwards logs, metrics, errors, answers, the process's title and
environment-free views, data files and backups hold none of them outside the one answer that shows it."""

import pathlib
import subprocess

import lares_server
import matrix
from lares_server import Server
from test_matrix import UNLIMITED

SAID = "the heron sleeps under the violet bridge 7141"
PASSWORD = "canary-password-5518-xylophone"
WRONG_PASSWORD = "canary-wrong-9026-trombone"


def test_no_secret_leaves_its_place(tmp_path):
    with Server(data=tmp_path / "data", env={**UNLIMITED, "LOG_LEVEL": "debug"}) as server:
        lares_server_password, lares_server.PASSWORD = lares_server.PASSWORD, PASSWORD
        try:
            ann = server.person("ann", PASSWORD)
            answers = provoke(server, ann)
        finally:
            lares_server.PASSWORD = lares_server_password
        ticket = ann.post("/api/v1/auth/ticket")["ticket"]
        socket = ann.socket()
        socket.send_event("cancel", {"turn_id": SAID})
        answers.append(repr(socket.receive(timeout=5)).encode())
        metrics = server.request("GET", "/metrics").body
        title = pathlib.Path(f"/proc/{server.pid}/cmdline").read_bytes()
        backup = subprocess.run([str(lares_server.BINARY), "backup", str(tmp_path / "backup"), "--data", str(server.data)],
                                env=server.env, capture_output=True, check=True, cwd=tmp_path)  # fmt: skip
        server.stop()
        secrets = {"jwt secret": server.env["JWT_SECRET"], "fernet key": server.env["API_KEY_ENCRYPTION_KEY"], "password": PASSWORD,
                   "wrong password": WRONG_PASSWORD, "access token": ann.token, "refresh token": ann.refresh_token, "ticket": ticket}  # fmt: skip
        views = {"log": server.log().encode(), "metrics": metrics, "title": title, "backup's words": backup.stdout + backup.stderr,
                 "answers": b"\n".join(answers)}  # fmt: skip
        files = {str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
        assert len(files) >= 3
        hits = [f"{name} in {place}" for name, value in secrets.items() for place, data in {**views, **files}.items() if value.encode() in data]
        # What people say is in the database, and in the answers to them: nowhere else.
        hits += [f"what was said in {place}" for place in ("log", "metrics", "title", "backup's words") if SAID.encode() in views[place]]
        assert hits == []
        assert any(SAID.encode() in data for data in files.values())
        assert views["log"].count(b"\n") > 20, "the log must have had the chance"


def provoke(server, ann):
    """Right and wrong calls with the canaries in every place that a caller fills; the error answers."""
    answers = []
    character = ann.characters()[0]["id"]
    ann.chat(character, SAID, max_tokens=2)
    server.request("POST", "/api/v1/auth/login", {"login": "ann", "password": WRONG_PASSWORD}, check=False)
    bad = [
        ("POST", "/api/v1/auth/login", {"login": "ann", "password": [PASSWORD]}),
        ("POST", "/api/v1/auth/register", {"email": "x", "username": "", "password": PASSWORD}),
        ("POST", "/api/v1/auth/register", {"email": "ann@example.org", "username": "ann", "password": PASSWORD}),
        ("POST", "/api/v1/auth/refresh", {"refresh_token": ann.refresh_token + "x"}),
        ("POST", "/api/v1/chat", {"character_id": SAID, "message": SAID}),
        ("POST", "/api/v1/chat", {"character_id": character, "message": SAID, "max_tokens": SAID}),
    ]
    for method, path, body in bad:
        for token in (ann.token, ann.token + "x"):
            answers.append(server.request(method, path, body, token=token, check=False).body)
    description = server.request("GET", "/openapi.json").json()
    for operation in matrix.operations(description):
        if operation.kind == "http" and operation.path.startswith("/api/") and "logout" not in operation.path:
            path, _ = matrix.fill(operation, {kind: matrix.UNKNOWN_ID for kind in ("character", "conversation", "message", "turn", "session")})
            answer = server.request(operation.method, path, body=b"{" + PASSWORD.encode(), token=ann.token, check=False, timeout=5,
                                    headers={"Content-Type": "application/json"}) if operation.method != "GET" else None  # fmt: skip
            if answer is not None:
                answers.append(answer.body)
    return answers
