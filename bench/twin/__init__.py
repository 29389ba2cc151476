"""The bare twins: what the same work costs with nothing around it."""
