"""Where tests put what need not last."""

import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 2 * 1024**3


def passing_place() -> Path:
    """A new empty folder, in memory where there is room: a database is a thousand files.

    Not pytest's, which it shuts against the account that services run under when we are root.
    """
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    return Path(tempfile.mkdtemp(prefix="guanxi-test-", dir=MEMORY if roomy else "/tmp"))
