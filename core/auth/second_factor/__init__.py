"""What one shows besides a password: codes of an app, passkeys, recovery codes; and who must have one."""
