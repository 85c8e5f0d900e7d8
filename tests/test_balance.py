"""Does each agency's account balance on every way a referral may go, and is whatever does not fit named?"""

from __future__ import annotations

import pytest
from handoff_scenes import OPERATOR, Scene, make_scene
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import select

from service.cohort.steps import summary
from service.db.tables import Household
from service.handoff.balance import NOT_SENT, PLACES, SENTENCES, Standing, alarm_of, balance, place_of
from service.handoff.queries.accounts import balance_of
from service.handoff.queries.trail import trail_of
from service.handoff.steps import withdraw_referral
from service.lifecycle import STATUSES, Subject

LEFT = ["declined", "returned", "no_response", "waitlisted"]
NAMES = [status.name for status in STATUSES[Subject.REFERRAL]]


def standing(**fields) -> Standing:
    made = {
        "id": 1, "number": "RJK-1", "household_id": 7, "agency_id": 1, "agency": "Dinkop", "status": "sent",
        "last_move": "sent", "times_sent": 1, "left_from": None, "batch_agency_id": 1, "next_hops": 0,
    }  # fmt: skip
    return Standing(**made | fields)


def test_every_status_an_agency_may_hold_has_its_place():
    assert set(NAMES) == set(PLACES) | NOT_SENT | {"rerouted"}


@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.sampled_from(NAMES), st.sampled_from(["declined", "no_response", "waitlisted"])),
        max_size=40,
    )
)
def test_an_honest_history_always_balances(told):
    rows = [
        standing(
            id=n, number=f"RJK-{n}", agency_id=agency, batch_agency_id=agency, status=status, last_move=status,
            times_sent=int(status not in NOT_SENT), left_from=left if status == "rerouted" else None,
            next_hops=int(status == "rerouted"),
        )
        for n, (agency, status, left) in enumerate(told)
    ]  # fmt: skip
    accounts = balance(rows)
    assert all(account.is_ok for account in accounts)
    assert sum(account.sent for account in accounts) == sum(row.times_sent for row in rows)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"last_move": "acknowledged"}, "HISTORY_DIFFERS"),
        ({"times_sent": 0}, "NEVER_SENT"),
        ({"status": "signed", "last_move": "signed"}, "SENT_AND_GONE"),
        ({"batch_agency_id": 2}, "OTHER_AGENCY"),
        ({"status": "rerouted", "last_move": "rerouted", "left_from": "declined"}, "NO_NEXT_HOP"),
        ({"status": "rerouted", "last_move": "rerouted", "left_from": "declined", "next_hops": 2}, "TWO_NEXT_HOPS"),
    ],
)
def test_each_imbalance_names_the_referral_and_the_household(fields, code):
    [account] = balance([standing(**fields)])
    [alarm] = account.alarms
    assert (alarm.number, alarm.household_id, alarm.code, account.is_ok) == ("RJK-1", 7, code, False)
    assert alarm_of(standing(**fields)) == code
    assert SENTENCES[code]


def test_what_was_taken_back_before_it_was_sent_is_in_nobodys_account():
    assert place_of(standing(status="withdrawn", times_sent=0)) is None
    assert place_of(standing(status="withdrawn")) == "withdrawn"


def test_the_account_of_each_agency_balances_on_the_way(database, home):
    scene = make_scene(database, home, households=6, agencies=("satu", "dua"))
    scene.send_all()
    one, two = (agency.id for agency in scene.agencies.values())
    assert _accounts(scene) == {one: (3, {"waiting": 3}), two: (3, {"waiting": 3})}
    mine = [r for r in scene.referrals() if r.agency_id == one]
    scene.reply(mine[0], "accepted")
    scene.reply(mine[1], "declined", reason="NO_CAPACITY")
    with database.write() as session:
        withdraw_referral(session, OPERATOR, mine[2], "MISTAKE", scene.told("user:o"))
    before = _figures(scene)
    assert _accounts(scene)[one] == (3, {"accepted": 1, "declined": 1, "withdrawn": 1})
    scene.send_all()
    assert _accounts(scene)[one] == (3, {"accepted": 1, "declined": 1, "withdrawn": 1})
    assert _accounts(scene)[two][0] == 5
    after = _figures(scene)
    assert all(after[name] >= before[name] for name in before)
    assert scene.is_in_balance()


def test_a_row_changed_behind_our_back_is_named(database, home):
    scene = make_scene(database, home, households=2)
    scene.send_all()
    with database.write() as session:
        session.execute(text("UPDATE referral SET status = 'declined' WHERE number = 'RJK-2021-00002'"))
    with database.read() as session:
        [account] = balance_of(session, scene.cycle_id)
        households = session.exec(select(Household.id)).all()
    assert [(alarm.number, alarm.code) for alarm in account.alarms] == [("RJK-2021-00002", "HISTORY_DIFFERS")]
    assert account.alarms[0].household_id in households


def test_the_way_from_agency_to_agency_can_be_read(database, home):
    scene = make_scene(database, home, agencies=("satu", "dua"))
    scene.send_all()
    scene.reply(scene.referrals()[0], "declined", reason="NO_CAPACITY", register_number="7/UKM")
    scene.send_all()
    with database.read() as session:
        first, second = trail_of(session, scene.case().id)
    assert (first.hop, first.register_number, first.reason, second.hop) == (1, "7/UKM", "NO_CAPACITY", 2)
    assert [event for _, event, _, _ in first.moves] == ["began", "signed", "sent", "acknowledged", "declined", "rerouted"]
    assert [who for _, event, who, _ in first.moves if event == "declined"] == ["partner:satu"]
    assert first.consent_id == second.consent_id is not None
    assert "Pendaftaran NIB" in first.asked


def _accounts(scene: Scene) -> dict[int, tuple[int, dict[str, int]]]:
    with scene.database.read() as session:
        accounts = balance_of(session, scene.cycle_id)
    assert all(account.is_ok for account in accounts)
    return {one.agency_id: (one.sent, {place: n for place, n in one.places.items() if n}) for one in accounts}


def _figures(scene: Scene) -> dict[str, int]:
    with scene.database.read() as session:
        told = summary(session, 2021)
    return {name: value for name, value in told.items() if isinstance(value, int)}
