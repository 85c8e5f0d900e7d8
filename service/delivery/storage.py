"""Where do photos, signatures and papers of the evidence lie, and how do they get there whole?

One small door: a file is kept under the hash of its content, in the home's folder `evidence`, or wherever
`ESTAFET_EVIDENCE_URL` points (`s3://...`, anything fsspec opens). Nothing else touches files of evidence.
"""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fsspec

from service.errors import NotFound
from service.settings import current_settings

ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png", "application/pdf": ".pdf"}


class EvidenceGone(NotFound):
    """A file the database names is not in the store."""


@dataclass(frozen=True)
class Store:
    """A folder of the home, or a place fsspec knows. `ending` is one of `ENDINGS`."""

    files: Any
    root: str
    is_folder: bool

    def address(self, sha256: str, ending: str = ".jpg") -> str:
        """Spread over 256 folders."""
        return f"{self.root}/{sha256[:2]}/{sha256[2:]}{ending}"

    def exists(self, sha256: str, ending: str = ".jpg") -> bool:
        return bool(self.files.exists(self.address(sha256, ending)))

    def read(self, sha256: str, ending: str = ".jpg") -> bytes:
        """Raises EvidenceGone."""
        try:
            content: bytes = self.files.cat_file(self.address(sha256, ending))
        except FileNotFoundError:
            raise EvidenceGone("Berkas bukti ini tidak ada di penyimpanan.") from None
        return content

    def write(self, sha256: str, content: bytes, ending: str = ".jpg") -> None:
        """The whole file under its name, or no file; it is on the disk when this returns."""
        place = self.address(sha256, ending)
        if self.is_folder:
            _write_whole(Path(place), content)
        else:
            self.files.makedirs(place.rpartition("/")[0], exist_ok=True)
            self.files.pipe_file(place, content)


def evidence_store(home: Path, url: str | None = None) -> Store:
    """The installation's store; `url` as in the settings where None."""
    told = current_settings().evidence_url if url is None else url
    files, root = fsspec.core.url_to_fs(told or str((home / "evidence").absolute()))
    return Store(files, root.rstrip("/"), is_folder="file" in _protocols(files))


def _protocols(files: Any) -> tuple[str, ...]:
    known = files.protocol
    return (known,) if isinstance(known, str) else tuple(known)


def _write_whole(path: Path, content: bytes) -> None:
    """Written beside, flushed to the disk, renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
