"""By which text, and which hash of it, is the whole list of a cycle known?

The text is a CSV in UTF-8 with lines ending in a line feed: a header, then one line per household in ascending order of
its number: number, placement, score, rank, reserve place (empty where there is none), and the points of each indicator.
Its SHA-256 is the hash of the selection, so that `sha256sum` of the file `estafet select list` writes gives the same.
"""

from __future__ import annotations

import hashlib

import polars as pl

from service.selection.placing import placement_code
from service.selection.score import LABELS, points_column

COLUMNS = ("household_id", "placement", "score", "rank", "reserve_place", *LABELS)


def listed(placed: pl.DataFrame) -> pl.DataFrame:
    """A frame of `Placed` with the columns of the text, placements as they are stored and told."""
    points = [pl.col(points_column(code)).alias(code) for code in LABELS]
    return placed.select("household_id", placement_code().alias("placement"), "score", "rank", "reserve_place", *points)


def text_of(rows: pl.DataFrame) -> bytes:
    """The canonical text of rows with `COLUMNS`."""
    return rows.select(COLUMNS).sort("household_id").write_csv().encode()


def hash_of(rows: pl.DataFrame) -> str:
    return hashlib.sha256(text_of(rows)).hexdigest()
