"""What do the tables say about referrals? `work` for the steps, `letters` for what is printed, `pages` for people."""

from service.handoff.queries.pages import (
    batch_by_number,
    batches,
    batches_awaiting_signature,
    counts_by_agency,
    hops_of,
    letters_of_batch,
    needing_person,
    overdue,
    referral_by_number,
    referrals_of_agency,
)

__all__ = [
    "batch_by_number", "batches", "batches_awaiting_signature", "counts_by_agency", "hops_of", "letters_of_batch",
    "needing_person", "overdue", "referral_by_number", "referrals_of_agency",
]  # fmt: skip
