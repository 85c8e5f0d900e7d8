"""How does `estafet demo` run a whole synthetic cycle through the real parts, and what stays up afterwards?"""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event
from typing import Any

from rich.markup import escape

from service import regions
from service.cohort.steps import open_cycle
from service.db.history import Told
from service.db.tables import DeliveryPoint
from service.delivery.queries import absent_parcels
from service.demo.calling import Caller
from service.demo.cast import DEMO_PASSWORD, hire
from service.demo.listening import Receiver
from service.demo.people import facilitator_codes
from service.demo.registry_doubts import write_nik_result
from service.demo.registry_files import write_aid_ledger, write_registry_files
from service.demo.show import Screen, line_to_copy
from service.demo.stage_hand import StageHand
from service.demo.story import JUNE, Story
from service.errors import BadInput
from service.messages.prefect_runs import PrefectServer
from service.policy import CyclePolicy, DecreeRules, Letterhead
from service.registry.aid_ledger import import_aid
from service.registry.doubts.nik_files import take_nik_result
from service.registry.doubts.steps import find_duplicates
from service.registry.steps import import_file
from service.settings import Settings
from service.supervisor.emptying import empty_home
from service.supervisor.installation import Installation
from service.trust.accounts import add_user, officer_by_login
from service.trust.codes import new_code
from service.trust.homes import House, is_home, make_home, require_demo
from service.trust.queries import partner_by_sender

YEAR = 2021
QUOTA_2021 = {"36.01": 250, "36.02": 250, "36.03": 260, "36.04": 250, "36.71": 290, "36.72": 200, "36.73": 200, "36.74": 200}
WHOLE = 2500
SHOWN_OFFICE = "dinkop-3673"


class DemoNeedsSqlite(BadInput):
    """A demo makes and throws away its own home; it does not touch a PostgreSQL server."""


def run_demo(
    settings: Settings, *, households: int = 12_000, quota: int = WHOLE, seed: int = 2021, port: int = 8080,
    prefect_port: int = 4200, stop_after: bool = False, as_json: bool = False, without_prefect: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Play one cycle and return its summary; stays up until Ctrl-C unless `stop_after`.

    Raises:
        WrongKind: the home is a real installation.
        PortTaken, AlreadyUp, WouldNotStart: nothing is left running.
    """
    screen = Screen()
    summary: dict[str, Any] = {}
    with _ended_by_signal(screen), fresh_home(settings, port) as house, ExitStack() as open_lines:
        receiver = Receiver()
        installation = Installation(house, port, prefect_port, quiet=True)
        try:
            players = hire(house, receiver.address_for, facilitator_codes(households))
            prefect = None if without_prefect else PrefectServer(installation.at.prefect_api)
            caller = Caller(installation.at.service)
            open_lines.callback(caller.close)
            if prefect:
                open_lines.callback(prefect.close)
            hand = StageHand(house, YEAR, caller, prefect, players, screen)
            with _prepared_beside(hand, households, quota, seed) as prepared, installation as up:
                screen.seconds["servers"] = round(up.seconds["all"], 2)
                screen.seconds["start"] = round(prepared(), 2)
                Story(hand, receiver.mailbox, seed).play()
                summary = _summary(hand)
                _show_end(hand, up, summary, as_json)
                if not stop_after:
                    up.watch()
        finally:
            receiver.close()
    return summary


@contextmanager
def fresh_home(settings: Settings, port: int) -> Iterator[House]:
    """The demo's home, emptied of an earlier demo; a real installation is refused, a running one too."""
    if settings.is_postgresql:
        raise DemoNeedsSqlite("Demo memakai SQLite di rumahnya sendiri. Kosongkan ESTAFET_DATABASE_URL lalu ulangi.")
    home = settings.home if settings.home.name == "demo" else settings.home / "demo"
    chosen = settings.model_copy(
        update={"home": home, "allow_private_webhooks": True, "public_url": f"http://127.0.0.1:{port}"}
    )
    if is_home(home):
        require_demo(chosen)
        empty_home(home)
    house = make_home(chosen, "demo")
    try:
        yield house
    finally:
        house.close()


@contextmanager
def _prepared_beside(hand: StageHand, households: int, quota: int, seed: int) -> Iterator[Callable[[], float]]:
    """Prepares while the servers start; what it gives waits for that, and says how long nothing was done but waiting."""
    stop = Event()
    with ThreadPoolExecutor(1) as beside:
        preparing = beside.submit(_prepare, hand, households, quota, seed, stop)

        def wait_for_it() -> float:
            ended = preparing.result()
            return max(time.monotonic() - ended, 0.0)

        try:
            yield wait_for_it
        finally:
            stop.set()


def _prepare(hand: StageHand, households: int, quota: int, seed: int, stop: Event) -> float:
    """What happens before the year begins: points, ledger, the regencies' files, the opened cycle. Returns when it ended."""
    hand.date(JUNE)
    house = hand.house
    with hand.chapter("import"):
        _place_points(house)
        folder = house.home / "files"
        ledger = write_aid_ledger(folder, households, seed, YEAR)
        import_aid(house.database, house.home, house.sealer, ledger, hand.now)
        for path in write_registry_files(folder, households, seed, YEAR):
            if stop.is_set():
                return time.monotonic()
            _import(hand, path)
        take_nik_result(house.database, house.home, house.sealer, write_nik_result(folder, households, seed, YEAR), hand.now)
        find_duplicates(house.database, hand.now)
    with house.database.write() as session:
        officer = officer_by_login(session, "petugas")
        policy = CyclePolicy(
            budget_ceiling=quota * 2_600_000, letterhead=Letterhead(signer_name="Pejabat Contoh, M.Si. (sintetis)"),
            decree=DecreeRules(objection_days=3),
        )  # fmt: skip
        open_cycle(session, officer, YEAR, spread_quota(quota), policy, seed, Told(officer.actor, hand.now))
    return time.monotonic()


def _import(hand: StageHand, path: Path) -> None:
    house = hand.house
    with hand.screen.bar(f"Impor {path.name}") as bar:
        result = import_file(house.database, house.home, house.sealer, path, "user:petugas", hand.now, bar.to)
        bar.step(0, f"{result.added} masuk, {result.rejected} ditolak, {result.duplicates} ganda")


def spread_quota(quota: int) -> dict[str, int]:
    """The quota of 2021 scaled; largest remainders first, so that it sums exactly."""
    total = sum(QUOTA_2021.values())
    whole = {code: quota * share // total for code, share in QUOTA_2021.items()}
    rest = sorted(QUOTA_2021, key=lambda code: (-(quota * QUOTA_2021[code] % total), code))
    return {code: number + (code in rest[: quota - sum(whole.values())]) for code, number in whole.items()}


def _place_points(house: House) -> None:
    """A delivery point in every district; the coordinates are made up."""
    with house.database.write() as session:
        for regency in regions.regencies():
            for code in regions.districts(regency):
                name = f"Kantor Kecamatan {regions.name_of(code)}"
                latitude, longitude = -6.0 - int(code[3:5]) / 200, 105.8 + int(code[6:8]) / 60
                session.add(DeliveryPoint(district_code=code, name=name, latitude=latitude, longitude=round(longitude, 6)))


def _summary(hand: StageHand) -> dict[str, Any]:
    seconds = {**hand.screen.seconds, "stages": round(hand.stage_seconds, 2)}
    seconds["total"] = round(time.monotonic() - hand.screen.began, 2)
    return {**hand.summary(), "seconds": seconds}


def _show_end(hand: StageHand, up: Installation, summary: dict[str, Any], as_json: bool) -> None:
    screen, home = hand.screen, hand.house.home
    screen.funnel(summary)
    screen.verdict(summary)
    screen.say(f"  Surat: {summary['letters']} berkas di {home / 'letters'}")
    screen.say(f"  Konsol       {up.at.service}/   masuk sebagai petugas atau kadis, kata sandi {DEMO_PASSWORD}")
    screen.say(f"  Prefect      {up.at.prefect}/")
    if login := _facilitator_to_try(hand):
        screen.say(f"  Lapangan     {up.at.service}/lapangan   masuk sebagai {login}, kata sandi {DEMO_PASSWORD}")
    for title, path in _doors(hand):
        screen.say(f"  {title:<12} {up.at.service}{path}")
    screen.say(f"  Kode kantor  {_office_code(hand)}   membuka alamat dan telepon keluarga di halaman instansi")
    screen.say("  Baris perintah sebagai petugas; salin baris ini, lalu misalnya: estafet referral balance 2021")
    screen.say(escape(f"  {line_to_copy(home, hand.players.tokens['operator'])}"))
    screen.say(f"  Selesai dalam {summary['seconds']['total']:.0f} detik. Semua data sintetis.")
    if as_json:
        print(json.dumps(summary), flush=True)


def _doors(hand: StageHand) -> list[tuple[str, str]]:
    """A partner's page and a letter's check page to look at."""
    from service.demo.agencies import PageAgency
    from service.letters.queries import newest_code

    agency = PageAgency(hand.caller, hand.players.agencies[SHOWN_OFFICE], hand.house.home / "outbox")
    with hand.house.database.read() as session:
        code = newest_code(session, "referral_sheet")
    links = [("Instansi", next(iter(agency.links()), None)), ("Cek surat", f"/v/{code}" if code else None)]
    return [(title, path) for title, path in links if path]


def _office_code(hand: StageHand) -> str:
    """The short code of the office whose page is shown; it opens address and phone there."""
    with hand.house.database.write() as session:
        partner = partner_by_sender(session, SHOWN_OFFICE)
        assert partner is not None
        assert partner.id is not None
        return new_code(session, hand.house.sealer, partner.id)


def _facilitator_to_try(hand: StageHand) -> str | None:
    """A facilitator who still has a household to visit gets an account for the phone page; returns its login."""
    absent = hand.read(lambda session, work: absent_parcels(session, work.cycle_id))
    login: str | None = next((row["facilitator"] for row in absent if row["facilitator"]), None)
    if login:
        with hand.house.database.write() as session:
            add_user(session, login, f"Pendamping {login} (contoh)", ["facilitator"], password=DEMO_PASSWORD)
    return login


@contextmanager
def _ended_by_signal(screen: Screen) -> Iterator[None]:
    """Ctrl-C, SIGTERM or a closed terminal end the demo as a whole; it can be started again at any time."""
    numbers = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    before = {number: signal.signal(number, signal.default_int_handler) for number in numbers}
    try:
        yield
    except KeyboardInterrupt:
        screen.say("Demo dihentikan; semua bagiannya ikut berhenti. Jalankan lagi kapan saja: mulai dari awal.")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
