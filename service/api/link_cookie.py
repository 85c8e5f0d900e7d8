"""Has the office behind this link shown its short code in this browser, so that address and phone may be seen here today?

The proof is a signed cookie for this one link, bound to the code, for a day. It opens details
only; answers need the link alone.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

from fastapi import Request, Response

from service import clock
from service.db.tables import PartnerLink
from service.trust.homes import House

LASTS = timedelta(days=1)


def open_details(response: Response, house: House, link: PartnerLink) -> None:
    """The right code was given: remember it for a day."""
    expires = int((clock.wall() + LASTS).timestamp())
    response.set_cookie(
        _name(house, link), f"{expires}.{_mark(house, link, expires)}", max_age=int(LASTS.total_seconds()), httponly=True,
        samesite="lax", path="/", secure=_is_https(house),
    )  # fmt: skip


def are_details_open(request: Request, house: House, link: PartnerLink) -> bool:
    """Was the code that counts now entered in this browser within a day?"""
    seconds, _, mark = request.cookies.get(_name(house, link), "").partition(".")
    if not (link.code_hash and seconds.isascii() and seconds.isdigit() and len(seconds) < 12):
        return False
    is_ours = hmac.compare_digest(mark.encode(), _mark(house, link, int(seconds)).encode())
    return is_ours and clock.wall().timestamp() < int(seconds)


def _name(house: House, link: PartnerLink) -> str:
    """`__Host-` needs HTTPS; a laptop's demo has none."""
    return ("__Host-" if _is_https(house) else "") + f"estafet-tautan-{link.id}"


def _is_https(house: House) -> bool:
    return house.settings.address.startswith("https://")


def _mark(house: House, link: PartnerLink, expires: int) -> str:
    said = f"link\0{link.id}\0{link.token_hash}\0{link.code_hash}\0{expires}"
    return hmac.new(house.secret_key.encode(), said.encode(), hashlib.sha256).hexdigest()
