"""Is an agency's table kept whole or not at all when the service is killed with kill -9 while it is taken?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import KEYS
from door_scene import sheet_of
from handoff_scenes import make_scene
from sqlmodel import SQLModel

from service.clock import CLOCK_FILE, HOME_FILE
from service.trust.partners import make_link

RUN, ROOT = Path(__file__).with_name("killed_sheet.py"), Path(__file__).parent.parent
ROWS = 4


def _take(house, token, path, strike_at=0):
    environment = {**os.environ, **KEYS, "ESTAFET_HOME": str(house.home), "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    if not house.database.is_sqlite:
        environment["ESTAFET_DATABASE_URL"] = house.database.address
    done = subprocess.run(
        [sys.executable, str(RUN), token, str(path), str(strike_at)], env=environment, cwd=ROOT, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode in (0, -signal.SIGKILL), done.stderr[-2000:]
    assert (done.returncode == 0) == (strike_at == 0), (strike_at, done.stdout)
    return [int(word) for word in done.stdout.split()]


def _everything(house):
    with house.database.read() as session:
        tables = SQLModel.metadata.sorted_tables
        return {t.name: sorted(map(repr, session.connection().execute(t.select()).all())) for t in tables}


@pytest.mark.timeout(240)
def test_a_table_is_kept_whole_or_not_at_all_wherever_the_power_goes(house, tmp_path):
    facts = (house.home / HOME_FILE).read_text()
    scene = make_scene(house.database, house.home, 2 * ROWS)
    scene.send_all()
    (house.home / HOME_FILE).write_text(facts)  # a process of its own opens it as the home it was made as, at today's hour
    (house.home / CLOCK_FILE).unlink()
    with house.database.write() as session:
        token = make_link(session, scene.agencies["dinkop"].id, scene.agencies["dinkop"].made_at.date().replace(year=2090))
    numbers = [row.number for row in scene.referrals()]
    trial, real = tmp_path / "uji.xlsx", tmp_path / "isi.xlsx"
    for path, chosen in ((trial, numbers[:ROWS]), (real, numbers[ROWS:])):
        rows = [{"nomor_rujukan": number, "jawaban": "disanggupi", "pesan": "Kami hubungi"} for number in chosen]
        rows[0] |= {"jawaban": "ditolak", "alasan": "NO_CAPACITY"}
        path.write_bytes(sheet_of(rows))
    answers, writes = _take(house, token, trial)
    assert answers == 2 * ROWS
    assert writes > 3 * ROWS

    before = _everything(house)
    for strike_at in (1, 2, writes // 2, writes - 1, writes):
        _take(house, token, real, strike_at)
        assert _everything(house) == before, f"killed at write {strike_at} of {writes}"
    _take(house, token, real, strike_at=-1)
    after = _everything(house)
    assert after != before
    assert _take(house, token, real)[0] == 0
    assert _everything(house) == after
    assert [row.status for row in scene.referrals()][ROWS:] == ["declined", *["accepted"] * (ROWS - 1)]
    assert scene.is_in_balance()
