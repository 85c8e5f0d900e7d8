"""Is nobody handed on without a consent that covers it, and does everything stop when it is taken back?"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from factories import make_officer
from handoff_scenes import OPERATOR, Scene, make_agency, make_scene
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col, select

from service import clock
from service.db.tables import Consent, Household, OutboundMessage, Partner, Referral
from service.errors import BadInput
from service.handoff.consents import (
    FIELDS,
    LEAST_FIELDS,
    STOP_WITHIN,
    AlreadyWithdrawn,
    NoConsent,
    best_consent,
    covers,
    fields_for,
    record_consent,
    state_of,
    withdraw_consent,
)
from service.handoff.deletion import confirm_deletion
from service.handoff.steps import STEPS, WATCH_STEPS, reroute_referral, revise_referral
from service.messages.mail import text_of
from service.policy import ReferralRules
from service.stage import run_locally
from service.trust.rights import NoRight, OutsideRegion

DAY = date(2021, 6, 2)
OFFICE = Partner(
    id=1, sender="dinkop", kind="agency", name="Dinkop", secret_sealed="", made_at=datetime(2021, 1, 1), services=[]
)
COMPANY = Partner(**OFFICE.model_dump() | {"id": 2, "sender": "pelampung", "agency_kind": "company"})
FACILITATOR = make_officer("facilitator", "fas-f01")


def consent(**fields) -> Consent:
    made = {
        "id": 1, "case_id": 1, "purpose": "business_development", "fields": list(FIELDS), "source": "visit", "given_on": DAY,
        "expires_on": DAY + timedelta(days=730), "recorded_by": "user:a", "recorded_at": datetime(2021, 6, 2, tzinfo=clock.WIB),
    }  # fmt: skip
    return Consent(**made | fields)


def test_a_company_or_bank_sees_name_product_capacity_and_contact_and_never_nik_or_money():
    assert set(fields_for(OFFICE)) == set(FIELDS)
    for kind in ("company", "bank"):
        assert fields_for(Partner(**COMPANY.model_dump() | {"agency_kind": kind})) == LEAST_FIELDS
    assert not {"nik", "address", "movement", "package"} & set(LEAST_FIELDS)
    assert not {"decile", "income", "savings"} & set(FIELDS)


@pytest.mark.parametrize(
    ("fields", "agency", "day", "holds"),
    [
        ({}, OFFICE, DAY, True),
        ({}, OFFICE, DAY - timedelta(days=1), False),
        ({}, OFFICE, DAY + timedelta(days=730), True),
        ({}, OFFICE, DAY + timedelta(days=731), False),
        ({"purpose": "story"}, OFFICE, DAY, False),
        ({"fields": ["name"]}, OFFICE, DAY, False),
        ({"receiver_id": 1}, OFFICE, DAY, True),
        ({"receiver_id": 9}, OFFICE, DAY, False),
        ({}, COMPANY, DAY, False),
        ({"receiver_id": 2, "fields": list(LEAST_FIELDS)}, COMPANY, DAY, True),
        ({"withdrawn_at": datetime(2021, 6, 2, tzinfo=clock.WIB)}, OFFICE, DAY, False),
    ],
)
def test_a_consent_covers_purpose_fields_receiver_and_time(fields, agency, day, holds):
    assert covers(consent(**fields), "business_development", agency, day) is holds


@given(st.lists(st.tuples(st.sampled_from([None, 1, 2]), st.integers(0, 900)), max_size=8), st.integers(0, 900))
def test_the_best_consent_covers_and_names_the_agency_where_one_does(told, later):
    kept = [
        consent(id=n, receiver_id=receiver, expires_on=DAY + timedelta(days=lasts)) for n, (receiver, lasts) in enumerate(told)
    ]
    day = DAY + timedelta(days=later)
    best = best_consent(kept, "business_development", OFFICE, day)
    fitting = [one for one in kept if covers(one, "business_development", OFFICE, day)]
    assert (best is None) == (not fitting)
    if best is not None:
        assert best in fitting
        assert best.receiver_id == 1 or all(one.receiver_id is None for one in fitting)


def test_a_referral_keeps_the_consent_it_rests_on(database, home):
    scene = make_scene(database, home, agencies=("satu", "dua"))
    scene.send_all()
    scene.reply(scene.referrals()[0], "declined", reason="NO_CAPACITY")
    scene.run()
    with database.read() as session:
        [kept] = session.exec(select(Consent)).all()
    assert (kept.source, kept.given_on, kept.receiver_id) == ("registry", date(2021, 6, 1), None)
    assert kept.expires_on == kept.given_on + timedelta(days=730)
    assert [r.consent_id for r in scene.referrals()] == [kept.id, kept.id]


def test_an_expired_consent_hands_on_nobody(database, home):
    scene = make_scene(database, home)
    scene.at(date(2023, 7, 3))
    assert list(scene.run()["draft_referrals"].set_aside.values()) == ["NO_CONSENT"]
    with database.write() as session:
        record_consent(session, FACILITATOR, scene.case(), ReferralRules(), scene.told(FACILITATOR.actor))
    assert scene.run()["draft_referrals"].moved == 1


@pytest.mark.parametrize("signed", [False, True])
def test_a_consent_that_runs_out_before_the_letter_goes_takes_the_referral_back(database, home, signed):
    scene = make_scene(database, home)
    scene.run()
    if signed:
        scene.sign_all()
    scene.at(date(2023, 7, 3))
    done = scene.run()
    assert done["withdraw_ended"].moved == 1
    assert [(r.status, r.reason) for r in scene.referrals()] == [("withdrawn", "CONSENT_EXPIRED")]
    assert list(done["draft_referrals"].set_aside.values()) == ["NO_CONSENT"]
    assert (scene.case().status, scene.is_in_balance()) == ("ready", True)


def test_a_referral_is_sent_again_under_a_consent_that_still_holds_only(database, home):
    scene = make_scene(database, home)
    scene.send_all()
    scene.reply(scene.referrals()[0], "declined", reason="MISSING_DOCUMENT")
    scene.run()
    scene.at(date(2023, 7, 3))
    with pytest.raises(NoConsent), database.write() as session:
        revise_referral(session, OPERATOR, scene.referrals()[0], "KTP dilampirkan", scene.told("user:o"))
    assert [r.status for r in scene.referrals()] == ["declined"]
    with database.write() as session:
        made = record_consent(session, FACILITATOR, scene.case(), ReferralRules(), scene.told(FACILITATOR.actor))
        revise_referral(session, OPERATOR, scene.referrals()[0], "KTP dilampirkan", scene.told("user:o"))
    assert [(r.status, r.consent_id) for r in scene.referrals()] == [("sent", made.id)]


def test_a_company_gets_only_who_named_it(database, home):
    scene = make_scene(database, home, agencies=())
    with database.write() as session:
        company = make_agency(session, "pelampung", services=["OFF_TAKER"], agency_kind="company")
        session.exec(select(Household)).one().business_type = "jahit"
    assert list(scene.run()["draft_referrals"].set_aside.values()) == ["NO_AGENCY"]
    with database.write() as session:
        told = scene.told(FACILITATOR.actor)
        made = record_consent(session, FACILITATOR, scene.case(), ReferralRules(), told, receiver=company)
    assert (made.receiver_id, tuple(made.fields)) == (company.id, LEAST_FIELDS)
    scene.run()
    [drafted] = scene.referrals()
    assert (drafted.agency_id, drafted.consent_id, drafted.services) == (company.id, made.id, ["OFF_TAKER"])


def test_an_officer_may_not_choose_an_agency_the_household_did_not_agree_to(database, home):
    scene = make_scene(database, home)
    scene.send_all()
    scene.reply(scene.referrals()[0], "declined", reason="OTHER", note="tutup")
    scene.run()
    with database.write() as session:
        bank = make_agency(session, "bank", services=["KUR"], agency_kind="bank")
    with pytest.raises(NoConsent, match="belum menyetujui"), database.write() as session:
        reroute_referral(session, OPERATOR, scene.referrals()[0], bank, "modal", scene.told("user:o"))
    assert [r.status for r in scene.referrals()] == ["declined"]


@pytest.mark.parametrize("status", ["drafted", "signed", "sent", "acknowledged", "accepted", "waitlisted", "in_service"])
def test_consent_taken_back_stops_everything_at_once_and_the_receiver_is_told(database, home, status):
    scene = make_scene(database, home)
    _reach(scene, status)
    before = len(scene.mails())
    with database.write() as session:
        told = scene.told(FACILITATOR.actor)
        gone = withdraw_consent(session, FACILITATOR, session.exec(select(Consent)).one(), told)
    assert [(hop.number, hop.status) for hop in gone] == [("RJK-2021-00001", status)]
    [taken] = scene.referrals()
    assert (taken.status, taken.reason, scene.case().status) == ("withdrawn", "CONSENT_WITHDRAWN", "ready")
    assert scene.is_in_balance()
    told_now = scene.mails()[before:]
    assert len(told_now) == (0 if status in ("drafted", "signed") else 1)
    assert all("Warga Contoh" not in text_of(mail.body) and "hentikan" in text_of(mail.body) for mail in told_now)
    assert list(scene.run()["draft_referrals"].set_aside.values()) == ["NO_CONSENT"]
    assert len(scene.referrals()) == 1


def test_the_same_consent_is_taken_back_once(database, home):
    scene = make_scene(database, home)
    scene.send_all()
    with database.write() as session:
        withdraw_consent(session, FACILITATOR, session.exec(select(Consent)).one(), scene.told(FACILITATOR.actor))
    with database.write() as session, pytest.raises(AlreadyWithdrawn):
        withdraw_consent(session, FACILITATOR, session.exec(select(Consent)).one(), scene.told(FACILITATOR.actor))


def test_a_registry_that_says_no_by_now_is_a_withdrawal(database, home):
    scene = make_scene(database, home)
    _reach(scene, "accepted")
    with database.write() as session:
        session.exec(select(Household)).one().may_be_referred = False
    scene.run()
    assert [r.status for r in scene.referrals()] == ["withdrawn"]
    with database.write() as session:
        session.exec(select(Household)).one().may_be_referred = True
    assert list(scene.run()["draft_referrals"].set_aside.values()) == ["NO_CONSENT"]


def test_that_it_stopped_is_proven_once_the_receiver_has_the_word_and_says_it_deleted(database, home):
    scene = make_scene(database, home)
    _reach(scene, "accepted")
    with database.write() as session:
        withdraw_consent(session, FACILITATOR, session.exec(select(Consent)).one(), scene.told(FACILITATOR.actor))
    assert _watch(scene).moved == 0
    with database.write() as session:
        for message in session.exec(select(OutboundMessage)):
            message.state = "sent"
    assert _watch(scene).moved == 0
    with database.write() as session:
        confirm_deletion(session, session.exec(select(Referral)).one(), scene.told("partner:dinkop"))
    assert _watch(scene).moved == 1
    with database.read() as session:
        kept = session.exec(select(Consent)).one()
    assert kept.stopped_at is not None
    assert kept.stopped_at <= kept.stop_by == kept.withdrawn_at + STOP_WITHIN
    assert state_of(kept, clock.now(home)) == "berhenti"
    assert _watch(scene).moved == 0


def test_a_word_that_never_arrives_is_an_alarm_after_three_days(database, home):
    scene = make_scene(database, home)
    _reach(scene, "accepted")
    with database.write() as session:
        withdraw_consent(session, FACILITATOR, session.exec(select(Consent)).one(), scene.told(FACILITATOR.actor))
        for message in session.exec(select(OutboundMessage).where(col(OutboundMessage.kind) == "mail")):
            message.state = "dead"
    assert _watch(scene).set_aside == {}
    scene.at(date(2021, 6, 6))
    assert list(_watch(scene).set_aside.values()) == ["CONSENT_RECEIVER_NOT_TOLD"]
    with database.read() as session:
        assert state_of(session.exec(select(Consent)).one(), clock.now(home)) == "terlambat berhenti"


def test_who_has_concluded_is_told_too_and_asked_for_no_more_reports(database, home):
    from service.handoff.queries.follow_up import asked

    scene = make_scene(database, home)
    _reach(scene, "in_service")
    scene.reply(scene.referrals()[0], "concluded", outcome="ACHIEVED", indicators={"nib_issued": True})
    later = date(2023, 1, 1)
    with database.write() as session:
        assert len(asked(session, scene.cycle_id, later)) == 3
        gone = withdraw_consent(session, FACILITATOR, session.exec(select(Consent)).one(), scene.told(FACILITATOR.actor))
        assert (gone, asked(session, scene.cycle_id, later)) == ([], [])
    assert scene.mails()[-1].type.startswith("Persetujuan ditarik")
    assert scene.referrals()[0].status == "concluded"


def test_only_who_may_and_only_sensible_consents_are_recorded(database, home):
    scene = make_scene(database, home)
    case, rules, told = scene.case(), ReferralRules(), scene.told("user:x")
    with database.write() as session:
        for officer, error in (
            (make_officer("auditor"), NoRight),
            (make_officer("facilitator", "l", ("36.02",)), OutsideRegion),
        ):
            with pytest.raises(error):
                record_consent(session, officer, case, rules, told)
        for wrong in ({"source": "registry"}, {"given_on": date(2021, 6, 3)}, {"receiver": _supplier(session)}):
            with pytest.raises(BadInput):
                record_consent(session, FACILITATOR, case, rules, told, **wrong)
        assert session.exec(select(Consent)).all() == []


def _supplier(session) -> Partner:
    from factories import make_partner

    return make_partner(session, "supplier")


def _reach(scene: Scene, status: str) -> None:
    """Along the real moves to a status."""
    scene.run()
    if status == "drafted":
        return
    scene.sign_all()
    if status == "signed":
        return
    scene.run()
    for event, at in (("acknowledged", "acknowledged"), ("waitlisted", "waitlisted"), ("accepted", "accepted"),
                      ("service_started", "in_service")):  # fmt: skip
        if scene.referrals()[0].status != status and (event != "waitlisted" or status == "waitlisted"):
            assert scene.reply(scene.referrals()[0], event) == at


def _watch(scene: Scene):
    return next(done for step, done in run_locally(scene.work, "watch", WATCH_STEPS) if step.name == "watch_consents")


def test_the_steps_that_stop_come_before_those_that_hand_on():
    names = [step.name for step in STEPS]
    assert names.index("stop_denied") < names.index("continue_referrals") < names.index("draft_referrals")
