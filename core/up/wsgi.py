"""The application as a web server loads it: sooner, and with less to look through for garbage ever after."""

import gc
import os
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from core.up.programs import START_WHEN

if TYPE_CHECKING:
    from flask import Flask


def create_app() -> "Flask":
    """What is imported stays for good, so the collector neither runs meanwhile nor looks at it later."""
    gc.disable()
    core_app = import_module("core.app")
    _wait()
    import_module("core.db").be_impatient()
    application: Flask = core_app.create_app()
    gc.freeze()
    gc.enable()
    return application


def _wait() -> None:
    """For the services and the schema, which `guanxi up` prepares while we load."""
    if name := os.environ.get(START_WHEN):
        while not Path(name).exists():
            time.sleep(0.005)
