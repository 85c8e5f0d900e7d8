"""Where does this installation keep its data, and how is it reached?

Settings come from the environment or `.env`; an unknown `ESTAFET_` name is refused, so a typing error
cannot silently mean "the default".
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from dotenv import dotenv_values
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.errors import BadInput

PREFIX = "ESTAFET_"


class UnknownSetting(BadInput):
    """An `ESTAFET_` name that means nothing here."""


class MissingKey(BadInput):
    """PostgreSQL is used, but the keys were not given."""


class Settings(BaseSettings):
    """Every setting; see the README for the Indonesian explanation of each."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore")

    home: Path = Path("var")
    database_url: str = ""
    public_url: str = ""
    secret_key: SecretStr = SecretStr("")
    data_key: SecretStr = SecretStr("")
    mail_url: str = ""
    token: SecretStr = SecretStr("")
    port: int = 8080
    prefect_port: int = 4200
    allow_private_webhooks: bool = False
    evidence_url: str = ""
    signing_certificate: str = ""
    signing_passphrase: SecretStr = SecretStr("")
    signing_roots: str = ""
    require_all: bool = False

    @property
    def database(self) -> str:
        """The address SQLAlchemy opens; SQLite in the home unless one is given."""
        return self.database_url or f"sqlite:///{self.home.absolute() / 'estafet.db'}"

    @property
    def is_postgresql(self) -> bool:
        return self.database.startswith("postgresql")

    @property
    def address(self) -> str:
        """What partners and QR codes are told; without a trailing slash."""
        return (self.public_url or f"http://127.0.0.1:{self.port}").rstrip("/")


def load_settings() -> Settings:
    """Read the settings, refusing unknown names.

    Raises:
        UnknownSetting: names every unknown `ESTAFET_` variable at once.
        MissingKey: a PostgreSQL address without both keys.
    """
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    given = {name.upper() for name in (*os.environ, *dotenv_values(".env")) if name.upper().startswith(PREFIX)}
    if unknown := sorted(given - known):
        raise UnknownSetting(f"Pengaturan tidak dikenal: {', '.join(unknown)}. Yang dikenal: {', '.join(sorted(known))}.")
    settings = Settings()
    if settings.is_postgresql and not (settings.secret_key.get_secret_value() and settings.data_key.get_secret_value()):
        raise MissingKey("Dengan PostgreSQL, ESTAFET_SECRET_KEY dan ESTAFET_DATA_KEY wajib diisi.")
    return settings


@lru_cache(maxsize=1)
def current_settings() -> Settings:
    """The settings of this process, read once."""
    return load_settings()
