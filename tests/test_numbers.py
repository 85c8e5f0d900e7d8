"""Has every signed letter its own number, without a gap, whoever signs at the same moment and whoever is killed?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from factories import make_officer, make_ready_case, told_by
from handoff_scenes import APPROVER, Scene, make_agency, make_scene
from sqlmodel import select

from service import clock
from service.db.tables import Letter, ReferralBatch
from service.errors import BadInput
from service.handoff.decisions import NothingToSign, NumberRefused, sign_batch
from service.letters import take_number
from service.policy import CyclePolicy, LetterNumbers, ReferralRules
from service.trust.rights import NoRight

TYPED = CyclePolicy(referral=ReferralRules(number_is_typed=True))
SIGNERS = 8


def scene_of(database, home, batches: int, policy: CyclePolicy | None = None) -> tuple[Scene, list[int]]:
    """A household and an agency for each batch; ids of the batches that wait."""
    scene = make_scene(database, home, households=0, agencies=(), policy=policy)
    with database.write() as session:
        for number in range(batches):
            regency = f"36.{number + 1:02d}" if number < 4 else f"36.{number + 67}"
            village = f"{regency}.01.2001"
            make_agency(session, f"dinkop-{number}", regency)
            make_ready_case(
                session, scene.cycle_id, village_code=village, district_code=village[:8], regency_code=regency,
                facilitator_code=f"F{number}",
            )  # fmt: skip
    scene.run()
    waiting = [batch.id for batch in scene.batches()]
    assert len(waiting) == batches
    return scene, waiting


def sign(scene: Scene, batch_id: int, number: str | None = None) -> str | None:
    with scene.database.write() as session:
        told = told_by(APPROVER, clock.now(scene.home))
        return sign_batch(session, APPROVER, session.get_one(ReferralBatch, batch_id), told, number=number).letter_number


def sequences(scene: Scene) -> list[int]:
    return sorted(batch.letter_seq for batch in scene.batches() if batch.letter_seq)


def test_eight_who_sign_at_once_take_eight_numbers_in_a_row_and_each_batch_is_signed_once(database, home):
    scene, waiting = scene_of(database, home, SIGNERS)
    start = threading.Barrier(SIGNERS)

    def sign_all(turn: int) -> int:
        start.wait()
        done = 0
        for batch_id in waiting[turn:] + waiting[:turn]:
            with suppress(NothingToSign):
                sign(scene, batch_id)
                done += 1
        return done

    with ThreadPoolExecutor(SIGNERS) as pool:
        assert sum(pool.map(sign_all, range(SIGNERS))) == SIGNERS
    assert sequences(scene) == list(range(1, SIGNERS + 1))
    assert len({batch.letter_code for batch in scene.batches()}) == SIGNERS


def test_a_number_taken_by_somebody_killed_before_the_commit_goes_to_the_next(database, home):
    scene, waiting = scene_of(database, home, 3)
    ends = [run(scene, waiting[0], 1), run(scene, waiting[1], 1), run(scene, waiting[0], 0), run(scene, waiting[2], 1)]
    assert ends == [-signal.SIGKILL, -signal.SIGKILL, 0, -signal.SIGKILL]
    assert [batch.state for batch in scene.batches()] == ["signed", "drafted", "drafted"]
    sign(scene, waiting[1])
    sign(scene, waiting[2])
    assert sequences(scene) == [1, 2, 3]


def run(scene: Scene, batch_id: int, kill: int) -> int:
    script = Path(__file__).with_name("killed_signing.py")
    command = [sys.executable, str(script), scene.database.address, str(batch_id), str(kill)]
    paths = os.pathsep.join([str(script.parent), str(script.parents[1])])
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": paths}, capture_output=True, text=True, check=False)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr[-1000:]
    return done.returncode


def test_nothing_is_numbered_before_it_is_signed_and_each_book_counts_for_itself(database, home):
    scene, waiting = scene_of(database, home, 2)
    assert not any(batch.letter_number or batch.letter_seq for batch in scene.batches())
    with database.write() as session:
        assert take_number(session, "order", 2021, LetterNumbers(), "000.3.2")[0] == 1
        assert take_number(session, "decree", 2021, LetterNumbers(), "400.9.14.1")[0] == 1
    assert sign(scene, waiting[0]) == "400.9.14.6/0001-DINSOS/2021"
    with database.write() as session:
        assert take_number(session, "order", 2021, LetterNumbers(), "000.3.2")[0] == 2
    assert sign(scene, waiting[1]) == "400.9.14.6/0002-DINSOS/2021"


def test_an_office_that_numbers_elsewhere_types_the_number_and_it_is_printed(database, home):
    scene, waiting = scene_of(database, home, 1, TYPED)
    assert sign(scene, waiting[0], "  400.9.14.6/1973 - DINSOS ") == "400.9.14.6/1973 - DINSOS"
    scene.run()
    with database.read() as session:
        letters = session.exec(select(Letter)).all()
    assert {letter.number for letter in letters} == {"400.9.14.6/1973 - DINSOS"}
    assert {letter.seq for letter in letters} == {None}


@pytest.mark.parametrize("typed", [None, "   ", "9" * 61, "1234567890123456", "12\u202e34"])
def test_a_typed_number_that_is_missing_or_cannot_be_printed_is_refused(database, home, typed):
    scene, waiting = scene_of(database, home, 1, TYPED)
    with pytest.raises(NumberRefused):
        sign(scene, waiting[0], typed)
    assert scene.batches()[0].state == "drafted"


def test_a_number_typed_twice_is_refused_also_by_eight_at_once(database, home):
    scene, waiting = scene_of(database, home, SIGNERS, TYPED)
    start = threading.Barrier(SIGNERS)

    def type_same(batch_id: int) -> str:
        start.wait()
        try:
            return str(sign(scene, batch_id, "400/77"))
        except NumberRefused as refused:
            return refused.message

    with ThreadPoolExecutor(SIGNERS) as pool:
        told = sorted(pool.map(type_same, waiting))
    assert told == ["400/77"] + ["Nomor 400/77 sudah dipakai surat lain."] * (SIGNERS - 1)
    assert sorted(batch.state for batch in scene.batches()) == ["drafted"] * (SIGNERS - 1) + ["signed"]


def test_a_number_is_not_typed_where_the_book_gives_it(database, home):
    scene, waiting = scene_of(database, home, 1)
    with pytest.raises(BadInput, match="jangan diketik"):
        sign(scene, waiting[0], "400/1")


def test_the_book_passes_over_a_number_that_another_letter_carries(database, home):
    scene, waiting = scene_of(database, home, 2)
    with database.write() as session:
        other = session.get_one(ReferralBatch, waiting[1])
        other.letter_number = "400.9.14.6/0001-DINSOS/2021"
    assert sign(scene, waiting[0]) == "400.9.14.6/0002-DINSOS/2021"


def test_somebody_without_the_right_takes_no_number(database, home):
    scene, waiting = scene_of(database, home, 1)
    officer = make_officer("operator")
    with pytest.raises(NoRight), database.write() as session:
        sign_batch(session, officer, session.get_one(ReferralBatch, waiting[0]), told_by(officer))
    assert sign(scene, waiting[0]) == "400.9.14.6/0001-DINSOS/2021"
