"""The results file of the frontier: one line for each reading."""

from results_file import ResultsFile

COLUMNS = (
    *("id", "part", "labels", "method", "n_partitions", "scaling"),
    *("alpha", "weight_center", "weight_power", "weight_clip", "n_train", "n_test"),
    *("clean_accuracy", "median_radius", "clean_accuracy_unseen", "median_radius_unseen"),
    *("task_seconds", "task"),
)
_TEXT = {"part", "labels", "method", "scaling", "weight_center", "weight_clip", "task"}


class FrontierFile(ResultsFile):
    """Accuracy and median radius of every reading, in ``results.csv``."""

    def __init__(self, folder):
        super().__init__(folder, COLUMNS, _TEXT, {"id", "n_partitions", "n_train", "n_test"})
