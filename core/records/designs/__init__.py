"""Record types as text: written from one workspace, read into another, with the differences shown first."""

from core.records.designs.comparing import Comparison, Difference, TypeDifferences, apply, compare
from core.records.designs.reading import DesignError, read_design
from core.records.designs.ready import Ready, ready_design, ready_designs
from core.records.designs.writing import describable, write_design

__all__ = [
    "Comparison",
    "DesignError",
    "Difference",
    "Ready",
    "TypeDifferences",
    "apply",
    "compare",
    "describable",
    "read_design",
    "ready_design",
    "ready_designs",
    "write_design",
]
