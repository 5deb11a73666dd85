"""How much memory is left for this process, and an error ahead of what cannot fit.

A matrix that is too large is otherwise noticed late: after minutes, or by the kernel, which kills the process. What is
left is the least of what the machine, the control groups around the process (version 1 or 2) and its limit on address
space (``RLIMIT_AS``) allow. A limit that cannot be read is no limit: nothing that fits is refused.
"""

from pathlib import Path

import numpy as np

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

_WORTH_A_LOOK = 2**26  # bytes; fewer are left anywhere, and members of ensembles are many
_ROOT = Path("/")
# files of a control group: its limit, its use, the caches in that which can be dropped, its limit and use of swap
_VERSION_1 = (
    "memory.limit_in_bytes",
    "memory.usage_in_bytes",
    ("total_inactive_file", "total_active_file"),
    "memory.memsw.limit_in_bytes",
    "memory.memsw.usage_in_bytes",
)
_VERSION_2 = (
    "memory.max",
    "memory.current",
    ("inactive_file", "active_file", "slab_reclaimable"),
    "memory.swap.max",
    "memory.swap.current",
)


def check_memory(n_bytes, what, ways):
    """MemoryError if that many bytes are more than is left: `what` needs them, and `ways` says what to do instead."""
    if n_bytes < _WORTH_A_LOOK:
        return
    left, limit = memory_left()
    if n_bytes > left:
        raise MemoryError(f"{what} takes {_size(n_bytes)}, and {_size(left)} {limit}. {ways}")


def memory_left(root=_ROOT):
    """Bytes that this process can still get, infinity if nothing is known, and the limit that says so, in words.

    `root` is where ``proc`` and ``sys`` are.
    """
    meminfo = _numbers(root / "proc/meminfo", 1024)
    swap = meminfo.get("SwapFree", 0)
    limits = [
        (np.inf, "is left"),
        (meminfo.get("MemAvailable", np.inf) + swap, "is left on this machine"),
        (_left_in_groups(root, swap), "is left in the control group of this process"),
        (_left_of_address_space(root), "is left of the address space that RLIMIT_AS allows this process"),
    ]
    left, limit = min(limits, key=lambda known: known[0])
    return max(left, 0), limit


def _left_in_groups(root, swap):
    left = [np.inf]
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if "memory" in controllers.split(","):
            top, files = root / "sys/fs/cgroup/memory", _VERSION_1
        elif controllers == "":
            top, files = root / "sys/fs/cgroup", _VERSION_2
        else:
            continue
        folder = top / path.strip("/")
        # inside a container, the path may be that of the host, and only the top exists
        left += [
            _left_in_group(group, files, swap) for group in (folder, *folder.parents) if group.is_relative_to(top)
        ]
    return min(left)


def _left_in_group(folder, files, swap):
    limit_file, usage_file, caches, swap_limit_file, swap_usage_file = files
    limit, usage = _number(folder / limit_file), _number(folder / usage_file)
    if limit is None or usage is None:
        return np.inf
    known = _numbers(folder / "memory.stat", 1)
    left = limit - usage + sum(known.get(cache, 0) for cache in caches)
    swap_limit, swap_usage = _number(folder / swap_limit_file), _number(folder / swap_usage_file)
    if swap_limit is not None and swap_usage is not None:
        swap = min(swap, max(swap_limit - swap_usage, 0))  # of version 1, memory and swap together: no less
    return left + swap


def _left_of_address_space(root):
    sizes = _text(root / "proc/self/statm").split()
    if resource is None or not sizes:
        return np.inf
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return np.inf if limit == resource.RLIM_INFINITY else limit - int(sizes[0]) * resource.getpagesize()


def _text(path):
    try:
        return path.read_text()
    except (OSError, ValueError):
        return ""


def _number(path):
    """The whole number in a file; infinity for "max"; None without."""
    text = _text(path).strip()
    return np.inf if text == "max" else int(text) if text.isdigit() else None


def _numbers(path, unit):
    """The numbers of lines such as ``MemAvailable:  123 kB`` or ``inactive_file 456``, by name."""
    words = [line.replace(":", " ").split() for line in _text(path).splitlines()]
    return {word[0]: int(word[1]) * unit for word in words if len(word) > 1 and word[1].isdigit()}


def _size(n_bytes):
    return f"{n_bytes / 2**30:.3g} GiB" if n_bytes >= 2**30 else f"{n_bytes / 2**20:.3g} MiB"
