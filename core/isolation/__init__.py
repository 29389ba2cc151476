"""Whether tenants are apart: told from the database's catalogue, and tried every night by canaries."""
