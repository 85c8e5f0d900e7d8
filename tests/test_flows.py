"""Do the flows do what the steps say, retry only what may pass, and tell Prefect ids and counts only?"""

import asyncio
import importlib
import json
from pathlib import Path

import pytest
import yaml
from factories import make_household
from prefect import flow, get_client
from prefect.client.schemas.filters import ArtifactFilter
from prefect.settings import PREFECT_API_DATABASE_CONNECTION_URL
from prefect.testing.utilities import prefect_test_harness
from sqlmodel import select

from flows.cycle import STAGE_OF_STATUS, walk_the_year
from flows.edge import run_steps
from flows.selection import select_households
from flows.watch import check_conservation
from service.clock import wall
from service.cohort.steps import open_cycle
from service.db.history import Told, record_move
from service.db.session import DatabaseAway
from service.db.set_aside import replace_set_aside
from service.db.tables import Cycle, SetAside
from service.errors import BadInput
from service.lifecycle import STATUSES, Subject
from service.policy import CyclePolicy
from service.settings import Settings, current_settings
from service.stage import Done, Step, Work
from service.stages import IN_ORDER, STAGES, actor_of, stages_due
from service.trust.homes import make_home
from service.trust.rights import Officer

pytestmark = [
    pytest.mark.xdist_group("prefect"),
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]  # Prefect leaves connections of its own open when an event loop ends
ROOT = Path(__file__).parent.parent
NIK = "3601015206850003"
OPERATOR = Officer(1, "siti", "Siti", ("operator",))


@pytest.fixture(scope="module")
def prefect():
    """A Prefect server of its own for this file."""
    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture
def work(tmp_path, monkeypatch) -> Work:
    """A home with an open cycle, as the flows find it by ESTAFET_HOME."""
    monkeypatch.setenv("ESTAFET_HOME", str(tmp_path / "home"))
    current_settings.cache_clear()
    house = make_home(Settings(home=tmp_path / "home"))
    with house.database.write() as session:
        cycle = open_cycle(session, OPERATOR, 2026, {"36.01": 5}, CyclePolicy(), 7, Told("user:siti", wall()))
        make_household(session)
    yield Work(house.database, house.home, "http://here", cycle, "flow:selection", house.sealer)
    house.close()
    current_settings.cache_clear()


def _step(name: str, ids: list[int], act, batch: int = 2) -> Step:
    return Step(name, f"Langkah {name}", Subject.CASE, lambda _session, _work: ids, act, batch)


def _run(work: Work, *steps: Step):
    @flow(name="trial", persist_result=False)
    async def trial():
        return await run_steps(work, "selection", steps)

    return asyncio.run(trial())


async def _artifacts(key: str):
    async with get_client() as client:
        found = await client.read_artifacts(artifact_filter=ArtifactFilter(key={"any_": [key]}))
    return [artifact.data for artifact in found]


def test_a_stage_run_moves_what_is_due_says_how_much_and_again_nothing(prefect, work):
    state = asyncio.run(select_households(2026, started_by="user:siti", return_state=True))
    assert state.is_completed()
    assert state.message.startswith("Selesai ")
    with work.database.read() as session:
        assert session.exec(select(Cycle)).one().status != "open"
    again = asyncio.run(select_households(2026, return_state=True))
    assert again.message == "Selesai 0, disisihkan 0, gagal 0"


def test_a_year_nobody_opened_fails_with_the_sentence_that_says_what_to_do(prefect, work):
    state = asyncio.run(walk_the_year(2031, return_state=True))
    assert state.is_failed()
    assert "estafet cycle open 2031" in state.message


def test_the_conservation_check_writes_its_verdict(prefect, work):
    state = asyncio.run(check_conservation(2026, return_state=True))
    assert state.is_completed()
    assert any("semua ada di satu tempat" in text for text in asyncio.run(_artifacts("kekekalan-2026")))


def test_what_may_pass_is_tried_again_and_nothing_else_is(prefect, work):
    tries = {"away": 0, "wrong": 0}

    def away(_work, ids):
        tries["away"] += 1
        if tries["away"] == 1:
            raise DatabaseAway("sebentar")
        return Done(len(ids))

    def wrong(_work, ids):
        tries["wrong"] += 1
        raise BadInput(f"NIK {NIK} salah")

    tally = _run(work, _step("away", [1, 2], away), _step("wrong", [3], wrong))
    assert tries == {"away": 2, "wrong": 1}
    assert tally.moved == {"away": 2}
    assert (tally.failed, tally.failed_ids) == ({"wrong": "BadInput (bad_input)"}, 1)
    assert tally.verdict().is_failed()


def test_one_failing_batch_leaves_the_others_and_the_next_steps_their_turn(prefect, work):
    def act(_work, ids):
        if 3 in ids:
            raise RuntimeError(f"rusak: {NIK}")
        return Done(len(ids), {ids[0]: "NO_MENTOR"} if ids[0] == 5 else {})

    tally = _run(work, _step("first", [1, 2, 3, 4, 5], act), _step("second", [7], act))
    assert tally.moved == {"first": 3, "second": 1}
    assert tally.sentence == "Selesai 4, disisihkan 1, gagal 2"
    with work.database.read() as session:
        assert [(row.subject_id, row.code) for row in session.exec(select(SetAside))] == [(5, "NO_MENTOR")]


def test_progress_is_shown_and_no_personal_number_reaches_prefect(prefect, work):
    def act(_work, ids):
        raise RuntimeError(f"rusak: {NIK}")

    _run(work, _step("broken", [1], act))
    assert asyncio.run(_artifacts("progres-selection-2026"))
    asyncio.run(asyncio.sleep(1.5))
    database = Path(PREFECT_API_DATABASE_CONNECTION_URL.value().partition("///")[2])
    kept = b"".join(path.read_bytes() for path in database.parent.glob(f"{database.name}*"))
    assert b"broken" in kept
    assert NIK.encode() not in kept


def test_the_actor_is_the_officer_or_the_flow():
    assert actor_of("selection", "user:siti") == "user:siti"
    assert actor_of("selection", "schedule") == "flow:selection"


def test_the_sweep_starts_nothing_in_a_cycle_that_was_just_opened_and_nothing_that_was_tried(work):
    told = Told("user:siti", wall())
    with work.database.read() as session:
        assert stages_due(session, work) == []
    with work.database.write() as session:
        record_move(session, Subject.CYCLE, work.cycle_id, "frozen", told)
    with work.database.read() as session:
        frozen = Work(work.database, work.home, work.public_url, session.get_one(Cycle, work.cycle_id), "clock", work.sealer)
        assert stages_due(session, frozen) == ["selection"]
    with work.database.write() as session:
        for step in STAGES["selection"]:
            ids = list(step.due(session, frozen))
            codes = dict.fromkeys(ids, "TRIED")
            replace_set_aside(session, work.cycle_id, "selection", step.subject, ids, codes, wall())
    with work.database.read() as session:
        assert stages_due(session, frozen) == []
        assert stages_due(session, frozen, again=True) == ["selection"]


def test_every_status_of_a_cycle_has_its_stage_or_waits_for_a_person():
    known = {status.name for status in STATUSES[Subject.CYCLE]}
    assert known - set(STAGE_OF_STATUS) == {"proposed", "closed", "cancelled"}
    assert set(STAGE_OF_STATUS.values()) <= set(IN_ORDER)


def _deployments() -> list[dict]:
    return yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]


@pytest.mark.parametrize("told", _deployments(), ids=lambda told: told["name"])
def test_a_deployment_runs_one_at_a_time_and_its_form_explains_itself(told):
    module, _, name = told["entrypoint"].rpartition(".")
    entry = getattr(importlib.import_module(module), name)
    assert told["concurrency_limit"] == {"limit": 1, "collision_strategy": "CANCEL_NEW"}
    assert all("cron" not in schedule or schedule["timezone"] == "Asia/Jakarta" for schedule in told.get("schedules", []))
    assert asyncio.iscoroutinefunction(entry.fn)
    fields = json.loads(entry.parameters.model_dump_json())["properties"]
    assert all(field.get("description") for field in fields.values())


def test_every_stage_has_its_deployment_under_the_name_the_service_asks_for():
    named = {told["name"]: told for told in _deployments()}
    for stage in STAGES:
        module, _, name = named[stage]["entrypoint"].rpartition(".")
        assert getattr(importlib.import_module(module), name).name == stage
