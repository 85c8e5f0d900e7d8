"""When two facilitators tell two stories of one household, is neither lost, and does a third person decide?"""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from factories import make_officer, told_by
from field_scene import field_work, jpeg
from page_scene import HTML, token_on
from sqlmodel import select

from service.db.tables import HandoverConflict, InboundMessage, Move
from service.delivery import conflicts
from service.delivery.conflicts import (
    TWO_REPORTS,
    ConflictDecided,
    ConflictUnknown,
    SecondCannotCount,
    WhyNeeded,
)
from service.delivery.queries import telling
from service.trust.accounts import add_user, make_session
from service.trust.rights import MakerIsChecker, NoRight, Officer, OutsideRegion

FULL = [{"name": "Beras 5 kg", "count": 10}, {"name": "Minyak goreng 1 l", "count": 24}, {"name": "Mixer", "count": 1}]
LESS = [{"name": "Beras 5 kg", "count": 9}]
ONE, TWO, THREE = ("report-number-0001", "report-number-0002", "report-number-0003")
VERIFIER = make_officer("verifier")


@pytest.fixture
def field(database, home):
    return field_work(database, home)


@pytest.fixture
def disputed(field):
    """`fas-f01` says handed over in full, `fas-f02` says a proxy took nine."""
    assert field.phone().report("handed_over", field.numbers[0], ONE, receiver="self", items=FULL).json()["result"] == "applied"
    photo = field.phone("fas-f02").bring(jpeg(4)).json()["sha256"]
    second = {"receiver": "proxy", "receiver_name": "Wakil", "relation": "anak", "items": LESS, "photo": photo}
    assert field.phone("fas-f02").report("partial", field.numbers[0], TWO, **second).json()["result"] == "late"
    return field


def _conflicts(field):
    with field.database.read() as session:
        return list(session.exec(select(HandoverConflict).order_by(HandoverConflict.id)))


def _decide(field, which, officer=VERIFIER, reason="Keluarga ditanya lewat telepon", conflict_id=None):
    with field.database.write() as session:
        number = conflict_id or _conflicts(field)[0].id
        return conflicts.decide(session, officer, number, which, reason, told_by(officer)).state


def test_the_first_report_counts_and_the_second_is_kept_for_a_person(disputed):
    parcel = disputed.parcel(disputed.numbers[0])
    assert (parcel.status, parcel.receiver, parcel.items, parcel.doubts) == ("handed_over", "self", FULL, [TWO_REPORTS])
    [second] = _conflicts(disputed)
    assert (second.type, second.state, second.told_by_id) == ("parcel.partial", "open", disputed.partner("fas-f02").id)
    assert second.body["items"] == LESS
    with disputed.database.read() as session:
        assert [m.result for m in session.exec(select(InboundMessage).order_by(InboundMessage.id))] == ["applied", "late"]
        assert telling.conflict_counts(session, parcel.cycle_id) == 1
        assert telling.conflict_counts(session, parcel.cycle_id, ("36.02",)) == 0


@pytest.mark.parametrize("second", ["absent", "refused", "handed_over"])
def test_any_other_story_is_a_conflict(field, second):
    field.phone().report("handed_over", field.numbers[0], ONE, receiver="self", items=FULL)
    field.phone("fas-f02").report(second, field.numbers[0], TWO)
    assert [row.type for row in _conflicts(field)] == [f"parcel.{second}"]
    assert field.parcel(field.numbers[0]).status == "handed_over"


def test_the_same_phone_saying_the_same_again_is_no_conflict_and_another_word_is(field):
    for report_id in (ONE, TWO):
        field.phone().report("handed_over", field.numbers[0], report_id, receiver="self", items=FULL)
    assert _conflicts(field) == []
    field.phone().report("handed_over", field.numbers[0], THREE, receiver="self", items=LESS)
    assert len(_conflicts(field)) == 1


def test_of_two_phones_at_the_same_moment_one_counts_and_the_other_is_kept(field):
    phones = {sender: field.phone(sender) for sender in ("fas-f01", "fas-f02")}
    for place, number in enumerate(field.numbers):
        start = Barrier(2)

        def tell(sender, number=number, place=place, start=start):
            start.wait(10)
            told = {"receiver": "self", "items": FULL if sender == "fas-f01" else LESS}
            return phones[sender].report("handed_over", number, f"{sender}-number-{place:04d}", **told).json()["result"]

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(tell, phones)) == ["applied", "late"]
    assert len(_conflicts(field)) == len(field.numbers)
    with field.database.read() as session:
        moves = session.exec(select(Move).where(Move.subject == "parcel", Move.event == "handed_over")).all()
    assert len(moves) == len(field.numbers)


def test_who_was_absent_and_came_later_is_no_conflict(field):
    field.phone().report("absent", field.numbers[0], ONE)
    assert field.phone("fas-f02").report("handed_over", field.numbers[0], TWO, receiver="self").json()["result"] == "applied"
    assert _conflicts(field) == []


def test_the_rest_of_the_goods_completes_a_partial_one_but_a_colleagues_other_story_does_not(field):
    field.phone().report("partial", field.numbers[0], ONE, receiver="self", items=LESS)
    field.phone("fas-f02").report("handed_over", field.numbers[0], TWO, receiver="self", items=FULL)
    assert (field.parcel(field.numbers[0]).status, len(_conflicts(field))) == ("partial", 1)
    field.phone().report("partial", field.numbers[1], "report-number-0011", receiver="self", items=LESS)
    field.phone().report("handed_over", field.numbers[1], "report-number-0012", receiver="self", items=FULL)
    assert (field.parcel(field.numbers[1]).status, len(_conflicts(field))) == ("handed_over", 1)


def test_the_first_stays_and_the_doubt_goes(disputed):
    assert _decide(disputed, "first_stays") == "first_stays"
    parcel = disputed.parcel(disputed.numbers[0])
    assert (parcel.status, parcel.receiver, parcel.doubts) == ("handed_over", "self", None)
    [row] = _conflicts(disputed)
    assert (row.decided_by, row.reason) == (VERIFIER.actor, "Keluarga ditanya lewat telepon")
    with pytest.raises(ConflictDecided):
        _decide(disputed, "second_counts")


def test_the_second_takes_the_place_of_the_first_with_its_teller(disputed):
    _decide(disputed, "second_counts")
    parcel = disputed.parcel(disputed.numbers[0])
    assert (parcel.receiver, parcel.receiver_name, parcel.items) == ("proxy", "Wakil", LESS)
    assert (parcel.reporter_id, parcel.doubts) == (disputed.partner("fas-f02").id, None)


def test_goods_that_came_in_full_after_all_are_handed_over_in_the_table_of_moves(field):
    field.phone().report("partial", field.numbers[0], ONE, receiver="self", items=LESS)
    field.phone("fas-f02").report("handed_over", field.numbers[0], TWO, receiver="self", items=FULL)
    _decide(field, "second_counts")
    parcel = field.parcel(field.numbers[0])
    assert (parcel.status, parcel.items) == ("handed_over", FULL)
    with field.database.read() as session:
        moves = session.exec(select(Move).where(Move.subject == "parcel", Move.subject_id == parcel.id).order_by(Move.id))
        assert [(move.event, move.actor) for move in moves][-1] == ("handed_over", VERIFIER.actor)


def test_two_open_conflicts_keep_the_doubt_until_both_are_decided(disputed):
    disputed.phone("fas-f02").report("absent", disputed.numbers[0], THREE)
    first, second = _conflicts(disputed)
    _decide(disputed, "first_stays", conflict_id=first.id)
    assert disputed.parcel(disputed.numbers[0]).doubts == [TWO_REPORTS]
    _decide(disputed, "first_stays", conflict_id=second.id)
    assert disputed.parcel(disputed.numbers[0]).doubts is None


def test_an_absence_cannot_take_the_place_of_a_handover(field):
    field.phone().report("handed_over", field.numbers[0], ONE, receiver="self", items=FULL)
    field.phone("fas-f02").report("absent", field.numbers[0], TWO)
    with pytest.raises(SecondCannotCount):
        _decide(field, "second_counts")
    assert _conflicts(field)[0].state == "open"


@pytest.mark.parametrize(
    ("officer", "fault"),
    [
        (make_officer("operator"), NoRight),
        (make_officer("verifier", "jauh", ("36.02",)), OutsideRegion),
        (Officer(1, "fas-f01", "Pendamping", ("verifier",)), MakerIsChecker),
        (Officer(2, "fas-f02", "Pendamping", ("verifier",)), MakerIsChecker),
    ],
)
def test_only_a_third_person_of_the_region_decides(disputed, officer, fault):
    with pytest.raises(fault):
        _decide(disputed, "first_stays", officer)


def test_a_decision_needs_a_reason_and_a_report_that_exists(disputed):
    with pytest.raises(WhyNeeded):
        _decide(disputed, "first_stays", reason=" x ")
    with pytest.raises(ConflictUnknown):
        _decide(disputed, "first_stays", conflict_id=999)


def test_the_verifier_sees_both_stories_and_decides_on_the_parcels_page(disputed):
    number = disputed.numbers[0]
    with disputed.database.write() as session:
        disputed.sessions["budi"] = make_session(session, add_user(session, "budi", "Budi", ["verifier"]).id)
    browser = disputed.phone("budi").browser
    page = browser.get(f"/paket/{number}", headers=HTML)
    assert "Dua laporan tentang keluarga ini" in page.text
    assert "Diwakilkan: Wakil" in page.text
    assert "9 Beras 5 kg" in page.text
    assert "Dua laporan" in disputed.phone("auditor").browser.get(f"/paket/{number}", headers=HTML).text
    conflict = _conflicts(disputed)[0].id
    form = {"csrf": token_on(page), "laporan": conflict, "alasan": "Ditanya lewat telepon"}
    unsure = browser.post(f"/paket/{number}/laporan-kedua", data=form, headers=HTML)
    assert (unsure.status_code, "Pilih laporan yang berlaku" in unsure.text) == (422, True)
    other = browser.post(f"/paket/{disputed.numbers[1]}/laporan-kedua", data=form | {"berlaku": "kedua"}, headers=HTML)
    assert other.status_code == 404
    done = browser.post(f"/paket/{number}/laporan-kedua", data=form | {"berlaku": "kedua"}, headers=HTML)
    assert done.headers["location"] == f"/paket/{number}?sudah=laporan-diputuskan"
    assert "Dua laporan" not in browser.get(f"/paket/{number}", headers=HTML).text
    assert disputed.parcel(number).receiver == "proxy"
