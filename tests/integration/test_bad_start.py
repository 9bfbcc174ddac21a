"""Starts that cannot be: one line that names what is wrong and the remedy. And weights that cannot be used."""

import os
import pathlib
import socket
import subprocess

import pytest
from lares_server import BINARY, INHERITED, Server, fresh_secrets


def start(tmp_path, env=None, args=(), secrets=True, port="0"):
    inherited = {k: os.environ[k] for k in INHERITED if k in os.environ}
    full = {**inherited, **(fresh_secrets() if secrets else {}), **(env or {})}
    return subprocess.run(
        [str(BINARY), "serve", "--data", str(tmp_path / "data"), "--port", port, *args],
        env=full, cwd=tmp_path, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def refused(result, *words):
    assert result.returncode != 0
    lines = [line for line in (result.stdout + result.stderr).splitlines() if line.strip()]
    assert len(lines) == 1, lines
    for word in words:
        assert word in lines[0], lines[0]


def test_a_port_in_use(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        refused(start(tmp_path, port=port), port)


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"LARES_NO_SUCH_SETTING": "1"}, ["LARES_NO_SUCH_SETTING"]),
        ({"RATE_ADDRESS_BURST": "many"}, ["RATE_ADDRESS_BURST"]),
        ({"LLM_QUEUE_MAX": "0"}, ["LLM_QUEUE_MAX", "from 1"]),
        ({"ACCESS_TOKEN_LIFETIME_S": "5"}, ["ACCESS_TOKEN_LIFETIME_S", "30"]),
        ({"JWT_SECRET": "short"}, ["JWT_SECRET", "openssl rand"]),
        ({"JWT_SECRET": "00" * 32}, ["JWT_SECRET", "openssl rand"]),
        ({"API_KEY_ENCRYPTION_KEY": "nonsense"}, ["API_KEY_ENCRYPTION_KEY"]),
        ({"TLS_CERT_FILE": "/no/chain.pem", "TLS_KEY_FILE": "/no/key.pem"}, ["/no/chain.pem", "TLS_CERT_FILE"]),
        ({"TRUSTED_PROXIES": "127.0.0.1,proxy.lan"}, ["TRUSTED_PROXIES", "proxy.lan", "10.0.0.0/8"]),
        ({"ALLOWED_HOSTS": "lares.lan:3000"}, ["ALLOWED_HOSTS", "lares.lan:3000", "port"]),
        ({"CORS_ORIGINS": "https://a.example:port"}, ["CORS_ORIGINS", "https://a.example:port"]),
        ({"OUTGOING_ALLOW": "nas.lan,bad!"}, ["OUTGOING_ALLOW", "bad!", "10.0.0.0/8"]),
        ({"OPENAI_BASE_URL": "http://localhost:99999/v1"}, ["OPENAI_BASE_URL", "port"]),
        ({"ANTHROPIC_BASE_URL": "https://me:word@a.example"}, ["ANTHROPIC_BASE_URL", "password"]),
        ({"OLLAMA_BASE_URL": "http://bad!"}, ["OLLAMA_BASE_URL", "host"]),
    ],
    ids=["unknown", "not-a-number", "no-queue", "out-of-bounds", "short-secret", "weak-secret", "no-fernet-key", "tls-chain", "proxy-by-name", "host-with-port",
         "origin", "outgoing", "openai-address", "anthropic-address", "ollama-address"],
)
def test_a_setting_that_cannot_be(tmp_path, env, words):
    refused(start(tmp_path, env), *words)


def test_a_tls_key_that_is_none(tmp_path):
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=a", "-keyout", tmp_path / "key", "-out", tmp_path / "chain"]
    subprocess.run(make, check=True, capture_output=True)
    (tmp_path / "key").write_text("no key")
    refused(start(tmp_path, {"TLS_CERT_FILE": str(tmp_path / "chain"), "TLS_KEY_FILE": str(tmp_path / "key")}), str(tmp_path / "key"), "TLS_KEY_FILE")


def test_an_address_in_the_gateways_file(tmp_path):
    (tmp_path / "gateway.json").write_text('{"upstreams": [{"name": "mine", "kind": "openai", "base_url": "http://localhost:99999"}]}')
    refused(start(tmp_path, {"GATEWAY_FILE": "gateway.json"}), "GATEWAY_FILE: gateway.json", "'mine'", "port")


def test_no_secret_at_all(tmp_path):
    refused(start(tmp_path, secrets=False), "JWT_SECRET", "openssl rand")


def test_an_unknown_name_in_the_file(tmp_path):
    (tmp_path / "lares.toml").write_text("no_such_setting = 1\n")
    refused(start(tmp_path), "no_such_setting")


@pytest.mark.parametrize("port", ["x", "70000"])
def test_a_port_that_cannot_be(tmp_path, port):
    refused(start(tmp_path, port=port), "APP_PORT", f"'{port}'", "65535", "command line")


def test_an_unknown_option(tmp_path):
    assert start(tmp_path, args=["--no-such-option"]).returncode != 0


@pytest.mark.parametrize(("words", "told"), [([], "serve"), (["sevre"], "sevre"), (["models", "ad"], "ad"), (["backup"], "folder")],
                         ids=["none", "unknown", "unknown-below", "without-its-folder"])  # fmt: skip
def test_a_command_that_cannot_be(tmp_path, words, told):
    result = subprocess.run([str(BINARY), *words], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert result.returncode != 0 and told in result.stderr and result.stdout == ""


def test_a_data_folder_that_is_a_file(tmp_path):
    (tmp_path / "data").write_text("")
    refused(start(tmp_path), str(tmp_path / "data"))


def test_a_data_folder_that_cannot_be_written(tmp_path):
    # Also root cannot make a folder there.
    inherited = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **fresh_secrets()}
    result = subprocess.run([str(BINARY), "serve", "--data", "/proc/lares", "--port", "0"], env=inherited, cwd=tmp_path,
                            capture_output=True, text=True, timeout=120)  # fmt: skip
    refused(result, "/proc/lares")


def refuses_to_chat(server, *words):
    """The server lives, says what is missing and how to get it, and stores nothing that cannot be answered."""
    ann = server.person("ann")
    sam = ann.terse_companion()
    answer = ann.request("POST", "/api/v1/chat", {"character_id": sam, "message": "Hello"}, check=False)
    assert answer.status == 503
    for word in words:
        assert word in answer.json()["detail"]
    stream = ann.request("POST", "/api/v1/chat/stream", {"character_id": sam, "message": "Hello"}, check=False)
    assert stream.status == 503
    assert stream.json() == answer.json()
    assert ann.conversations() == []
    assert server.request("GET", "/health").status == 200
    assert server.request("GET", "/ready").status == 200
    engines = server.request("GET", "/ready?engines=1", check=False)
    assert engines.status == 503
    for word in words:
        assert word.encode() in engines.body
    return ann


def test_missing_weights_are_told_with_the_remedy():
    with Server(env={"LLM_MODEL": "no-such-model"}) as server:
        refuses_to_chat(server, "no-such-model", "models add")


def test_a_file_that_is_no_gguf_is_named_with_the_remedy(tmp_path):
    (tmp_path / "broken.gguf").write_bytes(b"this is no model" * 1000)
    with Server(env={"MODELS_DIR": str(tmp_path), "LLM_MODEL": "broken"}) as server:
        ann = refuses_to_chat(server, "broken.gguf")
        model = next(m for m in ann.get("/api/v1/models")["items"] if m["id"] == "broken")
        assert "broken.gguf" in str(model)


def test_weights_that_were_cut_off_are_named(tmp_path):
    whole = next(m for m in pathlib.Path(os.environ.get("LARES_CACHE", pathlib.Path.home() / ".cache/lares")).rglob("*.gguf"))
    (tmp_path / "half.gguf").write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with Server(env={"MODELS_DIR": str(tmp_path), "LLM_MODEL": "half"}) as server:
        refuses_to_chat(server, "half.gguf")
