"""Which goods does each kind of business get in a cycle, at what price, from which account?

A catalogue is YAML (the one beside this file is the documented default) or a table (`catalogue_file`); both are validated
here. `changing` keeps it as rows of the cycle.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from service.business import BY_CODE
from service.errors import BadInput
from service.procurement.budget import rupiah

DEFAULT = Path(__file__).with_name("catalogue.yaml")
CODE = r"^[A-Z0-9-]{1,20}$"


class WrongCatalogue(BadInput):
    """The catalogue has faults; every one is named. `workbook`: the faulty rows with their reasons, of a file that was XLSX."""

    workbook: bytes | None = None


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Item(_Strict):
    """`price`: rupiah for one unit, tax and transport included; `tax` the part that is tax; `test`: switched on when given."""

    name: str = Field(min_length=1, max_length=200)
    quantity: int = Field(gt=0, le=100_000)
    unit: str = Field(min_length=1, max_length=30)
    price: int = Field(gt=0, le=1_000_000_000)
    tax: int = Field(0, ge=0)
    test: bool = False

    @model_validator(mode="after")
    def _tax_within_price(self) -> Item:
        if self.tax > self.price:
            raise ValueError(f"pajak {self.tax} melebihi harga {self.price}")
        return self


class PackageOf(_Strict):
    """A package and the kinds of business that get it; `account` None: the cycle's own budget account."""

    code: str = Field(pattern=CODE)
    name: str = Field(min_length=1, max_length=200)
    account: str | None = Field(None, min_length=1, max_length=40)
    kinds: tuple[str, ...] = ()
    items: tuple[Item, ...] = Field(min_length=1)

    @property
    def price(self) -> int:
        return sum(item.quantity * item.price for item in self.items)

    @property
    def content(self) -> tuple[Any, ...]:
        """What makes a version: another content is another version; the kinds of business that get it are not part of it."""
        return self.name, self.account, self.items

    @field_validator("kinds")
    @classmethod
    def _known_kinds(cls, kinds: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := sorted(set(kinds) - BY_CODE.keys()):
            raise ValueError(f"jenis usaha tidak dikenal: {', '.join(unknown)}")
        return kinds


class Catalogue(_Strict):
    """Packages with different codes; each kind of business gets at most one."""

    packages: tuple[PackageOf, ...] = Field(min_length=1)

    @field_validator("packages")
    @classmethod
    def _nothing_twice(cls, packages: tuple[PackageOf, ...]) -> tuple[PackageOf, ...]:
        names = [package.code for package in packages] + [kind for package in packages for kind in package.kinds]
        if doubles := [name for name, times in Counter(names).items() if times > 1]:
            raise ValueError(f"disebut lebih dari sekali: {', '.join(doubles)}")
        return packages


def read_catalogue(path: Path = DEFAULT) -> Catalogue:
    """From YAML. Raises WrongCatalogue, naming each fault and where it stands."""
    try:
        return catalogue_from(yaml.safe_load(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise WrongCatalogue(f"Berkas katalog {path} tidak ditemukan.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise WrongCatalogue(f"Berkas katalog {path} bukan YAML yang benar: {error}") from None


def catalogue_from(told: Any) -> Catalogue:
    """Raises WrongCatalogue, naming each fault and where it stands."""
    try:
        return Catalogue.model_validate(told)
    except ValidationError as error:
        faults = faults_of(error)
        raise WrongCatalogue("Katalog ditolak. " + "; ".join(faults), faults=faults) from None


def as_yaml(catalogue: Catalogue) -> str:
    """The catalogue as a file `read_catalogue` reads back."""
    told = catalogue.model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump(told, allow_unicode=True, sort_keys=False, width=140)


def faults_of(error: ValidationError) -> list[str]:
    """One sentence for each fault; a list that is "too short" only because of faults inside it is not named again."""
    places = [one["loc"] for one in error.errors()]
    return [
        f"{'.'.join(map(str, one['loc'])) or '(isi)'}: {one['msg']}"
        for one in error.errors()
        if one["type"] != "too_short" or not any(loc != one["loc"] and loc[: len(one["loc"])] == one["loc"] for loc in places)
    ]


def refuse_unfit(catalogue: Catalogue, unit_value: int, accounts: Collection[str]) -> None:
    """Raises WrongCatalogue, naming each package above the value of one household's aid or of an unknown account."""
    faults = [
        f"{package.code} berharga {rupiah(package.price)}, di atas nilai satuan {rupiah(unit_value)}"
        for package in catalogue.packages
        if package.price > unit_value
    ]
    faults += [
        f"{package.code} memakai rekening {package.account} yang tidak ada pada kebijakan siklus"
        for package in catalogue.packages
        if package.account is not None and package.account not in accounts
    ]
    if faults:
        raise WrongCatalogue("Katalog ditolak. " + "; ".join(faults) + ".", faults=faults)
