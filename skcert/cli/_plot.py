"""The plot of a command, if matplotlib is installed."""


def save_certified_accuracy_plot(curves, path, ylabel="Certified accuracy"):
    """Draw ``(name, linestyle, y_true, result)`` curves on one axis and save them.

    Returns False if matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return False
    from ..display import CertifiedAccuracyDisplay

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    ax = figure.subplots()
    for name, linestyle, y_true, result in curves:
        CertifiedAccuracyDisplay.from_predictions(y_true, result, name=name, ax=ax, linestyle=linestyle)
    ax.set_ylabel(ylabel)
    figure.savefig(path, dpi=150)
    return True
