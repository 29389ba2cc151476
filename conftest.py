"""Every test has the cast, the clock and the services at hand."""

pytest_plugins = ["core.testing.plugin", "core.testing.site"]
