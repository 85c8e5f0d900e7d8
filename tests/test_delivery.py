"""Do goods at a point become proven handovers, and only those?"""

import hashlib
import io
import itertools
import json
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from factories import make_cycle, make_officer, make_parcel_at_point, make_partner, run_step, told_by, work_of
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational
from sqlmodel import select

from service import clock
from service.clock import WIB
from service.db.history import record_move
from service.db.session import Database
from service.db.tables import (
    Case,
    CaseDocument,
    DeliveryPoint,
    EvidencePhoto,
    HandoverEvent,
    Move,
    OutboundMessage,
    Parcel,
    Partner,
    SetAside,
)
from service.delivery import queries
from service.delivery.answers import DOORS, ParcelUnknown
from service.delivery.events import Waiting, absences_after, cut_into_events
from service.delivery.evidence import (
    DOUBTS,
    SAMPLED,
    Evidence,
    Paper,
    Photo,
    counted,
    distance_m,
    doubts_of,
    kind_of,
    sentences,
)
from service.delivery.photos import PhotoRefused, harmless_picture, store_photo
from service.delivery.steps import STEPS, ReasonNeeded, return_parcel, verify_parcel
from service.delivery.storage import EvidenceGone, evidence_store
from service.lifecycle import NoSuchMove, Subject
from service.messages.inbox import Telling, WrongSender, receive
from service.policy import CyclePolicy
from service.stage import Work
from service.trust.rights import MakerIsChecker, NoRight, OutsideRegion
from service.working_days import is_working_day

MONDAY = datetime(2021, 11, 15, 9, 0, tzinfo=WIB)
POINT = (-6.30, 106.10)
FULL = [{"name": "Beras 5 kg", "count": 10}, {"name": "minyak  goreng 1 L", "count": 24}]
_ids = itertools.count(1)


def photo(colour: int, exif: Image.Exif | None = None, kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (colour % 256, colour // 256, 90)).save(out, kind, **({"exif": exif} if exif else {}))
    return out.getvalue()


@dataclass
class Field:
    """One district, its facilitator(s) and some parcels at its point, in a home whose time can be moved."""

    database: Database
    home: Path
    work: Work
    facilitator: Partner
    numbers: list[str]

    def run(self, *names: str):
        return run_step(self.work, "delivery", STEPS, *names)

    def parcel(self, index: int = 0) -> Parcel:
        with self.database.read() as session:
            return session.exec(select(Parcel).where(Parcel.number == self.numbers[index])).one()

    def case(self, index: int = 0) -> Case:
        with self.database.read() as session:
            return session.get_one(Case, self.parcel(index).case_id)

    def event(self, index: int = 0) -> HandoverEvent:
        with self.database.read() as session:
            return session.get_one(HandoverEvent, self.parcel(index).event_id)

    def wait_for_event(self, index: int = 0) -> None:
        clock.move_to(self.home, datetime.combine(self.event(index).held_on, time(10), tzinfo=WIB))

    def tell(self, kind: str, index: int = 0, by: Partner | None = None, message_id: str | None = None, **data) -> str:
        now = clock.now(self.home)
        body = {"parcel": self.numbers[index], "at": now.isoformat(), **data}
        telling = Telling(
            message_id or f"msg-{next(_ids)}", f"parcel.{kind}", now, DOORS[f"parcel.{kind}"].data.model_validate(body),
            {"type": f"parcel.{kind}", "data": body},
        )  # fmt: skip
        return receive(self.database, DOORS, by or self.facilitator, telling, now)

    def sent_photo(self, colour: int = 1, by: Partner | None = None, **how) -> str:
        return store_photo(self.database, self.home, by or self.facilitator, photo(colour, **how), clock.now(self.home))

    def good(self, index: int = 0, **changes) -> dict:
        told = {
            "receiver": "self", "items": FULL, "function_tested": True, "photo": changes.get("photo") or self.sent_photo(index),
            "latitude": POINT[0] + 0.001, "longitude": POINT[1],
        }  # fmt: skip
        return told | changes

    def hand_over(self, index: int = 0, **changes) -> str:
        return self.tell("handed_over", index, **self.good(index, **changes))

    def waits_for(self, index: int = 0) -> str | None:
        with self.database.read() as session:
            row = session.exec(select(SetAside).where(SetAside.subject_id == self.parcel(index).id)).first()
            return row.code if row and row.subject == "parcel" else None


def field_of(database: Database, home: Path, parcels: int = 1, policy: CyclePolicy | None = None, **household) -> Field:
    (home / clock.HOME_FILE).write_text(json.dumps({"kind": "demo"}))
    clock.move_to(home, MONDAY)
    with database.write() as session:
        cycle = make_cycle(session, policy=policy)
        facilitator = make_partner(session, "facilitator", "fas-f01", webhook_url="https://f01.example")
        session.add(DeliveryPoint(district_code="36.01.01", name="Kantor Camat", latitude=POINT[0], longitude=POINT[1]))
        numbers = [make_parcel_at_point(session, cycle.id, **household).number for _ in range(parcels)]
        cycle_id = cycle.id
    return Field(database, home, work_of(database, home, cycle_id), facilitator, numbers)


@pytest.fixture
def field(database, home) -> Field:
    """Two parcels on an event, on the event's day."""
    made = field_of(database, home, 2)
    made.run("plan_events")
    made.wait_for_event()
    return made


# -- the way of a parcel --------------------------------------------------------------------------------------------


def test_a_proven_handover_verifies_itself_and_its_case_and_wakes_mentoring(field):
    assert field.hand_over() == "applied"
    assert (field.parcel().status, field.case().status) == ("handed_over", "delivered")
    assert field.run("verify_handovers")["verify_handovers"].moved == 1
    assert (field.parcel().status, field.case().status) == ("verified", "verified")
    assert (field.parcel().verified_by, field.parcel().doubts) == ("rules", [])
    with field.database.read() as session:
        kicks = session.exec(select(OutboundMessage.type).where(OutboundMessage.kind == "kick")).all()
        events = session.exec(select(Move.event).where(Move.subject == "case", Move.subject_id == field.case().id)).all()
    assert {"delivery", "mentoring"} <= set(kicks)
    assert events[-2:] == ["delivered", "handover_verified"]


def test_running_the_stage_twice_changes_nothing_more(field):
    field.hand_over()
    field.run()
    again = field.run()
    assert {name: (done.moved, done.set_aside) for name, done in again.items()} == {step.name: (0, {}) for step in STEPS}
    with field.database.read() as session:
        assert len(session.exec(select(HandoverEvent)).all()) == 1


def test_an_event_is_announced_to_the_facilitator_with_public_numbers_only(field):
    with field.database.read() as session:
        message = session.exec(select(OutboundMessage).where(OutboundMessage.type == "event.planned")).one()
    assert message.partner_id == field.facilitator.id
    assert message.body["event"] == "ACR-2021-001"
    assert message.body["held_on"] == "2021-11-17"
    assert [row["parcel"] for row in message.body["parcels"]] == field.numbers
    assert message.body["packages"]["WRG"][0] == {"name": "Beras 5 kg", "count": 10, "function_test": False}
    assert "Warga" not in json.dumps(message.body)


def test_a_household_without_a_known_facilitator_waits_visibly(database, home):
    field = field_of(database, home, 1, facilitator_code="F99")
    assert field.run("plan_events")["plan_events"].moved == 0
    assert field.waits_for() == "NO_FACILITATOR"
    assert field.parcel().event_id is None


def test_absent_once_gets_a_second_event_and_absent_twice_a_home_visit(field):
    field.tell("absent", reason="sakit")
    field.run()
    assert (field.event().round, field.parcel().absences, field.parcel().status) == (2, 1, "absent")
    assert field.event().held_on > date(2021, 11, 17)
    field.wait_for_event()
    field.tell("absent")
    field.run()
    assert field.parcel().absences == 2
    assert field.waits_for() == "HOME_VISIT"
    with field.database.read() as session:
        assert [row["number"] for row in queries.absent_parcels(session, field.work.cycle_id, 2)] == [field.numbers[0]]


def test_the_same_absence_told_in_two_messages_counts_once(field):
    field.tell("absent")
    field.tell("absent")
    assert field.parcel().absences == 1
    field.run()
    field.tell("absent", at="2021-11-17T11:00:00+07:00")
    assert field.parcel().absences == 1


def test_who_comes_to_the_second_event_gets_the_goods(field):
    field.tell("absent")
    field.run()
    field.wait_for_event()
    field.hand_over()
    field.run()
    assert (field.parcel().status, field.case().status) == ("verified", "verified")


def test_a_home_visit_clears_the_list_and_waits_for_a_verifier_because_the_place_differs(field):
    for _ in range(2):
        field.tell("absent")
        field.run()
        field.wait_for_event()
    field.hand_over(latitude=POINT[0] + 0.2)
    assert field.waits_for() is None
    field.run()
    assert field.parcel().doubts == ["PLACE_TOO_FAR"]


def test_refused_goods_return_and_the_household_has_withdrawn(field):
    field.tell("refused", reason="sudah tidak berusaha")
    field.run()
    assert (field.parcel().status, field.case().status) == ("returned", "withdrawn")
    assert field.case().end_reason == "REFUSED_GOODS"


def test_the_parcel_of_a_household_that_withdrew_is_free_for_a_substitute(field):
    with field.database.write() as session:
        record_move(session, Subject.CASE, field.case().id, "withdrew", told_by(make_officer("operator")))
    field.run()
    assert field.parcel().status == "substituted"


def test_the_way_from_partial_to_full_is_open(field):
    field.tell("partial", **field.good(items=FULL[:1]))
    assert field.hand_over(photo=field.sent_photo(77)) == "applied"
    field.run()
    assert field.case().status == "verified"


# -- what the rules doubt -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"receiver": "proxy", "relation": "anak kandung"}, "PROXY_WITHOUT_AUTHORITY"),
        ({"receiver": None}, "RECEIVER_MISSING"),
        ({"latitude": POINT[0] + 0.05}, "PLACE_TOO_FAR"),
        ({"longitude": None}, "PLACE_MISSING"),
        ({"at": "2021-11-16T10:00:00+07:00"}, "WRONG_DAY"),
        ({"photo": "0" * 64}, "PHOTO_NOT_STORED"),
        ({"items": FULL[:1]}, "COUNT_SHORT"),
        ({"items": [*FULL, {"name": "Mixer", "count": 1}]}, "COUNT_DIFFERS"),
        ({"function_tested": False}, "FUNCTION_TEST_FAILED"),
    ],
)
def test_a_broken_rule_keeps_the_case_from_being_verified(field, changes, code):
    field.hand_over(**changes)
    field.run()
    assert (field.parcel().status, field.case().status) == ("handed_over", "delivered")
    assert field.parcel().doubts == [code]
    assert field.waits_for() == code
    with field.database.read() as session:
        (row,) = queries.parcels_for_verifier(session, field.work.cycle_id)
    assert row["reasons"] == [DOUBTS[code]]


def test_a_proxy_with_a_relation_and_a_letter_of_authority_is_fine(field):
    field.hand_over(receiver="proxy", relation="anak kandung")
    letter = CaseDocument(
        case_id=field.case().id, kind="authority", sha256="a" * 64, media_type="image/jpeg", bytes=1, brought_by="user:x",
        brought_at=clock.now(field.home),
    )  # fmt: skip
    with field.database.write() as session:
        session.add(letter)
    field.run()
    assert field.parcel().status == "verified"


def test_a_photo_used_for_two_parcels_proves_neither_even_with_other_metadata(field):
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Ponsel Lain"
    field.hand_over(0, photo=field.sent_photo(5))
    field.hand_over(1, photo=field.sent_photo(5, exif=exif))
    field.run()
    assert [field.parcel(i).doubts for i in (0, 1)] == [["PHOTO_REUSED"], ["PHOTO_REUSED"]]


def test_a_photo_of_another_facilitator_proves_nothing(field):
    with field.database.write() as session:
        other = make_partner(session, "facilitator", "fas-f02")
    field.hand_over(photo=field.sent_photo(9, by=other))
    field.run()
    assert field.parcel().doubts == ["PHOTO_OF_ANOTHER"]


def test_a_photo_that_arrives_after_the_callback_still_proves(field):
    late = hashlib.sha256(photo(33)).hexdigest()
    field.hand_over(photo=late)
    field.run()
    assert field.parcel().doubts == ["PHOTO_NOT_STORED"]
    assert field.sent_photo(33) == late
    field.run()
    assert field.parcel().status == "verified"
    assert field.waits_for() is None


def test_a_handover_told_before_its_day_is_doubted(field):
    clock.move_to(field.home, MONDAY)
    field.hand_over(at="2021-11-17T10:00:00+07:00")
    field.run()
    assert field.parcel().doubts == ["DAY_IN_FUTURE"]


def test_goods_given_to_a_household_that_withdrew_wait_for_a_person(field):
    with field.database.write() as session:
        record_move(session, Subject.CASE, field.case().id, "withdrew", told_by(make_officer("operator")))
    field.hand_over()
    field.run()
    assert field.parcel().doubts == ["CASE_ENDED"]
    with field.database.write() as session, pytest.raises(NoSuchMove):
        verify_parcel(session, make_officer("verifier"), field.parcel().id, True, "tetap", told_by(make_officer("verifier")))


# -- doors ----------------------------------------------------------------------------------------------------------


def test_only_the_assigned_facilitator_may_tell(field):
    with field.database.write() as session:
        other = make_partner(session, "facilitator", "fas-f02")
        supplier = make_partner(session, "supplier", "pms-1")
    for stranger in (other, supplier):
        with pytest.raises(WrongSender):
            field.tell("absent", by=stranger)
    assert field.parcel().status == "at_point"


def test_two_facilitators_each_tell_of_their_own_households(database, home):
    field = field_of(database, home, 1)
    with database.write() as session:
        other = make_partner(session, "facilitator", "fas-f02", webhook_url="https://f02.example")
        field.numbers.append(make_parcel_at_point(session, field.work.cycle_id, facilitator_code="F02").number)
    field.run("plan_events")
    field.wait_for_event()
    assert field.event(0).id == field.event(1).id
    field.hand_over(0)
    field.tell("handed_over", 1, by=other, **field.good(1, photo=field.sent_photo(8, by=other)))
    field.run()
    assert [field.parcel(i).status for i in (0, 1)] == ["verified", "verified"]
    with database.read() as session:
        rows = queries.handovers_by_facilitator(session, field.work.cycle_id)
    assert [(row["facilitator"], row["parcels"], row["verified"]) for row in rows] == [("fas-f01", 1, 1), ("fas-f02", 1, 1)]


def test_the_same_message_twice_is_one_effect_and_another_one_after_it_is_late(field):
    assert field.tell("handed_over", message_id="a", **field.good()) == "applied"
    assert field.tell("handed_over", message_id="a", **field.good()) == "duplicate"
    assert field.tell("absent", message_id="b") == "late"


def test_an_unknown_parcel_is_named(field):
    field.numbers[0] = "PKT-2021-99999"
    with pytest.raises(ParcelUnknown, match="PKT-2021-99999"):
        field.tell("absent")


@pytest.mark.parametrize(
    "nonsense",
    [{"at": "kemarin"}, {"at": "2021-11-17T10:00:00"}, {"receiver": "tetangga"}, {"photo": "x"}, {"latitude": 91},
     {"items": [{"name": "Beras", "count": -1}]}, {"parcel": "4711"}],
)  # fmt: skip
def test_nonsense_is_refused_at_the_door(nonsense):
    with pytest.raises(ValueError, match="validation error"):
        DOORS["parcel.handed_over"].data.model_validate({"parcel": "PKT-2021-00001", "at": "2021-11-17T03:00:00Z"} | nonsense)


# -- the verifier ---------------------------------------------------------------------------------------------------


def _partial(field: Field) -> int:
    field.tell("partial", **field.good(items=FULL[:1]))
    field.run()
    return field.parcel().id


def test_a_partial_handover_always_waits_for_a_verifier_who_may_accept_it(field):
    parcel_id, verifier = _partial(field), make_officer("verifier")
    assert (field.waits_for(), field.case().status) == ("PARTIAL", "delivered")
    assert field.parcel().doubts == ["PARTIAL", "COUNT_SHORT"]
    with field.database.write() as session:
        assert verify_parcel(session, verifier, parcel_id, True, "sisa menyusul", told_by(verifier)) == "verified"
    assert (field.parcel().verified_by, field.case().status, field.waits_for()) == (verifier.actor, "verified", None)


def test_a_verifier_disputes_with_a_reason_and_may_accept_later(field):
    parcel_id, verifier = _partial(field), make_officer("verifier")
    with field.database.write() as session:
        assert verify_parcel(session, verifier, parcel_id, False, "foto buram", told_by(verifier)) == "disputed"
    with field.database.read() as session:
        story = queries.parcel_story(session, field.numbers[0])
        assert [row["status"] for row in queries.parcels_for_verifier(session, field.work.cycle_id)] == ["disputed"]
    assert story["moves"][-1]["reason"] == "foto buram"
    assert story["photo"]["width"] == 64
    with field.database.write() as session:
        assert verify_parcel(session, verifier, parcel_id, True, "foto baru jelas", told_by(verifier)) == "verified"
    assert field.case().status == "verified"


def test_deciding_against_the_rules_needs_a_reason(field):
    parcel_id, verifier = _partial(field), make_officer("verifier")
    for accept in (True, False):
        with field.database.write() as session, pytest.raises(ReasonNeeded):
            verify_parcel(session, verifier, parcel_id, accept, " ", told_by(verifier))


def test_who_handed_over_is_not_who_verifies(field):
    parcel_id = _partial(field)
    for officer, refusal in (
        (make_officer("verifier", "fas-f01"), MakerIsChecker),
        (make_officer("operator"), NoRight),
        (make_officer("verifier", regencies=("36.02",)), OutsideRegion),
    ):
        with field.database.write() as session, pytest.raises(refusal):
            verify_parcel(session, officer, parcel_id, True, "baik", told_by(officer))
    assert field.case().status == "delivered"


def test_a_verifier_gives_up_on_who_never_comes(field):
    verifier = make_officer("verifier")
    field.tell("absent")
    with field.database.write() as session:
        assert return_parcel(session, verifier, field.parcel().id, "pindah alamat", told_by(verifier)) == "returned"
    assert (field.case().status, field.case().end_reason) == ("substituted", "NOT_REACHED")
    with field.database.write() as session, pytest.raises(NoSuchMove):
        return_parcel(session, verifier, field.parcel().id, "lagi", told_by(verifier))


# -- photos ---------------------------------------------------------------------------------------------------------


def test_a_photo_is_kept_once_without_its_metadata_and_named_by_the_file_sent(field):
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Ponsel Rahasia"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2021:11:17 10:05:00"
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({
        1: "S", 2: tuple(map(IFDRational, (6, 18, 0))), 3: "E", 4: tuple(map(IFDRational, (106, 6, 0))),
    })  # fmt: skip
    content = photo(3, exif)
    assert b"Ponsel Rahasia" in content
    name = field.sent_photo(3, exif=exif)
    assert field.sent_photo(3, exif=exif) == name == hashlib.sha256(content).hexdigest()
    with field.database.read() as session:
        (row,) = session.exec(select(EvidencePhoto)).all()
        assert queries.photo_sent(session, name, field.facilitator.id) == row.sha256
    assert row.taken_at == datetime(2021, 11, 17, 10, 5, tzinfo=WIB)
    assert (row.latitude, row.longitude) == pytest.approx((-6.3, 106.1))
    store = evidence_store(field.home)
    kept = store.read(row.sha256)
    assert b"Ponsel Rahasia" not in kept
    assert len(kept) == row.bytes
    assert [p.name for p in Path(store.address(row.sha256)).parent.glob("*[!l].jpg")] == [f"{row.sha256[2:]}.jpg"]


def test_a_lost_file_is_written_again_when_the_photo_is_sent_again(field):
    field.sent_photo(4)
    with field.database.read() as session:
        row = session.exec(select(EvidencePhoto)).one()
    store = evidence_store(field.home)
    Path(store.address(row.sha256)).unlink()
    with pytest.raises(EvidenceGone):
        store.read(row.sha256)
    field.sent_photo(4)
    assert store.read(row.sha256)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_kinds_become_jpeg_and_large_ones_smaller(kind):
    out = io.BytesIO()
    Image.new("RGBA" if kind == "PNG" else "RGB", (4000, 1000)).save(out, kind)
    picture = harmless_picture(out.getvalue())
    assert (picture.width, picture.height) == (1600, 400)
    assert picture.content.startswith(b"\xff\xd8")


def _bomb(width: int, height: int) -> bytes:
    """A small PNG that says it is huge."""
    import struct
    import zlib

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "bukan foto"), (b"<svg/>", "bukan foto"), (b"%PDF-1.7 ...", "bukan foto"), (photo(1)[:300], "rusak"),
        (b"\xff\xd8" + b"0" * (8 * 1024 * 1024), "terlalu besar"), (_bomb(8000, 7000), "piksel"),
        (_bomb(10_000, 10_000), "piksel"), (_bomb(60_000, 60_000), "piksel"),
    ],
    ids=["empty", "svg", "pdf", "cut", "heavy", "56 Mpx", "100 Mpx", "3600 Mpx"],
)  # fmt: skip
def test_a_file_that_is_no_honest_photo_is_refused_in_words(content, fault):
    with pytest.raises(PhotoRefused, match=fault):
        harmless_picture(content)


def test_nonsense_in_the_metadata_does_not_refuse_a_good_photo():
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "0000:00:00 99:99:99"
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "S", 2: (IFDRational(6, 0),) * 3, 3: "E", 4: "di kantor"})
    picture = harmless_picture(photo(6, exif))
    assert (picture.taken_at, picture.place) == (None, None)


# -- rules ----------------------------------------------------------------------------------------------------------

GOOD = Evidence(
    parcel_id=1, case_id=1, status="handed_over", case_status="delivered", handed_on=date(2021, 11, 17),
    told_on=date(2021, 11, 17), held_on=date(2021, 11, 17), round=1, told={"beras": 1}, packed={"beras": 1},
    place=POINT, point=POINT, photo=Photo(True, True, True, False),
)  # fmt: skip


def test_good_evidence_raises_no_doubt_and_a_point_without_coordinates_asks_for_no_distance():
    assert doubts_of(GOOD, 1000) == []
    assert doubts_of(replace(GOOD, point=None, place=(5.0, 95.0)), 1000) == []


def test_a_later_round_may_end_after_its_day_but_the_first_may_not():
    after = replace(GOOD, handed_on=date(2021, 11, 20), told_on=date(2021, 11, 20))
    assert doubts_of(after, 1000) == ["WRONG_DAY"]
    assert doubts_of(replace(after, round=2), 1000) == []


def test_every_doubt_can_be_raised_and_has_a_sentence():
    worst = Evidence(
        parcel_id=1, case_id=1, status="partial", case_status="withdrawn", handed_on=date(2021, 11, 19),
        told_on=date(2021, 11, 18), held_on=None, round=1, receiver=None, told={"x": 1}, packed={"beras": 1},
        function_tested=False,
    )  # fmt: skip
    others = [
        replace(GOOD, receiver="proxy"), replace(GOOD, place=(0.0, 0.0)), replace(GOOD, photo=Photo(True)),
        replace(GOOD, photo=Photo(True, True, False, True)), replace(GOOD, accuracy_m=5000, has_two_reports=True),
        replace(GOOD, photo=Photo(True, True, True, False, ("PKT-2021-00002",), place=(0.0, 0.0))),
        replace(GOOD, receiver="proxy", relation="anak", authority=Paper(True)), replace(GOOD, mark="signature"),
        replace(GOOD, signature=Paper(True)), replace(GOOD, needs_function_test=True),
        replace(GOOD, handed_at=MONDAY, closes_at=MONDAY - timedelta(hours=3)),
    ]  # fmt: skip
    assert {kind_of(code) for one in (worst, *others) for code in doubts_of(one, 1000)} == set(DOUBTS) - {SAMPLED}
    assert sentences([*DOUBTS, "NEW"]) == [*DOUBTS.values(), "NEW"]


@given(st.floats(-11, 6), st.floats(95, 141), st.floats(0, 0.5))
def test_distance_is_symmetric_and_a_degree_north_is_about_111_km(latitude, longitude, north):
    a, b = (latitude, longitude), (latitude + north, longitude)
    assert distance_m(a, b) == pytest.approx(distance_m(b, a))
    assert distance_m(a, b) == pytest.approx(north * 111_195, rel=0.001, abs=0.01)


def test_counts_of_one_name_in_two_spellings_are_summed():
    assert counted([{"name": "Beras", "count": 2}, {"name": " beras ", "count": 3}]) == {"beras": 5}


def test_absences_follow_events_not_messages():
    held_on = date(2021, 11, 17)
    assert absences_after(0, 1, held_on, held_on) == 1
    assert absences_after(1, 1, held_on, held_on) == 1
    assert absences_after(1, 2, held_on + timedelta(7), held_on) == 1
    assert absences_after(1, 2, held_on + timedelta(7), held_on + timedelta(7)) == 2
    assert absences_after(0, None, None, held_on) == 1


@given(
    st.lists(st.tuples(st.sampled_from(["36.01.01", "36.01.02"]), st.integers(0, 1)), max_size=60),
    st.integers(1, 20), st.integers(0, 4),
    st.dates(date(2021, 1, 1), date(2024, 12, 1)),
)  # fmt: skip
def test_every_waiting_parcel_gets_one_seat_on_a_working_day(waiting, capacity, notice, today):
    parcels = [Waiting(i, district, 1, absences) for i, (district, absences) in enumerate(waiting)]
    planned = cut_into_events(parcels, {"36.01.01": [today + timedelta(1)]}, today, notice, capacity)
    seated = sorted(i for event in planned for i in event.parcel_ids)
    assert seated == [p.parcel_id for p in parcels]
    assert all(0 < len(event.parcel_ids) <= capacity and is_working_day(event.held_on) for event in planned)
    days = [(event.district_code, event.held_on) for event in planned]
    assert len(days) == len(set(days))
    assert ("36.01.01", today + timedelta(1)) not in days
    assert all(event.held_on >= today for event in planned)
    assert planned == cut_into_events(parcels[::-1], {"36.01.01": [today + timedelta(1)]}, today, notice, capacity)


def test_capacity_cuts_a_district_into_days(database, home):
    field = field_of(database, home, 5, CyclePolicy(households_per_event=2))
    field.run("plan_events")
    with database.read() as session:
        events = queries.events_of(session, field.work.cycle_id)
        attendance = queries.parcels_of_event(session, events[0]["id"])
    assert [(e["number"], e["held_on"].day, e["parcels"]) for e in events] == [
        ("ACR-2021-001", 17, 2), ("ACR-2021-002", 18, 2), ("ACR-2021-003", 19, 1),
    ]  # fmt: skip
    assert [row["number"] for row in attendance] == field.numbers[:2]
