"""How does an officer give an office its link and its short code, see what is open, and close it again?"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from service.cli.desk import AsJson, answer, command, sit_down
from service.cli.partners import LINK_DAYS

Sender = Annotated[str, typer.Argument(help="Nama pengirim mitra, misalnya dinkop-3601.")]


def add_to(app: typer.Typer) -> None:
    for name, act in (("link", link), ("links", links), ("revoke-link", revoke), ("revoke-links", revoke_all), ("code", code)):
        command(app, name, "partner.link")(act)


def link(
    sender: Sender,
    batch: Annotated[str, typer.Option("--batch", help="Nomor berkas rujukan; kosong berarti semua.")] = "",
    as_json: AsJson = False,
) -> None:
    """Tautan baru untuk satu mitra; ditampilkan satu kali."""
    from service import clock
    from service.trust.links import new_link

    with sit_down() as desk, desk.house.database.write() as session:
        expires = clock.today(desk.house.home) + timedelta(days=LINK_DAYS)
        token = new_link(session, desk.officer, sender, expires, batch or None)
        found = f"{desk.house.settings.address}/r/{token}"
    answer(
        as_json, {"sender": sender, "link": found, "expires_on": expires.isoformat()}, f"{found}\nDitampilkan satu kali saja."
    )


def links(sender: Sender, as_json: AsJson = False) -> None:
    """Tautan yang masih terbuka, yang terbaru lebih dahulu."""
    from service import clock
    from service.trust.links import open_links_of

    with sit_down() as desk, desk.house.database.read() as session:
        found = open_links_of(session, desk.officer, sender, clock.today(desk.house.home))
    lines = [
        f"{one.id:>5}  sampai {one.expires_on}  {one.batch or 'semua berkas'}  {one.details}" for one in found
    ]  # fmt: skip
    rows = [
        {"id": one.id, "batch": one.batch, "expires_on": one.expires_on.isoformat(), "details": one.details} for one in found
    ]
    answer(as_json, {"sender": sender, "links": rows}, "\n".join(lines) or "Tidak ada tautan yang terbuka.")


def revoke(
    sender: Sender, link_id: Annotated[int, typer.Argument(help="Nomor tautan dari `partner links`.")], as_json: AsJson = False
) -> None:
    """Tutup satu tautan; yang membukanya melihat bahwa tautan itu tidak berlaku lagi."""
    from service import clock
    from service.trust.links import close_link

    with sit_down() as desk, desk.house.database.write() as session:
        close_link(session, desk.officer, sender, link_id, clock.wall())
    answer(as_json, {"sender": sender, "revoked": link_id}, f"Tautan {link_id} milik {sender} ditutup.")


def revoke_all(sender: Sender, as_json: AsJson = False) -> None:
    """Tutup semua tautan satu mitra, misalnya setelah petugasnya pindah; kode kantornya ikut berakhir."""
    from service import clock
    from service.trust.links import close_all_links

    with sit_down() as desk, desk.house.database.write() as session:
        count = close_all_links(session, desk.officer, sender, clock.wall())
    told = f"{count} tautan milik {sender} ditutup; kode kantornya berakhir." if count else "Tidak ada tautan yang terbuka."
    answer(as_json, {"sender": sender, "revoked": count}, told)


def code(sender: Sender, as_json: AsJson = False) -> None:
    """Kode singkat baru untuk alamat dan telepon; sampaikan terpisah dari tautan."""
    from service.trust.links import new_code_for

    with sit_down() as desk, desk.house.database.write() as session:
        made = new_code_for(session, desk.house.sealer, desk.officer, sender)
    words = f"Kode {sender}: {made}\nDitampilkan satu kali. Sampaikan lewat telepon atau langsung, jangan bersama tautannya."
    answer(as_json, {"sender": sender, "code": made}, words)
