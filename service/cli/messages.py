"""What did partners tell us, what could not be delivered, and how is either tried once more from the command line?"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from service.cli.desk import AsJson, answer, command, sit_down
from service.cli.labels import words_for
from service.errors import BadInput

group = typer.Typer()
Limit = Annotated[int, typer.Option("--limit", help="Paling banyak sekian baris.", min=1, max=1000)]


class WhichOnes(BadInput):
    """Neither a number nor `--all`, or both."""


@command(group, "list", "cycle.look")
def listed(
    result: Annotated[str, typer.Option("--result", help="applied, parked, late, refused; kosong: semua.")] = "",
    limit: Limit = 50, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Laporan mitra, yang terbaru lebih dahulu."""
    from service.messages.queries import log as log_queries

    with sit_down() as desk, desk.house.database.read() as session:
        rows = [
            {"id": m.id, "type": m.type, "partner": p.sender, "received_at": m.received_at.isoformat(), "result": m.result}
            for m, p in log_queries.inbound_log(session, result or None, None, 0, limit)
        ]
    lines = [
        f"{row['id']:>8}  {words_for(row['result'], 'RESULTS'):16}  {row['partner']:20}  {words_for(row['type'], 'TOLD')}"
        for row in rows
    ]
    answer(as_json, {"messages": rows}, "\n".join(lines) or "Tidak ada laporan seperti itu.")


@command(group, "redrive", "message.resend")
def redrive(number: Annotated[int, typer.Argument(help="Nomor laporan.", min=1)], as_json: AsJson = False) -> None:
    """Proses ulang satu laporan yang tersimpan: menunggu giliran, terlambat, atau ditolak."""
    from service import clock
    from service.doors import DOORS
    from service.messages import redriving

    with sit_down() as desk, desk.house.database.write() as session:
        result = redriving.redrive(session, DOORS, desk.officer, number, clock.now(desk.house.home))
    answer(as_json, {"id": number, "result": result}, f"Laporan {number}: {words_for(result, 'REDRIVEN').lower()}.")


@command(group, "dead", "cycle.look")
def dead(limit: Limit = 50, as_json: AsJson = False) -> None:
    """Pesan keluar yang berhenti dicoba, yang tertua lebih dahulu."""
    from service.db import listings

    with sit_down() as desk, desk.house.database.read() as session:
        rows = [
            {
                "id": m.id,
                "kind": m.kind,
                "type": m.type,
                "to": p.sender if p else "",
                "attempts": m.attempts,
                "error": m.last_error,
            }
            for m, p in listings.messages_out(session, "dead", limit)
        ]
    lines = [_dead_line(row) for row in rows]
    answer(as_json, {"messages": rows}, "\n".join(lines) or "Tidak ada pesan yang gagal.")


@command(group, "resend", "message.resend")
def resend(
    number: Annotated[int, typer.Argument(help="Nomor pesan keluar; 0 dengan --all.", min=0)] = 0,
    everything: Annotated[bool, typer.Option("--all", help="Semua pesan yang gagal.")] = False,
    as_json: AsJson = False,
) -> None:
    """Kirim ulang satu pesan yang berhenti dicoba, atau semuanya."""
    from service.messages.outbox import send_again, send_all_again

    if everything == bool(number):
        raise WhichOnes("Sebutkan nomor pesan, atau --all untuk semuanya.")
    with sit_down() as desk, desk.house.database.write() as session:
        count = send_all_again(session) if everything else 1
        if number:
            send_again(session, number)
    answer(as_json, {"resent": count}, f"{count} pesan antre dikirim lagi.")


def _dead_line(row: dict[str, Any]) -> str:
    kind, about = words_for(row["kind"], "MESSAGE_KINDS"), words_for(row["type"], "TOLD")
    return f"{row['id']:>8}  {kind:10}  {row['to']:20}  {about}  {row['error'] or ''}".rstrip()
