"""Trees of messages under kill -9, and two devices that edit the same messages at once."""

import random
import threading
import time

from conftest import DEEP, LIMITLESS
from lares_server import Server
from senders import doctor
from tree import PATIENCE_S, Gardener, judge

KILLS = 200 if DEEP else 10
EDITS = 10_000 if DEEP else 300


def test_kill_9_during_edits_swipes_branches_and_imports(rng, record_property):
    with Server(env=LIMITLESS) as server:
        server.wait_for(lambda: server.request("GET", "/ready?engines=1", check=False).status == 200, 60)
        gardeners = [Gardener(server, f"gardener{n}", random.Random(rng.random())) for n in range(4)]
        for one in gardeners:
            one.start()
        steps = lambda: sum(one.steps for one in gardeners)  # noqa: E731
        stuck = dict.fromkeys(gardeners, (0, 0))  # how many kills hit the step that one is at
        for _ in range(KILLS):
            before = steps()
            server.wait_for(lambda b=before: steps() > b + 2 or any(one.problem for one in gardeners), timeout=PATIENCE_S)
            # On a slow machine a long import is never done when every try is cut off: now and then one is let through.
            for one, (step, kills) in stuck.items():
                stuck[one] = (one.steps, kills + 1 if one.steps == step else 0)
                if kills >= 4:
                    server.wait_for(lambda o=one, s=step: o.steps != s or o.problem, timeout=PATIENCE_S)
            time.sleep(rng.uniform(0, 0.3))
            server.kill()
            server.start()
        for one in gardeners:
            one.finish()
        for one in gardeners:
            one.join(PATIENCE_S * 2)
            assert not one.is_alive(), f"{one.name} hangs"
        judge(gardeners)
        resent = sum(one.resent for one in gardeners)
        assert resent > 0, "no kill hit anything on its way"
        server.kill()
        doctor(server)
        done = {what: sum(len(getattr(one, what)) for one in gardeners) for what in ("edits", "swipes", "copies")}
        result = f"{KILLS} kills, {done}, {resent} sent again, 0 lost, 0 doubled"
        record_property("result", result)
        print(result)


def test_two_devices_that_edit_at_once_lose_nothing(record_property):
    with Server(env=LIMITLESS) as server:
        ann = server.person("ann")
        answer = ann.chat(ann.terse_companion(), "Hi", max_tokens=1)
        conversation, message = answer["conversation_id"], answer["message_id"]
        devices = [ann, server.login("ann")]
        made = [[] for _ in devices]

        def edit(device):
            for n in range(EDITS // len(devices)):
                text = f"device {device} edit {n}"
                edited = devices[device].post(f"/api/v1/conversations/{conversation}/messages/{message}/edit", {"text": text})["message"]
                made[device].append((edited["id"], text))

        threads = [threading.Thread(target=edit, args=(n,)) for n in range(len(devices))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found, after = {}, None
        while True:
            page = ann.get(f"/api/v1/conversations/{conversation}/messages/{message}/siblings?limit=200" + (f"&after={after}" if after else ""))
            found |= {m["id"]: m["text"] for m in page["items"]}
            after = page.get("next")
            if not after:
                break
        wanted = dict(made[0] + made[1])
        assert len(wanted) == EDITS
        assert {key: found.get(key) for key in wanted} == wanted
        assert len(found) == EDITS + 1
        server.kill()
        doctor(server)
        record_property("result", f"{EDITS} edits by two devices at once, all found")
        print(f"{EDITS} edits by two devices at once, all found")
