"""Who writes the record of each proven handover, and when does it get its number?

Numbers are taken first, in a short transaction, and kept on the parcel; then records are printed and their files kept, outside
every transaction; then the rows that name them, in another. A run killed anywhere in between is continued by the next one
under the same numbers.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from service import letters
from service.clock import WIB, is_demo_home
from service.db.tables import HandoverEvent
from service.delivery.papers import cover_values, place_of, record_row, verified_on
from service.delivery.photos import small_picture
from service.delivery.queries import records as queries
from service.delivery.queries.records import Story
from service.delivery.storage import EvidenceGone, Store, evidence_store
from service.errors import BadInput, NotNow
from service.policy import CyclePolicy, LetterNumbers
from service.stage import Done, Work

KIND = BOOK = "handover"
CANNOT_PRINT = "LETTER_CANNOT_BE_PRINTED"
SUBJECT = "handover:{parcel}"
ABOUT = "Berita acara serah terima paket {parcel}"


class NothingProven(NotNow):
    """No handover of the event is proven yet, so there is no record to bundle."""


@dataclass(frozen=True)
class Printed:
    """One record: its PDF is kept under `code`; `kept` None when it cannot be printed."""

    story: Story
    code: str
    kept: letters.Kept | None


@dataclass(frozen=True)
class Run:
    """What all records of one batch share, read once."""

    work: Work
    policy: CyclePolicy
    frame: dict[str, Any]
    store: Store


def records_to_write(session: Session, work: Work) -> list[int]:
    return queries.parcels_without_record(session, work.cycle_id)


def write_records(work: Work, ids: list[int]) -> Done:
    """A numbered record for every proven handover; one that cannot be printed is set aside and keeps its number."""
    run = _run(work)
    with work.database.write() as session:
        _take_numbers(session, run.policy.numbers, ids)
    with work.database.read() as session:
        due = queries.stories(session, ids)
    printed = _print(run, due)
    with work.database.write() as session:
        kept = _keep(session, run, printed)
    return Done(kept, {one.story.parcel.id or 0: CANNOT_PRINT for one in printed if one.kept is None})


def event_bundle(session: Session, work: Work, event: HandoverEvent) -> bytes:
    """All records of one event behind a recap, as one PDF.

    Raises:
        NothingProven
    """
    due = queries.stories(session, queries.parcels_of_event_proven(session, event.id or 0))
    if not due:
        raise NothingProven(f"Belum ada penyerahan yang terbukti pada acara {event.number}.")
    run, pictures, rows = _run(work), dict[str, bytes](), []
    for place, story in enumerate(sorted(due, key=lambda one: one.parcel.record_seq or 0)):
        own = _pictures(run.store, story, str(place))
        pictures |= own
        rows.append(_row(run, story, own))
    counts = queries.event_counts(session, event.id or 0)
    values = cover_values(event, rows, counts, place_of(due[0]))
    dated_on = work.now.astimezone(WIB).date()
    return letters.render("handover_event", {**run.frame, **values, "dated_on": dated_on, "pictures": pictures})


def _run(work: Work) -> Run:
    policy, demo = work.policy, is_demo_home(work.home)
    frame = letters.letter_frame(policy.letterhead, public_url=work.public_url, home=work.home, synthetic=demo)
    return Run(work, policy, frame, evidence_store(work.home))


def _take_numbers(session: Session, numbers: LetterNumbers, ids: Sequence[int]) -> None:
    rows = []
    for parcel in queries.unnumbered(session, ids):
        seq, number = letters.take_number(session, BOOK, verified_on(parcel).year, numbers, numbers.handover_code)
        rows.append({"id": parcel.id, "record_seq": seq, "record_number": number})
    queries.write_record_columns(session, rows)


def _print(run: Run, due: Sequence[Story]) -> list[Printed]:
    """On all cores; each file is on the disk when its record is returned."""
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return list(pool.map(lambda story: _printed(run, story), due))


def _printed(run: Run, story: Story) -> Printed:
    code, day, pictures = letters.new_code(), verified_on(story.parcel), _pictures(run.store, story)
    said = {
        **run.frame, "number": story.parcel.record_number, "dated_on": day, "code": code, "pictures": pictures,
        "record": _row(run, story, pictures),
    }  # fmt: skip
    try:
        pdf = letters.render(KIND, said)
    except BadInput:  # a name with a sign no font has, a note with a NIK in it: a person corrects it, the others go on
        return Printed(story, code, None)
    return Printed(story, code, letters.keep_file(run.work.home, KIND, day.year, code, pdf))


def _keep(session: Session, run: Run, printed: Sequence[Printed]) -> int:
    """Rows for the files, unless another run was quicker."""
    free, now = queries.still_unwritten(session, [one.story.parcel.id or 0 for one in printed]), run.work.now
    mine = [one for one in printed if one.kept and one.story.parcel.id in free]
    ids = letters.insert_letters(session, [_letter(run, one.story, one.code, one.kept, now) for one in mine if one.kept])
    written = [{"id": one.story.parcel.id, "record_letter_id": i} for one, i in zip(mine, ids, strict=True)]
    queries.write_record_columns(session, written)
    return len(mine)


def _letter(run: Run, story: Story, code: str, kept: letters.Kept, now: datetime) -> dict[str, Any]:
    parcel, head, day = story.parcel, run.policy.letterhead, verified_on(story.parcel)
    return letters.letter_row(
        kind=KIND, cycle_id=parcel.cycle_id, subject_key=SUBJECT.format(parcel=parcel.number),
        kept=kept, code=code, about=ABOUT.format(parcel=parcel.number), dated_on=day,
        signer_name=head.signer_name, signer_post=head.signer_post, now=now, number=parcel.record_number,
        book=BOOK, year=day.year, seq=parcel.record_seq,
    )  # fmt: skip


def _row(run: Run, story: Story, pictures: dict[str, bytes]) -> dict[str, Any]:
    named = {name.rstrip("0123456789"): f"{name}.svg" for name in pictures}
    return record_row(story, run.policy.letterhead, run.work.cycle.year, run.work.sealer, named)


def _pictures(store: Store, story: Story, suffix: str = "") -> dict[str, bytes]:
    """Photo and signature, small; a file that is gone is left out, and the record says `tanpa foto`."""
    found = {}
    for name, sha256 in (("photo", story.photo), ("signature", story.signature)):
        if sha256:
            try:
                found[name + suffix] = small_picture(store, sha256)
            except EvidenceGone:
                continue
    return found
