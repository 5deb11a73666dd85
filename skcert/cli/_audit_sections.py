"""Two sections of the report: labels to check first, with what checking buys, and labels that predictions hang on."""

from ..results import flips_text
from ._labels_to_check import LABELS_TO_CHECK
from ._markup import as_name, as_text, cell, flips_words, html_table, number_cell, row_cell, row_head
from .tables import CHECKED

_SHOWN = 20  # labels in each section


def audit_sections(sampled, train):
    """Both, with their headings."""
    return "\n".join(
        f'<section class="card" aria-labelledby="{name}">\n<h2 id="{name}">{heading}</h2>\n{content}\n</section>'
        for name, heading, content in (
            ("check", "Labels to check first", suspects_section(sampled, train)),
            ("guard", "Labels that predictions hang on", guard_section(sampled, train)),
        )
    )


def suspects_section(sampled, train):
    """The most suspect labels, and the median radius once they are checked."""
    audit = sampled.audit
    if not len(audit.ranking):
        return "<p>All labels are trusted: there is none to check.</p>"
    n_suspect = int((audit.suspicion[audit.ranking] > 0.0).sum())
    shown = audit.ranking[:_SHOWN]
    rows = [
        f"<tr>{row_cell(row, train)}{cell(as_name(train.labels[row]))}{cell(as_name(audit.suggested[row]))}"
        f"{number_cell(audit.suspicion[row], f'{audit.suspicion[row]:.3f}')}{number_cell(audit.n_attacks[row])}</tr>"
        for row in shown
    ]
    heads = [
        row_head(train, "training row"),
        ("label", ""),
        ("suggested", ""),
        ("suspicion", "number"),
        ("attacks that flip it", "number"),
    ]
    return (
        f"<p>Without its own label, the model would predict another one for <strong>{n_suspect:,}</strong> of "
        f"{len(audit.ranking):,} training rows. These come first: their labels are the most likely to be wrong. Many "
        "are correct all the same, so look before you change them.</p>\n"
        '<p class="hint">Suspicion is the lead of the suggested label over the row\'s own. '
        f"<code>{as_text(LABELS_TO_CHECK)}</code> has all rows in this order. Correct labels there, write "
        f"<code>yes</code> in column <code>{CHECKED}</code> of each row that you have looked at, and run the same "
        f"command again with <code>--trusted {as_text(LABELS_TO_CHECK)}</code>: nobody can flip these labels then, "
        "and radii grow.</p>\n"
        f'<div class="scroll" tabindex="0" role="region" aria-labelledby="check">{html_table(heads, rows)}</div>\n'
        f"{_what_checking_buys(sampled)}"
    )


def _what_checking_buys(sampled):
    curve = sampled.curve
    if curve is None:
        return ""
    flips = max(int(min(curve.median_radius[0], len(sampled.audit.suspicion))), 1)
    rows = [
        f"<tr>{number_cell(n)}{number_cell(median, flips_text(median))}{number_cell(share, f'{share:.1%}')}</tr>"
        for n, median, share in zip(curve.n_checked, curve.median_radius, curve.certified_accuracy(flips))
    ]
    known = "wrong predictions counted as -1" if sampled.truth_known else "over all predictions"
    certified = "right and certified" if sampled.truth_known else "certified"
    heads = [("labels checked", "number"), ("median radius", "number"), (f"{certified} at {flips:,}", "number")]
    return (
        f"<p>If the first labels turn out to be correct, the median radius ({known}) and the share that is "
        f"{certified} at {flips_words(flips)} become:</p>\n"
        f'<div class="scroll" tabindex="0" role="region" aria-labelledby="check">{html_table(heads, rows)}</div>\n'
        '<p class="hint">Nobody promises that they are. Those that are wrong will be corrected, and predictions '
        f"change, too. The rows to check were chosen by their labels; what is proved after checking is about flips of "
        f"all labels that have not been checked. Based on {scope_words(sampled)}.</p>"
    )


def guard_section(sampled, train):
    """The labels that most of the smallest attacks flip."""
    audit = sampled.audit
    shown = [row for row in audit.guard_ranking[:_SHOWN] if audit.n_attacks[row]]
    if not shown:
        return "<p>No attack on these predictions was found, so no label stands out.</p>"
    rows = [
        f"<tr>{row_cell(row, train)}{cell(as_name(train.labels[row]))}{number_cell(audit.n_attacks[row])}"
        f"{number_cell(audit.pressure[row], f'{audit.pressure[row]:.2f}')}</tr>"
        for row in shown
    ]
    heads = [
        row_head(train, "training row"),
        ("label", ""),
        ("attacks that flip it", "number"),
        ("pressure", "number"),
    ]
    return (
        "<p>For each prediction, the smallest attack was computed: the fewest labels known to change it. These "
        "training rows are flipped by the most attacks, so wrong labels there could do the most harm, and they are "
        "the ones to guard. They are mostly typical rows with correct labels: this is no list of likely errors. "
        f"Based on {scope_words(sampled)}.</p>\n"
        '<p class="hint">Pressure is the same count with each attack shared out over its flips: few others could '
        "replace rows with a high one. Row 1 is the first below the header.</p>\n"
        f'<div class="scroll" tabindex="0" role="region" aria-labelledby="guard">{html_table(heads, rows)}</div>'
    )


def scope_words(sampled, function="audit_labels"):
    """Which test rows were audited, and the function of `skcert.inspection` that takes them all, as HTML."""
    if sampled.n_audited == sampled.n_test:
        return f"all {sampled.n_test:,} test rows"
    return (
        f"{sampled.n_audited:,} of the {sampled.n_test:,} test rows, drawn at random to save time "
        f"(<code>skcert.inspection.{function}</code> takes them all)"
    )
