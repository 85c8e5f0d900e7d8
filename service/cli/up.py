"""How is the whole installation, or the demo, started and ended from the command line?"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Annotated

import typer

from service.cli.desk import AsJson, answer, command, note

Port = Annotated[int, typer.Option("--port", help="Port layanan; bila 0, dari pengaturan.", min=0, max=65535)]
PrefectPort = Annotated[int, typer.Option("--prefect-port", help="Port Prefect; bila 0, dari pengaturan.", min=0, max=65535)]


def add_to(app: typer.Typer) -> None:
    command(app, "up", "open: whoever owns the folder and its keys may start what runs on it")(up)
    command(app, "demo", "open: makes its own home with synthetic people; refuses a real one")(demo)


def up(port: Port = 0, prefect_port: PrefectPort = 0, as_json: AsJson = False) -> None:
    """Jalankan semuanya: Prefect, worker, jadwal, dan layanan. Satu Ctrl-C menghentikan semuanya."""
    from service.settings import current_settings
    from service.supervisor.installation import Installation, Stopped
    from service.trust.homes import open_home

    settings = current_settings()
    house = open_home(settings)
    try:
        with _until_told_to_stop() as stop:
            installation = Installation(
                house, port or settings.port, prefect_port or settings.prefect_port, quiet=as_json, say=note, stop=stop
            )
            with installation as running:
                at = running.at
                fields = {"console": at.service, "prefect": at.prefect, "pids": running.pids, "seconds": running.seconds}
                answer(as_json, fields, f"Estafet berjalan. Konsol: {at.service}  Prefect: {at.prefect}  Ctrl-C menghentikan.")
                running.watch()
    except Stopped as stopped:
        note(stopped.message)
    finally:
        house.close()
    note("Semua berhenti.")


def demo(
    households: Annotated[int, typer.Option("--households", help="Rumah tangga dalam data contoh.", min=100)] = 12_000,
    quota: Annotated[int, typer.Option("--quota", help="Rumah tangga yang diterima.", min=8)] = 2_500,
    seed: Annotated[int, typer.Option("--seed", help="Benih data contoh; sama benih, sama data.")] = 2021,
    port: Port = 0,
    prefect_port: PrefectPort = 0,
    stop_after: Annotated[bool, typer.Option("--exit", help="Selesai sendiri setelah siklusnya selesai.")] = False,
    as_json: AsJson = False,
) -> None:
    """Satu siklus penuh dengan data contoh, melalui bagian-bagian yang sama seperti instalasi sungguhan."""
    from service.demo.run import run_demo
    from service.settings import current_settings

    settings = current_settings()
    run_demo(
        settings, households=households, quota=quota, seed=seed, port=port or settings.port,
        prefect_port=prefect_port or settings.prefect_port, stop_after=stop_after, as_json=as_json,
    )  # fmt: skip


@contextmanager
def _until_told_to_stop() -> Iterator[Event]:
    """SIGINT, SIGTERM and a closed terminal set the event; a second one changes nothing: ending takes seconds."""
    stop = Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
