"""Does evidence lie behind one door, wherever that is, and only whole?"""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from factories import make_partner
from PIL import Image, ImageDraw
from proof_scenes import jpeg, picture

from service.clock import wall
from service.delivery import storage
from service.delivery.photos import PhotoRefused, harmless_picture, store_picture
from service.delivery.storage import EvidenceGone, evidence_store

SHA = "ab" + "0" * 62


@pytest.mark.parametrize("place", ["", "memory://bukti", "file"])
def test_a_file_is_kept_and_read_and_missed_in_any_place(home, place):
    store = evidence_store(home, f"file://{home / 'di-tempat-lain'}" if place == "file" else place)
    assert not store.exists(SHA)
    with pytest.raises(EvidenceGone):
        store.read(SHA)
    store.write(SHA, b"isi")
    assert store.exists(SHA)
    assert store.read(SHA) == b"isi"
    assert not store.exists(SHA, ".pdf")


def test_the_folder_of_the_home_is_as_it_always_was(home):
    evidence_store(home, "").write(SHA, b"isi")
    assert (home / "evidence" / "ab" / f"{'0' * 62}.jpg").read_bytes() == b"isi"


def test_a_write_that_fails_leaves_no_half_file(home, monkeypatch):
    def no_space(_):
        raise OSError("penuh")

    monkeypatch.setattr(storage.os, "fsync", no_space)
    with pytest.raises(OSError, match="penuh"):
        evidence_store(home, "").write(SHA, b"isi")
    assert [path for path in (home / "evidence").rglob("*") if path.is_file()] == []


def test_the_settings_say_where(home, monkeypatch):
    from service.settings import current_settings

    monkeypatch.setenv("ESTAFET_EVIDENCE_URL", "memory://lain")
    current_settings.cache_clear()
    try:
        assert not evidence_store(home).is_folder
    finally:
        monkeypatch.undo()
        current_settings.cache_clear()


def test_nothing_else_touches_files_of_evidence():
    room = Path(__file__).parent.parent / "service"
    named = [str(p.relative_to(room)) for p in room.rglob("*.py") if '"evidence"' in p.read_text()]
    assert named == ["delivery/storage.py"]


def test_ink_on_glass_is_seen_on_white(database, home):
    glass = Image.new("RGBA", (1200, 400), (0, 0, 0, 0))
    ImageDraw.Draw(glass).line([(10, 390), (1190, 10)], fill=(0, 0, 0, 255), width=14)
    png = io.BytesIO()
    glass.save(png, "PNG")
    with database.write() as session:
        facilitator = make_partner(session, "facilitator", "fas-f01")
    given = store_picture(database, home, facilitator, png.getvalue(), "signature", wall())
    assert given == hashlib.sha256(png.getvalue()).hexdigest()
    kept = Image.open(io.BytesIO(harmless_picture(png.getvalue(), "signature").content))
    assert (kept.width, kept.height) == (800, 267)
    assert kept.getpixel((5, 5))[0] > 240


def test_a_signature_is_small():
    heavy = jpeg(picture(1, (2400, 1800)), quality=100)
    assert len(heavy) > 512 * 1024
    with pytest.raises(PhotoRefused, match="terlalu besar"):
        harmless_picture(heavy, "signature")
    assert harmless_picture(heavy).width == 1600
