"""Does the baton reach an agency, and does every answer lead on without anybody being lost?"""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from factories import make_officer, make_ready_case, told_by
from handoff_scenes import APPROVER, OPERATOR, make_agency, make_scene
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from service import clock
from service.db.history import Told, record_move
from service.db.tables import Case, Cycle, Household, Letter, OutboundMessage, PartnerLink, Referral, ReferralBatch, SetAside
from service.errors import BadInput, NotAllowed, NotFound, NotNow
from service.handoff import queries
from service.handoff.decisions import NothingToSign
from service.handoff.facts import FACTS
from service.handoff.links import make_link, open_link
from service.handoff.replies import DOORS, NotYours, WrongReply, apply_reply, read_reply
from service.handoff.steps import (
    STEPS,
    end_referral,
    reroute_referral,
    revise_referral,
    sign_batch,
    withdraw_referral,
)
from service.lifecycle import MOVES, NoSuchMove, Subject
from service.messages.mail import text_of
from service.policy import CyclePolicy
from service.stage import run_batch
from service.trust.links import close_link
from service.trust.rights import MakerIsChecker, NoRight, OutsideRegion

ONE_HOP = CyclePolicy(maximum_hops=1)
GOOD_OUTCOME = {"outcome": "ACHIEVED", "indicators": {"nib_issued": True}}


def test_a_household_goes_from_ready_to_a_concluded_referral(database, home):
    scene = make_scene(database, home)
    scene.send_all()
    [sent] = scene.referrals()
    assert (sent.status, sent.hop, scene.case().status) == ("sent", 1, "referred")
    assert "melayani kabupaten/kota" in sent.why_agency
    for event, status, case in (("acknowledged", "acknowledged", "referred"), ("accepted", "accepted", "referred"),
                                ("service_started", "in_service", "in_service")):  # fmt: skip
        assert scene.reply(sent, event, register_number="REG/7") == status
        assert scene.case().status == case
        assert scene.is_in_balance()
    scene.reply(sent, "concluded", **GOOD_OUTCOME)
    [done] = scene.referrals()
    assert (done.status, done.outcome, done.outcome_indicators) == ("concluded", "ACHIEVED", {"nib_issued": True})
    assert (done.register_number, scene.case().status) == ("REG/7", "concluded")
    assert scene.is_in_balance()


def test_the_letters_of_a_batch_are_a_numbered_cover_and_a_sheet_for_each_household(database, home):
    scene = make_scene(database, home, households=3)
    scene.send_all()
    with database.read() as session:
        cover, *sheets = queries.letters_of_batch(session, scene.batches()[0].id)
    assert (cover.kind, cover.number, cover.seq) == ("referral", "400.9.14.6/0001-DINSOS/2021", 1)
    assert [(s.kind, s.number, s.seq) for s in sheets] == [("referral_sheet", cover.number, None)] * 3
    for letter in (cover, *sheets):
        assert (home / letter.file).read_bytes().startswith(b"%PDF")
    assert scene.batches()[0].state == "sent"


def test_the_agency_gets_one_mail_with_a_link_and_no_personal_data(database, home):
    scene = make_scene(database, home, households=2)
    scene.send_all()
    [mail] = scene.mails()
    text = text_of(mail.body)
    token = mail.body["link"].rsplit("/", 1)[1]
    assert (mail.address, "Warga Contoh" in text, "2 rumah tangga" in text) == ("dinkop@contoh.invalid", False, True)
    with database.read() as session:
        assert open_link(session, token, clock.today(home)).sender == "dinkop"


def test_the_first_draft_begins_the_handing_off_of_the_cycle(database, home):
    scene = make_scene(database, home)
    scene.run()
    with database.read() as session:
        assert session.get_one(Cycle, scene.cycle_id).status == "handing_off"


def test_running_the_steps_again_changes_nothing(database, home):
    scene = make_scene(database, home, households=2)
    scene.send_all()
    before = scene.moves(), len(scene.mails()), len(list((home / "letters").rglob("*.pdf")))
    for _ in range(2):
        scene.run()
        scene.watch()
    assert (scene.moves(), len(scene.mails()), len(list((home / "letters").rglob("*.pdf")))) == before


def test_a_crash_between_printing_and_writing_down_doubles_nothing(database, home):
    from service.handoff import sending

    scene = make_scene(database, home, households=2)
    scene.run()
    scene.sign_all()
    work, step = scene.work, STEPS[-1]
    with database.read() as session:
        ids = list(step.due(session, work))
        sheets = sending.queries.sheets(session, ids)
        run = sending._run(work)
        sending._print(run, sheets, sending._covers_to_print(session, run, sheets))  # files are kept; here the power goes
    scene.run()
    with database.read() as session:
        letters = session.exec(select(Letter)).all()
    assert sorted(letter.kind for letter in letters) == ["referral", "referral_sheet", "referral_sheet"]
    assert [batch.letter_seq for batch in scene.batches()] == [1]
    assert run_batch(work, "handoff", step, ids).moved == 0


def test_a_household_without_an_agency_is_set_aside_and_found_when_one_comes(database, home):
    scene = make_scene(database, home, agencies=())
    assert list(scene.run()["draft_referrals"].set_aside.values()) == ["NO_AGENCY"]
    with database.write() as session:
        make_agency(session, "provinsi", None)
    assert scene.run()["draft_referrals"].moved == 1
    with database.read() as session:
        assert session.exec(select(SetAside)).all() == []


def test_a_full_agency_is_passed_over(database, home):
    scene = make_scene(database, home, households=3, agencies=())
    with database.write() as session:
        small, other = make_agency(session, "kecil", capacity=1), make_agency(session, "lain", None, capacity=1)
    done = scene.run()["draft_referrals"]
    assert [r.agency_id for r in scene.referrals()] == [small.id, other.id]
    assert list(done.set_aside.values()) == ["AGENCIES_FULL"]


def test_without_consent_nobody_is_referred(database, home):
    scene = make_scene(database, home)
    with database.write() as session:
        session.exec(select(Household)).one().may_be_referred = False
    assert list(scene.run()["draft_referrals"].set_aside.values()) == ["NO_CONSENT"]


def test_later_households_join_the_batch_that_still_waits_for_its_signature(database, home):
    scene = make_scene(database, home)
    scene.run()
    with database.write() as session:
        make_ready_case(session, scene.cycle_id)
    scene.run()
    [batch] = scene.batches()
    with database.write() as session, pytest.raises(NothingToSign, match="dilihat 1, sekarang 2"):
        sign_batch(session, APPROVER, session.get_one(ReferralBatch, batch.id), scene.told("user:a"), seen=1)
    assert [r.number for r in scene.referrals()] == ["RJK-2021-00001", "RJK-2021-00002"]


NEXT = {  # reason -> (status of the first hop, needs_person, number of hops, case)
    "NO_CAPACITY": ("rerouted", None, 2, "ready"),
    "WRONG_REGION": ("rerouted", None, 2, "ready"),
    "NOT_ELIGIBLE": ("rerouted", None, 2, "ready"),
    "MISSING_DOCUMENT": ("declined", "COMPLETE_DOCUMENT", 1, "referred"),
    "ALREADY_SERVED": ("concluded", None, 1, "concluded"),
    "CANNOT_REACH": ("declined", "VISIT_HOUSEHOLD", 1, "referred"),
    "OTHER": ("declined", "DECIDE", 1, "referred"),
}


@pytest.mark.parametrize("reason", NEXT)
def test_each_decline_reason_has_its_next_step(database, home, reason):
    scene = make_scene(database, home, agencies=("satu", "dua"))
    scene.send_all()
    scene.reply(scene.referrals()[0], "declined", reason=reason, note="kuota habis")
    for _ in range(2):
        scene.run()
        first, *later = scene.referrals()
        assert (first.status, first.needs_person, 1 + len(later), scene.case().status) == NEXT[reason]
        assert scene.is_in_balance()
    for hop in later:
        assert (hop.previous_id, hop.hop, hop.status) == (first.id, 2, "drafted")
        assert hop.agency_id != first.agency_id
        assert "bukan salah satu dari 1 instansi sebelumnya" in hop.why_agency


def test_a_household_that_moved_goes_to_the_office_of_its_new_regency(database, home):
    scene = make_scene(database, home)
    scene.send_all()
    with database.write() as session:
        sister = make_agency(session, "lebak", "36.02")
        session.exec(select(Household)).one().regency_code = "36.02"
    scene.reply(scene.referrals()[0], "declined", reason="WRONG_REGION")
    scene.run()
    assert scene.referrals()[-1].agency_id == sister.id


def test_after_the_last_hop_a_person_decides_and_the_household_is_still_somewhere(database, home):
    scene = make_scene(database, home, agencies=("satu", "dua"), policy=ONE_HOP)
    scene.send_all()
    scene.reply(scene.referrals()[0], "declined", reason="NO_CAPACITY")
    done = scene.run()["continue_referrals"]
    [only] = scene.referrals()
    assert (only.needs_person, done.set_aside) == ("MAXIMUM_HOPS", {only.id: "MAXIMUM_HOPS"})
    assert scene.is_in_balance()
    with database.write() as session:
        other = next(agency for agency in scene.agencies.values() if agency.id != only.agency_id)
        reroute_referral(session, OPERATOR, session.get_one(Referral, only.id), other, "tempat baru", scene.told("user:o"))
    assert [r.status for r in scene.referrals()] == ["rerouted", "drafted"]
    with database.read() as session:
        assert session.exec(select(SetAside)).all() == []


def test_an_agency_is_never_asked_twice_by_the_machine(database, home):
    scene = make_scene(database, home)
    scene.send_all()
    scene.reply(scene.referrals()[0], "declined", reason="NO_CAPACITY")
    scene.run()
    [only] = scene.referrals()
    assert (only.status, only.needs_person) == ("declined", "ALL_AGENCIES_TRIED")


def test_a_missing_document_is_completed_and_the_same_referral_sent_again_with_a_new_sheet(database, home):
    scene = make_scene(database, home)
    scene.send_all()
    [first] = scene.referrals()
    scene.reply(first, "declined", reason="MISSING_DOCUMENT")
    scene.run()
    with database.write() as session:
        revise_referral(session, OPERATOR, session.get_one(Referral, first.id), "Fotokopi KK", scene.told("user:o"))
    scene.run()
    [again] = scene.referrals()
    assert (again.status, again.reason, again.needs_person, again.note) == ("sent", None, None, "Fotokopi KK")
    assert again.letter_id not in (None, first.letter_id)
    assert scene.reply(again, "accepted") == "accepted"


def test_a_service_given_back_can_be_sent_again_and_the_case_follows(database, home):
    scene = make_scene(database, home)
    scene.send_all()
    [sent] = scene.referrals()
    for event in ("accepted", "service_started"):
        scene.reply(sent, event)
    scene.reply(sent, "returned", reason="MISSING_DOCUMENT")
    assert scene.is_in_balance()
    with database.write() as session:
        revise_referral(session, OPERATOR, session.get_one(Referral, sent.id), "KTP baru", scene.told("user:o"))
    assert (scene.case().status, scene.is_in_balance()) == ("referred", True)


def test_nothing_is_concluded_without_an_outcome(database, home):
    scene = make_scene(database, home)
    scene.send_all()
    [sent] = scene.referrals()
    for event in ("accepted", "service_started"):
        scene.reply(sent, event)
    for data in (
        {},
        {"outcome": "ACHIEVED"},
        {"outcome": "BAGUS", "indicators": {"a": 1}},
        {"outcome": "ACHIEVED", "indicators": {}},
    ):
        with pytest.raises(WrongReply):
            scene.reply(sent, "concluded", **data)
    assert scene.referrals()[0].status == "in_service"


def test_an_agency_touches_only_its_own_referrals(database, home):
    from service.handoff.replies import reply_as_partner

    scene = make_scene(database, home)
    scene.send_all()
    with database.write() as session:
        stranger = make_agency(session, "asing", "36.02")
        with pytest.raises(NotYours):
            reply_as_partner(session, stranger, "RJK-2021-00001", "referral.accepted", {}, scene.told("partner:asing"))
        with pytest.raises(NotFound, match="RJK-2021-99999"):
            reply_as_partner(session, stranger, "RJK-2021-99999", "referral.accepted", {}, scene.told("partner:asing"))


def test_a_page_that_accepts_acknowledges_first(database, home):
    scene = make_scene(database, home)
    scene.send_all()
    scene.reply(scene.referrals()[0], "accepted", register_number="12/UKM")
    with database.read() as session:
        [(referral, _)] = queries.hops_of(session, scene.case().id)
    assert (referral.status, referral.register_number) == ("accepted", "12/UKM")


def test_the_webhooks_doors_name_every_fault_and_know_every_event():
    told = {event for (_, event) in MOVES[Subject.REFERRAL]} | set(FACTS)
    assert {door.removeprefix("referral.") for door in DOORS} <= told
    with pytest.raises(WrongReply, match="reason"):
        read_reply("declined", {"referral": "RJK-2021-00001"})
    with pytest.raises(WrongReply, match="wajib dijelaskan"):
        read_reply("declined", {"referral": "RJK-2021-00001", "reason": "OTHER"})
    with pytest.raises(WrongReply, match="tidak dikenal"):
        read_reply("eaten", {})


def test_a_door_finds_its_referral_and_applies_the_answer(database, home):
    scene = make_scene(database, home)
    scene.send_all()
    door = DOORS["referral.acknowledged"]
    data = door.data.model_validate({"referral": "RJK-2021-00001", "register_number": "9"})
    with database.write() as session:
        found = door.find(session, data)
        door.apply(session, found.id, data, scene.told("partner:dinkop"))
    assert (found.status, found.partner_id) == ("sent", scene.agencies["dinkop"].id)
    assert scene.referrals()[0].status == "acknowledged"


def test_accept_and_withdraw_at_the_same_moment_cannot_both_win(database, home):
    scene = make_scene(database, home)
    scene.send_all()
    [sent] = scene.referrals()
    scene.reply(sent, "acknowledged")
    seen = scene.referrals()[0]
    told, start, won = scene.told("user:o"), threading.Barrier(2), []

    def accept() -> None:
        start.wait()
        with database.write() as session:
            apply_reply(session, sent.id, "accepted", read_reply("accepted", {"referral": sent.number}), told)
        won.append("accepted")

    def withdraw() -> None:
        start.wait()
        with database.write() as session:
            withdraw_referral(session, OPERATOR, seen, "MISTAKE", told)
        won.append("withdrawn")

    lost = _together(accept, withdraw)
    assert len(won) == 1
    assert [type(error) for error in lost] == [NoSuchMove]
    assert scene.referrals()[0].status == won[0]
    assert scene.is_in_balance()


def test_two_signers_at_once_leave_no_gap_and_no_double_number(database, home):
    scene = make_scene(database, home, agencies=())
    with database.write() as session:
        for number in range(6):
            make_ready_case(session, scene.cycle_id)
            make_agency(session, f"kantor-{number}")
    scene.run()
    batches = scene.batches()
    assert len(batches) == 6
    signers = [make_officer("approver", f"kadis-{n}") for n in (1, 2)]
    start = threading.Barrier(2)

    def sign(officer, mine) -> None:
        start.wait()
        for batch in mine:
            try:
                with database.write() as session:
                    sign_batch(session, officer, session.get_one(ReferralBatch, batch.id), told_by(officer, clock.now(home)))
            except NothingToSign:
                continue  # the other one was first

    assert _together(lambda: sign(signers[0], batches), lambda: sign(signers[1], batches[::-1])) == []
    assert sorted(batch.letter_seq for batch in scene.batches()) == [1, 2, 3, 4, 5, 6]
    scene.run()
    assert {r.status for r in scene.referrals()} == {"sent"}


def test_a_batch_is_signed_once_by_somebody_who_may_and_did_not_draft_it(database, home):
    scene = make_scene(database, home)
    scene.run()
    [batch] = scene.batches()
    drafter = make_officer("approver", "perancang")
    for officer, refusal in ((OPERATOR, NoRight), (make_officer("approver", "x", ("36.02",)), OutsideRegion)):
        with database.write() as session, pytest.raises(refusal):
            sign_batch(session, officer, session.get_one(ReferralBatch, batch.id), told_by(officer))
    with database.write() as session:
        mine = session.get_one(ReferralBatch, batch.id)
        mine.drafted_by = drafter.actor
        with pytest.raises(MakerIsChecker):
            sign_batch(session, drafter, mine, told_by(drafter))
    scene.sign_all()
    with database.write() as session, pytest.raises(NothingToSign):
        sign_batch(session, APPROVER, session.get_one(ReferralBatch, batch.id), told_by(APPROVER))


def test_the_database_refuses_a_second_open_referral_for_a_household_and_purpose(database, home):
    scene = make_scene(database, home)
    scene.run()
    [first] = scene.referrals()
    with pytest.raises(IntegrityError), database.write() as session:
        session.add(Referral(**first.model_dump() | {"id": None, "number": "RJK-2021-99999"}))
    assert scene.is_in_balance()


def test_a_withdrawn_household_goes_to_the_next_agency_and_the_first_is_told(database, home):
    scene = make_scene(database, home, agencies=())
    with database.write() as session:
        make_agency(session, "satu", webhook_url="https://contoh.invalid/hook")
    scene.send_all()
    with database.write() as session:
        make_agency(session, "dua")
        withdraw_referral(session, OPERATOR, scene.referrals()[0], "WRONG_AGENCY", scene.told("user:o"))
    assert scene.is_in_balance()
    scene.run()
    first, second = scene.referrals()
    assert (first.status, first.reason, second.status, second.hop) == ("withdrawn", "WRONG_AGENCY", "drafted", 2)
    assert first.agency_id != second.agency_id
    with database.read() as session:
        hooks = session.exec(select(OutboundMessage).where(col(OutboundMessage.kind) == "webhook")).all()
    assert [hook.type for hook in hooks] == ["referral.sent", "referral.withdrawn"]


def test_an_ended_referral_ends_the_case_with_its_reason(database, home):
    scene = make_scene(database, home)
    scene.send_all()
    with database.write() as session, pytest.raises(BadInput, match="Alasan"):
        end_referral(session, OPERATOR, scene.referrals()[0], "KARENA", scene.told("user:o"))
    with database.write() as session:
        end_referral(session, OPERATOR, scene.referrals()[0], "HOUSEHOLD_WISH", scene.told("user:o"))
    case = scene.case()
    assert (case.status, case.end_reason, scene.referrals()[0].status) == ("not_referred", "HOUSEHOLD_WISH", "withdrawn")
    assert scene.run()["draft_referrals"].moved == 0


def test_a_household_that_leaves_before_sending_is_not_sent(database, home):
    scene = make_scene(database, home, households=2)
    scene.run()
    with database.write() as session:
        case_id = scene.referrals()[0].case_id
        record_move(session, Subject.CASE, case_id, "withdrew", Told("user:o", clock.now(home)))
    scene.sign_all()
    scene.run()
    assert [r.status for r in scene.referrals()] == ["withdrawn", "sent"]
    assert scene.is_in_balance()


def test_a_person_of_another_regency_may_not_decide(database, home):
    scene = make_scene(database, home)
    scene.send_all()
    elsewhere = make_officer("operator", "lebak", ("36.02",))
    with database.write() as session, pytest.raises(NotAllowed):
        withdraw_referral(session, elsewhere, scene.referrals()[0], "MISTAKE", scene.told("user:lebak"))


def test_a_link_opens_one_partner_until_it_expires_or_is_revoked(database, home):
    scene = make_scene(database, home)
    agency, policy = scene.agencies["dinkop"], CyclePolicy(link_valid_days=10)
    day = clock.today(home)
    with database.write() as session:
        token = make_link(session, agency.id, None, policy, day)
    with database.write() as session:
        assert open_link(session, token, day.replace(day=12)).id == agency.id
        for wrong, when in ((token, day.replace(day=13)), ("x" * 43, day)):
            with pytest.raises(NotFound, match="tidak berlaku"):
                open_link(session, wrong, when)
        [link] = session.exec(select(PartnerLink)).all()
        close_link(session, make_officer("operator"), "dinkop", link.id, clock.wall())
        with pytest.raises(NotFound):
            open_link(session, token, day)


def test_a_name_no_font_has_holds_up_nobody_else(database, home):
    scene = make_scene(database, home, households=2)
    with database.write() as session:
        session.exec(select(Household).order_by(col(Household.id))).first().business_type = None
        session.exec(select(Household).order_by(col(Household.id))).first().address = "\U0001f9ff"
    scene.run()
    scene.sign_all()
    done = scene.run()["render_and_send"]
    assert [r.status for r in scene.referrals()] == ["signed", "sent"]
    assert list(done.set_aside.values()) == ["LETTER_CANNOT_BE_PRINTED"]


def test_pages_find_their_referrals(database, home: Path):
    scene = make_scene(database, home, households=3)
    scene.run()
    agency = scene.agencies["dinkop"]
    with database.read() as session:
        assert queries.referrals_of_agency(session, agency.id) == []
        assert [line.referrals for line in queries.batches_awaiting_signature(session, scene.cycle_id)] == [3]
    scene.sign_all()
    scene.run()
    scene.reply(scene.referrals()[0], "declined", reason="OTHER", note="tutup")
    scene.run()
    with database.read() as session:
        page = queries.referrals_of_agency(session, agency.id, limit=2)
        assert [row[0].number for row in page] == ["RJK-2021-00001", "RJK-2021-00002"]
        rest = queries.referrals_of_agency(session, agency.id, after_id=page[-1][0].id, statuses=["sent"])
        assert [row[0].number for row in rest] == ["RJK-2021-00003"]
        assert queries.counts_by_agency(session, scene.cycle_id) == {agency.id: {"sent": 2, "declined": 1}}
        assert [r.number for r in queries.needing_person(session, scene.cycle_id, ["36.01"])] == ["RJK-2021-00001"]
        assert queries.needing_person(session, scene.cycle_id, ["36.02"]) == []
        assert queries.batch_by_number(session, "BTC-2021-0001").state == "sent"
        with pytest.raises(NotFound):
            queries.batch_by_number(session, "BTC-2021-0002")
        assert isinstance(session.get(Case, page[0][1].id), Case)


def test_deciding_on_a_moved_referral_is_refused(database, home):
    scene = make_scene(database, home)
    scene.send_all()
    stale = scene.referrals()[0]
    scene.reply(stale, "accepted")
    with database.write() as session, pytest.raises(NotNow, match="seperti yang Anda lihat"):
        withdraw_referral(session, OPERATOR, stale, "MISTAKE", scene.told("user:o"))


def _together(*acts) -> list[Exception]:
    """Run all at once; what they raised."""
    raised: list[Exception] = []

    def one(act) -> None:
        try:
            act()
        except Exception as error:
            raised.append(error)

    threads = [threading.Thread(target=one, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised
