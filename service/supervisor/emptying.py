"""May a demo's home be emptied, and is nothing of it still running?"""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path

from service.supervisor.children import end_all, of_home
from service.supervisor.installation import LOCK_FILE, AlreadyUp, CannotWrite


def empty_home(home: Path) -> None:
    """End what a killed start left running, then remove the folder.

    Raises:
        AlreadyUp: somebody is using it now.
        CannotWrite
    """
    try:
        with (home / LOCK_FILE).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            end_all(of_home(home))
            shutil.rmtree(home)
    except BlockingIOError:
        raise AlreadyUp(
            f"Demo di {home} sedang berjalan. Hentikan dengan Ctrl-C di sana, atau pilih ESTAFET_HOME lain."
        ) from None
    except OSError as error:
        raise CannotWrite(f"Rumah data {home} tidak dapat dikosongkan: {error.strerror}.") from error
