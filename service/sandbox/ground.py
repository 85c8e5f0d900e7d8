"""Where do practice referrals live, so that none can ever be counted with real ones?

In a database of their own: the file `sandbox.db` in the home, built by the same migrations and moved by the same code. The
partner, its key and its link stay with the real partners; whatever a sandbox partner says is kept there and nowhere else.
"""

from __future__ import annotations

import threading
from pathlib import Path

from service.db.schema import migrate
from service.db.session import Database
from service.db.tables import Partner
from service.errors import BadInput
from service.sandbox import queries
from service.trust.queries import Signer

FILE = "sandbox.db"


class NotASandbox(BadInput):
    """The partner is a real one."""


class Practice:
    """The practice database of a home; opened when it is first needed."""

    def __init__(self, home: Path) -> None:
        self._path = home / FILE
        self._opening = threading.Lock()
        self._database: Database | None = None

    def database_for(self, partner: Partner | Signer) -> Database:
        """The database, with the partner in it under the number it has outside.

        Raises:
            NotASandbox
        """
        if not partner.is_sandbox:
            raise NotASandbox(f"{partner.sender} adalah mitra sungguhan, bukan mitra uji coba.")
        database = self._opened()
        with database.read() as session:
            is_known = queries.is_there(session, partner)
        if not is_known:
            with database.write() as session:
                queries.put_partner(session, partner)
        return database

    def close(self) -> None:
        if self._database:
            self._database.close()
            self._database = None

    def _opened(self) -> Database:
        with self._opening:
            if self._database is None:
                database = Database(f"sqlite:///{self._path}")
                migrate(database)
                self._database = database
            return self._database
