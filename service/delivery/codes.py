"""Which code stands for a household on its invitation, and how is it read back from a QR?

Random, so that it says nothing about the household; the QR holds the code alone. Letters and digits that look alike
(0 O, 1 I L, 5 S, 2 Z, 8 B) are left out, because a code is also typed by hand.
"""

from __future__ import annotations

import io
import re
import secrets

import zxingcpp
from PIL import Image

from service.errors import BadInput

ALPHABET = "34679ACDEFGHJKMNPQRTUVWXY"
LENGTH = 11
PREFIX = "ESTAFET:"
LARGEST_FRAME = 12_000_000
_CODE = re.compile(rf"(?:{PREFIX})?([{ALPHABET}]{{{LENGTH}}})")


class FrameUnreadable(BadInput):
    """What was sent to be scanned is no picture."""


def new_code() -> str:
    """51 random bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def qr_text(code: str) -> str:
    return PREFIX + code


def code_in(text: str) -> str | None:
    """The code in a scanned or typed text; None when it is something else."""
    found = _CODE.fullmatch(re.sub(r"[\s-]", "", text).upper())
    return found[1] if found else None


def code_in_picture(content: bytes) -> str | None:
    """The first of our codes that a QR in this picture holds.

    Raises:
        FrameUnreadable: not a JPEG or PNG, damaged, or far too many pixels.
    """
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as image:
            if image.width * image.height > LARGEST_FRAME:
                raise FrameUnreadable("Gambar terlalu besar untuk dipindai.")
            grey = image.convert("L")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise FrameUnreadable("Gambar ini tidak dapat dibuka.") from None
    found = zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode]))
    return next((code for barcode in found if (code := code_in(barcode.text))), None)
