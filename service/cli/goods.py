"""Who is late, does the stock balance, what do suppliers owe: how does an office ask and decide from the command line?"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from service.cli.decisions import order
from service.cli.desk import AsJson, Year, answer, command, sit_down
from service.cli.labels import words_for
from service.errors import NeedsPerson

stock = typer.Typer()
claim = typer.Typer()
Why = Annotated[str, typer.Option("--reason", help="Alasannya.")]


class StockBroken(NeedsPerson):
    """Goods are missing at a point, or more are there than ever came."""


@command(order, "late", "cycle.look")
def late(year: Year, as_json: AsJson = False) -> None:
    """Penyedia yang terlambat: pesanan mana, sejak kapan, langkah berikutnya."""
    from service import clock
    from service.cohort.queries import cycle_of
    from service.procurement.lateness import late_orders

    with sit_down() as desk, desk.house.database.read() as session:
        today = clock.today(desk.house.home)
        found = late_orders(session, cycle_of(session, year), today, desk.officer.regencies)
    rows = [
        {
            "order": one.order.number, "supplier": one.order.supplier, "status": one.order.status, "why": one.why,
            "due_on": one.order.due_on, "since": one.since, "working_days": one.working_days, "next_step": one.next_step,
        }
        for one in found
    ]  # fmt: skip
    lines = [f"{r['order']}  {r['working_days']:>3} hari kerja  {r['supplier']}\n    {r['next_step']}" for r in rows]
    answer(as_json, {"cycle": year, "late": rows}, "\n".join(lines) or "Tidak ada penyedia yang terlambat.")


@command(stock, "show", "cycle.look")
def show_stock(year: Year, as_json: AsJson = False) -> None:
    """Neraca stok tiap titik serah; berakhir dengan 1 bila ada yang tidak seimbang."""
    from service.cohort.queries import cycle_of
    from service.delivery.stock import stock_of

    with sit_down() as desk, desk.house.database.read() as session:
        lines = stock_of(session, cycle_of(session, year).id or 0, desk.officer.regencies)
    rows = [{**asdict(line), "difference": line.difference} for line in lines]
    if broken := [line.sentence for line in lines if line.difference]:
        raise StockBroken("Stok tidak seimbang. " + " ".join(broken), cycle=year, stock=rows)
    shown = [
        f"{line.district}  {line.name}: diterima {line.arrived}, pada keluarga {line.with_households}, di titik "
        f"{line.at_point}, tanpa keluarga {line.free}, dihapus {line.written_off}"
        for line in lines
    ]
    answer(as_json, {"cycle": year, "balanced": True, "stock": rows}, "\n".join([*shown, "Stok seimbang."]))


@command(stock, "write-off", "stock.write_off")
def write_off(
    number: Annotated[int, typer.Argument(help="Nomor barang pada halaman stok.")], reason: Why, as_json: AsJson = False
) -> None:
    """Hapus satu paket tanpa keluarga dari stok; bukan oleh yang memasukkannya."""
    from service.delivery.stock import write_off_spare

    with sit_down() as desk, desk.house.database.write() as session:
        write_off_spare(session, desk.officer, number, reason, desk.told())
    answer(as_json, {"spare": number, "state": "written_off"}, f"Barang nomor {number} dihapus dari stok.")


@command(claim, "list", "cycle.look")
def list_claims(
    year: Year,
    state: Annotated[str | None, typer.Option("--state", help="open, replaced, atau dropped.")] = None,
    as_json: AsJson = False,
) -> None:
    """Klaim kepada penyedia: barang yang kurang, rusak, atau salah."""
    from service.cohort.queries import cycle_of
    from service.delivery.queries.claims import claims_page

    with sit_down() as desk, desk.house.database.read() as session:
        found = claims_page(session, cycle_of(session, year).id or 0, state, desk.officer.regencies, limit=100_000)
        rows: list[dict[str, Any]] = [
            {
                "claim": row[0].number, "parcel": row[1].number, "package": row[2].code, "kind": row[0].kind,
                "items": row[0].items, "state": row[0].state, "order": row[3].number if row[3] else None,
                "supplier": row[4].name if row[4] else None, "raised_at": row[0].raised_at,
            }
            for row in found
        ]  # fmt: skip
    lines = [_claim_line(row) for row in rows]
    answer(as_json, {"cycle": year, "claims": rows}, "\n".join(lines) or "Tidak ada klaim.")


@command(claim, "settle", "claim.settle")
def settle(
    number: Annotated[str, typer.Argument(help="Nomor klaim, misalnya KLM-2021-00007.")],
    verdict: Annotated[str, typer.Argument(help="replaced (sudah diganti) atau dropped (dilepas).")],
    reason: Why,
    as_json: AsJson = False,
) -> None:
    """Putuskan satu klaim; bukan oleh yang mengajukannya."""
    from service.delivery.claims import settle_claim

    with sit_down() as desk, desk.house.database.write() as session:
        state = settle_claim(session, desk.officer, number, verdict, reason, desk.told()).state
    answer(as_json, {"claim": number, "state": state}, f"Klaim {number} diputuskan.")


def _claim_line(row: dict[str, Any]) -> str:
    state, kind = words_for(row["state"], "CLAIM_STATES"), words_for(row["kind"], "CLAIM_KINDS")
    return f"{row['claim']}  {state:18} {kind:12} {row['order'] or '-'}  {row['supplier'] or '-'}"
