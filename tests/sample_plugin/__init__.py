"""A module by somebody else, which the tests install as a stranger's; `put_on_path` in the root's conftest does it."""
