"""How is a picture from a phone (photo, signature, letter of authority) kept so that it proves a handover and cannot harm us?

Checked before decoding (size, kind, pixels), decoded, turned upright, shrunk, encoded anew without its metadata, and
kept under the hash of the new file; of EXIF only time and place are kept, as columns. The file is in the store before
the row that names it. Facilitators name a picture by the hash of the file they sent.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from PIL import ExifTags, Image, ImageOps

from service.clock import WIB
from service.db.session import Database
from service.db.tables import Partner
from service.delivery import queries
from service.delivery.likeness import likeness_of
from service.delivery.storage import EvidenceGone, Store, evidence_store
from service.errors import BadInput
from service.trust.queries import Signer

LARGEST_BYTES = 8 * 1024 * 1024
LARGEST_PIXELS = 50_000_000
LONGEST_SIDE = 1600
KINDS = ("JPEG", "PNG", "WEBP")
PictureKind = Literal["photo", "signature", "authority"]
SIGNATURE_BYTES, SIGNATURE_SIDE = 512 * 1024, 800
SMALL_SIDE, SMALL = 300, ".kecil.jpg"
"""For records of handover: made while the picture is open anyway, beside it in the store."""


class PhotoRefused(BadInput):
    """Not a photo, too large, damaged, or so many pixels that opening it would hurt."""


@dataclass(frozen=True)
class Picture:
    """A photo made harmless: JPEG bytes without metadata, and the time and place its EXIF told."""

    content: bytes
    width: int
    height: int
    taken_at: datetime | None
    place: tuple[float, float] | None
    likeness: str | None = None
    small: bytes = b""


def store_photo(database: Database, home: Path, partner: Partner | Signer, content: bytes, now: datetime) -> str:
    """Keep a photo of this facilitator; the same file again changes nothing. Returns the SHA-256 of `content`.

    Raises:
        PhotoRefused: says what is wrong with the file.
    """
    return store_picture(database, home, partner, content, "photo", now)


def store_picture(
    database: Database, home: Path, partner: Partner | Signer, content: bytes, kind: PictureKind, now: datetime
) -> str:
    """The same for a signature drawn on glass (a small PNG, seen on white) or the photo of a letter of authority.

    Raises:
        PhotoRefused
    """
    assert partner.id is not None
    given, store = hashlib.sha256(content).hexdigest(), evidence_store(home)
    with database.read() as session:
        known = queries.photo_sent(session, given, partner.id)
    if known and store.exists(known):
        return given
    picture = harmless_picture(content, kind)
    kept = hashlib.sha256(picture.content).hexdigest()
    store.write(kept, picture.small, SMALL)
    store.write(kept, picture.content)
    with database.write() as session:
        queries.keep_photo(
            session, _photo_row(kept, given, partner.id, picture, now), _upload_row(kept, given, partner.id, now)
        )
    return given


def harmless_picture(content: bytes, kind: PictureKind = "photo") -> Picture:
    """Raises PhotoRefused."""
    largest = SIGNATURE_BYTES if kind == "signature" else LARGEST_BYTES
    if len(content) > largest:
        raise PhotoRefused(f"Foto terlalu besar: {len(content):,} bita. Batasnya {largest:,} bita.")
    try:
        return _encoded_anew(content, SIGNATURE_SIDE if kind == "signature" else LONGEST_SIDE)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError):
        raise PhotoRefused("Berkas ini bukan foto yang dapat dibuka (JPEG, PNG, atau WebP), atau rusak.") from None


def _encoded_anew(content: bytes, longest_side: int) -> Picture:
    with Image.open(io.BytesIO(content), formats=KINDS) as image:
        if image.width * image.height > LARGEST_PIXELS:
            raise _too_many_pixels()
        taken_at, place = told_by_exif(image)
        image.draft("RGB", (longest_side, longest_side))
        upright = on_white(ImageOps.exif_transpose(image))
    upright.thumbnail((longest_side, longest_side))
    upright.info.clear()
    content = _jpeg(upright, 82)
    return Picture(content, upright.width, upright.height, taken_at, place, likeness_of(upright), _shrunk(upright))


def small_picture(store: Store, sha256: str) -> bytes:
    """The kept picture at most 300 pixels wide or high; made anew where the small one was lost.

    Raises:
        EvidenceGone: the picture itself is not in the store.
    """
    try:
        return store.read(sha256, SMALL)
    except EvidenceGone:
        with Image.open(io.BytesIO(store.read(sha256))) as image:
            return _shrunk(image)


def _shrunk(image: Image.Image) -> bytes:
    small = image.copy()
    small.thumbnail((SMALL_SIDE, SMALL_SIDE))
    return _jpeg(small, 70)


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


def on_white(image: Image.Image) -> Image.Image:
    """Without transparency: ink on nothing would be black on black."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    inked = image.convert("RGBA")
    paper = Image.new("RGB", inked.size, "white")
    paper.paste(inked, mask=inked.getchannel("A"))
    return paper


def told_by_exif(image: Image.Image) -> tuple[datetime | None, tuple[float, float] | None]:
    """Time (WIB where no zone is told) and place; None where EXIF is silent or nonsense."""
    try:
        exif = image.getexif()
        taken, gps = exif.get_ifd(ExifTags.IFD.Exif), exif.get_ifd(ExifTags.IFD.GPSInfo)
        return _moment(taken), _place(gps)
    except Exception:  # EXIF is free bytes from a phone; nothing in it may refuse a good photo
        return None, None


def _moment(ifd: dict[int, object]) -> datetime | None:
    text = ifd.get(ExifTags.Base.DateTimeOriginal)
    if not isinstance(text, str):
        return None
    zone = ifd.get(ExifTags.Base.OffsetTimeOriginal)
    try:
        if isinstance(zone, str):
            return datetime.strptime(text + zone, "%Y:%m:%d %H:%M:%S%z")
        return datetime.strptime(text, "%Y:%m:%d %H:%M:%S").replace(tzinfo=WIB)
    except ValueError:
        return None


def _place(ifd: dict[int, object]) -> tuple[float, float] | None:
    tags = ExifTags.GPS
    latitude = _degrees(ifd.get(tags.GPSLatitude), ifd.get(tags.GPSLatitudeRef) == "S")
    longitude = _degrees(ifd.get(tags.GPSLongitude), ifd.get(tags.GPSLongitudeRef) == "W")
    if latitude is None or longitude is None or not (abs(latitude) <= 90 and abs(longitude) <= 180):
        return None
    return latitude, longitude


def _degrees(parts: object, is_negative: bool) -> float | None:
    if not isinstance(parts, tuple) or len(parts) != 3:
        return None
    value = float(parts[0]) + float(parts[1]) / 60 + float(parts[2]) / 3600
    return -value if is_negative else value


def _too_many_pixels() -> PhotoRefused:
    return PhotoRefused(f"Foto memiliki terlalu banyak piksel; batasnya {LARGEST_PIXELS // 1_000_000} juta.")


def _photo_row(kept: str, given: str, partner_id: int, picture: Picture, now: datetime) -> dict[str, Any]:
    """Columns of EvidencePhoto."""
    latitude, longitude = picture.place or (None, None)
    return {
        "sha256": kept, "given_sha256": given, "partner_id": partner_id, "width": picture.width, "height": picture.height,
        "bytes": len(picture.content), "taken_at": picture.taken_at, "latitude": latitude, "longitude": longitude,
        "stored_at": now, "likeness_hash": picture.likeness,
    }  # fmt: skip


def _upload_row(kept: str, given: str, partner_id: int, now: datetime) -> dict[str, Any]:
    """Columns of EvidenceUpload."""
    return {"given_sha256": given, "partner_id": partner_id, "photo_sha256": kept, "sent_at": now}
