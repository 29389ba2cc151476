"""Makes .venv and the front end's files what the lock files say; does nothing when they are already.

Runs on the machine's own Python, which may be too old, so it stays within what old ones understand.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(TOP, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
STAMPS = os.path.join(VENV, "installed.json")
OLDEST = (3, 11)
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")


def main():
    os.chdir(TOP)
    os.environ["NPM_CONFIG_UPDATE_NOTIFIER"] = "false"
    find_python()
    make_venv()
    locks = [
        "requirements-build.lock",
        "requirements-dev.lock" if "--dev" in sys.argv else "requirements.lock",
    ]
    for lock in locks:
        step(lock, [lock], lambda lock=lock: pip("--require-hashes", "-r", lock))
    step("guanxi", ["pyproject.toml"], lambda: pip("--no-deps", "-e", "."))
    assets = [PYTHON, "-m", "core.web.assets"]
    step("assets", ["package-lock.json", "core/web/assets.py"], lambda: run(assets, "npm did not do its part."))


def find_python():
    """Go on with a newer Python of this machine when this one is too old."""
    if sys.version_info >= OLDEST:
        return
    for name in NEWER:
        path = shutil.which(name)
        if path:
            os.execv(path, [path] + sys.argv)
    fail(
        f"Guanxi needs Python 3.11 or later; this is {sys.version_info[0]}.{sys.version_info[1]}.",
        "Install a newer one, or name it: make PYTHON=/path/to/python3.11 up",
    )


def make_venv():
    if works(PYTHON, "import sys, pip; assert sys.version_info >= (3, 11)"):
        return
    if not works(sys.executable, "import ensurepip, venv"):
        fail(
            "This Python cannot make a virtual environment.",
            "Debian, Ubuntu: apt-get install -y python3-venv",
        )
    tell("Making .venv")
    shutil.rmtree(VENV, ignore_errors=True)
    run([sys.executable, "-m", "venv", VENV], "The virtual environment could not be made.")


def works(python, code):
    return subprocess.call([python, "-c", code], stderr=subprocess.DEVNULL) == 0 if shutil.which(python) else False


def step(name, files, install):
    """Install when one of the files has changed since it was done last; once done it is remembered."""
    done = {}
    if os.path.exists(STAMPS):
        with open(STAMPS) as stamps:
            done = json.load(stamps)
    wanted = digest(files)
    if done.get(name) == wanted:
        return
    tell("Installing " + name.replace("requirements", "Python packages: requirements"))
    install()
    done[name] = wanted
    with open(STAMPS, "w") as stamps:
        json.dump(done, stamps)


def digest(files):
    content = hashlib.sha256()
    for name in files:
        with open(name, "rb") as file:
            content.update(file.read())
    return content.hexdigest()


def pip(*arguments):
    """What comes as source is built with the setuptools of our own lock, not with whatever is newest today."""
    command = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--no-build-isolation", "--use-pep517"]
    run(command + list(arguments), "The packages could not be installed; the reason stands above.")


def run(command, problem):
    if subprocess.call(command) != 0:
        fail(problem)


def tell(text):
    sys.stderr.write(text + "\n")


def fail(problem, remedy=""):
    tell(problem)
    if remedy:
        tell(remedy)
    sys.exit(1)


if __name__ == "__main__":
    main()
