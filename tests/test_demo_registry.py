"""Do the demo's files look like what offices send, and are they the same for the same seed?"""

import csv
from collections import Counter
from datetime import UTC, datetime

import pytest
from sqlmodel import select

from service import regions
from service.db.tables import Household
from service.demo import registry_doubts, registry_files
from service.demo.people import SPREAD, facilitator_codes, population, spread
from service.registry import identity
from service.registry.aid_ledger import import_aid
from service.registry.doubts.nik_files import take_nik_result
from service.registry.doubts.queries.niks import unmatched_counts
from service.registry.doubts.queries.pairs import open_pair_counts
from service.registry.doubts.steps import find_duplicates
from service.registry.sheets import read_sheet
from service.registry.steps import import_file
from service.trust.sealing import Sealer

HOUSEHOLDS, SEED, YEAR = 1_000, 7, 2021
NOW = datetime(2021, 1, 4, 3, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    registry_files.write_registry_files(folder, HOUSEHOLDS, SEED, YEAR)
    registry_files.write_aid_ledger(folder, HOUSEHOLDS, SEED, YEAR)
    registry_doubts.write_nik_result(folder, HOUSEHOLDS, SEED, YEAR)
    return folder


def test_eight_regencies_send_six_spreadsheets_and_two_csv_with_shuffled_headers(folder):
    files = sorted(folder.glob("sintetis-36.*"))
    assert Counter(path.suffix for path in files) == {".xlsx": 6, ".csv": 2}
    sheets = [read_sheet(path, ["nik"]) for path in files]
    assert len({sheet.columns for sheet in sheets}) == 8
    assert {frozenset(sheet.columns) for sheet in sheets} == {frozenset(registry_files.COLUMNS)}


@pytest.mark.parametrize("households", [1, 100, 1_000, 12_000, 50_000])
def test_households_are_spread_as_the_programme_of_2021(households):
    counts = spread(households)
    assert sum(counts.values()) == households
    assert all(abs(counts[code] - households * SPREAD[code] / 50_000) < 1 for code in SPREAD)


def test_people_have_real_villages_possible_niks_with_serial_99xx_and_nobody_is_there_twice():
    rows = [row for some in population(3_000, SEED, YEAR).values() for row in some]
    assert len({row["nik"] for row in rows}) == 3_000
    for row in rows:
        assert regions.is_village(row["kode_desa"])
        assert row["nik"][12:14] == "99"
        assert identity.nik(row["nik"]) == row["nik"]
        assert identity.sex_of(row["nik"]) == row["jenis_kelamin"]


def test_a_facilitator_visits_about_two_hundred_households_of_neighbouring_districts():
    rows = [row for some in population(12_000, SEED, YEAR).values() for row in some]
    visits = Counter(row["pendamping"] for row in rows)
    assert sorted(visits) == sorted(facilitator_codes(12_000))
    assert 55 <= len(visits) <= 65
    assert all(120 <= count <= 300 for count in visits.values())
    for code in visits:
        districts = {row["kode_desa"][:8] for row in rows if row["pendamping"] == code}
        assert len({district[:5] for district in districts}) == 1


def test_the_same_seed_writes_the_same_files_and_another_seed_others(folder, tmp_path):
    def bytes_of(place):
        return [path.read_bytes() for path in sorted(place.glob("sintetis-36.*"))]

    registry_files.write_registry_files(tmp_path / "same", HOUSEHOLDS, SEED, YEAR)
    registry_files.write_registry_files(tmp_path / "other", HOUSEHOLDS, SEED + 1, YEAR)
    assert bytes_of(tmp_path / "same") == bytes_of(folder)
    assert bytes_of(tmp_path / "other") != bytes_of(folder)


def test_the_import_takes_every_good_household_and_catches_the_rest(database, home, folder):
    sealer = Sealer("a key for tests")
    results = [import_file(database, home, sealer, path, "user:demo", NOW) for path in sorted(folder.glob("sintetis-36.*"))]
    assert sum(r.added for r in results) == HOUSEHOLDS
    assert sum(r.rejected for r in results) >= 20
    assert sum(r.duplicates for r in results) >= 6
    for r in results:
        assert r.rows == r.added + r.rejected + r.duplicates
    with database.read() as session:
        found = list(session.exec(select(Household)))
    assert len({h.kk_lookup for h in found}) < len(found)
    assert 0.88 < sum(h.may_be_referred for h in found) / len(found) < 0.97
    ledger = import_aid(database, home, sealer, folder / registry_files.LEDGER, NOW)
    assert ledger.added == ledger.rows > 30


def test_the_demos_doubts_are_found(house, folder):
    database, home, sealer = house.database, house.home, house.sealer
    for path in sorted(folder.glob("sintetis-36.*")):
        import_file(database, home, sealer, path, "user:demo", NOW)
    result = take_nik_result(database, home, sealer, folder / registry_doubts.NIK_RESULT, NOW)
    assert (result.rows, result.rejected, result.duplicates) == (HOUSEHOLDS, 0, 0)
    find_duplicates(database, NOW)
    with database.read() as session:
        kinds = open_pair_counts(session)
        checks = unmatched_counts(session)
    assert kinds["same_kk"] >= 2
    assert kinds["likely"] >= HOUSEHOLDS // 400
    assert 0.07 * HOUSEHOLDS < sum(checks.values()) < 0.13 * HOUSEHOLDS
    assert checks["not_found"] > checks["differs"] > 0


def test_every_personal_value_of_the_files_is_known_to_a_leak_test(folder):
    values = registry_files.personal_values(folder)
    with next(folder.glob("sintetis-36.02*.csv")).open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file, delimiter=";")
    at = {name.strip().lower().replace(" ", "_"): place for place, name in enumerate(header)}
    assert {row[at["nik"]] for row in rows if len(row[at["nik"]]) == 16} <= values
    assert {row[at["nama"]] for row in rows if row[at["nama"]]} <= values
    assert "" not in values
