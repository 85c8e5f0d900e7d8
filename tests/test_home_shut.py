"""Can another account of the machine read what lies in a home?"""

import logging
import os
import stat
from pathlib import Path

import pytest

from service.demo.run import fresh_home
from service.settings import Settings
from service.trust import homes


def _mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(autouse=True)
def _usual_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_a_new_home_is_closed_to_every_other_account(tmp_path):
    homes.make_home(Settings(home=tmp_path / "deep" / "home")).close()
    assert _mode(tmp_path / "deep" / "home") == 0o700


def test_a_folder_that_was_there_before_is_closed_when_it_becomes_a_home(home):
    home.chmod(0o755)
    homes.make_home(Settings(home=home)).close()
    assert _mode(home) == 0o700


def test_a_home_left_open_by_an_earlier_version_is_closed_when_it_is_opened(home):
    homes.make_home(Settings(home=home)).close()
    home.chmod(0o755)
    homes.open_home(Settings(home=home)).close()
    assert _mode(home) == 0o700


def test_nothing_but_the_folder_is_touched(home):
    homes.make_home(Settings(home=home)).close()
    inside = home / "pgdata"
    inside.mkdir(mode=0o750)
    home.chmod(0o755)
    homes.open_home(Settings(home=home)).close()
    assert _mode(inside) == 0o750


def test_a_demo_is_closed_too(tmp_path):
    with fresh_home(Settings(home=tmp_path), 8080) as house:
        assert house.home == tmp_path / "demo"
        assert _mode(house.home) == 0o700


def test_a_home_of_another_owner_is_opened_as_it_is_and_the_log_says_so(home, monkeypatch, caplog):
    homes.make_home(Settings(home=home)).close()
    home.chmod(0o755)

    def refuse(_path, *_given, **_more):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", refuse)
    with caplog.at_level(logging.WARNING, "estafet.service"):
        homes.open_home(Settings(home=home)).close()
    assert "home_open_to_others" in caplog.text
