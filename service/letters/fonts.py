"""In which fonts are letters set, and what if a machine has none of them?

The text font is the first of `TEXT_FONTS` that this machine has in regular and bold; FiraGO comes with a package, so
there is always one. What it lacks is taken from the packaged `RESERVE_FONTS`, in that order and from nowhere else: a
character in none of them is an error, never an empty box.
"""

from __future__ import annotations

import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path

import pymupdf_fonts
import typst

from service.errors import NeedsPerson

TEXT_FONTS = ("Arial", "Liberation Sans", "Arimo", "FiraGO")
RESERVE_FONTS = ("FiraGO", "Noto Sans", "Noto Sans Math", "Noto Sans Symbols", "Noto Sans Symbols2")
_PACKAGED = ("figo", "figbo", "figit", "notos", "notosbo", "math", "symbol1", "symbol2")
_REGULAR, _BOLD = 400, 700


class MissingFont(NeedsPerson):
    """None of the text fonts, or not every reserve font, can be loaded."""


@cache
def fonts() -> typst.Fonts:
    """Every font of this machine and the packaged ones, searched once for the process."""
    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=False, font_paths=[str(_packaged_folder())])


@cache
def families() -> tuple[str, ...]:
    """The text font of this machine, then the reserve fonts.

    Raises:
        MissingFont: names what is not there.
    """
    return choose_families({(font.family, font.weight) for font in fonts().fonts() if font.style == "normal"})


def choose_families(found: set[tuple[str, int]]) -> tuple[str, ...]:
    """`found`: (family, weight) of upright fonts."""
    text = next((name for name in TEXT_FONTS if {(name, _REGULAR), (name, _BOLD)} <= found), None)
    missing = [name for name in RESERVE_FONTS if (name, _REGULAR) not in found]
    if text is None or missing:
        wanted = missing or list(TEXT_FONTS)
        raise MissingFont(f"Fon untuk surat tidak ditemukan: {', '.join(wanted)}. Pasang ulang paket pymupdf-fonts.")
    return (text, *(name for name in RESERVE_FONTS if name != text))


def _packaged_folder() -> Path:
    """The packaged fonts as files (the package has them as Python modules): in the user's cache, else in a new folder."""
    folder = Path.home() / ".cache" / "estafet" / f"fonts-{version('pymupdf-fonts')}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_fonts(folder)
    except (OSError, RuntimeError):
        folder = Path(tempfile.mkdtemp(prefix="estafet-fonts-"))
        _write_fonts(folder)
    return folder


def _write_fonts(folder: Path) -> None:
    for name in _PACKAGED:
        path = folder / f"{name}.font"
        content: bytes = pymupdf_fonts.myfont(name)
        path = path.with_suffix(".otf" if content.startswith(b"OTTO") else ".ttf")
        if path.exists() and path.stat().st_size == len(content):
            continue
        with tempfile.NamedTemporaryFile(dir=folder, suffix=".new", delete=False) as draft:
            draft.write(content)
        Path(draft.name).replace(path)
