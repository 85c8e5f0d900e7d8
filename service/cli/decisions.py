"""How do officials approve orders and sign referrals from the command line? The same functions as API and console."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli.desk import AsJson, Year, answer, command, sit_down

if TYPE_CHECKING:
    from sqlmodel import Session

    from service.db.tables import Cycle

order = typer.Typer()
referral = typer.Typer()
OrderNumber = Annotated[str, typer.Argument(help="Nomor pesanan, misalnya PSN-2021-0001.")]


@command(order, "list", "cycle.look")
def list_orders(
    year: Year,
    status: Annotated[str | None, typer.Option("--status", help="Misalnya draft.")] = None,
    as_json: AsJson = False,
) -> None:
    """Pesanan satu siklus."""
    from service.cli.queries import orders
    from service.cli.words import order_table

    with sit_down() as desk, desk.house.database.read() as session:
        rows = orders(session, _cycle_id(session, year), status, desk.officer.regencies)
    answer(as_json, {"cycle": year, "orders": rows}, "" if as_json else order_table(rows))


@command(order, "approve", "order.approve")
def approve_order(number: OrderNumber, as_json: AsJson = False) -> None:
    """Setujui satu pesanan (PPK). Yang menyusun tidak boleh menyetujui."""
    from service.db.tables import Order
    from service.procurement.decisions import approve_order as approve

    with sit_down() as desk, desk.house.database.write() as session:
        found = _numbered(session, Order, number)
        approve(session, desk.officer, found, desk.told())
    answer(as_json, {"order": number, "status": "approved"}, f"Pesanan {number} disetujui.")


@command(order, "approve-all", "order.approve")
def approve_orders(year: Year, as_json: AsJson = False) -> None:
    """Setujui semua konsep pesanan satu siklus; satu yang tidak dapat disetujui membatalkan semuanya."""
    from service.procurement.decisions import approve_orders as approve

    with sit_down() as desk, desk.house.database.write() as session:
        approved = len(approve(session, desk.officer, _cycle(session, year), desk.told()))
    answer(as_json, {"cycle": year, "approved": approved}, f"{approved} pesanan disetujui.")


@command(referral, "list", "cycle.look")
def list_batches(year: Year, as_json: AsJson = False) -> None:
    """Berkas rujukan satu siklus."""
    from service.cli.labels import batch_label
    from service.cli.queries import batches

    with sit_down() as desk, desk.house.database.read() as session:
        rows = batches(session, _cycle_id(session, year), desk.officer.regencies)
    lines = [f"{row['batch']}  {batch_label(row['state']):14} {row['referrals']:>5}  {row['agency']}" for row in rows]
    answer(as_json, {"cycle": year, "batches": rows}, "\n".join(lines) or "Belum ada berkas rujukan.")


@command(referral, "sign", "referral.sign")
def sign(
    batch: Annotated[str, typer.Argument(help="Nomor berkas, misalnya BTC-2021-0001.")],
    number: Annotated[str | None, typer.Option("--number", help="Nomor surat, bila kantor menomori di tempat lain.")] = None,
    as_json: AsJson = False,
) -> None:
    """Tandatangani satu berkas rujukan. Yang menyusun tidak boleh menandatangani."""
    from service.db.tables import ReferralBatch
    from service.handoff.decisions import sign_batch

    with sit_down() as desk, desk.house.database.write() as session:
        made = sign_batch(session, desk.officer, _numbered(session, ReferralBatch, batch), desk.told(), number=number)
        fields = {"batch": batch, "state": made.state, "letter_number": made.letter_number}
    answer(as_json, fields, f"Berkas {batch} ditandatangani. Surat dikirim oleh tahap perujukan.")


@command(referral, "replace-letter", "referral.sign")
def replace_letter(
    batch: Annotated[str, typer.Argument(help="Nomor berkas, misalnya BTC-2021-0001.")],
    letter: Annotated[str, typer.Argument(help="Nomor surat pengantar yang diganti, seperti tertera padanya.")],
    number: Annotated[str | None, typer.Option("--number", help="Nomor surat, bila kantor menomori di tempat lain.")] = None,
    as_json: AsJson = False,
) -> None:
    """Ganti surat pengantar yang sudah dikirim dengan surat bernomor baru. Rujukan di dalamnya tidak berubah."""
    from service.db.tables import ReferralBatch
    from service.handoff.replacing import replace_cover

    with sit_down() as desk, desk.house.database.write() as session:
        found = _numbered(session, ReferralBatch, batch)
        made = replace_cover(session, desk.officer, found, desk.told(), letter, number)
        fields = {"batch": batch, "state": made.state, "letter_number": made.letter_number}
    answer(as_json, fields, f"Surat {letter} diganti dengan nomor {fields['letter_number']}.")


def _cycle(session: Session, year: int) -> Cycle:
    from service.cohort.queries import cycle_of

    return cycle_of(session, year)


def _cycle_id(session: Session, year: int) -> int:
    found = _cycle(session, year).id
    assert found is not None
    return found


def _numbered(session: Session, table: type[Any], number: str) -> Any:
    from service.db.listings import by_number

    return by_number(session, table, number)
