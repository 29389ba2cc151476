"""How fast Guanxi is beside a bare twin of each of its works, in the same run on the same data."""
