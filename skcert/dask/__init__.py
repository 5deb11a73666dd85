"""Ensembles on a Dask cluster: rows go from their files to the workers, and members stay there.

Needs Dask, the optional extra ``dask``; importing skcert does not import it.
"""

try:
    import dask.array
    import distributed
except ImportError as error:
    raise ImportError(
        "skcert.dask needs Dask with its scheduler: pip install 'skcert[dask]'. On one machine, "
        "skcert.PartitionAggregationEnsemble does without."
    ) from error

from ._ensemble import DaskPartitionAggregationEnsemble

__all__ = ["DaskPartitionAggregationEnsemble"]
