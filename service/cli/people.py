"""Who may sit at the desk, and with which token?"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from service.cli.desk import AsJson, answer, command, sit_down
from service.trust.rights import ROLE_LABELS

group = typer.Typer()
Roles = Annotated[list[str], typer.Option("--role", help="Peran, boleh lebih dari satu: " + ", ".join(ROLE_LABELS))]
Regencies = Annotated[list[str] | None, typer.Option("--regency", help="Wilayah kerja, misalnya 36.01; kosong berarti semua.")]


@command(group, "add", "user.add")
def add(
    login: Annotated[str, typer.Argument(help="Nama masuk.")],
    role: Roles,
    name: Annotated[str, typer.Option("--name", help="Nama lengkap.")] = "",
    regency: Regencies = None,
    password: Annotated[bool, typer.Option("--password", help="Tanyakan kata sandi untuk masuk lewat peramban.")] = False,
    as_json: AsJson = False,
) -> None:
    """Tambah pengguna; tokennya ditampilkan satu kali."""
    from service.trust import accounts

    with sit_down() as desk:
        secret = typer.prompt("Kata sandi", hide_input=True, confirmation_prompt=True) if password else None
        with desk.house.database.write() as session:
            user = accounts.add_user(session, login, name or login, role, regency or [], secret)
            assert user.id is not None
            token = accounts.make_token(session, user.id, "cli")
    _show(as_json, login, token)


@command(group, "token", "user.add")
def token(login: Annotated[str, typer.Argument(help="Nama masuk.")], as_json: AsJson = False) -> None:
    """Token baru bagi pengguna; ditampilkan satu kali, token lama tetap berlaku."""
    from service.trust import accounts

    with sit_down() as desk, desk.house.database.write() as session:
        made = accounts.make_token(session, accounts.officer_by_login(session, login).id, "cli")
    _show(as_json, login, made)


@command(group, "list", "user.add")
def listed(as_json: AsJson = False) -> None:
    """Pengguna: nama masuk, peran, wilayah kerja."""
    from service.trust.queries import all_users

    with sit_down() as desk, desk.house.database.read() as session:
        rows = [
            {"user": one.login, "name": one.name, "roles": one.roles, "regencies": one.regencies, "active": one.active}
            for one in all_users(session)
        ]
    answer(as_json, {"users": rows}, "\n".join(map(_line, rows)))


@command(group, "deactivate", "user.add")
def deactivate(login: Annotated[str, typer.Argument(help="Nama masuk.")], as_json: AsJson = False) -> None:
    """Nonaktifkan pengguna: semua token dan sesinya berakhir sekarang."""
    from service.trust import accounts

    with sit_down() as desk, desk.house.database.write() as session:
        accounts.deactivate(session, login)
    answer(as_json, {"user": login, "active": False}, f"Pengguna {login} dinonaktifkan.")


def _line(row: dict[str, Any]) -> str:
    roles, within = ", ".join(ROLE_LABELS[role] for role in row["roles"]), ", ".join(row["regencies"]) or "semua wilayah"
    return f"{row['user']:20}  {row['name']:32}  {roles}; {within}{'' if row['active'] else '; tidak aktif'}"


def _show(as_json: bool, login: str, made: str) -> None:
    answer(
        as_json,
        {"user": login, "token": made},
        f"Pengguna: {login}\nToken:    {made}\nSimpan token ini; tidak ditampilkan lagi.",
    )
