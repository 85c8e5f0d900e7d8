"""Does every proven household get the nearest fitting mentor, and is only one that moved handed on?"""

import itertools
import json
import time as stopwatch
from datetime import date, datetime, timedelta

import pytest
from factories import make_cycle, make_household, make_parcel_at_point, make_partner, make_verified_case, run_step, work_of
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from service import clock
from service.business import KINDS, family_of
from service.clock import WIB
from service.db.history import record_move
from service.db.tables import Case, Mentorship, OutboundMessage, Parcel, Partner, SetAside, Visit
from service.mentoring import queries
from service.mentoring.answers import DOORS, VisitedParcelUnknown
from service.mentoring.movement import SENTENCES, Seen, Verdict, verdict_on
from service.mentoring.pairing import Mentor, Newcomer, Pair, pair, started_by
from service.mentoring.steps import STEPS
from service.messages.inbox import Telling, WrongSender, apply_parked, receive
from service.policy import CyclePolicy

DAY = datetime(2021, 12, 1, 9, 0, tzinfo=WIB)
_ids = itertools.count(1)


@pytest.fixture
def cycle_id(database, home) -> int:
    (home / clock.HOME_FILE).write_text(json.dumps({"kind": "demo"}))
    clock.move_to(home, DAY)
    with database.write() as session:
        return make_cycle(session, policy=CyclePolicy(mentor_capacity=1)).id


def run(database, home, cycle_id, *names):
    return run_step(work_of(database, home, cycle_id), "mentoring", STEPS, *names)


def visit(
    database, home, partner: Partner, parcel: Parcel, day: date | None = None, message_id: str | None = None, **told
) -> str:
    data = {
        "parcel": parcel.number, "visited_on": str(day or clock.today(home)), "movement_seen": True,
        "indicators": {"monthly_turnover": 900_000}, **told,
    }  # fmt: skip
    model = DOORS["visit.recorded"].data.model_validate(data)
    body = {"type": "visit.recorded", "data": data}
    now = clock.now(home)
    return receive(database, DOORS, partner, Telling(message_id or f"v-{next(_ids)}", "visit.recorded", now, model, body), now)


def status_of(database, case: Case) -> str:
    with database.read() as session:
        return session.get_one(Case, case.id).status


def code_of(database, case: Case) -> str | None:
    with database.read() as session:
        chosen = select(SetAside.code).where(SetAside.stage == "mentoring", SetAside.subject_id == case.id)
        return session.exec(chosen).first()


# -- mentors --------------------------------------------------------------------------------------------------------


def test_a_newcomer_gets_the_nearest_mentor_of_its_kind_and_the_next_one_waits(database, home, cycle_id):
    with database.write() as session:
        make_household(session, village="36.01.02.2001")
        near = make_household(session, village="36.01.01.2002").id
        make_household(session, village="36.01.01.2001", business_since=date(2021, 1, 1))
        make_household(session, village="36.02.01.2001")
        make_household(session, village="36.01.01.2001", business_type="jahit")
    first, *_ = make_verified_case(database, home, cycle_id)
    assert run(database, home, cycle_id)["pair_mentors"].moved == 1
    with database.read() as session:
        made = queries.mentor_of(session, first.id)
        assert (made.mentor_household_id, made.nearness, made.same_business) == (near, "district", True)
        assert [row["newcomers"] for row in queries.mentors_of_cycle(session, cycle_id)] == [1]
    second, *_ = make_verified_case(database, home, cycle_id)
    third, *_ = make_verified_case(database, home, cycle_id)
    run(database, home, cycle_id)
    with database.read() as session:
        assert queries.mentor_of(session, second.id).nearness == "regency"
    assert code_of(database, third) == "NO_MENTOR"
    again = run(database, home, cycle_id)["pair_mentors"]
    assert (again.moved, again.set_aside) == (0, {third.id: "NO_MENTOR"})


def test_a_household_of_the_cohort_is_nobodys_mentor(database, home, cycle_id):
    one, *_ = make_verified_case(database, home, cycle_id)
    make_verified_case(database, home, cycle_id)
    run(database, home, cycle_id, "pair_mentors")
    with database.read() as session:
        assert session.exec(select(Mentorship)).all() == []
    assert code_of(database, one) == "NO_MENTOR"


def test_a_related_business_is_taken_when_none_is_the_same(database, home, cycle_id):
    with database.write() as session:
        make_household(session, business_type="gorengan")
        related = make_household(session, business_type="sayur_ikan").id
    case, *_ = make_verified_case(database, home, cycle_id)
    run(database, home, cycle_id, "pair_mentors")
    with database.read() as session:
        made = queries.mentor_of(session, case.id)
    assert (made.mentor_household_id, made.same_business, made.nearness) == (related, False, "village")


# -- visits ---------------------------------------------------------------------------------------------------------


def test_movement_seen_makes_a_household_ready_and_wakes_the_handoff(database, home, cycle_id):
    case, parcel, facilitator = make_verified_case(database, home, cycle_id)
    assert visit(database, home, facilitator, parcel) == "applied"
    assert run(database, home, cycle_id)["make_ready"].moved == 1
    assert status_of(database, case) == "ready"
    assert code_of(database, case) is None
    assert run(database, home, cycle_id)["make_ready"].moved == 0
    with database.read() as session:
        assert {"mentoring", "handoff"} <= set(session.exec(select(OutboundMessage.type)).all())
        (row,) = queries.movement_by_facilitator(session, cycle_id)
    assert row == {"facilitator": "fas-f01", "verified": 1, "visited": 1, "moved": 1, "handed_on": 1}


def test_without_movement_a_household_waits_and_a_later_visit_frees_it(database, home, cycle_id):
    case, parcel, facilitator = make_verified_case(database, home, cycle_id)
    visit(database, home, facilitator, parcel, movement_seen=False)
    run(database, home, cycle_id)
    assert (status_of(database, case), code_of(database, case)) == ("verified", "NO_MOVEMENT")
    clock.move_to(home, DAY + timedelta(days=90))
    visit(database, home, facilitator, parcel)
    run(database, home, cycle_id)
    assert (status_of(database, case), code_of(database, case)) == ("ready", None)
    with database.read() as session:
        assert [v.movement_seen for v in queries.visits_of(session, case.id)] == [False, True]


def test_without_consent_a_household_that_moved_is_not_referred_and_says_why(database, home, cycle_id):
    case, parcel, facilitator = make_verified_case(database, home, cycle_id, may_be_referred=False)
    visit(database, home, facilitator, parcel)
    run(database, home, cycle_id)
    with database.read() as session:
        kept = session.get_one(Case, case.id)
        (row,) = queries.movement_by_facilitator(session, cycle_id)
    assert (kept.status, kept.end_reason) == ("not_referred", "NO_CONSENT")
    assert (row["moved"], row["handed_on"]) == (1, 0)


def test_movement_without_an_indicator_is_an_opinion(database, home, cycle_id):
    case, parcel, facilitator = make_verified_case(database, home, cycle_id)
    visit(database, home, facilitator, parcel, indicators={})
    run(database, home, cycle_id)
    assert (status_of(database, case), code_of(database, case)) == ("verified", "NO_INDICATORS")


def test_a_visit_told_before_the_proof_is_parked_and_applied_after_it(database, home, cycle_id):
    with database.write() as session:
        facilitator = make_partner(session, "facilitator", "fas-f01")
        parcel = make_parcel_at_point(session, cycle_id)
        parcel.facilitator_id = facilitator.id
    assert visit(database, home, facilitator, parcel) == "parked"
    with database.write() as session:
        for event in ("delivered", "handover_verified"):
            record_move(session, "case", parcel.case_id, event, work_of(database, home, cycle_id).told())
    assert apply_parked(database, DOORS, clock.now(home)) == 1
    with database.read() as session:
        assert len(session.exec(select(Visit)).all()) == 1


def test_told_twice_a_visit_is_one_and_the_later_word_of_a_day_stands(database, home, cycle_id):
    case, parcel, facilitator = make_verified_case(database, home, cycle_id)
    assert visit(database, home, facilitator, parcel, message_id="a", movement_seen=False) == "applied"
    assert visit(database, home, facilitator, parcel, message_id="a", movement_seen=False) == "duplicate"
    assert visit(database, home, facilitator, parcel, message_id="b") == "applied"
    with database.read() as session:
        assert [v.movement_seen for v in queries.visits_of(session, case.id)] == [True]


def test_a_visit_of_a_household_already_handed_on_is_late_and_kept_for_a_person(database, home, cycle_id):
    _, parcel, facilitator = make_verified_case(database, home, cycle_id)
    visit(database, home, facilitator, parcel)
    run(database, home, cycle_id)
    assert visit(database, home, facilitator, parcel, clock.today(home) - timedelta(days=1)) == "late"


def test_only_the_households_facilitator_may_tell_of_a_visit(database, home, cycle_id):
    _, parcel, _ = make_verified_case(database, home, cycle_id)
    with database.write() as session:
        strangers = [make_partner(session, "facilitator", "fas-f02"), make_partner(session, "agency", "dinkop")]
    for stranger in strangers:
        with pytest.raises(WrongSender):
            visit(database, home, stranger, parcel)
    with pytest.raises(VisitedParcelUnknown):
        visit(database, home, strangers[0], Parcel(number="PKT-2021-99999"))


@pytest.mark.parametrize(
    "nonsense",
    [{"visited_on": "besok"}, {"movement_seen": None}, {"parcel": "1"}, {"indicators": {"x": {"y": 1}}},
     {"indicators": {str(n): n for n in range(21)}}],
)  # fmt: skip
def test_nonsense_is_refused_at_the_door(nonsense):
    good = {"parcel": "PKT-2021-00001", "visited_on": "2021-12-01", "movement_seen": True}
    with pytest.raises(ValueError, match="validation error"):
        DOORS["visit.recorded"].data.model_validate(good | nonsense)


# -- rules ----------------------------------------------------------------------------------------------------------

HANDED, TODAY = date(2021, 11, 17), date(2021, 12, 20)


@pytest.mark.parametrize(
    ("visits", "consent", "verdict"),
    [
        ([Seen(date(2021, 11, 16), True, 3)], True, Verdict.VISIT_BEFORE_HANDOVER),
        ([Seen(date(2021, 12, 21), True, 3)], True, Verdict.VISIT_BEFORE_HANDOVER),
        ([Seen(date(2021, 12, 1), True, 1), Seen(date(2021, 12, 10), False, 1)], True, Verdict.NO_MOVEMENT),
        ([Seen(date(2021, 12, 10), True, 1), Seen(date(2021, 12, 1), False, 1)], True, Verdict.READY),
        ([Seen(date(2021, 12, 1), True, 0)], True, Verdict.NO_INDICATORS),
        ([Seen(date(2021, 12, 1), False, 0)], False, Verdict.NO_MOVEMENT),
        ([Seen(date(2021, 12, 1), True, 1)], False, Verdict.NO_CONSENT),
    ],
)
def test_the_latest_visit_that_counts_decides(visits, consent, verdict):
    assert verdict_on(visits, HANDED, TODAY, consent) is verdict
    assert verdict is Verdict.READY or SENTENCES[verdict]


def test_two_years_ago_is_a_day_that_exists():
    assert started_by(date(2024, 2, 29), 12) == date(2023, 2, 28)
    assert started_by(date(2021, 12, 1), 24) == date(2019, 12, 1)
    assert started_by(date(2021, 1, 31), 2) == date(2020, 11, 30)
    assert started_by(date(2021, 5, 5), 0) == date(2021, 5, 5)


VILLAGES = st.sampled_from([f"36.0{r}.0{d}.200{v}" for r in (1, 2) for d in (1, 2) for v in (1, 2)])
BUSINESS = st.sampled_from([None, "unknown", *(kind.code for kind in KINDS)])
NEWCOMERS = st.lists(st.tuples(BUSINESS, VILLAGES), max_size=25).map(
    lambda rows: [Newcomer(i, *row) for i, row in enumerate(rows, 1)]
)
MENTORS = st.lists(st.tuples(BUSINESS, VILLAGES, st.integers(0, 3)), max_size=25).map(
    lambda rows: [Mentor(i, *row) for i, row in enumerate(rows, 1000)]
)
RANK = {("village", True): 0, ("district", True): 1, ("regency", True): 2,
        ("village", False): 3, ("district", False): 4, ("regency", False): 5}  # fmt: skip


def _tier(newcomer: Newcomer, mentor: Mentor) -> int | None:
    """Independent of the code under test: the tier in which the two could be a pair."""
    same = newcomer.business is not None and newcomer.business == mentor.business
    family = family_of(newcomer.business)
    if not same and (family is None or family != family_of(mentor.business)):
        return None
    shared = [name for name, length in (("village", 13), ("district", 8), ("regency", 5))
              if newcomer.village_code[:length] == mentor.village_code[:length]]  # fmt: skip
    return RANK[shared[0], same] if shared else None


@given(NEWCOMERS, MENTORS, st.randoms())
def test_pairs_are_fitting_few_enough_and_the_same_in_any_order(newcomers, mentors, chance):
    pairs = pair(newcomers, mentors)
    by_case = {n.case_id: n for n in newcomers}
    by_id = {m.household_id: m for m in mentors}
    assert len({p.case_id for p in pairs}) == len(pairs)
    for made in pairs:
        tier = _tier(by_case[made.case_id], by_id[made.mentor_household_id])
        assert tier == RANK[made.nearness, made.same_business]
    for mentor in mentors:
        assert sum(p.mentor_household_id == mentor.household_id for p in pairs) <= mentor.room
    chance.shuffle(newcomers)
    chance.shuffle(mentors)
    assert pair(newcomers, mentors) == pairs


@given(NEWCOMERS, MENTORS)
def test_nobody_is_left_alone_beside_a_fitting_mentor_with_room(newcomers, mentors):
    pairs = pair(newcomers, mentors)
    paired = {p.case_id for p in pairs}
    free = [m for m in mentors if sum(p.mentor_household_id == m.household_id for p in pairs) < m.room]
    rank = {p.case_id: RANK[p.nearness, p.same_business] for p in pairs}
    for newcomer in newcomers:
        better = [tier for m in free if (tier := _tier(newcomer, m)) is not None]
        if newcomer.case_id not in paired:
            assert not better
        else:
            assert not better or rank[newcomer.case_id] <= min(better)


def test_ties_go_to_the_lowest_household():
    mentors = [Mentor(i, "jahit", "36.01.01.2001", 1) for i in (9, 7, 8)]
    newcomers = [Newcomer(i, "jahit", "36.01.01.2001") for i in (2, 1)]
    assert pair(newcomers, mentors) == [Pair(1, 7, "village", True), Pair(2, 8, "village", True)]


def test_two_and_a_half_thousand_newcomers_are_paired_in_a_moment():
    kinds = [kind.code for kind in KINDS]
    newcomers = [Newcomer(i, kinds[i % 13], f"36.0{i % 4 + 1}.{i % 30 + 1:02}.20{i % 12 + 1:02}") for i in range(2_500)]
    mentors = [Mentor(i, kinds[i % 13], f"36.0{i % 4 + 1}.{i % 29 + 1:02}.20{i % 11 + 1:02}", 5) for i in range(10_000)]
    begun = stopwatch.perf_counter()
    assert len(pair(newcomers, mentors)) == 2_500
    assert stopwatch.perf_counter() - begun < 2
