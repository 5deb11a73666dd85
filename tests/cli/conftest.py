import pytest


@pytest.fixture
def without_plots(monkeypatch):
    """A plot takes longer than all else that a command does to small tables, as if matplotlib were not installed."""
    monkeypatch.setattr("skcert.cli._certify.save_certified_accuracy_plot", lambda *_, **__: False)
