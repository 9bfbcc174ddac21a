"""What is committed about the program is what the program says."""

import base64
import hashlib
import json
import re
import subprocess

from lares_server import BINARY, ROOT, Server


def test_the_committed_description_is_that_of_the_routes():
    printed = subprocess.run([str(BINARY), "openapi"], capture_output=True, text=True, check=True).stdout
    assert (ROOT / "docs/openapi.json").read_text() == printed, "lares openapi > docs/openapi.json"
    with Server() as server:
        assert server.request("GET", "/openapi.json").json() == json.loads(printed)


def test_every_operation_is_on_the_page_of_docs():
    with Server() as server:
        page = server.request("GET", "/docs").body.decode()
        description = server.request("GET", "/openapi.json").json()
    for path in description["paths"]:
        assert path in page
    assert "<script" not in page
    for name in set(re.findall(r'href="#([^"]+)"', page)):
        assert f'id="{name}"' in page and " " not in name


def test_the_page_of_docs_has_its_own_style_and_nothing_else():
    with Server() as server:
        answer = server.request("GET", "/docs")
    page, policy = answer.body.decode(), answer.headers.get_all("content-security-policy")
    style = re.search(r"<style>(.*?)</style>", page, re.S).group(1)
    wanted = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == [f"default-src 'none'; style-src 'sha256-{wanted}'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"]
    assert "url(" not in style and "@import" not in style and "prefers-color-scheme: dark" in style
    assert not re.search(r'<(link(?! rel="icon" href="/favicon.svg">)|img|iframe|object)\b', page) and " style=" not in page


def test_the_root_is_a_page_for_browsers_and_a_sign_of_life_for_programs():
    with Server() as server:
        assert server.request("GET", "/").json() == {"status": "ok"}
        page = server.request("GET", "/", headers={"Accept": "text/html"})
        assert page.headers["content-type"].startswith("text/html")
        assert "script-src 'self' 'nonce-" in page.headers["content-security-policy"]
        assert "unsafe" not in page.headers["content-security-policy"]
