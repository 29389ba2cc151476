"""Asks the advisory service of OSV (osv.dev, which has PyPI's and npm's) for known faults in what the lock files name.

Fails when there are any that nobody has judged, unless it is only to `--tell`: an advisory of this morning must not
keep the mending of something else from going out. Where the service does not answer within a few seconds, as on a
machine without a connection, it says so and stops nothing.
"""

import json
import os
import re
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

TOP = Path(__file__).parents[1]
SERVICE = os.environ.get("OSV_URL", "https://api.osv.dev")
PATIENCE = 5
BATCH = 500
JUDGED: dict[str, str] = {}
"""Advisories that do no harm here, each with the reason."""

Part = tuple[str, str, str]


def main() -> int:
    parts = sorted({*of_python(TOP / "requirements-dev.lock"), *of_python(TOP / "requirements.lock"),
                    *of_npm(TOP / "package-lock.json")})  # fmt: skip
    try:
        faults = [(part, known) for part, found in faults_in(parts) for known in found if known not in JUDGED]
    except (OSError, ValueError, LookupError) as error:
        print(f"audit: {SERVICE} does not answer ({error}): no advisory was asked for.")
        return 0
    for (ecosystem, name, version), known in faults:
        print(f"audit: {ecosystem} {name} {version}: {known}, see https://osv.dev/{known}")
    print(f"audit: {len(parts)} parts, {len(faults)} known faults.")
    return 1 if faults and "--tell" not in sys.argv else 0


def of_python(lock: Path) -> Iterator[Part]:
    for name, version in re.findall(r"^([\w.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", lock.read_text(), re.M):
        yield "PyPI", name.lower(), version


def of_npm(lock: Path) -> Iterator[Part]:
    for place, told in json.loads(lock.read_text())["packages"].items():
        if place:
            yield "npm", place.rpartition("node_modules/")[2], told["version"]


def faults_in(parts: list[Part]) -> Iterator[tuple[Part, list[str]]]:
    """Each part with the advisories about it. Raises OSError when the service does not answer."""
    for start in range(0, len(parts), BATCH):
        some = parts[start : start + BATCH]
        queries = [{"package": {"ecosystem": e, "name": name}, "version": version} for e, name, version in some]
        body = json.dumps({"queries": queries}).encode()
        request = urllib.request.Request(f"{SERVICE}/v1/querybatch", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            results = json.load(answer)["results"]
        for part, result in zip(some, results, strict=True):
            yield part, [each["id"] for each in result.get("vulns", ())]


if __name__ == "__main__":
    sys.exit(main())
