"""kill -9 and power cuts while four people are talking: nothing acknowledged is lost, nothing is there twice."""

import time

from conftest import DEEP, LIMITLESS
from lares_server import Server
from senders import doctor, finish, judge, start_senders

KILLS = 200 if DEEP else 10
CUTS = 15 if DEEP else 3


def messages(senders):
    return sum(len(sender.acknowledged) for sender in senders)


def test_kill_9_loses_and_doubles_nothing(rng, record_property):
    with Server(env=LIMITLESS) as server:
        senders = start_senders(server)
        for _ in range(KILLS):
            before = messages(senders)
            server.wait_for(lambda: messages(senders) > before or any(s.problem for s in senders))
            time.sleep(rng.uniform(0, 0.4))
            server.kill()
            server.start()
        finish(senders)
        judge(senders)
        resent = sum(sender.resent for sender in senders)
        assert resent > 0, "no kill hit a message on its way"
        server.kill()
        doctor(server)
        record_property("result", f"{KILLS} kills, {messages(senders)} acknowledged, {resent} sent again, 0 lost, 0 doubled")
        print(f"{KILLS} kills, {messages(senders)} acknowledged, {resent} sent again, 0 lost, 0 doubled")


def test_a_power_cut_loses_nothing_acknowledged(power_cut_disk, rng):
    data = power_cut_disk.folder / "data"
    with Server(data=data, env=LIMITLESS) as server:
        senders = start_senders(server)
        for _ in range(CUTS):
            before = messages(senders)
            server.wait_for(lambda: messages(senders) > before or any(s.problem for s in senders))
            time.sleep(rng.uniform(0.1, 0.6))
            power_cut_disk.cut()
            server.kill()
            power_cut_disk.unplug()
            power_cut_disk.plug_in()
            server.start()
        finish(senders)
        judge(senders)
        server.kill()
        doctor(server)
        print(f"{CUTS} power cuts, {messages(senders)} acknowledged, 0 lost, 0 doubled")
