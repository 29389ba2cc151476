"""The pages of apps, and the addresses that their programs ask."""
