"""Searches for hyper-parameters whose choice is inside the guarantee."""

from ..results import SearchCertificationResult, SelectionBound
from ._grid_search import CertifiedGridSearchCV

__all__ = ["CertifiedGridSearchCV", "SearchCertificationResult", "SelectionBound"]
