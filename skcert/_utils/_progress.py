"""How much of a piece of work is done, and how long the rest will take, on stderr."""

import sys
import time
from contextlib import contextmanager, suppress

_SILENT_SECONDS = 1.0


class Progress:
    """One piece of work of so many steps.

    Parameters
    ----------
    phase : str
        Description of the work.
    n_steps : int
    unit : str
        What steps are called, in the plural.
    verbose : int
        0 is silent. 1 to 10 is silent about work of less than a second, and says the rest about ten times, or by a
        bar if stderr is a terminal and tqdm is installed. Above 10, each step is said.
    """

    def __init__(self, phase, n_steps, unit, verbose):
        self._phase, self._n_steps, self._unit, self._verbose = phase, n_steps, unit, verbose
        self._start = time.perf_counter()
        self._last_said = 0
        self._bar = self._new_bar() if 0 < verbose <= 10 and at_terminal() else None

    def reach(self, n_done):
        """Say, if it is time to, that so many steps are done."""
        if self._bar is not None:
            self._bar.update(n_done - self._bar.n)
        elif self._verbose > 0 and n_done > self._last_said:
            seconds = time.perf_counter() - self._start
            tenth = 10 * (n_done - self._last_said) >= self._n_steps or n_done == self._n_steps
            if self._verbose > 10 or (seconds >= _SILENT_SECONDS and tenth):
                self._last_said = n_done
                self._say(n_done, seconds)

    def close(self):
        if self._bar is not None:
            self._bar.close()

    def _say(self, n_done, seconds):
        left = seconds / n_done * (self._n_steps - n_done)
        rest = f", {left:.1f} s left" if n_done < self._n_steps else ""
        _print(f"{self._phase}: {n_done} of {self._n_steps} {self._unit}, {seconds:.1f} s{rest}")

    def _new_bar(self):
        with suppress(ImportError):
            from tqdm import tqdm

            return tqdm(
                desc=self._phase,
                total=self._n_steps,
                unit=f" {self._unit}",
                delay=_SILENT_SECONDS,
                leave=False,
                file=sys.stderr,
            )
        return None


def reported(slices, phase, n_rows, unit, verbose):
    """The slices of so many rows, in order; each counts as done when the next one is asked for."""
    progress = Progress(phase, n_rows, unit, verbose)
    try:
        for rows in slices:
            yield rows
            progress.reach(rows.stop)
    finally:
        progress.close()


@contextmanager
def reported_stage(phase, verbose):
    """Say how long it took, if that was more than a second."""
    start = time.perf_counter()
    yield
    seconds = time.perf_counter() - start
    if verbose > 10 or (verbose > 0 and seconds >= _SILENT_SECONDS):
        _print(f"{phase}, {seconds:.1f} s")


def at_terminal():
    """Whether stderr is there, and a terminal."""
    stream = sys.stderr
    return stream is not None and not stream.closed and stream.isatty()


def _print(line):
    """A line on stderr, if it is there; progress that nobody can read is no reason to fail."""
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            print(line, file=sys.stderr, flush=True)
