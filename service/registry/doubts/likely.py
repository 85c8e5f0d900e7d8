"""Which households are likely the same one, registered twice?

Three reasons, each looked for among few candidates (blocks), so that the work grows with the registry and not with its
square: the same village and birth date with alike names; the same village and nearly the same name with a birth date in
which day and month are swapped or one digit differs; the same birth date and name in another village of the regency.
"""

from __future__ import annotations

import polars as pl
from rapidfuzz import fuzz

from service.registry.doubts.names import likeness, normalised, sorted_words

ALIKE, NEARLY_EQUAL = 80, 91
OTHER_DATE, OTHER_VILLAGE = 5, 10
NEIGHBOURS = 50
BY_CHANCE = 0.002
_HOPELESS = 60
_DAYS = 20_000
_DIGITS = (1, 10, 100, 1_000, 10_000, 100_000)
SCHEMA = {"household_id": pl.Int64, "name": pl.String, "birth_on": pl.Date, "village_code": pl.String}
FOUND = {"first_id": pl.Int64, "second_id": pl.Int64, "likeness": pl.Int64}


def likely_pairs(households: pl.DataFrame) -> pl.DataFrame:
    """(first_id, second_id, likeness), `first_id` < `second_id`, each pair once, in ascending order.

    `households` has the columns of `SCHEMA`. `likeness` is that of the names, less 5 for another birth date and less 10
    for another village.
    """
    people = _prepared(households)
    found = [
        _judged(people, _same_day(people), ALIKE, 0),
        _judged(people, _misread_day(people), NEARLY_EQUAL, OTHER_DATE),
        _judged(people, _moved(people), 100, OTHER_VILLAGE),
    ]
    every = pl.concat(found).group_by("first_id", "second_id").agg(pl.col("likeness").max())
    return every.sort("first_id", "second_id")


def _prepared(households: pl.DataFrame) -> pl.DataFrame:
    """One row a household, in the order of ids: `at` its place, numbers instead of texts to join on."""
    day, village = pl.col("birth_on"), pl.col("village_code")
    return (
        households.sort("household_id")
        .join(_spelt(households["name"]), on="name", maintain_order="left")
        .select(
            "household_id",
            "words",
            "key",
            village.cast(pl.Categorical).to_physical().cast(pl.Int64).alias("village"),
            village.str.head(5).cast(pl.Categorical).to_physical().alias("regency"),
            (day.dt.year().cast(pl.Int64) * 10_000 + day.dt.month().cast(pl.Int64) * 100 + day.dt.day()).alias("day"),
        )
        .with_row_index("at")
    )


def _spelt(names: pl.Series) -> pl.DataFrame:
    """(name, words, key) of every different name; many people bear the same one."""
    different = pl.DataFrame({"name": names.unique()}).with_columns(normalised(pl.col("name")).alias("words"))
    return different.filter(pl.col("words") != "").with_columns(sorted_words(pl.col("words")).alias("key"))


def _same_day(people: pl.DataFrame) -> pl.DataFrame:
    return _within(people, people.select("at", _in_village(pl.col("day"))))


def _misread_day(people: pl.DataFrame) -> pl.DataFrame:
    """Two days that differ in one digit are equal without it; two with day and month swapped are equal when both are sorted.

    A name nearly equal begins or ends like the other: most candidates are told apart by that, all at once.
    """
    day = pl.col("day")
    month, of_month = day // 100 % 100, day % 100
    sorted_day = day // 10_000 * 10_000 + pl.min_horizontal(month, of_month) * 100 + pl.max_horizontal(month, of_month)
    blocks = [people.select("at", _in_village((day // (10 * place)) * 10 * place + day % place)) for place in _DIGITS]
    blocks.append(people.filter(of_month <= 12, month != of_month).select("at", _in_village(sorted_day)))
    found = _beside(people, "day", pl.concat(_within(people, some) for some in blocks))
    found = _beside(people, "key", found.filter(day != pl.col("day_right")))
    key, other = pl.col("key"), pl.col("key_right")
    near = (key.str.head(2) == other.str.head(2)) | (key.str.tail(2) == other.str.tail(2))
    return found.filter(near).select(pl.min_horizontal("at", "at_right"), at_right=pl.max_horizontal("at", "at_right")).unique()


def _moved(people: pl.DataFrame) -> pl.DataFrame:
    """Only where a stranger would hardly have name and birth date: a common name born on a first of January tells nothing.

    How many strangers would is the number of others with that name, times the share of others born on that day.
    """
    bearers = (pl.len().over("regency", "key").cast(pl.Float64) - 2).clip(0.1)
    born_then = (pl.len().over("regency", "day").cast(pl.Float64) - 2) / pl.len().over("regency")
    telling = people.filter(bearers * born_then.clip(1 / _DAYS) <= BY_CHANCE)
    found = _within(people, telling.select("at", pl.struct("regency", "day", "key").hash().alias("block")))
    return _beside(people, "village", found).filter(pl.col("village") != pl.col("village_right"))


def _in_village(reading: pl.Expr) -> pl.Expr:
    """A block: one village, one reading of the birth date."""
    return (pl.col("village") * 100_000_000 + reading).alias("block")


def _within(people: pl.DataFrame, blocks: pl.DataFrame) -> pl.DataFrame:
    """(at, at_right) of every two of one block; in a block of more than `NEIGHBOURS` of each and the next ones by name."""
    block = pl.col("block")
    ordered = blocks.sort("block")
    crowded = ordered.filter((block == block.shift(1)).fill_null(False) | (block == block.shift(-1)).fill_null(False))
    if (crowded.select(block.rle().struct.field("len").max()).item() or 0) > NEIGHBOURS:
        named = crowded.with_columns(people["key"].gather(crowded["at"]))
        crowded = named.sort("block", "key", "at").select("at", "block")
    return pl.concat(_neighbours(crowded))


def _neighbours(ordered: pl.DataFrame) -> list[pl.DataFrame]:
    """Each row beside its first, second, third ... next one, as long as any two still share a block."""
    found: list[pl.DataFrame] = []
    for step in range(1, NEIGHBOURS + 1):
        after = ordered.slice(step).rename({"at": "at_right", "block": "other"})
        beside = pl.concat([ordered.head(after.height), after], how="horizontal")
        found.append(beside.filter(pl.col("block") == pl.col("other")).select("at", "at_right"))
        if found[-1].is_empty():
            break
    return found


def _beside(people: pl.DataFrame, name: str, pairs: pl.DataFrame) -> pl.DataFrame:
    """The pairs with a column of both of their people."""
    values = people[name]
    return pairs.with_columns(
        values.gather(pairs["at"]).alias(name), values.gather(pairs["at_right"]).alias(f"{name}_right")
    )  # fmt: skip


def _judged(people: pl.DataFrame, candidates: pl.DataFrame, least: int, less: int) -> pl.DataFrame:
    """The candidates whose names are alike enough."""
    words, ids = people["words"], people["household_id"]
    one, other = candidates["at"], candidates["at_right"]
    judged = [_likeness(a, b) for a, b in zip(words.gather(one), words.gather(other), strict=True)]
    first, second = ids.gather(one), ids.gather(other)
    found = pl.DataFrame({"one": first, "other": second, "likeness": judged}, schema_overrides={"likeness": pl.Int64})
    return found.filter(pl.col("likeness") >= least).select(
        pl.min_horizontal("one", "other").alias("first_id"),
        pl.max_horizontal("one", "other").alias("second_id"),
        pl.col("likeness") - less,
    )


def _likeness(one: str, other: str) -> int:
    """Most candidates are strangers: told by their letters before their words are compared."""
    if one == other:
        return 100
    return likeness(one, other) if fuzz.token_set_ratio(one, other, score_cutoff=_HOPELESS) else 0
