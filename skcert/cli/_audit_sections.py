"""Two sections of the report: labels to check first, with what checking buys, and labels that predictions hang on."""

from ..results import flips_text
from ._labels_to_check import LABELS_TO_CHECK
from ._markup import as_text, card, cell, flips_words, html_table, long_text, number_cell, row_cell, row_head
from ._worklist import worklist, worklist_rows
from .tables import CHECKED

_GUARDED = 20  # labels that predictions hang on


def suspects_section(sampled, tables, values, keys, save_as):
    """The most suspect labels as a list to work through, and the median radius once they are checked.

    Parameters
    ----------
    sampled : SampledAudit
    tables : Tables
    values : Values
        Of the training table.
    keys : sequence of str
        What rows are known by, along the ranking.
    save_as : str
        The name of the list of checked labels.

    Returns
    -------
    section : str
    """
    audit = sampled.audit
    if not len(audit.ranking):
        return card("check", "Labels to check first", "<p>All labels are trusted: there is none to check.</p>")
    n_shown = len(worklist_rows(sampled))
    content = (
        f"<p>Without its own label, the model would predict another one for <strong>{sampled.n_suspect:,}</strong> of "
        f"{len(audit.ranking):,} training rows. These come first: their labels are the most likely to be wrong. Many "
        "are correct all the same, so look before you change them. "
        f"{values.words(n_shown)}</p>\n"
        '<p class="script" hidden>Look at each row, choose its correct label, tick it, and save the list at the end: '
        f"<code>{save_as}</code> goes back in as <code>--trusted</code>. The page forgets ticks that are not "
        "saved.</p>\n"
        f"{worklist(sampled, tables, values, keys, save_as)}\n"
        '<p class="hint">Suspicion is the lead of the suggested label over the row\'s own. '
        f"The list has the first {n_shown:,} rows; <code>{as_text(LABELS_TO_CHECK)}</code> has all of them in this "
        f"order. To work there instead, correct labels, write <code>yes</code> in column <code>{CHECKED}</code> of "
        f"each row that you have looked at, and give <code>--trusted {as_text(LABELS_TO_CHECK)}</code>.</p>\n"
        f"{_what_checking_buys(sampled)}"
    )
    return card("check", "Labels to check first", content)


def _what_checking_buys(sampled):
    curve = sampled.curve
    if curve is None:
        return ""
    medians = curve.median_radius
    flips = max(int(min(medians[0], len(sampled.audit.suspicion))), 1)
    shares = curve.certified_accuracy(flips)
    rows = [
        f"<tr>{number_cell(n)}{number_cell(median, flips_text(median))}{number_cell(share, f'{share:.1%}')}</tr>"
        for n, median, share in zip(curve.n_checked, medians, shares)
    ]
    known = "wrong predictions counted as -1" if sampled.truth_known else "over all predictions"
    certified = "right and certified" if sampled.truth_known else "certified"
    heads = [("labels checked", "number"), ("median radius", "number"), (f"{certified} at {flips:,}", "number")]
    if medians.max() > medians[0]:
        found = (
            f"<p>If the first labels turn out to be correct, the median radius ({known}) and the share that is "
            f"{certified} at {flips_words(flips)} become:</p>\n{html_table(heads, rows, 'check')}"
        )
    else:
        found = (
            f"<p>Little for radii: if the first {curve.n_checked[-1]:,} labels turn out to be correct, the median "
            f"radius stays {flips_text(medians[0])} ({known}), and the share that is {certified} at "
            f"{flips_words(flips)} goes from {shares[0]:.1%} to {shares[-1]:.1%}. What it buys is the errors that are "
            "found.</p>"
        )
    return (
        f"<h3>What checking them buys</h3>\n{found}\n"
        '<p class="hint">Nobody promises that they are. Those that are wrong will be corrected, and predictions '
        f"change, too. The rows to check were chosen by their labels; what is proved after checking is about flips of "
        f"all labels that have not been checked. Based on {scope_words(sampled)}.</p>"
    )


def guard_section(sampled, train, values):
    """The labels that most of the smallest attacks flip."""
    audit = sampled.audit
    shown = [row for row in audit.guard_ranking[:_GUARDED] if audit.n_attacks[row]]
    heading = "Labels that predictions hang on"
    if not shown:
        return card("guard", heading, "<p>No attack on these predictions was found, so no label stands out.</p>")
    longest = values.longest(len(shown))
    rows = [
        f"<tr>{row_cell(row, train, longest)}{cell(long_text(train.labels[row], longest))}"
        f"{number_cell(audit.n_attacks[row])}{number_cell(audit.pressure[row], f'{audit.pressure[row]:.2f}')}"
        f"{its_values}</tr>"
        for row, its_values in zip(shown, values.of(shown))
    ]
    heads = [
        row_head(train, "training row"),
        ("label", ""),
        ("attacks that flip it", "number"),
        ("pressure", "number"),
        *values.heads(),
    ]
    content = (
        "<p>For each prediction, the smallest attack was computed: the fewest labels known to change it. These "
        "training rows are flipped by the most attacks, so wrong labels there could do the most harm, and they are "
        "the ones to guard. They are mostly typical rows with correct labels: this is no list of likely errors. "
        f"Based on {scope_words(sampled)}.</p>\n"
        '<p class="hint">Pressure is the same count with each attack shared out over its flips: few others could '
        f"replace rows with a high one. {values.words(len(shown))}</p>\n"
        f"{html_table(heads, rows, 'guard')}"
    )
    return card("guard", heading, content)


def scope_words(sampled, function="audit_labels"):
    """Which test rows were audited, and the function of `skcert.inspection` that takes them all, as HTML."""
    if sampled.n_audited == sampled.n_test:
        return f"all {sampled.n_test:,} test rows"
    return (
        f"{sampled.n_audited:,} of the {sampled.n_test:,} test rows, drawn at random to save time "
        f"(<code>skcert.inspection.{function}</code> takes them all)"
    )
