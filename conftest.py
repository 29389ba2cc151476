"""Every test has the cast, the clock and the services at hand, and a stranger's plugin is installed."""

from pathlib import Path

from core.testing.strangers import put_on_path

put_on_path(Path(__file__).parent / "tests/sample_plugin")

pytest_plugins = ["core.testing.plugin", "core.testing.site"]
