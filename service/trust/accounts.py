"""Who is this person: by password, by browser session, by personal token?

Only hashes are kept: argon2 of passwords (127 ms and 64 MB each, so at most two at a time), SHA-256 of random
256-bit tokens. Times are wire time.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import TypeVar

from pwdlib import PasswordHash
from sqlmodel import Session

from service.clock import wall
from service.db.session import Database
from service.db.tables import ApiToken, User, UserSession
from service.errors import BadInput, NotAllowed, NotFound, TryAgainLater
from service.trust import queries
from service.trust.rights import ROLES, Officer

SESSION_LASTS = timedelta(hours=12)
SHORTEST_PASSWORD = 10
TOKEN_PREFIX = "est_"  # noqa: S105  (a recognisable start, so that a token in a log or mail is found)
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,59}")
_two_at_a_time = threading.BoundedSemaphore(2)
_hasher = PasswordHash.recommended()
T = TypeVar("T")


class WrongLogin(NotAllowed):
    """Name or password is wrong; which of them is not said."""


class WrongAccount(BadInput):
    """The account as asked for cannot be."""


class TooManyLogins(TryAgainLater):
    """More people log in at once than the machine checks."""


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def new_token() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def officer_of(user: User) -> Officer:
    assert user.id is not None
    return Officer(user.id, user.login, user.name, tuple(user.roles), tuple(user.regencies))


def add_user(
    session: Session, login: str, name: str, roles: Sequence[str], regencies: Sequence[str] = (), password: str | None = None
) -> User:
    """Raises WrongAccount, naming what is wrong."""
    if not _LOGIN.fullmatch(login):
        raise WrongAccount("Nama masuk: 2-60 huruf kecil, angka, titik, garis bawah atau tanda hubung.")
    if unknown := set(roles) - set(ROLES):
        raise WrongAccount(f"Peran tidak dikenal: {', '.join(sorted(unknown))}. Yang dikenal: {', '.join(ROLES)}.")
    if queries.user_by_login(session, login):
        raise WrongAccount(f"Nama masuk '{login}' sudah dipakai.")
    user = User(login=login, name=name, roles=list(roles), regencies=list(regencies), made_at=wall())
    user.password_hash = hash_password(password) if password else None
    session.add(user)
    session.flush()
    return user


def hash_password(password: str) -> str:
    """Raises WrongAccount when too short."""
    if len(password) < SHORTEST_PASSWORD:
        raise WrongAccount(f"Kata sandi sedikitnya {SHORTEST_PASSWORD} karakter.")
    return _checked_in_turn(lambda: _hasher.hash(password))


def log_in(database: Database, login: str, password: str) -> str:
    """A new session's token. The password is checked outside any transaction.

    Raises:
        WrongLogin: unknown, inactive, without password, or wrong; all take the same time.
    """
    with database.read() as session:
        user = queries.user_by_login(session, login)
    kept = user.password_hash if user and user.active else None
    fits = _checked_in_turn(lambda: _hasher.verify(password[:1024], kept or _dummy_hash()))
    if user is None or user.id is None or not kept or not fits:
        raise WrongLogin("Nama masuk atau kata sandi salah.")
    with database.write() as session:
        return make_session(session, user.id)


def make_session(session: Session, user_id: int) -> str:
    token = new_token()
    session.add(UserSession(token_hash=hash_of(token), user_id=user_id, expires_at=wall() + SESSION_LASTS))
    return token


def log_out(session: Session, token: str) -> None:
    queries.revoke_session(session, hash_of(token), wall())


def officer_by_session(session: Session, token: str) -> Officer | None:
    user = queries.user_of_session(session, hash_of(token), wall())
    return officer_of(user) if user else None


def make_token(session: Session, user_id: int, label: str = "") -> str:
    """A personal API token; shown once, only its hash is kept."""
    token = TOKEN_PREFIX + new_token()
    session.add(ApiToken(token_hash=hash_of(token), user_id=user_id, label=label, made_at=wall()))
    return token


def revoke_token(session: Session, token: str) -> None:
    queries.revoke_token(session, hash_of(token), wall())


def officer_by_token(session: Session, token: str) -> Officer | None:
    user = queries.user_of_token(session, hash_of(token))
    return officer_of(user) if user else None


def officer_by_login(session: Session, login: str) -> Officer:
    """Raises NotFound when there is no active user of that name."""
    user = queries.user_by_login(session, login)
    if user is None or not user.active:
        raise NotFound(f"Tidak ada pengguna aktif bernama '{login}'.")
    return officer_of(user)


def deactivate(session: Session, login: str) -> None:
    """The account stays for the history; every session and token of it ends now."""
    user = queries.user_by_login(session, login)
    if user is None or user.id is None:
        raise NotFound(f"Tidak ada pengguna bernama '{login}'.")
    user.active = False
    session.add(user)
    queries.revoke_everything(session, user.id, wall())


@lru_cache(maxsize=1)
def _dummy_hash() -> str:
    return _hasher.hash(new_token())


def _checked_in_turn(work: Callable[[], T]) -> T:
    if not _two_at_a_time.acquire(timeout=10):
        raise TooManyLogins("Terlalu banyak orang masuk bersamaan. Coba lagi sebentar.")
    try:
        return work()
    finally:
        _two_at_a_time.release()
