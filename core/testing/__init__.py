"""A pytest plugin for Guanxi and for those who write modules: the cast, the clock, the services."""
