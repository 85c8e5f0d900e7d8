"""Does whoever sits down at a home for the first time learn how to act there, and do its links lead to it?"""

from __future__ import annotations

import json
import os
import subprocess

import pytest
from commands import caller

from service.demo.cast import hire
from service.demo.show import Screen, line_to_copy
from service.settings import Settings, current_settings
from service.supervisor.installation import Installation
from service.trust.homes import House, make_home

PORT = 8391


@pytest.fixture
def demo(tmp_path, monkeypatch):
    """A demo's home with its cast, and nobody of the computer's name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ESTAFET_HOME", str(tmp_path / "demo"))
    monkeypatch.delenv("ESTAFET_TOKEN", raising=False)
    monkeypatch.setenv("LOGNAME", "bukan-siapa-siapa")
    current_settings.cache_clear()
    house = make_home(Settings(home=tmp_path / "demo", public_url=f"http://127.0.0.1:{PORT}"), "demo")
    yield house, hire(house, lambda sender: f"http://127.0.0.1:9/{sender}", ["F01"])
    house.close()
    current_settings.cache_clear()


@pytest.fixture
def estafet(demo, monkeypatch, capsys):
    return caller(demo[0], monkeypatch, capsys)


def test_a_stranger_to_the_home_is_told_every_way_to_say_who_they_are(estafet):
    code, _, said = estafet("partner", "terms", "dinkop-36")
    assert code == 1
    for way in ("bukan-siapa-siapa", "ESTAFET_TOKEN=est_", "estafet user list", "estafet user token NAMA", "LOGNAME=petugas"):
        assert way in said


def test_the_demos_way_is_not_told_in_a_real_home(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ESTAFET_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LOGNAME", "bukan-siapa-siapa")
    house = make_home(Settings(home=tmp_path / "home"))
    code, _, said = caller(house, monkeypatch, capsys)("partner", "terms", "dinkop-36")
    house.close()
    current_settings.cache_clear()
    assert (code, "ESTAFET_TOKEN=est_" in said, "LOGNAME" in said) == (1, True, False)


def test_the_ways_that_are_told_work(estafet, monkeypatch):
    monkeypatch.setenv("LOGNAME", "petugas")
    assert estafet("partner", "terms", "dinkop-36")[0] == 0
    monkeypatch.setenv("LOGNAME", "admin")
    users = json.loads(estafet("user", "list", "--json")[1])["users"]
    assert ("petugas", ["operator"]) in [(one["user"], one["roles"]) for one in users]
    assert "Petugas operasi; semua wilayah" in estafet("user", "list")[1]
    token = json.loads(estafet("user", "token", "petugas", "--json")[1])["token"]
    monkeypatch.setenv("LOGNAME", "bukan-siapa-siapa")
    assert estafet("partner", "terms", "dinkop-36", token=token)[0] == 0


def test_the_line_the_demo_prints_makes_the_command_line_work(demo, tmp_path):
    house, players = demo
    line = line_to_copy(house.home, players.tokens["operator"])
    bare = {name: os.environ[name] for name in ("PATH", "LOGNAME")}
    done = subprocess.run(
        ["/bin/sh", "-c", f"{line}\nestafet partner link dinkop-36 --json"], env=bare, cwd=tmp_path, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["sender"] == "dinkop-36"


def test_a_line_to_copy_is_not_broken_on_a_narrow_screen(tmp_path, capsys):
    screen = Screen()
    screen.console.width = 40
    screen.say(line_to_copy(tmp_path, "est_rahasia"))
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_links_lead_to_where_the_home_is_served(estafet, demo):
    house, players = demo
    _say_running(house)
    link = json.loads(estafet("partner", "link", "dinkop-36", "--json", by="operator")[1])["link"]
    assert link.startswith(f"http://127.0.0.1:{PORT}/r/")
    added = ("partner", "add", "Uji", "--kind", "agency", "--regency", "36.01", "--sandbox", "--json")
    assert json.loads(estafet(*added, token=players.tokens["admin"])[1])["link"].startswith(f"http://127.0.0.1:{PORT}/r/")


def test_a_public_address_of_ones_own_comes_first(estafet, demo, monkeypatch):
    _say_running(demo[0])
    monkeypatch.setenv("ESTAFET_PUBLIC_URL", "https://estafet.contoh.invalid")
    link = json.loads(estafet("partner", "link", "dinkop-36", "--json", by="operator")[1])["link"]
    assert link.startswith("https://estafet.contoh.invalid/r/")


def test_an_installation_tells_the_port_it_serves_at_unless_it_has_a_public_address(tmp_path):
    house = make_home(Settings(home=tmp_path / "home"))
    _say_running(house)
    house.close()
    assert json.loads((house.home / "up.json").read_text())["address"] == f"http://127.0.0.1:{PORT}"


def _say_running(house: House) -> None:
    """As while everything is up on `PORT`."""
    installation = Installation(house, PORT, PORT + 1)
    installation._write_addresses()
    installation.end()
