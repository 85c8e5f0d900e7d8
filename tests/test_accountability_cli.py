"""Can the office take files away and see rates from the command line, and who took them?"""

from __future__ import annotations

import json
import stat
import zipfile

import pytest
from proof_scenes import counter_of
from sqlmodel import select

from service.cli import proof
from service.cli.desk import Desk
from service.db.tables import AccessRecord
from service.trust.homes import House
from service.trust.rights import Officer


@pytest.fixture
def counter(database, home):
    made = counter_of(database, home, 2)
    made.prove(0)
    made.run()
    return made


@pytest.fixture
def call(counter, monkeypatch, capsys):
    """A command run by an auditor who sits at this home."""
    from contextlib import contextmanager

    from outsider import house_of

    from service.trust.accounts import add_user

    with counter.database.write() as session:
        user = add_user(session, "auditor-a", "Auditor", ["auditor"])
        officer = Officer(user.id, "auditor-a", "Auditor", ("auditor",))
    house: House = house_of(counter.database, counter.home)

    @contextmanager
    def sit_down():
        yield Desk(house, officer)

    monkeypatch.setattr(proof, "sit_down", sit_down)

    def run(command, *given, **named):
        capsys.readouterr()
        command(*given, **named, as_json=True)
        return json.loads(capsys.readouterr().out)

    return run


def test_a_household_a_zip_and_it_is_written_down_who_took_it(counter, call, tmp_path):
    out = tmp_path / "berkas.zip"
    told = call(proof.accountability, 2021, out, household=counter.case().household_id)
    assert (told["households"], "SK penetapan" in told["missing"]) == (1, True)
    assert f"{counter.numbers[0]}/berkas.pdf" in zipfile.ZipFile(out).namelist()
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    with counter.database.read() as session:
        assert [(row.field, row.household_id) for row in session.exec(select(AccessRecord))] == [
            ("accountability", counter.case().household_id)
        ]


def test_an_event_a_year_and_one_pdf(counter, call, tmp_path):
    call(proof.accountability, 2021, tmp_path / "acara.zip", event="ACR-2021-001")
    call(proof.accountability, 2021, tmp_path / "satu.pdf", household=counter.case().household_id)
    call(proof.accountability, 2021, tmp_path / "tahun.xlsx")
    call(proof.accountability, 2021, tmp_path / "tahun.json")
    assert (tmp_path / "satu.pdf").read_bytes().startswith(b"%PDF")
    assert [one["parcel"] for one in json.loads((tmp_path / "tahun.json").read_text())] == counter.numbers[:1]


@pytest.mark.parametrize(
    ("name", "chosen", "refusal"),
    [
        ("a.zip", {}, proof.WrongOut), ("a.pdf", {"event": "ACR-2021-001"}, proof.WrongOut), ("a.txt", {}, proof.WrongOut),
        ("a.zip", {"event": "ACR-2021-777"}, proof.NoSuchEvent),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_nothing_is_written(counter, call, tmp_path, name, chosen, refusal):
    with pytest.raises(refusal):
        call(proof.accountability, 2021, tmp_path / name, **chosen)
    assert list(tmp_path.glob("a.*")) == []


def test_the_rates_of_all_facilitators(counter, call):
    (row,) = call(proof.list_facilitators, 2021)["facilitators"]
    assert (row["facilitator"], row["parcels"], row["verified"], row["rate_percent"]) == ("fas-f01", 2, 1, 0)
    assert call(proof.list_facilitators, 2021, regency="36.02")["facilitators"] == []
