"""A backup taken while people talk, restored elsewhere: all that was acknowledged before it, as it was."""

import shutil
import subprocess

import lares_server
import pytest
from conftest import LIMITLESS
from lares_server import Server
from senders import doctor, finish, judge, start_senders


def command(server, *words):
    return subprocess.run([str(lares_server.BINARY), *map(str, words)], env=server.env, capture_output=True, text=True, timeout=300)


def test_a_backup_under_load_restores_equal(rng, tmp_path):
    with Server(env=LIMITLESS) as server:
        senders = start_senders(server)
        server.wait_for(lambda: all(len(s.acknowledged) >= 3 for s in senders))
        before = {s.name: list(s.acknowledged) for s in senders}
        taken = command(server, "backup", "--data", server.data, tmp_path / "backup")
        assert taken.returncode == 0, taken.stderr
        finish(senders)
        judge(senders)
        refused = command(server, "restore", "--data", server.data, tmp_path / "backup")
        assert refused.returncode != 0 and "in use" in refused.stderr, refused.stderr
        judge(senders)

        elsewhere = tmp_path / "elsewhere"
        restored = command(server, "restore", "--data", elsewhere, tmp_path / "backup")
        assert restored.returncode == 0, restored.stderr
        with Server(data=elsewhere, env=server.env) as second:
            for sender in senders:
                client = second.login(sender.name)
                original = {m["id"]: m for c in sender.conversations for m in sender.client.history(c)}
                known = {c["id"] for c in client.conversations()}
                there = [m for c in sender.conversations if c in known for m in client.history(c)]
                said = [m["client_id"] for m in there if m["role"] == "user"]
                assert said == sender.sent[: len(said)], "a prefix of what was said"
                assert set(before[sender.name]) <= set(said), "acknowledged before the backup and not in it"
                for message in there:
                    # An answer that was being made is interrupted in the copy, and done in the original.
                    if message["state"] == "done":
                        assert message == original[message["id"]]
            second.kill()
            doctor(second)


def test_damage_is_found_before_live_data_is_touched(rng, tmp_path):
    with Server(env=LIMITLESS) as server:
        senders = start_senders(server, count=1)
        server.wait_for(lambda: len(senders[0].acknowledged) >= 3)
        finish(senders)
        assert command(server, "backup", "--data", server.data, tmp_path / "backup").returncode == 0
        server.stop()
        files = sorted(path for path in (tmp_path / "backup").rglob("*") if path.is_file() and path.stat().st_size)
        assert len(files) >= 2
        for attempt in range(10):
            copy = tmp_path / "copy"
            shutil.copytree(tmp_path / "backup", copy)
            victim = copy / files[attempt % len(files)].relative_to(tmp_path / "backup")
            content = bytearray(victim.read_bytes())
            place = rng.randrange(len(content))
            if attempt % 2:
                del content[place:]
            else:
                content[place] ^= 1 << rng.randrange(8)
            victim.write_bytes(content)
            refused = command(server, "restore", "--data", server.data, copy)
            assert refused.returncode != 0 and "damaged" in refused.stderr.lower(), (victim, place, refused.stderr)
            shutil.rmtree(copy)
        server.start()
        judge(senders)
        assert not list(server.data.glob("before-restore-*"))


@pytest.mark.parametrize("nth", range(1, 7))
def test_a_restore_that_is_killed_is_done_by_running_it_again(nth, tmp_path):
    """strace kills it at its n-th rename; until it ran to its end no server starts on half of the data."""
    if not shutil.which("strace"):
        pytest.skip("needs strace")
    with Server(env=LIMITLESS) as server:
        ann = server.person("ann")
        character = ann.terse_companion()
        first = ann.chat(character, "Before the backup.", max_tokens=2)["conversation_id"]
        assert command(server, "backup", "--data", server.data, tmp_path / "backup").returncode == 0
        ann.chat(None, "After the backup.", conversation_id=first, max_tokens=2)
        server.stop()
        killed = subprocess.run(
            ["strace", "-f", "-qq", "-o", tmp_path / "trace", "-e", "trace=rename", "-e", f"inject=rename:signal=SIGKILL:when={nth}",
             lares_server.BINARY, "restore", "--data", server.data, tmp_path / "backup"],
            env=server.env, capture_output=True, text=True, timeout=120)  # fmt: skip
        if killed.returncode == 0:
            assert nth > 2, "old data is moved aside and new data into place: two renames at least"
        else:
            half = (server.data / "restore-unfinished").exists()
            if half:
                with pytest.raises(RuntimeError, match="interrupted"):
                    server.start()
            again = command(server, "restore", "--data", server.data, tmp_path / "backup")
            assert again.returncode == 0, again.stderr
        assert not list(server.data.glob(".restore-*")) and not (server.data / "restore-unfinished").exists()
        server.start()
        texts = [m["text"] for m in server.login("ann").history(first)]
        assert "Before the backup." in texts and "After the backup." not in texts
