"""Small tables for notebooks, with everything escaped."""

from __future__ import annotations

from html import escape


def html_table(title: str, rows: list[tuple[str, object]], notes: tuple[str, ...] = (), below: str = "") -> str:
    """HTML of a table with a caption, one line per ``(name, value)``, other HTML below it, and notes."""
    body = "".join(
        f'<tr><th scope="row" style="text-align: left">{escape(name)}</th>'
        f'<td style="text-align: left">{escape(str(value))}</td></tr>'
        for name, value in rows
    )
    paragraphs = "".join(f"<p>{escape(str(note))}</p>" for note in notes)
    return f"<div><table>{_caption(title)}<tbody>{body}</tbody></table>{below}{paragraphs}</div>"


def html_columns(title: str, heads: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    """HTML of a table with a caption and a head for each column."""
    head = "".join(f'<th scope="col" style="text-align: left">{escape(name)}</th>' for name in heads)
    lines = ("".join(f'<td style="text-align: left">{escape(str(value))}</td>' for value in values) for values in rows)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table>{_caption(title)}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _caption(title):
    return f'<caption style="text-align: left"><b>{escape(title)}</b></caption>'
