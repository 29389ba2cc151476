"""Prints where Chromium is, after installing it and a Chinese font where they are missing and may be."""

import os
import shutil
import subprocess
import sys

from core.testing.browser import chromium, require_chinese_font

PACKAGES = ("chromium", "fonts-noto-cjk", "fontconfig")


def main() -> int:
    try:
        print(_ensured())
    except LookupError as missing:
        print(missing, file=sys.stderr)
        return 1
    return 0


def _ensured() -> str:
    try:
        require_chinese_font()
        return str(chromium())
    except LookupError:
        _install()
    require_chinese_font()
    return str(chromium())


def _install() -> None:
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Chromium and a Chinese font", file=sys.stderr)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update"], ["install", "-y", "--no-install-recommends", *PACKAGES]):
            subprocess.run(["apt-get", "-qq", *command], env=environment, stdout=sys.stderr, check=False)
    try:
        chromium()
    except LookupError:
        print("Installing Playwright's Chromium", file=sys.stderr)
        libraries = ["--with-deps"] if os.geteuid() == 0 else []
        command = [sys.executable, "-m", "playwright", "install", *libraries, "chromium"]
        subprocess.run(command, stdout=sys.stderr, check=False)


if __name__ == "__main__":
    sys.exit(main())
