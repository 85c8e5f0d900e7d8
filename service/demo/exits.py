"""How does the demo tell the cash programme who leaves it: a list made, its file taken, and answered by its hash?"""

from __future__ import annotations

import hashlib

from service.demo.stage_hand import StageHand

RECEIVER = "Bidang Perlindungan dan Jaminan Sosial (contoh)"


def leave_the_cash_programme(hand: StageHand) -> None:
    """The operator makes the list and takes the file; the cash programme answers with the hash of what it got."""
    if not hand.official("operator", f"/api/cycles/{hand.year}/exits", method="GET")["waiting"]:
        return
    made = hand.official("operator", f"/api/cycles/{hand.year}/exits")
    content = hand.caller.taken(f"/api/exits/{made['list']}/file", hand.players.tokens["operator"])
    answer = {"sha256": hashlib.sha256(content).hexdigest(), "by": RECEIVER}
    hand.official("operator", f"/api/exits/{made['list']}/acknowledge", answer)
    hand.screen.say(f"  {made['households']} keluarga keluar dari program bantuan tunai (daftar {made['list']})")
