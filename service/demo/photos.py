"""What does a simulated handover photo look like? Small, different for each parcel, and marked as synthetic."""

from __future__ import annotations

import io
import random
from datetime import datetime
from functools import cache

from PIL import Image, ImageDraw

from service.clock import WIB

SIZE = (240, 180)
_GPS, _LATITUDE_REF, _LATITUDE, _LONGITUDE_REF, _LONGITUDE = 0x8825, 1, 2, 3, 4
_EXIF, _TAKEN_AT = 0x8769, 0x9003


def photo_of(parcel: str, taken_at: datetime, latitude: float, longitude: float) -> bytes:
    """A JPEG with EXIF time (WIB) and place."""
    chance = random.Random(parcel)  # noqa: S311  (a story, not a secret)
    picture = _counter().copy()
    draw = ImageDraw.Draw(picture)
    for _ in range(5):
        x, y, side = chance.randrange(20, 180), chance.randrange(70, 130), chance.randrange(16, 40)
        draw.rectangle((x, y, x + side, y + side), fill=_colour(chance), outline=(60, 50, 40))
    draw.text((8, 160), f"CONTOH SINTETIS {parcel}", fill=(20, 20, 20))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=70, exif=_exif(taken_at, latitude, longitude))
    return file.getvalue()


@cache
def _counter() -> Image.Image:
    picture = Image.new("RGB", SIZE, (226, 219, 205))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 120, SIZE[0], SIZE[1]), fill=(178, 150, 116))
    draw.rectangle((0, 0, SIZE[0], 26), fill=(46, 92, 110))
    return picture


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
