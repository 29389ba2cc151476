"""Record types and their engines: declare a field once, and everything can use it."""
