"""How does a partner get its name, its secret and its link?"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

import typer

from service.cli.desk import AsJson, answer, command, sit_down
from service.errors import BadInput

group = typer.Typer()
LINK_DAYS = 400
WORDS = {"sender": "Pengirim", "secret": "Rahasia", "link": "Tautan", "next": "Berikutnya"}
Services = Annotated[list[str] | None, typer.Option("--service", help="Layanan yang diberikan, boleh lebih dari satu.")]


class WrongRegency(BadInput):
    """No regency of the province has that code."""


@command(group, "add", "partner.add")
def add(
    name: Annotated[str, typer.Argument(help="Nama mitra.")],
    kind: Annotated[str, typer.Option("--kind", help="supplier, agency, atau facilitator")],
    regency: Annotated[str, typer.Option("--regency", help="Kode kabupaten/kota, misalnya 36.01.")],
    service: Services = None,
    webhook: Annotated[str | None, typer.Option("--webhook", help="Alamat https yang menerima pesan kita.")] = None,
    sender: Annotated[str, typer.Option("--sender", help="Nama pengirim di alamat callback; bila kosong, dari nama.")] = "",
    capacity: Annotated[int | None, typer.Option("--capacity", help="Paling banyak rujukan berjalan.", min=0)] = None,
    contact: Annotated[str, typer.Option("--contact", help="Alamat surat elektronik.")] = "",
    sandbox: Annotated[bool, typer.Option("--sandbox", help="Instansi untuk uji coba program; hanya rujukan rekaan.")] = False,
    as_json: AsJson = False,
) -> None:
    """Tambah mitra; rahasia dan tautannya ditampilkan satu kali."""
    from service import clock, regions
    from service.messages.wire import check_url
    from service.trust.partners import add_partner, make_link

    if regency not in regions.regencies():
        raise WrongRegency(f"Kode kabupaten/kota '{regency}' tidak dikenal. Yang dikenal: {', '.join(regions.regencies())}.")
    if webhook:
        check_url(webhook)
    with sit_down() as desk, desk.house.database.write() as session:
        partner, secret = add_partner(
            session, desk.house.sealer, sender or _slug(name), kind, name, regency_code=regency, services=service or [],
            webhook_url=webhook, capacity=capacity, contact=contact, is_sandbox=sandbox,
        )  # fmt: skip
        assert partner.id is not None
        expires = clock.today(desk.house.home) + timedelta(days=LINK_DAYS)
        link = f"{desk.house.settings.address}/r/{make_link(session, partner.id, expires)}"
        fields = {"sender": partner.sender, "secret": secret, "link": link}
    if sandbox:
        fields["next"] = f"estafet partner practice {fields['sender']}"
    lines = [f"{WORDS[key]:12}{value}" for key, value in fields.items()]
    answer(as_json, fields, "\n".join([*lines, "Rahasia dan tautan ditampilkan satu kali saja."]))


@command(group, "rotate", "partner.add")
def rotate(sender: Annotated[str, typer.Argument(help="Nama pengirim.")], as_json: AsJson = False) -> None:
    """Rahasia baru; yang lama masih berlaku tujuh hari."""
    from service import clock
    from service.trust.partners import rotate_secret

    with sit_down() as desk, desk.house.database.write() as session:
        secret = rotate_secret(session, desk.house.sealer, sender, clock.wall())
    answer(as_json, {"sender": sender, "secret": secret}, f"Rahasia baru {sender}: {secret}")


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60]
