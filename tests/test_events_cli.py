"""Are events listed, shown, moved and reassigned from the command line, without a name on it?"""

import json
import shutil
import sys

import pytest
from field_scene import field_work

from service import clock
from service.cli import main as cli
from service.settings import Settings, current_settings
from service.trust.accounts import add_user, make_token
from service.trust.homes import make_home
from service.working_days import add_working_days


@pytest.fixture
def field(tmp_path, monkeypatch, migrated_sqlite):
    (tmp_path / "home").mkdir()
    shutil.copy(migrated_sqlite, tmp_path / "home" / "estafet.db")
    house = make_home(Settings(home=tmp_path / "home"), allow_os_user=False)
    monkeypatch.setenv("ESTAFET_HOME", str(tmp_path / "home"))
    made = field_work(house.database, house.home)
    with house.database.write() as session:
        token = make_token(session, add_user(session, "siti", "Siti", ["operator"], ["36.01"]).id)
    monkeypatch.setenv("ESTAFET_TOKEN", token)
    current_settings.cache_clear()
    yield made
    current_settings.cache_clear()
    house.close()


@pytest.fixture
def estafet(field, monkeypatch, capsys):
    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["estafet", *arguments])
        capsys.readouterr()
        try:
            cli.main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


def test_events_are_listed_and_shown_by_numbers_only(field, estafet):
    code, out, _ = estafet("event", "list", "2021", "--json")
    [row] = json.loads(out)["events"]
    assert (code, row["event"], row["households"], row["waiting"], row["facilitators"]) == (0, "ACR-2021-001", 5, 5, 2)
    assert "5 menunggu" in estafet("event", "list", "2021")[1]
    assert json.loads(estafet("event", "list", "2021", "--regency", "36.01", "--json")[1])["events"] == [row]
    assert estafet("event", "list", "2021", "--regency", "36.02")[0] == 1
    code, out, _ = estafet("event", "show", "ACR-2021-001", "--json")
    shown = json.loads(out)
    assert (code, shown["place"], len(shown["parcels"])) == (0, "Kantor Camat Sumur", 5)
    assert "Warga" not in out + estafet("event", "show", "ACR-2021-001")[1]
    assert estafet("event", "show", "ACR-2021-999")[0] == 1


def test_an_event_is_moved_and_handed_to_a_colleague(field, estafet):
    day = add_working_days(clock.today(field.home), 7)
    move = ("event", "move", "ACR-2021-001", "--to", day.isoformat(), "--opens", "09:00", "--place", "Balai Desa")
    code, out, _ = estafet(*move, "--json")
    assert (code, json.loads(out)) == (0, {"event": "ACR-2021-001", "held_on": day.isoformat(), "place": "Balai Desa"})
    assert field.event().held_on == day
    code, _, said = estafet("event", "move", "ACR-2021-001", "--to", "2021-01-01")
    assert (code, said.strip()) == (1, "Hari itu sudah lewat.")
    assert estafet("event", "move", "ACR-2021-001", "--to", "besok")[0] == 2
    swap = ("event", "reassign", "ACR-2021-001", "--from", "fas-f01", "--to")
    code, out, _ = estafet(*swap, "fas-f02", "--json")
    assert (code, json.loads(out)["parcels"]) == (0, 3)
    code, out, _ = estafet(*swap, "fas-f09", "--json")
    assert (code, json.loads(out)["faults"][0]["field"]) == (1, "kepada")
