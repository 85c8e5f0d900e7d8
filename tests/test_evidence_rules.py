"""What do the rules make of forged evidence, told through the signed door?"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational
from proof_scenes import POINT, change, colleague_of, counter_of, cut, jpeg, picture

from service import clock
from service.clock import WIB
from service.db.tables import CaseDocument, EvidencePhoto, HandoverConflict, HandoverEvent, Package, PackageItem, Parcel
from service.delivery.evidence import EVENT_GRACE, EXIF_GRACE, Evidence, Paper, Photo, doubts_of, sentences
from service.delivery.likeness import Alike, likeness_of
from service.demo.photos import photo_of

DAY = datetime(2021, 11, 17, 10, 0, tzinfo=WIB)
GOOD = Evidence(
    parcel_id=1, case_id=1, status="handed_over", case_status="delivered", handed_on=DAY.date(), told_on=DAY.date(),
    held_on=DAY.date(), round=1, told={"beras": 1}, packed={"beras": 1}, place=POINT, point=POINT,
    photo=Photo(True, True, True), handed_at=DAY, opens_at=DAY.replace(hour=8), closes_at=DAY.replace(hour=16),
)  # fmt: skip
DEGREE_M = 111_195


@pytest.fixture
def counter(database, home):
    return counter_of(database, home, 3)


def doubts(counter, index: int = 0) -> list[str]:
    counter.run("verify_handovers")
    assert counter.case(index).status == ("delivered" if counter.parcel(index).doubts else "verified")
    return counter.parcel(index).doubts


# -- through the signed door ----------------------------------------------------------------------------------------


def test_a_good_report_proves_itself(counter):
    counter.tell()
    assert doubts(counter) == []


def test_a_forged_place_is_doubted(counter):
    counter.tell(latitude=POINT[0] + 0.02)
    assert doubts(counter) == ["PLACE_TOO_FAR"]


def test_an_event_held_elsewhere_brings_its_own_place(counter):
    with counter.database.write() as session:
        change(session, HandoverEvent, counter.event().id, place="Balai desa", latitude=POINT[0] + 0.1, longitude=POINT[1])
    counter.tell(0)
    counter.tell(1, latitude=POINT[0] + 0.1)
    assert doubts(counter, 1) == []
    assert counter.parcel(0).doubts == ["PLACE_TOO_FAR"]


def test_the_same_photo_for_two_households_proves_neither(counter):
    counter.tell(0, photo=counter.photo(1))
    counter.tell(1, photo=counter.photo(1))
    counter.run("verify_handovers")
    assert [counter.parcel(i).doubts for i in (0, 1)] == [["PHOTO_REUSED"], ["PHOTO_REUSED"]]


@pytest.mark.parametrize(
    "again",
    [
        lambda image: jpeg(image, 40), lambda image: jpeg(image.resize((500, 375))), lambda image: jpeg(cut(image, 5)),
        lambda image: jpeg(image.point([min(255, v + 12) for v in range(256)] * 3)),
    ],
    ids=["encoded again", "smaller", "cut a little", "brighter"],
)  # fmt: skip
def test_a_photo_used_again_in_other_clothes_is_doubted_and_names_the_other_parcel(counter, again):
    counter.tell(0, photo=counter.send(jpeg(picture(3))))
    counter.run("verify_handovers")
    assert counter.parcel(0).status == "verified"
    counter.tell(1, photo=counter.send(again(picture(3))))
    counter.tell(2)
    counter.run("verify_handovers")
    assert counter.parcel(1).doubts == [f"PHOTO_ALIKE:{counter.numbers[0]}"]
    assert sentences(counter.parcel(1).doubts) == [f"Foto hampir sama dengan foto paket lain: {counter.numbers[0]}."]
    assert counter.parcel(2).status == "verified"


def test_a_photo_kept_before_likeness_was_noted_is_like_no_other(counter):
    counter.tell(0, photo=counter.send(jpeg(picture(3))))
    with counter.database.write() as session:
        from sqlmodel import select

        session.exec(select(EvidencePhoto)).one().likeness_hash = None
    counter.tell(1, photo=counter.send(jpeg(picture(3), 40)))
    counter.run("verify_handovers")
    assert [counter.parcel(i).status for i in (0, 1)] == ["verified", "verified"]


def test_a_proxy_without_a_letter_is_doubted_until_the_letter_is_brought(counter):
    counter.tell(receiver="proxy", relation="anak kandung")
    assert doubts(counter) == ["PROXY_WITHOUT_AUTHORITY"]
    paper = CaseDocument(
        case_id=counter.case().id, kind="authority", sha256="a" * 64, media_type="application/pdf", bytes=9,
        brought_by="user:x", brought_at=clock.now(counter.home),
    )  # fmt: skip
    with counter.database.write() as session:
        session.add(paper)
    assert doubts(counter) == []


def test_a_letter_named_and_never_sent_is_doubted_until_it_comes(counter):
    letter = jpeg(picture(77))
    counter.tell(receiver="proxy", relation="anak kandung")
    with counter.database.write() as session:
        change(session, Parcel, counter.parcel().id, authority_sha256=hashlib.sha256(letter).hexdigest())
    assert doubts(counter) == ["AUTHORITY_NOT_STORED"]
    counter.send(letter)
    assert doubts(counter) == []


def test_a_proxy_says_how_they_are_related(counter):
    counter.tell(receiver="proxy")
    assert doubts(counter) == ["PROXY_WITHOUT_RELATION", "PROXY_WITHOUT_AUTHORITY"]


def test_a_signature_said_to_be_given_is_shown_and_a_thumbprint_is_on_paper(counter):
    for index, mark in enumerate(("signature", "thumbprint", None)):
        counter.tell(index)
        with counter.database.write() as session:
            change(session, Parcel, counter.parcel(index).id, mark=mark)
    counter.run("verify_handovers")
    assert [counter.parcel(i).doubts for i in range(3)] == [["SIGNATURE_MISSING"], [], []]


def test_a_photo_whose_own_time_or_place_contradicts_the_report_is_doubted(counter):
    def with_exif(seed: int, taken_at: datetime, north: int) -> str:
        exif = Image.Exif()
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = taken_at.strftime("%Y:%m:%d %H:%M:%S")
        south, east = tuple(map(IFDRational, (6, 18 + north, 0))), tuple(map(IFDRational, (106, 6, 0)))
        exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "S", 2: south, 3: "E", 4: east})
        return counter.send(jpeg(picture(seed), exif=exif))

    for index, (taken_at, north) in enumerate(((DAY, 0), (DAY - timedelta(days=1), 0), (DAY, 5))):
        counter.tell(index, photo=with_exif(index, taken_at, north))
    counter.run("verify_handovers")
    assert [counter.parcel(i).doubts for i in range(3)] == [[], ["EXIF_DIFFERS"], ["EXIF_DIFFERS"]]


def test_two_different_reports_wait_for_a_person_who_decides_between_them(counter):
    colleague, _ = colleague_of(counter)
    counter.tell()
    conflict = HandoverConflict(
        cycle_id=counter.work.cycle_id, parcel_id=counter.parcel().id, told_by_id=colleague.id, type="parcel.handed_over",
        body={}, told_at=clock.now(counter.home),
    )  # fmt: skip
    with counter.database.write() as session:
        session.add(conflict)
        session.flush()
        conflict_id = conflict.id
    assert doubts(counter) == ["TWO_REPORTS"]
    with counter.database.write() as session:
        change(session, HandoverConflict, conflict_id, state="first_stays")
    assert doubts(counter) == []


def test_a_tool_that_must_be_tested_is_tested(counter):
    with counter.database.write() as session:
        from sqlmodel import select

        package = session.exec(select(Package)).one()
        session.add(
            PackageItem(package_id=package.id, name="Mixer", quantity=1, unit="buah", price=1, needs_function_test=True)
        )
    counter.tell(function_tested=None)
    assert doubts(counter) == ["COUNT_SHORT", "FUNCTION_TEST_MISSING"]


def test_a_photo_of_a_colleague_who_told_is_the_tellers_own(counter):
    colleague, program = colleague_of(counter)
    counter.tell(photo=counter.send(jpeg(picture(8)), by=program))
    with counter.database.write() as session:
        change(session, Parcel, counter.parcel().id, reporter_id=colleague.id)
    assert doubts(counter) == []


# -- the rules by themselves ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metres", "accuracy_m", "found"),
    [
        (900, None, []), (1100, None, ["PLACE_TOO_FAR"]), (1100, 200, []), (1400, 450, []), (1600, 900, ["PLACE_TOO_FAR"]),
        (10, 2001, ["PLACE_VAGUE"]), (10, 2000, []),
    ],
)  # fmt: skip
def test_a_phone_that_is_unsure_may_be_a_little_farther_off(metres, accuracy_m, found):
    there = (POINT[0] + metres / DEGREE_M, POINT[1])
    assert doubts_of(replace(GOOD, place=there, accuracy_m=accuracy_m), 1000) == found


@pytest.mark.parametrize(
    ("hour", "round_", "found"),
    [
        (DAY.replace(hour=8) - EVENT_GRACE, 1, []), (DAY.replace(hour=7, minute=59) - EVENT_GRACE, 1, ["WRONG_HOUR"]),
        (DAY.replace(hour=16) + EVENT_GRACE, 1, []), (DAY.replace(hour=16, minute=1) + EVENT_GRACE, 1, ["WRONG_HOUR"]),
        (DAY.replace(hour=16, minute=1) + EVENT_GRACE, 2, []), (DAY.replace(hour=1), 2, ["WRONG_HOUR"]),
    ],
)  # fmt: skip
def test_a_handover_lies_within_the_events_hours_and_their_grace(hour, round_, found):
    assert doubts_of(replace(GOOD, handed_at=hour, round=round_), 1000) == found


def test_a_home_visit_days_later_has_no_hours():
    later = DAY + timedelta(days=3, hours=11)
    assert doubts_of(replace(GOOD, round=2, handed_at=later, handed_on=later.date(), told_on=later.date()), 1000) == []


def test_the_photos_own_clock_may_be_a_little_wrong():
    for minutes, found in ((0, []), (1, ["EXIF_DIFFERS"])):
        taken_at = DAY - EXIF_GRACE - timedelta(minutes=minutes)
        assert doubts_of(replace(GOOD, photo=Photo(True, True, True, taken_at=taken_at)), 1000) == found


def test_a_stored_paper_is_enough():
    stored = replace(GOOD, receiver="proxy", relation="anak", authority=Paper(True, True), mark="signature")
    assert doubts_of(replace(stored, signature=Paper(True, True)), 1000) == []


# -- likeness -------------------------------------------------------------------------------------------------------


def test_a_picture_with_nothing_in_it_is_like_no_other():
    assert likeness_of(Image.new("RGB", (640, 480), "gray")) is None
    assert likeness_of(picture(1)) is not None


def test_no_two_of_the_demos_photos_look_alike():
    import io

    hashes = {}
    for number in range(600):
        content = photo_of(f"PKT-2021-{number:05d}", DAY, *POINT)
        told = likeness_of(Image.open(io.BytesIO(content)).convert("RGB"))
        assert told is not None
        hashes[number] = told
    alike = Alike(hashes, 4)
    assert [number for number, told in hashes.items() if alike.owners_near(told, [number])] == []


@given(
    st.lists(st.integers(0, 2**64 - 1), max_size=30), st.integers(0, 2**64 - 1), st.integers(0, 16), st.sets(st.integers(0, 63))
)
def test_the_bands_find_exactly_what_comparing_with_everybody_finds(kept, bits, most, flipped):
    near = bits
    for bit in list(flipped)[:most]:
        near ^= 1 << bit
    hashes = {place: f"{told:016x}" for place, told in enumerate([*kept, near])}
    found = Alike(hashes, most).owners_near(f"{bits:016x}")
    assert found == [place for place, told in hashes.items() if (int(told, 16) ^ bits).bit_count() <= most]
    assert len(kept) in found
