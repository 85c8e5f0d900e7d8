"""Are homes, accounts, tokens and partners' secrets what they say?"""

import json
import stat
from datetime import date, timedelta

import pytest
from factories import SEALER
from sqlmodel import select

from service import clock
from service.clock import wall
from service.db.schema import NewerHome
from service.db.tables import ApiToken, PartnerLink, User, UserSession
from service.errors import NotFound
from service.settings import Settings
from service.trust import accounts, homes, partners
from service.trust.sealing import WrongKey


def _settings(home, **more):
    return Settings(home=home, **more)


def test_a_new_home_keeps_its_keys_to_itself_and_opens_again(home):
    house = homes.make_home(_settings(home))
    house.close()
    assert stat.S_IMODE((home / homes.KEYS_FILE).stat().st_mode) == 0o600
    again = homes.open_home(_settings(home))
    assert (again.kind, again.allows_os_user, again.secret_key) == ("normal", True, house.secret_key)
    again.close()


def test_a_second_home_in_the_same_place_is_refused(home):
    homes.make_home(_settings(home)).close()
    with pytest.raises(homes.HomeExists, match="sudah ada"):
        homes.make_home(_settings(home))


def test_no_home_says_what_to_do(home):
    with pytest.raises(homes.NoHome, match="estafet init"):
        homes.open_home(_settings(home))


def test_a_home_of_a_newer_version_is_refused_with_a_sentence(home):
    homes.make_home(_settings(home)).close()
    facts = json.loads((home / "home.json").read_text())
    (home / "home.json").write_text(json.dumps(facts | {"format": homes.FORMAT + 1}))
    with pytest.raises(NewerHome, match="lebih baru"):
        homes.open_home(_settings(home))


def test_a_wrong_data_key_is_noticed_at_once(home):
    homes.make_home(_settings(home)).close()
    with pytest.raises(WrongKey):
        homes.open_home(_settings(home, data_key="kunci lain", secret_key="lain"))


def test_a_home_half_made_is_completed(home):
    homes.make_home(_settings(home)).close()
    (home / "home.json").unlink()
    homes.make_home(_settings(home)).close()


def test_a_demo_never_runs_in_a_real_home(home):
    homes.make_home(_settings(home)).close()
    with pytest.raises(homes.WrongKind, match="sungguhan"):
        homes.require_demo(_settings(home))


def test_the_clock_of_a_real_home_cannot_be_moved_not_even_by_a_file_from_a_demo(home):
    homes.make_home(_settings(home)).close()
    with pytest.raises(clock.ClockMayNotMove, match="bukan di instalasi sungguhan"):
        clock.move_to(home, clock.wall())
    (home / clock.CLOCK_FILE).write_text('{"offset_seconds": 86400}')
    with pytest.raises(clock.ClockMayNotMove, match="bukan demo"):
        clock.now(home)


def test_a_login_gives_a_session_that_ends_when_it_is_revoked(database):
    with database.write() as session:
        accounts.add_user(session, "siti", "Siti", ["operator"], ["36.01"], "kata sandi panjang")
    token = accounts.log_in(database, "siti", "kata sandi panjang")
    with database.read() as session:
        officer = accounts.officer_by_session(session, token)
        assert officer is not None
        assert (officer.login, officer.roles, officer.regencies) == ("siti", ("operator",), ("36.01",))
        assert token not in repr(session.exec(select(UserSession)).one())
    with database.write() as session:
        accounts.log_out(session, token)
    with database.read() as session:
        assert accounts.officer_by_session(session, token) is None


@pytest.mark.parametrize("password", ["salah sama sekali", ""])
@pytest.mark.parametrize("login", ["siti", "entah", "tanpa-sandi"])
def test_a_wrong_login_never_says_which_part_was_wrong(database, login, password):
    with database.write() as session:
        accounts.add_user(session, "siti", "Siti", ["operator"], password="kata sandi panjang")
        accounts.add_user(session, "tanpa-sandi", "Mesin", ["operator"])
    with pytest.raises(accounts.WrongLogin, match="Nama masuk atau kata sandi salah"):
        accounts.log_in(database, login, password)


def test_an_expired_session_is_nobody(database):
    with database.write() as session:
        user = accounts.add_user(session, "siti", "Siti", ["operator"])
        token = accounts.make_session(session, user.id)
    with database.write() as session:
        session.exec(select(UserSession)).one().expires_at = wall() - timedelta(seconds=1)
    with database.read() as session:
        assert accounts.officer_by_session(session, token) is None


def test_a_deactivated_account_loses_every_session_and_token(database):
    with database.write() as session:
        user = accounts.add_user(session, "siti", "Siti", ["operator"])
        token, program = accounts.make_session(session, user.id), accounts.make_token(session, user.id, "skrip")
    with database.write() as session:
        accounts.deactivate(session, "siti")
    with database.read() as session:
        assert accounts.officer_by_session(session, token) is None
        assert accounts.officer_by_token(session, program) is None
        assert session.exec(select(ApiToken)).one().revoked_at is not None
        with pytest.raises(NotFound):
            accounts.officer_by_login(session, "siti")


@pytest.mark.parametrize(
    ("login", "roles", "password"),
    [("S p", ["operator"], None), ("siti", ["raja"], None), ("siti", ["operator"], "pendek"), ("ada", ["operator"], None)],
)
def test_an_account_that_cannot_be_is_refused(database, login, roles, password):
    with database.write() as session:
        accounts.add_user(session, "ada", "Ada", ["operator"])
    with pytest.raises(accounts.WrongAccount), database.write() as session:
        accounts.add_user(session, login, "Nama", roles, password=password)
    with database.read() as session:
        assert [user.login for user in session.exec(select(User))] == ["ada"]


def test_a_rotated_secret_counts_together_with_the_old_one_for_a_while(database):
    now = wall()
    with database.write() as session:
        partner, first = partners.add_partner(session, SEALER, "pemasok", "supplier", "Pemasok")
        assert first not in repr(partner)
        second = partners.rotate_secret(session, SEALER, "pemasok", now, timedelta(days=1))
    assert partners.secrets_of(partner, SEALER, now) == (second, first)
    assert partners.secrets_of(partner, SEALER, now + timedelta(days=2)) == (second,)


def test_a_link_opens_until_it_expires_and_its_token_is_not_kept(database):
    with database.write() as session:
        partner, _ = partners.add_partner(session, SEALER, "dinkop", "agency", "Dinkop", agency_kind="office")
        token = partners.make_link(session, partner.id, date(2021, 12, 31))
    with database.read() as session:
        assert partners.link_of(session, token, date(2021, 12, 31)).partner_id == partner.id
        assert token not in repr(session.exec(select(PartnerLink)).one())
        for wrong, day in ((token, date(2022, 1, 1)), ("entah", date(2021, 1, 1))):
            with pytest.raises(NotFound, match="tidak berlaku"):
                partners.link_of(session, wrong, day)
