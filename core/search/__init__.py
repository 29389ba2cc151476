"""One search over everything: records of every type, and what the plugins find besides."""
