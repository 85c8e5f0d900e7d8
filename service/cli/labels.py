"""Which words stand in a terminal for a stored code? Those of the pages, loaded when one is said."""

from __future__ import annotations

from collections.abc import Mapping

from service.lifecycle import Subject, label_of


def words_for(code: str | None, table: str) -> str:
    """`table` is one of `service.words`; a code without words is shown as it is, so that nothing disappears."""
    from service import words

    known: Mapping[str, str] = getattr(words, table)
    return known.get(code or "", code or "")


def batch_label(state: str) -> str:
    """A batch is where its referrals are: drafted, signed or sent."""
    return label_of(Subject.REFERRAL, state)
