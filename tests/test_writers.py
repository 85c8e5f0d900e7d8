"""Does a writer get its turn, and a fresh connection when the server let go of the old one?"""

import threading
import time

import pytest
from sqlalchemy import text

from service.db import session as sessions
from service.db.session import Database

NOTHING = text("UPDATE refused_count SET count = count")


def test_a_writer_gets_its_turn_between_the_transactions_of_another_process(database):
    """A stage with one transaction after another must not keep callbacks waiting until its end."""
    other, over = Database(database.address), threading.Event()

    def stage():
        until = time.monotonic() + 14
        while not over.is_set() and time.monotonic() < until:
            with other.write() as session:
                session.execute(NOTHING)
                time.sleep(0.03)

    busy = threading.Thread(target=stage)
    busy.start()
    began = time.monotonic()
    for _ in range(4):
        with database.write() as session:
            session.execute(NOTHING)
    took = time.monotonic() - began
    over.set()
    busy.join()
    other.close()
    assert took < 8


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_who_waits_in_vain_for_another_process_is_told_to_come_again(database, monkeypatch):
    """Writers of PostgreSQL wait for rows, not for each other."""
    monkeypatch.setattr(sessions, "BUSY_MS", 50)
    other = Database(database.address)
    with other.write() as held:
        held.execute(NOTHING)
        with pytest.raises(sessions.DatabaseAway), database.write() as session:
            session.execute(NOTHING)
    other.close()
    with database.write() as session:
        session.execute(NOTHING)
        assert session.connection().connection.driver_connection.execute("PRAGMA busy_timeout").fetchone() == (50,)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_connection_that_rested_is_asked_whether_it_lives(database, monkeypatch):
    monkeypatch.setattr(sessions, "RESTED", 0)
    with database.read() as session:
        mine = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    other = Database(database.address)
    with other.read() as session:
        session.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": mine})
    other.close()
    with database.write() as session:
        assert session.execute(text("SELECT pg_backend_pid()")).scalar_one() != mine
