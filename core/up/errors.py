"""What keeps an installation from starting, said so that a person can mend it."""


class CannotStart(Exception):
    """One sentence that says what is wrong, and one that says what to do about it."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.problem} {self.remedy}".strip()
