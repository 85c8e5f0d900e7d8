"""Where does what runs on this home say it is reached?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from service.settings import Settings

ADDRESS_FILE = "up.json"  # written by `estafet up` and the demo while they run


def served_at(home: Path) -> dict[str, Any]:
    """Empty when nothing runs."""
    try:
        found: dict[str, Any] = json.loads((home / ADDRESS_FILE).read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return found


def as_served(settings: Settings) -> Settings:
    """Links and QR codes made here lead where the running service is; a public address of one's own comes first."""
    told = settings.public_url or served_at(settings.home).get("address", "")
    return settings.model_copy(update={"public_url": told})
