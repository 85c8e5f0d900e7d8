"""What does a simulated handover photo look like? Small, different for each parcel, and marked as synthetic."""

from __future__ import annotations

import io
import random
from datetime import datetime

from PIL import Image, ImageDraw, ImageOps

from service.clock import WIB

SIZE = (240, 180)
_GPS, _LATITUDE_REF, _LATITUDE, _LONGITUDE_REF, _LONGITUDE = 0x8825, 1, 2, 3, 4
_EXIF, _TAKEN_AT = 0x8769, 0x9003


def photo_of(parcel: str, taken_at: datetime, latitude: float, longitude: float) -> bytes:
    """A JPEG with EXIF time (WIB) and place."""
    chance = random.Random(parcel)  # noqa: S311  (a story, not a secret)
    picture = _light(chance)
    draw = ImageDraw.Draw(picture)
    for _ in range(5):
        x, y, side = chance.randrange(20, 180), chance.randrange(70, 130), chance.randrange(16, 40)
        draw.rectangle((x, y, x + side, y + side), fill=_colour(chance), outline=(60, 50, 40))
    draw.text((8, 160), f"CONTOH SINTETIS {parcel}", fill=(20, 20, 20))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=70, exif=_exif(taken_at, latitude, longitude))
    return file.getvalue()


def _light(chance: random.Random) -> Image.Image:
    """Light and shadow of its own: without them all counters look alike, and the rules would say so."""
    shadows = Image.frombytes("L", (9, 8), bytes(chance.randrange(60, 230) for _ in range(72)))
    return ImageOps.colorize(shadows.resize(SIZE, Image.Resampling.BILINEAR), (70, 52, 38), (238, 229, 212))


def _colour(chance: random.Random) -> tuple[int, int, int]:
    return chance.randrange(90, 240), chance.randrange(90, 220), chance.randrange(60, 200)


def _exif(taken_at: datetime, latitude: float, longitude: float) -> Image.Exif:
    exif = Image.Exif()
    exif.get_ifd(_EXIF)[_TAKEN_AT] = taken_at.astimezone(WIB).strftime("%Y:%m:%d %H:%M:%S")
    place = exif.get_ifd(_GPS)
    place[_LATITUDE_REF], place[_LATITUDE] = ("N" if latitude >= 0 else "S"), _degrees(latitude)
    place[_LONGITUDE_REF], place[_LONGITUDE] = ("E" if longitude >= 0 else "W"), _degrees(longitude)
    return exif


def _degrees(value: float) -> tuple[float, float, float]:
    whole, rest = divmod(abs(value), 1)
    minutes, seconds = divmod(rest * 60, 1)
    return whole, minutes, round(seconds * 60, 3)
