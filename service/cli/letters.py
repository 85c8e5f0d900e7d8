"""How are letters initialled, signed electronically and brought back from the command line?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli.desk import AsJson, Desk, answer, command, sit_down
from service.errors import BadInput

if TYPE_CHECKING:
    from service.db.tables import Letter

group = typer.Typer()
Code = Annotated[str, typer.Argument(help="Kode pemeriksaan pada surat (di bawah QR).")]


class NoSuchFile(BadInput):
    """The file named is not there."""


def add_to(app: typer.Typer) -> None:
    command(app, "initial", "referral.initial")(initial)


def initial(
    batch: Annotated[str, typer.Argument(help="Nomor berkas, misalnya BTC-2021-0001.")], as_json: AsJson = False
) -> None:
    """Paraf satu berkas rujukan sebelum ditandatangani. Yang menyusun tidak boleh memaraf."""
    from service.db.listings import by_number
    from service.db.tables import ReferralBatch
    from service.handoff.decisions import initial_batch

    with sit_down() as desk, desk.house.database.write() as session:
        made = initial_batch(session, desk.officer, by_number(session, ReferralBatch, batch), desk.told())
        marks = len(made.initials or ())
    answer(as_json, {"batch": batch, "initials": marks}, f"Berkas {batch} diparaf ({marks}).")


@command(group, "upload", "letter.upload")
def upload(
    code: Code, file: Annotated[Path, typer.Argument(help="PDF bertanda tangan elektronik.")], as_json: AsJson = False
) -> None:
    """Simpan PDF surat yang sudah ditandatangani secara elektronik oleh instansi."""
    from service import clock
    from service.letters.uploading import take_signed

    with sit_down() as desk:
        _require_reach(desk, code)
        if not file.is_file():
            raise NoSuchFile(f"Berkas {file} tidak ditemukan.")
        house = desk.house
        now = clock.now(house.home)
        letter = take_signed(house.database, house.home, house.settings, code, file.read_bytes(), desk.officer, now)
    identity = _identity(desk)
    said = f"Tersimpan: ditandatangani oleh {letter.signed_by}. {identity}"
    answer(as_json, _told(letter, identity), said)


@command(group, "sign", "letter.sign")
def sign(code: Code, as_json: AsJson = False) -> None:
    """Tandatangani satu surat dengan sertifikat di rumah data ini (ESTAFET_SIGNING_CERTIFICATE)."""
    from service import clock
    from service.letters.uploading import sign_here

    with sit_down() as desk:
        place = _require_reach(desk, code)
        house = desk.house
        letter = sign_here(house.database, house.home, house.settings, code, place, desk.officer, clock.now(house.home))
    identity = _identity(desk)
    said = f"Surat ditandatangani secara elektronik oleh {letter.signed_by}. {identity}"
    answer(as_json, _told(letter, identity), said)


def _told(letter: Letter, identity: str) -> dict[str, Any]:
    return {
        "code": letter.code, "signed_by": letter.signed_by, "signed_at": letter.signed_at, "sha256": letter.signed_sha256,
        "identity": identity,
    }  # fmt: skip


def _identity(desk: Desk) -> str:
    from service.letters.checking import identity_words

    return identity_words(desk.house.settings)


def _require_reach(desk: Desk, code: str) -> str:
    """The place where letters of its cycle are signed."""
    from service.db.tables import Cycle
    from service.letters.checking import letter_with
    from service.letters.reach import require_reach
    from service.policy import CyclePolicy

    with desk.house.database.read() as session:
        letter = letter_with(session, code)
        require_reach(session, desk.officer, letter)
        return CyclePolicy.model_validate(session.get_one(Cycle, letter.cycle_id).policy).letterhead.place
