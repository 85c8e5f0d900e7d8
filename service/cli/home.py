"""How is a home made, and how is a copy of it taken?"""

from __future__ import annotations

import getpass
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.desk import AsJson, answer, command, sit_down
from service.errors import NotNow

if TYPE_CHECKING:
    from service.trust.homes import House


class AskPostgreSQL(NotNow):
    """PostgreSQL is copied by its own program."""


def add_to(app: typer.Typer) -> None:
    command(app, "init", "open: the home has nobody yet; whoever owns the folder makes its first admin")(init)
    command(app, "backup", "backup")(backup)


def init(
    user: Annotated[str, typer.Option("--user", help="Nama masuk admin pertama; bila kosong, nama pengguna komputer.")] = "",
    name: Annotated[str, typer.Option("--name", help="Nama lengkap admin pertama.")] = "Admin",
    os_user: Annotated[bool, typer.Option(help="Bolehkan perintah atas nama pengguna komputer tanpa token.")] = True,
    as_json: AsJson = False,
) -> None:
    """Buat rumah data: kunci, basis data, dan admin pertama. Tokennya ditampilkan satu kali."""
    from service.trust import accounts

    login = user or re.sub(r"[^a-z0-9._-]", "-", getpass.getuser().lower())
    house = _made_or_left_half(os_user)
    try:
        with house.database.write() as session:
            admin = accounts.add_user(session, login, name, ["admin"])
            assert admin.id is not None
            token = accounts.make_token(session, admin.id, "init")
    finally:
        house.close()
    fields = {"home": str(house.home), "user": login, "token": token}
    answer(
        as_json,
        fields,
        f"Rumah data: {house.home}\nAdmin:      {login}\nToken:      {token}\nSimpan token ini; tidak ditampilkan lagi.",
    )


def backup(
    to: Annotated[Path | None, typer.Option("--to", help="Berkas tujuan; bila kosong, di folder backups rumah data.")] = None,
    as_json: AsJson = False,
) -> None:
    """Salin basis data selagi dipakai. Kunci (keys.json), letters/ dan evidence/ disalin terpisah."""
    from service.clock import wall
    from service.db.backup import copy_into

    with sit_down() as desk:
        if desk.house.settings.is_postgresql:
            raise AskPostgreSQL("Basis data PostgreSQL disalin dengan: pg_dump --format=custom --file=estafet.dump <alamat>")
        path = to or desk.house.home / "backups" / f"estafet-{wall():%Y%m%d-%H%M%S}.db"
        size = copy_into(desk.house.database, path)
    fields = {"file": str(path), "bytes": size}
    answer(
        as_json, fields, f"Disalin ke {path} ({size:,} byte). Simpan juga keys.json, letters/, dan evidence/ di tempat lain."
    )


def _made_or_left_half(os_user: bool) -> House:
    """A new home; or one whose `init` was killed before it had anybody."""
    from service.settings import current_settings
    from service.trust.homes import HomeExists, is_home, make_home, open_home
    from service.trust.queries import all_users

    settings = current_settings()
    if not is_home(settings.home):
        return make_home(settings, "normal", allow_os_user=os_user)
    house = open_home(settings)
    with house.database.read() as session:
        has_people = bool(all_users(session))
    if has_people:
        house.close()
        raise HomeExists(f"Rumah data sudah ada di {settings.home}. Pakai yang ada, atau pilih ESTAFET_HOME yang lain.")
    return house
