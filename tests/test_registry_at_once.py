"""Does anything get lost or doubled when imports meet each other, or when one is killed?"""

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import KEYS
from registry_scenes import counts, households, person, take_in, write_csv
from sqlmodel import select

from service.db.tables import Assessment, EarlierFamilyCard, Household, RegistryFile

RUN = Path(__file__).with_name("killed_import.py")
ALIKE = 40


def all_at_once(database, home, paths):
    with ThreadPoolExecutor(len(paths)) as pool:
        return list(pool.map(lambda path: take_in(database, home, path), paths))


def numbers(database):
    """How many households, assessments and files there are."""
    with database.read() as session:
        return [len(list(session.exec(select(table)))) for table in (Household, Assessment, RegistryFile)]


def test_two_imports_at_once_of_the_same_households_double_none_and_their_counts_add_up(database, home, tmp_path):
    """Both files hold the same forty; each has ten of its own; one says another village of the first ten."""
    same = [person(at) for at in range(ALIKE)]
    moved = [person(at, alamat="Kp. Baru") for at in range(10)] + same[10:]
    files = [
        write_csv(tmp_path / f"{name}.csv", rows + [person(at) for at in range(start, start + 10)])
        for name, rows, start in (("a", same, 50), ("b", moved, 70))
    ]
    results = all_at_once(database, home, files)
    assert numbers(database) == [60, 60, 2]
    assert sum(result.added for result in results) == 60
    assert sum(result.updated for result in results) == 10
    assert sum(result.unchanged for result in results) == 30
    assert all(sum(counts(result)[1:]) == result.rows == 50 for result in results)


def test_one_file_sent_twice_at_once_is_taken_in_once(database, home, tmp_path):
    path = write_csv(tmp_path / "a.csv", [person(at) for at in range(ALIKE)])
    results = all_at_once(database, home, [path] * 4)
    assert numbers(database) == [ALIKE, ALIKE, 1]
    assert sorted(result.added for result in results) == [0, 0, 0, ALIKE]
    assert sorted(result.unchanged for result in results) == [0, ALIKE, ALIKE, ALIKE]


def contents(house):
    """Everything an import writes, without the numbers the database gives."""
    with house.database.read() as session:
        people = {one.id: one for one in session.exec(select(Household))}
        found = [
            (one.nik_lookup, one.kk_lookup, one.name, one.address, one.content_hash, one.added_at, one.updated_at)
            for one in people.values()
        ]
        assessed = [
            (people[one.household_id].nik_lookup, one.assessed_on, one.savings) for one in session.exec(select(Assessment))
        ]
        cards = [(people[one.household_id].nik_lookup, one.kk_lookup) for one in session.exec(select(EarlierFamilyCard))]
        files = [
            (one.sha256, one.rows, one.added, one.updated, one.unchanged, one.rejected, one.duplicates)
            for one in session.exec(select(RegistryFile))
        ]
    return [sorted(rows) for rows in (found, assessed, cards, files)]


def run(house, path, kill_at):
    """Import in a process of its own; its counts when it came to its end, None when the kill struck."""
    told = {"ESTAFET_HOME": str(house.home), "ESTAFET_DATABASE_URL": house.settings.database_url}
    command = [sys.executable, str(RUN), str(path), str(kill_at)]
    done = subprocess.run(command, env=os.environ | KEYS | told, capture_output=True, text=True, check=False)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr[-2000:]
    return json.loads(done.stdout) if done.returncode == 0 else None


@pytest.mark.timeout(600)
def test_an_import_killed_at_any_write_leaves_nothing_and_run_again_ends_as_one_that_was_not(house, tmp_path):
    """Eight households are known; the file adds six, changes five (one card among them), repeats one row, spoils one."""
    known = [person(at) for at in range(8)]
    first = write_csv(tmp_path / "first.csv", known)
    assert run(house, first, 0)["added"] == 8
    before = contents(house)
    changed = [person(at, alamat="Kp. Baru") for at in range(4)] + [person(4, no_kk="3601011203209055")]
    rows = [*changed, *known[5:], *(person(at) for at in range(20, 26)), person(20), person(30, rt="x")]
    second = write_csv(tmp_path / "second.csv", rows)
    kills, result = 0, None
    while result is None:
        kills += 1
        result = run(house, second, kills)
        if result is None:
            assert contents(house) == before, f"killed at write {kills}"
    assert kills > 8
    assert [result[name] for name in ("added", "updated", "unchanged", "rejected", "duplicates")] == [6, 5, 3, 1, 1]
    found, assessed, cards, files = contents(house)
    assert (len(found), len(assessed), len(files)) == (14, 14, 2)
    sealed = house.sealer.lookup
    assert cards == [(sealed("nik", person(4)["nik"]), sealed("kk", person(4)["no_kk"]))]
    assert run(house, second, 0)["added"] == 0
    assert len(households(house.database)) == 14
