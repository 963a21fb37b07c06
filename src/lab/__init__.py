"""The lab of the book: one file of data, and the text that must agree with it."""

from __future__ import annotations

from .data import Lab, LabError, Problem, load, names

__all__ = ["Lab", "LabError", "Problem", "load", "names"]
