"""The browser that journeys go through, and the font that Chinese is drawn with."""

import os
import shutil
import subprocess
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PLAYWRIGHT = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache/ms-playwright")
REMEDY = "sudo apt-get update && sudo apt-get install -y chromium fonts-noto-cjk"


def chromium() -> Path:
    """The program to launch.

    Raises LookupError, which says what to install; a test without its browser fails, it is not skipped.
    """
    named = os.environ.get("GUANXI_CHROMIUM")
    on_path = [Path(found) for name in NAMES if (found := shutil.which(name))]
    own = sorted(PLAYWRIGHT.glob("chromium-*/chrome-linux*/chrome"), reverse=True)
    for candidate in [Path(named)] if named else [*on_path, *own]:
        if _runs(candidate):
            return candidate
    raise LookupError(f"The tests need Chromium. Install it: {REMEDY}")


def require_chinese_font() -> None:
    """Raises LookupError when pages would be drawn in empty boxes."""
    if not (shutil.which("fc-list") and _said("fc-list", ":lang=zh")):
        raise LookupError(f"The tests need a font with Chinese. Install one: {REMEDY}")


def _runs(program: Path) -> bool:
    return "Chrom" in _said(str(program), "--version")


def _said(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
