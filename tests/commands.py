"""How does a test give a command as an officer would, without a process of its own for each?"""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from service.cli import main as cli
from service.settings import current_settings
from service.trust.accounts import add_user, make_token
from service.trust.homes import House

Told = tuple[int, str, str]


def caller(house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Told]:
    """`call("cycle", "show", "2026", by="operator")` -> (exit code, standard output, standard error)."""
    tokens: dict[str, str] = {}

    def call(*arguments: str, by: str | None = None, token: str | None = None) -> Told:
        if by and by not in tokens:
            with house.database.write() as session:
                tokens[by] = make_token(session, add_user(session, by, by, [by]).id)
        token = token or (tokens[by] if by else None)
        monkeypatch.setenv("ESTAFET_TOKEN", token) if token else monkeypatch.delenv("ESTAFET_TOKEN", raising=False)
        current_settings.cache_clear()
        monkeypatch.setattr(sys, "argv", ["estafet", *arguments])
        capsys.readouterr()
        try:
            cli.main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        told = capsys.readouterr()
        return code, told.out, told.err

    return call
