"""Who is at the command line, may they do this, and how are they answered?

Every command names its act (or why it needs none) in `@command`; `sit_down` requires exactly that act of the officer,
so a command cannot name one and check another. Whatever is slow to import is imported where it is used: `--help` is fast.
"""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from service.cli.logs import keep_log_lines
from service.cli.usage import Command
from service.errors import NotAllowed, NotFound
from service.trust.rights import RIGHTS, Officer, require

if TYPE_CHECKING:
    from service.db.history import Told
    from service.trust.homes import House

AsJson = Annotated[bool, typer.Option("--json", help="Jawaban sebagai JSON, untuk program.")]
Year = Annotated[int, typer.Argument(help="Tahun siklus, misalnya 2021.", min=2000, max=2200)]
F = TypeVar("F", bound=Callable[..., None])

COMMANDS: dict[str, str] = {}
OPEN = "open: "
GIVEN_BY = "Token diberikan admin: estafet user list, lalu estafet user token NAMA."
_act: ContextVar[str] = ContextVar("act")


class NobodyThere(NotAllowed):
    """No token was given, and the operating system's user does not count here."""


@dataclass(frozen=True)
class Desk:
    """An opened home and the officer who sits at it."""

    house: House
    officer: Officer

    def told(self, reason: str | None = None) -> Told:
        from service import clock
        from service.db.history import Told

        return Told(self.officer.actor, clock.now(self.house.home), reason)


def command(group: typer.Typer, name: str, act: str) -> Callable[[F], F]:
    """Register a command under `act` of RIGHTS, or `open: <why nobody needs a right>`."""
    assert act in RIGHTS or act.startswith(OPEN), act

    def register(function: F) -> F:
        @wraps(function)
        def run(*arguments: Any, **options: Any) -> None:
            token = _act.set(act)
            keep_log_lines()
            try:
                function(*arguments, **options)
            finally:
                _act.reset(token)

        group.command(name, cls=Command)(run)
        COMMANDS[f"{function.__module__.rpartition('.')[2]}.{function.__name__}"] = act
        return function

    return register


@contextmanager
def sit_down() -> Iterator[Desk]:
    """Open the home and find the officer.

    Raises:
        NoHome, NobodyThere, NoRight
    """
    from service.cli.served import as_served
    from service.settings import current_settings
    from service.trust.homes import open_home

    house = open_home(as_served(current_settings()))
    try:
        officer = _officer(house)
        require(officer, _act.get())
        yield Desk(house, officer)
    finally:
        house.close()


def answer(as_json: bool, fields: dict[str, Any], sentence: str) -> None:
    """One JSON object on one line for programs, else a sentence for people."""
    print(json.dumps(fields, default=str, ensure_ascii=False) if as_json else sentence)


def note(sentence: str) -> None:
    """Beside the answer, for people only."""
    print(sentence, file=sys.stderr)


def _officer(house: House) -> Officer:
    from service.trust import accounts

    token = house.settings.token.get_secret_value()
    with house.database.read() as session:
        if token:
            if found := accounts.officer_by_token(session, token):
                return found
            raise NobodyThere(f"Token di ESTAFET_TOKEN tidak berlaku. {GIVEN_BY}")
        if not house.allows_os_user:
            raise NobodyThere(
                f"Sertakan token Anda: ESTAFET_TOKEN=est_... (rumah data ini tidak memakai nama pengguna komputer). {GIVEN_BY}"
            )
        login = getpass.getuser()
        try:
            return accounts.officer_by_login(session, login)
        except NotFound as error:
            demo = " Di rumah demo cukup LOGNAME=petugas di depan perintahnya." if house.is_demo else ""
            raise NobodyThere(
                f"Anda masuk ke komputer ini sebagai '{login}', dan tidak ada pengguna aktif bernama '{login}'. "
                f"Sertakan token Anda: ESTAFET_TOKEN=est_... {GIVEN_BY}{demo}"
            ) from error
