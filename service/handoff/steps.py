"""What does the handoff stage do, in order?

Officials' decisions (sign, withdraw, re-route, revise, end) are in `decisions.py`; answers of agencies in `replies.py`.
"""

from __future__ import annotations

from service.handoff.consents import due_to_prove, due_to_stop, stop_denied, watch_consents
from service.handoff.continuing import continue_referrals, due_to_continue, due_to_withdraw, withdraw_ended
from service.handoff.decisions import (
    end_referral,
    reroute_referral,
    revise_referral,
    sign_batch,
    withdraw_referral,
)
from service.handoff.drafting import draft_referrals, due_for_draft
from service.handoff.sending import due_to_reprint, due_to_send, print_replaced, render_and_send
from service.handoff.watching import due_on_clock, run_clocks
from service.lifecycle import Subject
from service.stage import Step

__all__ = [
    "STEPS", "WATCH_STEPS", "end_referral", "reroute_referral", "revise_referral", "sign_batch", "withdraw_referral",
]  # fmt: skip

ALL_AT_ONCE = 20_000
SHEETS_AT_ONCE = 200

STEPS: tuple[Step, ...] = (
    Step("withdraw_ended", "Menarik rujukan yang berakhir", Subject.REFERRAL, due_to_withdraw, withdraw_ended, ALL_AT_ONCE),
    Step("stop_denied", "Menghentikan yang tidak disetujui lagi", Subject.CASE, due_to_stop, stop_denied, ALL_AT_ONCE),
    Step("continue_referrals", "Meneruskan yang ditolak", Subject.REFERRAL, due_to_continue, continue_referrals, ALL_AT_ONCE),
    Step("draft_referrals", "Memilih instansi dan menyusun", Subject.CASE, due_for_draft, draft_referrals, ALL_AT_ONCE),
    Step("print_replaced", "Mencetak surat pengganti", Subject.REFERRAL, due_to_reprint, print_replaced, SHEETS_AT_ONCE),
    Step("render_and_send", "Mencetak dan mengirim", Subject.REFERRAL, due_to_send, render_and_send, SHEETS_AT_ONCE),
)
WATCH_STEPS: tuple[Step, ...] = (
    Step("run_clocks", "Mengingatkan dan meneruskan yang terlambat", Subject.REFERRAL, due_on_clock, run_clocks, 100_000),
    Step(
        "watch_consents",
        "Membuktikan pemrosesan berhenti",
        Subject.CASE,
        due_to_prove,
        watch_consents,
        ALL_AT_ONCE,
    ),
)
