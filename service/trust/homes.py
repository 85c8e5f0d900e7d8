"""Where does an installation live, is it ours to open, and do its keys fit?

A home is a folder: `home.json` (what it is, written last), `keys.json` (mode 0600, only where the settings give no
keys), the SQLite database, letters, evidence, snapshots. A home that a killed start left half made is completed.
Names and addresses lie in it, so the folder is closed to every other account of the machine (0700).
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sqlmodel import Session

from service.clock import HOME_FILE, wall
from service.db.schema import NewerHome, migrate
from service.db.session import Database, open_database
from service.db.tables import Installation
from service.errors import BadInput
from service.settings import Settings
from service.trust.sealing import Sealer

log = logging.getLogger("estafet.service")
KEYS_FILE = "keys.json"
OWNER_ONLY = 0o700
FORMAT = 1
KEY_CHECK = "estafet"
Kind = Literal["normal", "demo"]


class NoHome(BadInput):
    """The folder holds no home."""


class HomeExists(BadInput):
    """A home would be made where one is."""


class WrongKind(BadInput):
    """A demo would be run in a real home."""


class NoWritePermission(BadInput):
    """The folder cannot be written."""


@dataclass(frozen=True)
class House:
    """An opened home: everything a door, a stage or a command needs."""

    settings: Settings
    database: Database
    sealer: Sealer
    home: Path
    secret_key: str
    kind: Kind = "normal"
    allows_os_user: bool = False

    @property
    def is_demo(self) -> bool:
        return self.kind == "demo"

    def close(self) -> None:
        self.database.close()


def is_home(path: Path) -> bool:
    return (path / HOME_FILE).is_file()


def make_home(settings: Settings, kind: Kind = "normal", allow_os_user: bool = True) -> House:
    """Make keys, database and `home.json`, in that order, and open the home.

    Raises:
        HomeExists: there is one already; open it instead.
        NoWritePermission
    """
    if is_home(settings.home):
        raise HomeExists(f"Rumah data sudah ada di {settings.home}. Pakai yang ada, atau pilih ESTAFET_HOME yang lain.")
    try:
        settings.home.mkdir(parents=True, exist_ok=True, mode=OWNER_ONLY)
        _shut_out_others(settings.home)
        keys = _keys(settings) or _make_keys(settings.home)
    except OSError as error:
        raise NoWritePermission(f"Folder {settings.home} tidak dapat ditulisi: {error.strerror}.") from error
    _prepare_database(settings, Sealer(keys["data_key"]), kind).close()
    _write_whole(settings.home / HOME_FILE, {"kind": kind, "format": FORMAT, "allow_os_user": allow_os_user}, 0o644)
    return open_home(settings)


def open_home(settings: Settings) -> House:
    """Open a home, bringing its database to this version and shutting it to other accounts if it stood open.

    Raises:
        NoHome, NewerHome, WrongKey: each says what to do.
    """
    facts = _facts(settings.home)
    _shut_out_others(settings.home)
    keys = _keys(settings)
    if not keys:
        raise NoHome(f"Kunci di {settings.home / KEYS_FILE} tidak ditemukan. Kembalikan berkas itu dari cadangan.")
    sealer = Sealer(keys["data_key"])
    database = _prepare_database(settings, sealer, facts["kind"])
    return House(
        settings, database, sealer, settings.home, keys["secret_key"], facts["kind"], bool(facts.get("allow_os_user", False))
    )


def require_demo(settings: Settings) -> None:
    """Raises WrongKind when the home is a real installation."""
    if _facts(settings.home)["kind"] != "demo":
        raise WrongKind(f"{settings.home} adalah instalasi sungguhan; demo tidak berjalan di sana. Pilih ESTAFET_HOME lain.")


def _facts(home: Path) -> dict[str, Any]:
    try:
        facts: dict[str, Any] = json.loads((home / HOME_FILE).read_text())
        newer = facts["format"] > FORMAT
        assert facts["kind"] in ("normal", "demo")
    except FileNotFoundError:
        raise NoHome(f"Belum ada rumah data di {home}. Jalankan: estafet init") from None
    except (json.JSONDecodeError, KeyError, TypeError, AssertionError):
        raise NoHome(f"Berkas {home / HOME_FILE} rusak. Kembalikan dari cadangan.") from None
    if newer:
        raise NewerHome(f"Rumah data {home} dibuat oleh versi Estafet yang lebih baru. Perbarui Estafet dahulu.")
    return facts


def _keys(settings: Settings) -> dict[str, str] | None:
    """From the settings where both are given, else from the home's file."""
    secret, sealing = settings.secret_key.get_secret_value(), settings.data_key.get_secret_value()
    try:
        kept: dict[str, str] = json.loads((settings.home / KEYS_FILE).read_text())
    except FileNotFoundError:
        kept = {}
    keys = {"secret_key": secret or kept.get("secret_key", ""), "data_key": sealing or kept.get("data_key", "")}
    return keys if all(keys.values()) else None


def _shut_out_others(home: Path) -> None:
    """The folder alone: who may not enter it reads nothing inside. Somebody else's stays as it is, with a line in the log."""
    try:
        mode = stat.S_IMODE(home.stat().st_mode)
        if mode & ~OWNER_ONLY:
            home.chmod(mode & OWNER_ONLY)
    except OSError as error:
        log.warning("home_open_to_others home=%s why=%s", home, error.strerror)


def _make_keys(home: Path) -> dict[str, str]:
    keys = {"secret_key": secrets.token_urlsafe(48), "data_key": secrets.token_urlsafe(48)}
    _write_whole(home / KEYS_FILE, keys, 0o600)
    return keys


def _write_whole(path: Path, content: dict[str, Any], mode: int) -> None:
    """One rename, so that no reader and no crash sees half a file; the mode holds from the first byte."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _prepare_database(settings: Settings, sealer: Sealer, kind: Kind) -> Database:
    database = open_database(settings)
    try:
        migrate(database)
        with database.write() as session:
            _check_installation(session, sealer, kind)
    except BaseException:
        database.close()
        raise
    return database


def _check_installation(session: Session, sealer: Sealer, kind: Kind) -> None:
    row = session.get(Installation, 1)
    if row is None:
        session.add(Installation(kind=kind, key_check=sealer.seal("key_check", KEY_CHECK), made_at=wall()))
        return
    sealer.unseal("key_check", row.key_check)
    if row.kind != kind:
        raise WrongKind(f"Basis data ini milik rumah data jenis '{row.kind}', bukan '{kind}'. Periksa ESTAFET_DATABASE_URL.")
