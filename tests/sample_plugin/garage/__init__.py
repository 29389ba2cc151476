"""The cars of one's customers."""
