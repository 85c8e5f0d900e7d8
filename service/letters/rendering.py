"""How do a template and values become a PDF that anybody can archive, read aloud and check?

`service.letters.sources` writes a Typst source in which every value is text; Typst makes PDF/A-2a and PDF/UA-1 of it.
The same values on the same fonts give the same bytes. Compiling releases the interpreter lock, so threads help.
"""

from __future__ import annotations

import io
import os
import re
import threading
from base64 import b64encode
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import typst
from PIL import Image

from service.letters import fonts
from service.letters.sources import (
    MissingValue,
    UnknownValue,
    Unprintable,
    WrongTemplate,
    field_with,
    layout,
    shared_part,
    source,
    unprintable,
)
from service.policy import Letterhead

__all__ = ["MissingValue", "UnknownValue", "Unprintable", "WrongTemplate", "letter_frame", "render", "render_many"]

STANDARDS = ["a-2a", "ua-1"]
LOGO = "kop.png"
PARTS = {"handover": ("record.typ",), "handover_event": ("record.typ",)}
_NO_GLYPH = re.compile(r'the text `"(.*?)"` could not be displayed', re.DOTALL)
_ESCAPE = re.compile(r"\\u\{([0-9a-f]+)\}")
_own = threading.local()


def letter_frame(head: Letterhead, *, public_url: str, home: Path | None = None, synthetic: bool = False) -> dict[str, Any]:
    """The values every letter shares; the letterhead's picture is `kop.png` in the home, if the agency put one there."""
    picture = home / LOGO if home and (home / LOGO).is_file() else None
    return {
        "head": head.model_dump(),
        "signer": {"post": head.signer_post, "name": head.signer_name, "rank": head.signer_rank, "nip": head.signer_nip},
        "public_url": public_url.rstrip("/"),
        "logo": picture.read_bytes() if picture else None,
        "synthetic": synthetic,
    }


def render(template: str, values: Mapping[str, Any]) -> bytes:
    """One letter as PDF; `template` is a name in `templates/letters`, the values are listed in `service.letters`.

    Raises:
        MissingValue: a value the template needs is missing or blank.
        UnknownValue: a value no template line uses (a typing error in an optional one would vanish silently).
        Unprintable: a value has a character that none of the fonts has.
        WrongTemplate: Typst cannot set the template.
    """
    files = {"main.typ": source(template, values), "layout.typ": layout()}
    files |= {name: shared_part(name) for name in PARTS.get(template, ())}
    if values.get("logo"):
        files["kop.svg"] = _picture(values["logo"])
    files |= {f"{name}.svg": _picture(content) for name, content in (values.get("pictures") or {}).items()}
    return _compiled(template, values, files)


def render_many(jobs: Sequence[tuple[str, Mapping[str, Any]]], threads: int | None = None) -> list[bytes]:
    """Many letters on all cores, in the order given; the first fault is raised.

    The caller gives batches of some hundreds: the result is held in memory.
    """
    with ThreadPoolExecutor(threads or os.cpu_count() or 1, initializer=_compiler) as pool:
        return list(pool.map(lambda job: render(*job), jobs))


def _compiled(template: str, values: Mapping[str, Any], files: dict[str, bytes]) -> bytes:
    try:
        pdf, warnings = _compiler().compile_with_warnings(
            files, format="pdf", pdf_standards=STANDARDS, timestamp=_timestamp(values["dated_on"])
        )
    except typst.TypstError as error:
        raise _explained(template, values, error) from None
    if warnings:
        raise WrongTemplate(f"Templat surat '{template}': {warnings[0].args[0]}.")
    return bytes(pdf) + b"\n"  # what an electronic signature appends must begin on a line of its own (PDF/A)


def _compiler() -> Any:
    """One compiler for a thread; the fonts are shared."""
    if not hasattr(_own, "compiler"):
        _own.compiler = typst.Compiler(
            font_paths=fonts.fonts(), ignore_system_fonts=True, sys_inputs={"fonts": ";".join(fonts.families())}
        )
    return _own.compiler


def _picture(content: bytes) -> bytes:
    """A PNG or JPEG within an SVG of its size: the compiler takes only text files from memory."""
    with Image.open(io.BytesIO(content)) as opened:
        (width, height), kind = opened.size, str(opened.format).lower()
    image = f'<image width="{width}" height="{height}" href="data:image/{kind};base64,{b64encode(content).decode()}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">{image}</svg>'.encode()


def _timestamp(day: date) -> int:
    return int(datetime.combine(day, time(), tzinfo=UTC).timestamp())


def _explained(template: str, values: Mapping[str, Any], error: typst.TypstError) -> Unprintable | WrongTemplate:
    if found := _NO_GLYPH.search(error.message):
        text = _ESCAPE.sub(lambda m: chr(int(m[1], 16)), found[1])
        return unprintable(template, field_with(values, text), text)
    return WrongTemplate(f"Templat surat '{template}' tidak dapat dicetak: {error.message}", trace=error.diagnostic)
