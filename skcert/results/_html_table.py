"""A small table for notebooks, with everything escaped."""

from html import escape


def html_table(title: str, rows: list[tuple[str, object]], notes: tuple[str, ...] = ()) -> str:
    """HTML of a table with a caption, one line per ``(name, value)``, and notes below it."""
    body = "".join(
        f'<tr><th scope="row" style="text-align: left">{escape(name)}</th>'
        f'<td style="text-align: left">{escape(str(value))}</td></tr>'
        for name, value in rows
    )
    below = "".join(f"<p>{escape(str(note))}</p>" for note in notes)
    caption = f'<caption style="text-align: left"><b>{escape(title)}</b></caption>'
    return f"<div><table>{caption}<tbody>{body}</tbody></table>{below}</div>"
