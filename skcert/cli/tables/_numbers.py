"""Cells of text as numbers: decimal points or commas, separators of thousands, percent signs, currencies."""

import re
from collections import Counter
from typing import NamedTuple

import numpy as np

_CURRENCIES = "[$€£¥₹₽₩₺¢]|US\\$|USD|EUR|GBP|CHF|JPY|CNY|INR|AUD|CAD|SEK|NOK|DKK|PLN|BRL|MXN|KRW|RUB|Rs\\.?|kr"
_CELL = re.compile(
    rf"(?P<bracket>\()?\s*(?P<sign>[+-]?)\s*(?P<before>{_CURRENCIES})?\s*(?P<late_sign>[+-]?)"
    r"(?P<digits>(?:\d|[.,]\d)[\d.,'\u2019 ]*(?:(?<=[\d.,])[eE][+-]?\d+)?)"
    rf"\s*(?P<after>%|\u2030|{_CURRENCIES})?\s*(?(bracket)\))",
    re.ASCII,
)
_PER = {"%": 100.0, "\u2030": 1000.0}
_LONGEST = 64  # characters of a number; longer text would only take time
_ONLY_NUMBERS = re.compile(r"[^0-9eE+\-.\n]")
# A whole number with a zero in front is a code, and so is one with more digits than a double can tell apart.
_CODE = re.compile(r"^[+-]?(?:0[0-9]+|[0-9]{16,})$", re.MULTILINE)
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}", re.ASCII)
MOST = 0.8
"""The share of cells that have to be numbers in some style for it to be what may be meant."""
_INFINITE = re.compile(r"[+-]?inf(inity)?", re.ASCII | re.IGNORECASE)
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2212": "-"})


class Style(NamedTuple):
    """How the numbers of a column are written."""

    decimal: str
    thousands: str | None = None
    unit: str | None = None
    """A percent sign, which all of them have, or a currency, which some may lack."""


def _pattern(decimal, thousands):
    whole = r"\d+"
    if thousands is not None:
        whole = rf"(?:[1-9]\d{{0,2}}(?:{thousands}\d{{3}})+|\d+)"
    return re.compile(rf"(?:{whole}(?:{decimal}\d*)?|{decimal}\d+)(?:[eE][+-]?\d+)?", re.ASCII)


_PLAIN, _POINT, _COMMA, _COMMA_ALONE = (".", None), (".", ","), (",", "."), (",", None)
_POINT_SPACED, _COMMA_SPACED = (".", " '\u2019"), (",", " '\u2019")
_PATTERNS = {
    (decimal, thousands): _pattern(re.escape(decimal), None if thousands is None else f"[{thousands}]")
    for decimal, thousands in (_PLAIN, _POINT, _COMMA_ALONE, _COMMA, _POINT_SPACED, _COMMA_SPACED)
}
# What is tried, by the decimal mark if it is known; of those that fit equally well, the first.
_TRIED = {
    None: list(_PATTERNS),
    ".": [_PLAIN, _POINT, _POINT_SPACED],
    ",": [_COMMA_ALONE, _COMMA, _COMMA_SPACED, _PLAIN],
}


def plain_numbers(cells):
    """Numbers as floats if all cells are written as Python writes numbers, or are empty; otherwise None.

    Parameters
    ----------
    cells : list of str

    Returns
    -------
    values : ndarray of shape (n_cells,), or None
        NaN where a cell is empty.
    """
    joined = "\n".join(cells)
    if _ONLY_NUMBERS.search(joined) or _CODE.search(joined):
        return None
    try:
        return np.array([float(cell or "nan") for cell in cells] if "" in cells else list(map(float, cells)))
    except ValueError:  # "1-2", for instance
        return None


def has_codes(cells):
    """Whether some cells are whole numbers that would lose something as numbers: leading zeros, or digits."""
    return any(_CODE.match(cell) for cell in cells)


def possible_styles(cells, decimal=None):
    """The style in which most cells are numbers, and another one if it cannot be told from it.

    Parameters
    ----------
    cells : list of str
        Different cells, none of them empty.
    decimal : {".", ","}, default=None
        The decimal mark, if it is known.

    Returns
    -------
    styles : list of Style
        Two if cells such as "1,234" leave it open.
    parsed : list of bool
        Which cells are numbers in the first of them.
    """
    parts = [_parts(cell) for cell in cells]
    unit = _common_unit(parts)
    digits = [part["digits"] if part is not None and _has_unit(part, unit) else "" for part in parts]
    infinite = [_INFINITE.fullmatch(cell) is not None for cell in cells]  # numbers in any style, refused later by name
    parsed = {
        marks: [limitless or _PATTERNS[marks].fullmatch(body) is not None for body, limitless in zip(digits, infinite)]
        for marks in _TRIED[decimal]
    }
    most = max(map(sum, parsed.values()))
    best = [marks for marks in parsed if most and sum(parsed[marks]) == most]
    if not best:
        return [], [False] * len(cells)
    # "1,234" in most of them: thousands, or three decimals
    styles = [Style(*best[0], unit)]
    for marks, found in parsed.items():
        both = [cell for cell, one, other in zip(cells, found, parsed[best[0]]) if one and other]
        other = Style(*marks, unit)
        differ = any(number(cell, styles[0]) != number(cell, other) for cell in both)
        if decimal is None and differ and sum(found) >= MOST * most:
            styles.append(other)
    return styles[:2], parsed[best[0]]


def like_thousands(cells):
    """A cell such as "1.234" if these may mean thousands: three digits follow every point, and some have none."""
    pointed = ""
    for cell in cells:
        if "." in cell:
            if not _GROUPED.fullmatch(cell):
                return None
            pointed = cell
    return pointed if pointed and any(cell and "." not in cell for cell in cells) else None


def number(cell, style):
    """A cell as a float; None if it is none in this style."""
    if _INFINITE.fullmatch(cell):
        return float(cell)
    part = _parts(cell)
    if part is None or not _has_unit(part, style.unit):
        return None
    body = part["digits"]
    if not _PATTERNS[style.decimal, style.thousands].fullmatch(body):
        return None
    for mark in style.thousands or "":
        body = body.replace(mark, "")
    value = float(body.replace(style.decimal, ".")) / _PER.get(style.unit, 1.0)
    negative = (part["sign"] + part["late_sign"] == "-") != (part["bracket"] is not None)
    return -value if negative else value


def is_share(style):
    """Whether numbers are so many in a hundred or a thousand."""
    return style.unit in _PER


def _parts(cell):
    text = " ".join(cell.translate(_SPACES).split())
    match = _CELL.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None or (match["sign"] and match["late_sign"]) or (match["before"] and match["after"]):
        return None
    return {**match.groupdict(), "digits": match["digits"].rstrip(" "), "unit": match["before"] or match["after"]}


def _common_unit(parts):
    """The unit of most cells, or a currency that some have."""
    units = Counter(part["unit"] for part in parts if part is not None)
    per_unit = [unit for unit, _ in units.most_common() if unit is not None]
    if not per_unit or (units[None] >= units[per_unit[0]] and per_unit[0] in _PER):
        return None
    return per_unit[0]


def _has_unit(part, unit):
    """Whether a cell has the unit; a currency may be missing."""
    return part["unit"] == unit or (part["unit"] is None and unit not in _PER)
