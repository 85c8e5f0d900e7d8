"""How are NIK, KK number and phone kept so that a stolen database says nothing?

AES-SIV binds each value to its column; a keyed hash (HMAC-SHA-256, another key) finds equal values. Keys are
derived from `ESTAFET_DATA_KEY` by HKDF. People see only the mask.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from service.errors import BadInput


class WrongKey(BadInput):
    """The data key does not fit what it should open."""


class Sealer:
    """Seals and opens text for a named column; the same value in two columns looks different."""

    def __init__(self, data_key: str) -> None:
        self._cipher = AESSIV(_derived(data_key, "seal", 64))
        self._keyed = hmac.new(_derived(data_key, "lookup", 32), digestmod=hashlib.sha256)

    def seal(self, column: str, value: str) -> str:
        return base64.b64encode(self._cipher.encrypt(value.encode(), [column.encode()])).decode()

    def unseal(self, column: str, sealed: str) -> str:
        """Raises WrongKey when key, column or content do not fit."""
        try:
            return self._cipher.decrypt(base64.b64decode(sealed), [column.encode()]).decode()
        except (InvalidTag, ValueError):
            raise WrongKey(f"Kunci data tidak cocok untuk kolom {column}. Periksa ESTAFET_DATA_KEY.") from None

    def lookup(self, column: str, value: str) -> str:
        """64 hex characters that are equal exactly when the values are."""
        keyed = self._keyed.copy()
        keyed.update(f"{column}\0{value}".encode())
        return keyed.hexdigest()


def masked(number: str) -> str:
    """`3601015206850003` -> `3601********0003`; short numbers keep their last two digits."""
    if len(number) < 10:
        return "*" * max(len(number) - 2, 0) + number[-2:]
    return number[:4] + "*" * (len(number) - 8) + number[-4:]


def _derived(key: str, purpose: str, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=f"estafet {purpose}".encode()).derive(key.encode())
