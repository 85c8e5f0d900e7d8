"""How are consents, needs and the agencies' accounts kept and looked at from the command line?"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli.decisions import referral
from service.cli.decrees import Household
from service.cli.desk import AsJson, Desk, Year, answer, command, sit_down
from service.cli.labels import words_for
from service.errors import BadInput, NotFound

if TYPE_CHECKING:
    from sqlmodel import Session

    from service.db.tables import Case, Consent, Partner

consent = typer.Typer()
service = typer.Typer()


class WrongDay(BadInput):
    """Not a day as YYYY-MM-DD."""


@command(consent, "record", "consent.record")
def record(
    year: Year,
    household: Household,
    receiver: Annotated[str, typer.Option("--receiver", help="Instansi yang disebut; kosong: semua kantor pemerintah.")] = "",
    source: Annotated[str, typer.Option("--source", help="visit (kunjungan pendamping) atau office (di kantor).")] = "visit",
    on: Annotated[str, typer.Option("--on", help="Tanggal persetujuan TTTT-BB-HH; kosong: hari ini.")] = "",
    as_json: AsJson = False,
) -> None:
    """Catat persetujuan satu keluarga. Bank dan perusahaan harus disebut dengan --receiver."""
    from service.handoff.consents import record_consent
    from service.policy import CyclePolicy

    with sit_down() as desk, desk.house.database.write() as session:
        case, cycle = _case_and_cycle(session, year, household)
        rules = CyclePolicy.model_validate(cycle.policy).referral
        named = agency_named(session, receiver) if receiver else None
        made = record_consent(
            session, desk.officer, case, rules, desk.told(), receiver=named, source=source, given_on=_day(on) if on else None
        )
        fields = _shown(made, named, desk)
    answer(as_json, fields, f"Persetujuan {fields['consent']} tercatat, berlaku sampai {fields['expires_on']}.")


@command(consent, "withdraw", "consent.record")
def withdraw(
    number: Annotated[int, typer.Argument(help="Nomor persetujuan.", min=1)],
    as_json: AsJson = False,
) -> None:
    """Keluarga menarik persetujuannya: rujukan yang bersandar padanya ditarik, penerimanya diberi tahu."""
    from service.db.tables import Consent
    from service.handoff.consents import withdraw_consent

    with sit_down() as desk, desk.house.database.write() as session:
        found = session.get(Consent, number)
        if found is None:
            raise NotFound(f"Persetujuan {number} tidak ada.")
        taken = [hop.number for hop in withdraw_consent(session, desk.officer, found, desk.told())]
        fields = {"consent": number, "stop_by": found.stop_by, "withdrawn": taken}
    answer(as_json, fields, f"Persetujuan {number} ditarik. Rujukan yang ditarik: {', '.join(taken) or 'tidak ada'}.")


@command(consent, "list", "household.own")
def listed(year: Year, household: Household, as_json: AsJson = False) -> None:
    """Persetujuan satu keluarga, yang tertua lebih dahulu."""
    from service.handoff.queries.consents import consents_of_case
    from service.trust.reach import require_case

    with sit_down() as desk, desk.house.database.read() as session:
        case, _ = _case_and_cycle(session, year, household)
        require_case(session, desk.officer, case)
        assert case.id is not None
        rows = [_shown(one, named, desk) for one, named in consents_of_case(session, case.id)]
    lines = [
        f"{r['consent']:>6}  {words_for(r['source'], 'CONSENT_SOURCES'):27} {r['given_on']} - {r['expires_on']}  {r['state']}"
        for r in rows
    ]
    answer(as_json, {"household": household, "consents": rows}, "\n".join(lines) or "Belum ada persetujuan.")


@command(service, "ask", "need.note")
def ask_service(
    year: Year,
    household: Household,
    code: Annotated[str, typer.Argument(help="Kode layanan, misalnya OFF_TAKER.")],
    as_json: AsJson = False,
) -> None:
    """Catat layanan yang dibutuhkan satu keluarga di luar yang sudah jelas dari usahanya."""
    from service.handoff.needs import note_need

    with sit_down() as desk, desk.house.database.write() as session:
        case, _ = _case_and_cycle(session, year, household)
        is_new = note_need(session, desk.officer, case, code, desk.told())
    fields = {"household": household, "service": code, "new": is_new}
    answer(as_json, fields, "Kebutuhan tercatat." if is_new else "Kebutuhan itu sudah tercatat sebelumnya.")


@command(service, "list", "cycle.look")
def list_services(as_json: AsJson = False) -> None:
    """Daftar layanan: kode, arti, yang diperlukan, dan siapa yang memberikannya."""
    from service.handoff.services import CATALOGUE
    from service.trust.partners import AGENCY_KIND_WORDS

    with sit_down():
        rows = [asdict(one) for one in CATALOGUE]
    by = [", ".join(AGENCY_KIND_WORDS[kind] for kind in row["kinds"]) for row in rows]
    lines = [f"{row['code']:11} {row['label']}. Perlu: {row['needs']}. Oleh: {who}" for row, who in zip(rows, by, strict=True)]
    answer(as_json, {"services": rows}, "\n".join(lines))


@command(referral, "balance", "cycle.look")
def balance(year: Year, as_json: AsJson = False) -> None:
    """Neraca rujukan tiap instansi: terkirim sama dengan jumlah semua tempatnya; yang tidak cocok disebut."""
    from service.cli.words import balance_table
    from service.cohort.queries import cycle_of
    from service.handoff.queries.accounts import balance_of

    with sit_down() as desk, desk.house.database.read() as session:
        cycle_id = cycle_of(session, year).id
        assert cycle_id is not None
        rows = [asdict(one) | {"ok": one.is_ok} for one in balance_of(session, cycle_id)]
    verdict = "ok" if all(row["ok"] for row in rows) else "BROKEN"
    answer(as_json, {"cycle": year, "balance": verdict, "agencies": rows}, "" if as_json else balance_table(rows))


@command(referral, "trail", "household.own")
def trail(year: Year, household: Household, as_json: AsJson = False) -> None:
    """Perjalanan satu keluarga dari instansi ke instansi: alasan, jawaban, siapa, kapan."""
    from service.cli.words import trail_lines
    from service.db.listings import actor_names
    from service.handoff.queries.trail import trail_of
    from service.trust.reach import require_case

    with sit_down() as desk, desk.house.database.read() as session:
        case, _ = _case_and_cycle(session, year, household)
        require_case(session, desk.officer, case)
        assert case.id is not None
        hops, names = trail_of(session, case.id), actor_names(session)
    lines = trail_lines(hops, names)
    answer(as_json, {"household": household, "hops": [asdict(hop) for hop in hops]}, "\n".join(lines) or "Belum dirujuk.")


def _day(told: str) -> Any:
    from datetime import date

    try:
        return date.fromisoformat(told)
    except ValueError:
        raise WrongDay(f"Tanggal '{told}' tidak dapat dibaca; tulis TTTT-BB-HH.") from None


def _case_and_cycle(session: Session, year: int, household: int) -> tuple[Case, Any]:
    from service.cohort.queries import case_of, cycle_of

    return case_of(session, year, household), cycle_of(session, year)


def agency_named(session: Session, sender: str) -> Partner:
    """Raises NotFound, naming those there are."""
    from service.trust.queries import partner_by_sender, partners

    found = partner_by_sender(session, sender)
    if found is None or found.kind != "agency":
        known = ", ".join(one.sender for one in partners(session, "agency")) or "belum ada"
        raise NotFound(f"Tidak ada instansi bernama '{sender}'. Yang terdaftar: {known}.")
    return found


def _shown(one: Consent, named: Partner | None, desk: Desk) -> dict[str, Any]:
    from service import clock
    from service.handoff.consents import state_of

    return {
        "consent": one.id, "purpose": one.purpose, "receiver": named.sender if named else None, "fields": one.fields,
        "source": one.source, "given_on": one.given_on, "expires_on": one.expires_on, "recorded_by": one.recorded_by,
        "withdrawn_at": one.withdrawn_at, "stop_by": one.stop_by, "stopped_at": one.stopped_at,
        "state": state_of(one, clock.now(desk.house.home)),
    }  # fmt: skip
