"""The pages on the way to a provider and back."""
