"""How does a signed referral become letters, and reach the agency?

Rendering is outside every transaction. A crash after it loses nothing: the number was kept at signing, files without a
row are only written again, and each referral has one current sheet. A batch is `sent` when none of it waits any more;
then its agency gets one mail with the link.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlmodel import Session

from service import clock
from service.db.history import Told, record_moves
from service.db.tables import Partner
from service.errors import BadInput
from service.handoff import sheets as printed
from service.handoff.in_place_of import in_place_of
from service.handoff.links import make_link
from service.handoff.queries import covers as earlier
from service.handoff.queries import letters as queries
from service.handoff.queries import work as facts
from service.handoff.queries.closed import still_listed
from service.handoff.queries.letters import Sheet
from service.handoff.sent_again import mail_sent_again
from service.letters import Kept, insert_letters, keep_file, letter_frame, letter_row, new_code, render
from service.letters.rendering import UnknownValue, WrongTemplate
from service.lifecycle import Subject
from service.messages.outbox import owe_mail, owe_webhook
from service.policy import CyclePolicy
from service.stage import Done, Work

BOOK = "referral"
COVER, SHEET = "referral", "referral_sheet"
ABOUT_COVER = "Rujukan rumah tangga penerima bantuan usaha ({number})"
ABOUT_SHEET = "Lembar rujukan {number}"
TITLE = "Surat rujukan {batch}: {households} rumah tangga"
TITLE_REPLACED = "Surat rujukan {batch} diganti surat baru"
CANNOT_PRINT = "LETTER_CANNOT_BE_PRINTED"


@dataclass(frozen=True)
class Printed:
    """Letters of one run, on the disk: batch id -> cover, referral id -> (code, sheet); and who could not be printed."""

    covers: dict[int, Kept] = field(default_factory=dict)
    sheets: dict[int, tuple[str, Kept]] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """One run's work with its policy, hour and letter frame, read once for all its letters."""

    work: Work
    policy: CyclePolicy
    now: datetime
    frame: printed.Frame

    @property
    def told(self) -> Told:
        return Told(self.work.actor, self.now)


def sheet_frame(work: Work) -> printed.Frame:
    """What all letters of one run share."""
    demo, policy = clock.is_demo_home(work.home), work.policy
    frame = letter_frame(policy.letterhead, public_url=work.public_url, home=work.home, synthetic=demo)
    return printed.Frame(frame, policy, work.cycle.year, work.sealer)


def _run(work: Work) -> Run:
    return Run(work, work.policy, work.now, sheet_frame(work))


def due_to_send(session: Session, work: Work) -> list[int]:
    return facts.to_send(session, work.cycle_id)


def render_and_send(work: Work, ids: list[int]) -> Done:
    """Print, keep the files, then write down who was sent, in one short transaction."""
    run = _run(work)
    with work.database.read() as session:
        sheets = queries.sheets(session, ids)
        covers = _covers_to_print(session, run, sheets)
    done = _print(run, sheets, covers)
    with work.database.write() as session:
        sent = _send(session, run, [s for s in sheets if s.referral.id in done.sheets], done)
    return Done(sent, done.failed)


def due_to_reprint(session: Session, work: Work) -> list[int]:
    return earlier.to_reprint(session, work.cycle_id)


def print_replaced(work: Work, ids: list[int]) -> Done:
    """Cover letters signed in the place of an earlier one; the sheets stay."""
    run = _run(work)
    with work.database.read() as session:
        sheets = queries.sheets(session, ids)
        covers = _covers_to_print(session, run, sheets)
    kept = zip(covers, _printed(work.home, [(COVER, values) for values in covers.values()]), strict=True)
    done = Printed({batch: file for batch, file in kept if file})
    mine = [s for s in sheets if s.batch.id in covers]
    with work.database.write() as session:
        for sheet in mine:
            if _batch_id(sheet) in done.covers:
                _store_cover(session, run, sheet, done.covers[_batch_id(sheet)])
    return Done(len(done.covers), {_id(s): CANNOT_PRINT for s in mine if _batch_id(s) not in done.covers})


def _covers_to_print(session: Session, run: Run, sheets: Sequence[Sheet]) -> dict[int, dict[str, Any]]:
    """batch id -> values of its cover letter, where there is none yet."""
    wanted = sorted({s.batch.id for s in sheets if s.batch.letter_id is None and s.batch.id is not None})
    values = {}
    for batch_id in wanted:
        listed = queries.sheets(session, still_listed(session, batch_id))
        if not listed:
            continue  # the last of them left since this run looked
        decrees = queries.decree_letters(session, [s.referral.case_id for s in listed])
        decree = min(decrees.values(), key=lambda letter: letter.id or 0, default=None)
        values[batch_id] = printed.cover_values(listed, run.frame, decree) | in_place_of(session, listed, run.policy)
    return values


def _print(run: Run, sheets: Sequence[Sheet], covers: dict[int, dict[str, Any]]) -> Printed:
    codes = {s.referral.id: new_code() for s in sheets}
    jobs: list[tuple[str, dict[str, Any]]] = [(COVER, values) for values in covers.values()]
    jobs += [(SHEET, printed.sheet_values(s, run.frame, codes[s.referral.id])) for s in sheets]
    kept = _printed(run.work.home, jobs)
    kept_covers = {batch: file for batch, file in zip(covers, kept, strict=False) if file}
    failed_batches = set(covers) - set(kept_covers)
    made, failed = {}, {}
    for sheet, file in zip(sheets, kept[len(covers) :], strict=True):
        if file is None or sheet.batch.id in failed_batches:
            failed[_id(sheet)] = CANNOT_PRINT
        else:
            made[_id(sheet)] = (codes[sheet.referral.id], file)
    return Printed(kept_covers, made, failed)


def _printed(home: Path, jobs: Sequence[tuple[str, dict[str, Any]]]) -> list[Kept | None]:
    """On all cores, each on the disk when it is returned; None where a household's values cannot be printed.

    One thread more than cores: while one waits for the disk, another sets.
    """
    with ThreadPoolExecutor((os.cpu_count() or 1) + 1) as pool:
        return list(pool.map(partial(_kept, home), jobs))


def _kept(home: Path, job: tuple[str, dict[str, Any]]) -> Kept | None:
    template, values = job
    try:
        pdf = render(template, values)
    except (UnknownValue, WrongTemplate):
        raise
    except BadInput:
        return None
    return keep_file(home, template, values["dated_on"].year, values["code"], pdf)


def _send(session: Session, run: Run, sheets: list[Sheet], done: Printed) -> int:
    """Only who still is where it was read goes out; a household that left meanwhile does not."""
    by_batch = {s.batch.id: s for s in sheets}
    for batch_id, kept in done.covers.items():
        if batch_id in by_batch:
            _store_cover(session, run, by_batch[batch_id], kept)
    first = _send_signed(session, run, [s for s in sheets if s.referral.status == "signed"])
    again = queries.sheets_missing(session, [_id(s) for s in sheets if s.referral.status == "sent"])
    gone = [s for s in sheets if _id(s) in first | again]
    _store_sheets(session, run, gone, again, done)
    agencies = {agency_id: session.get(Partner, agency_id) for agency_id in {s.referral.agency_id for s in gone}}
    assert None not in agencies.values()  # held here, so that no agency is read again for each of its households
    for sheet in gone:
        _tell_agency(session, run, sheet)
        if _id(sheet) in again:
            mail_sent_again(session, sheet, run.policy, _link(session, run, sheet), run.now)
    for batch_id in sorted({_batch_id(s) for s in gone}):
        _close_batch(session, run, by_batch[batch_id])
    return len(gone)


def _id(sheet: Sheet) -> int:
    assert sheet.referral.id is not None
    return sheet.referral.id


def _batch_id(sheet: Sheet) -> int:
    assert sheet.batch.id is not None
    return sheet.batch.id


def _send_signed(session: Session, run: Run, sheets: list[Sheet]) -> set[int]:
    """Cases first: the referral of a household that is not ready any more stays signed and is taken back later."""
    cases = set(record_moves(session, Subject.CASE, [s.referral.case_id for s in sheets], "ready", "referred", run.told))
    ids = [_id(s) for s in sheets if s.referral.case_id in cases]
    sent = set(record_moves(session, Subject.REFERRAL, ids, "signed", "sent", run.told))
    lost = [s.referral.case_id for s in sheets if s.referral.case_id in cases and _id(s) not in sent]
    record_moves(session, Subject.CASE, lost, "referred", "referral_ended", run.told)
    return sent


def _store_cover(session: Session, run: Run, sheet: Sheet, kept: Kept) -> None:
    batch = queries.lock_batch(session, _batch_id(sheet))
    if batch.letter_id is not None:
        return
    row = letter_row(
        kind=COVER, subject_key=f"batch:{batch.number}", kept=kept, code=str(batch.letter_code),
        about=ABOUT_COVER.format(number=batch.number), book=BOOK if batch.letter_seq else None, seq=batch.letter_seq,
        **_shared(run, sheet),
    )  # fmt: skip
    [batch.letter_id] = insert_letters(session, [row])
    session.add(batch)
    if queries.supersede_earlier(session, COVER, row["subject_key"], batch.letter_id):
        _tell_of_letter(session, run, sheet)


def _store_sheets(session: Session, run: Run, sheets: list[Sheet], again: set[int], done: Printed) -> None:
    """The current sheet of each; whoever holds an earlier one is led to it."""
    rows = [_sheet_row(run, sheet, *done.sheets[_id(sheet)]) for sheet in sheets]
    ids = insert_letters(session, rows)
    queries.keep_sheets(session, {_id(sheet): letter for sheet, letter in zip(sheets, ids, strict=True)})
    for sheet, row, letter in zip(sheets, rows, ids, strict=True):
        if _id(sheet) in again:
            queries.supersede_earlier(session, SHEET, row["subject_key"], letter)


def _sheet_row(run: Run, sheet: Sheet, code: str, kept: Kept) -> dict[str, Any]:
    number = sheet.referral.number
    return letter_row(
        kept=kept,
        code=code,
        kind=SHEET,
        subject_key=f"referral:{number}",
        about=ABOUT_SHEET.format(number=number),
        **_shared(run, sheet),
    )


def _shared(run: Run, sheet: Sheet) -> dict[str, Any]:
    head, day = run.policy.letterhead, printed.signed_on(sheet)
    return {
        "cycle_id": run.work.cycle_id, "dated_on": day, "signer_name": head.signer_name, "signer_post": head.signer_post,
        "now": run.now, "number": sheet.batch.letter_number, "year": day.year,
    }  # fmt: skip


def _tell_agency(session: Session, run: Run, sheet: Sheet) -> None:
    number = sheet.referral.number
    body = {
        "referral": number, "batch": sheet.batch.number, "letter": sheet.batch.letter_number, "hop": sheet.referral.hop,
        "purpose": sheet.referral.purpose, "answer_by": printed.asked_until(sheet, run.policy).answer_by.isoformat(),
    }  # fmt: skip
    owe_webhook(session, sheet.referral.agency_id, f"referral:{number}", "referral.sent", body, run.now)


def _tell_of_letter(session: Session, run: Run, sheet: Sheet) -> None:
    body = {
        "template": "letter_replaced.txt", "agency": sheet.agency.name, "batch": sheet.batch.number,
        "letter": sheet.batch.letter_number, "link": _link(session, run, sheet),
    }  # fmt: skip
    owe_mail(session, sheet.agency.contact, f"batch:{sheet.batch.number}", TITLE_REPLACED.format(**body), body, run.now)


def _link(session: Session, run: Run, sheet: Sheet) -> str:
    today = run.now.astimezone(clock.WIB).date()
    token = make_link(session, sheet.referral.agency_id, _batch_id(sheet), run.policy, today)
    return f"{run.work.public_url.rstrip('/')}/r/{token}"


def _close_batch(session: Session, run: Run, sheet: Sheet) -> None:
    batch_id = _batch_id(sheet)
    if queries.signed_left(session, batch_id) or not facts.close_batch(session, batch_id, "signed", "sent"):
        return
    count, until = len(still_listed(session, batch_id)), printed.asked_until(sheet, run.policy)
    body = {
        "template": "referral_sent.txt", "agency": sheet.agency.name, "batch": sheet.batch.number,
        "letter": sheet.batch.letter_number, "households": count, "link": _link(session, run, sheet),
        "received_by": until.received_by.isoformat(), "answer_by": until.answer_by.isoformat(),
        "answer_days": until.decide, "office": run.policy.letterhead.contact,
    }  # fmt: skip
    owe_mail(session, sheet.agency.contact, f"batch:{sheet.batch.number}", TITLE.format(**body), body, run.now)
