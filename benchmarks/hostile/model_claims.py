"""Learners and ensembles: certificates and attacks against refits on flipped labels.

Each labeling is refitted with all known classes given and, if it lacks one of them, also without: both have to stay
within the certificate, and to agree. Where a refit raises, nothing is predicted and nothing is claimed.
"""

import numpy as np
from sklearn.base import clone

from skcert.certificates import UNBOUNDED
from skcert.learners import alpha_path

from .truth import computed_scores, labelings, least_change, least_flips

_ATTACKED_ROWS = 3
_MOST_LABELINGS = 2048  # for which scores are computed from label weights
_UNDEFINED = -1


class Refits:
    """The model of a problem, fitted to any of its labelings; and what it predicts on all of them."""

    def __init__(self, problem, findings):
        self.problem, self.findings = problem, findings
        names = np.asarray(problem["names"])
        self.known = names if problem["known"] else names[np.unique(problem["y"])]
        self.labels = np.searchsorted(self.known, names[problem["y"]])

    def fit(self, codes, with_classes=True):
        """A clone fitted to class indices."""
        model = clone(self.problem["model"]).set_params(classes=self.known if with_classes else None)
        rows, y, trusted = self.problem["X"], self.known[codes], self.problem["trusted"]
        if self.problem["path"]:
            return alpha_path(model, rows, y, [model.alpha, 7.0], trusted=trusted)[0]
        return model.fit(rows, y, trusted=trusted)

    def counts_labels(self):
        """Whether score weights are counted in the labels; a refit that knows fewer classes rounds them anew."""
        return "balanced" in self.problem["model"].get_params().values()

    def predict(self, fitted, rows):
        """Class indices."""
        return np.searchsorted(self.known, fitted.predict(self.problem["X_test"][rows]))

    def after(self, codes, rows=slice(None), with_classes=True):
        """What a refit predicts; None where it is not defined."""
        name = "refit" if with_classes else "refit without `classes`"
        try:
            return self.predict(self.fit(codes, with_classes), rows)
        except Exception:
            self.findings.undefined[name] += 1
        return None

    def on_all_labelings(self):
        """Predictions with `classes`, without, and of one row alone on each labeling; -1 where not defined."""
        problem, n_test = self.problem, self.problem["X_test"].shape[0]
        self.labelings, self.distance, self.complete = labelings(
            self.labels, self.known.size, problem["trusted"], problem["refits"], problem["seed"]
        )
        shape = (self.labelings.shape[0], n_test)
        self.given, self.not_given, self.alone = (np.full(shape, _UNDEFINED) for _ in range(3))
        for number, codes in enumerate(self.labelings):
            try:
                fitted = self.fit(codes)
                self.given[number] = self.predict(fitted, slice(None))
                t = number % n_test
                self.alone[number, t] = self.predict(fitted, slice(t, t + 1))[0]
            except Exception:
                self.findings.undefined["refit"] += 1
            if np.unique(codes).size == self.known.size:
                self.not_given[number] = self.given[number]
            else:
                found = self.after(codes, with_classes=False)
                self.not_given[number] = _UNDEFINED if found is None else found


def check(problem, findings):
    """Every claim of a learner or an ensemble."""
    refits = Refits(problem, findings)
    if refits.known.size < 2:
        return
    fitted = findings.call("fit", refits.fit, refits.labels, problem["known"])
    if fitted is None:
        return
    predicted = findings.call("predict", refits.predict, fitted, slice(None))
    result = findings.call("certify", fitted.certify, problem["X_test"])
    if predicted is None or result is None:
        return
    prediction = np.searchsorted(refits.known, result.prediction)
    findings.claim("prediction", prediction == predicted, lambda t: (f"prediction {prediction[t]} at {t}", None))
    if hasattr(fitted, "label_weights") and not refits.counts_labels():
        check_label_weights(refits, fitted, result, prediction)
    refits.on_all_labelings()
    check_result(refits, result, prediction)
    if not refits.counts_labels():
        check_agreement(refits)
    if hasattr(fitted, "attack"):
        check_attack(refits, fitted, result, prediction, None)
        target = int(problem["seed"] % refits.known.size)
        check_attack(refits, fitted, result, prediction, target)
    if hasattr(fitted, "certify_collective"):
        check_collective(refits, fitted, prediction)


def check_label_weights(refits, fitted, result, prediction):
    """The radius and flips to each class hold on all labelings, for the scores computed from label weights."""
    weights, findings = fitted.label_weights(refits.problem["X_test"]), refits.findings
    tried, distance, complete = labelings(
        refits.labels, refits.known.size, refits.problem["trusted"], _MOST_LABELINGS, refits.problem["seed"]
    )
    predictions = computed_scores(weights, tried, refits.known.size).argmax(axis=2)
    check_certificate(refits, ", `class_scores` of label weights", tried, predictions, distance, result, prediction)
    if complete:
        check_radius_upper(
            findings, ", `class_scores` of label weights", refits, predictions, distance, result, prediction
        )


def check_result(refits, result, prediction):
    """No refit within the radius predicts anything else, and none reaches a class with fewer flips than stated."""
    for how, predictions in (
        ("", refits.given),
        (", refit without `classes`", refits.not_given),
        (", row alone", refits.alone),
    ):
        check_certificate(refits, how, refits.labelings, predictions, refits.distance, result, prediction)
    if refits.complete and not (refits.given == _UNDEFINED).any():
        check_radius_upper(refits.findings, "", refits, refits.given, refits.distance, result, prediction)


def check_certificate(refits, how, tried, predictions, distance, result, prediction):
    """What a result says of labelings on which this is predicted."""
    radius, flips, findings = result.radius, result.flips_to_class, refits.findings
    least, witness = least_flips(predictions, distance, refits.known.size)
    change, shown = least_change(least, witness, prediction)
    # a row alone may be rounded otherwise: where that decides, the radius is 0
    asked = radius >= 1 if how == ", row alone" else np.ones(radius.shape, dtype=bool)
    findings.claim(
        f"radius{how}",
        ~asked | (change >= np.minimum(radius + 1, UNBOUNDED)),
        lambda t: (
            f"radius {radius[t]} at row {t}, but {change[t]} flips change it{how}",
            refits.known[tried[shown[t]]],
        ),
    )
    if how == ", row alone":
        return
    findings.claim(
        f"flips_to_class{how}",
        least >= np.minimum(flips, UNBOUNDED),
        lambda t, c: (
            f"{flips[t, c]} flips to class {refits.known[c]} at row {t}, but {least[t, c]} do{how}",
            refits.known[tried[witness[t, c]]],
        ),
    )


def check_radius_upper(findings, how, refits, predictions, distance, result, prediction):
    """Where all labelings were tried: ``radius_upper + 1`` flips are enough."""
    change = least_change(*least_flips(predictions, distance, refits.known.size), prediction)[0]
    upper = result.radius_upper
    findings.claim(
        f"radius_upper and exact{how}",
        (upper == UNBOUNDED) | (change <= upper + 1),
        lambda t: (f"radius_upper {upper[t]} at row {t}, but it takes {change[t]} flips{how}", None),
    )


def check_agreement(refits):
    """Refits with and without `classes` predict the same, where both predict."""
    both = (refits.given != _UNDEFINED) & (refits.not_given != _UNDEFINED)
    differ = both & (refits.given != refits.not_given)
    first = differ.argmax(axis=0)
    refits.findings.claim(
        "refits with and without `classes` agree",
        ~differ.any(axis=0),
        lambda t: (
            f"row {t}: class {refits.given[first[t], t]} with `classes`, {refits.not_given[first[t], t]} without",
            refits.known[refits.labelings[first[t]]],
        ),
    )


def check_attack(refits, fitted, result, prediction, target):
    """Attacks are real, do what they claim after a refit, and none smaller than stated exists."""
    problem, findings = refits.problem, refits.findings
    claim, aim = ("attack", {}) if target is None else ("targeted attack", {"target": refits.known[target]})
    attack = findings.call(claim, fitted.attack, problem["X_test"], **aim)
    if attack is None:
        return
    least, witness = least_flips(refits.given, refits.distance, refits.known.size)
    if target is None:
        fewest, shown = least_change(least, witness, prediction)
    else:
        fewest, shown = least[:, target], witness[:, target]
    lower, flips = attack.flips_lower, attack.flips
    findings.claim(
        f"{claim}: flips_lower",
        fewest >= lower,
        lambda t: (
            f"{claim} at row {t}: no fewer than {lower[t]} flips, but {fewest[t]} do",
            refits.known[refits.labelings[shown[t]]],
        ),
    )
    y = refits.known[refits.labels]
    for t in np.flatnonzero((flips < UNBOUNDED) & (flips > 0))[:_ATTACKED_ROWS]:
        relabelled = attack.relabel(y, t)
        real = (relabelled != y).sum() == flips[t] and np.isin(relabelled, refits.known).all()
        real = real and (problem["trusted"] is None or not problem["trusted"][attack.rows[t]].any())
        found = refits.after(np.searchsorted(refits.known, relabelled)) if real else np.full(prediction.shape, -1)
        if found is None:
            continue
        says = np.searchsorted(refits.known, attack.attacked_prediction[t])
        leads = says != prediction[t] if target is None else says == target
        text = f"{claim} at row {t} leads to class {says}, but the refit predicts {found[t]}"
        findings.claim(f"{claim}: flips", real and leads and found[t] == says, lambda: (text, relabelled))


def check_collective(refits, fitted, prediction):
    """No refit within the budget changes more predictions than the bound."""
    problem, findings = refits.problem, refits.findings
    budget = problem["flips"]
    bound = findings.call("certify_collective", fitted.certify_collective, problem["X_test"], budget)
    if bound is None:
        return
    within = refits.distance <= budget
    for how, predictions in (("", refits.given), (", refit without `classes`", refits.not_given)):
        changed = ((predictions != prediction) & (predictions != _UNDEFINED))[within].sum(axis=1)
        worst = changed.argmax()
        text = f"budget {budget}: at most {bound.n_changed_upper} change, but {changed[worst]} do{how}"
        shown = refits.known[refits.labelings[within][worst]]
        findings.claim(f"n_changed_upper{how}", changed[worst] <= bound.n_changed_upper, lambda: (text, shown))
    attacked = refits.labels.copy()
    attacked[bound.attack_rows] = bound.attack_labels
    found = refits.after(attacked)
    if found is not None:
        text = f"the attack changes {(found != prediction).sum()}, not {bound.n_changed_lower}"
        holds = (found != prediction).sum() == bound.n_changed_lower
        findings.claim("n_changed_lower and attack", holds, lambda: (text, refits.known[attacked]))
