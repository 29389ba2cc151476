"""Who has a record and for how long: pools, their clocks, and how records come out of them and back."""
