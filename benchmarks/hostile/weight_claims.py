"""Label weights as arrays: certificates, targeted bounds and attacks, against all labelings."""

import numpy as np

from skcert import certificates
from skcert.certificates import UNBOUNDED

from .magnitudes import FAMILIES, draw_numbers
from .problems import (
    CLASS,
    TEST,
    TRAIN,
    Problem,
    chance,
    draw_candidates,
    draw_labels,
    draw_score_weight,
    draw_trusted,
    some,
)
from .truth import computed_scores, exact_predictions, labelings, least_change, least_flips

AXES = {
    "weights": (TEST, TRAIN),
    "labels": (TRAIN,),
    "trusted": (TRAIN,),
    "score_weight": (CLASS,),
    "candidates": (TRAIN, CLASS),
}
_WITHOUT_SHORT_SUMS = ("cancelling", "wide", "large whole")  # exact sums take Python's integers there


def draw(rng):
    """Up to 64 rows of weights on up to 7 labels."""
    family = some(rng, *FAMILIES)
    n_classes = rng.integers(2, 5)
    n = rng.integers(1, {2: 8, 3: 7, 4: 6}[n_classes])
    n_test = 8 if family in _WITHOUT_SHORT_SUMS else 64
    dtype = some(rng, np.float64, np.float64, np.float64, np.float32)
    arrays = _arrays(rng, draw_numbers(rng, family, (n_test, n), dtype), n_classes)
    return Problem("label weights", family, arrays, AXES, {"n_classes": int(n_classes)})


def draw_collective(rng):
    """A few rows of weights, and a budget that they share."""
    family = some(rng, *FAMILIES)
    n_classes = rng.integers(2, 4)
    n, n_test = rng.integers(1, 6), rng.integers(1, 6)
    dtype = some(rng, np.float64, np.float64, np.float32)
    arrays = _arrays(rng, draw_numbers(rng, family, (n_test, n), dtype), n_classes)
    options = {
        "n_classes": int(n_classes),
        "flips": int(rng.integers(0, n + 2)),
        "method": "milp" if chance(rng, 0.3) else "lp",
    }
    return Problem("collective bound", family, arrays, AXES, options)


def _arrays(rng, weights, n_classes):
    labels = draw_labels(rng, weights.shape[1], n_classes)
    return {
        "weights": weights,
        "labels": labels,
        "trusted": draw_trusted(rng, labels.size),
        "score_weight": draw_score_weight(rng, n_classes),
        "candidates": draw_candidates(rng, labels, n_classes),
    }


def known(problem):
    """What the functions are told besides weights and labels."""
    return {name: problem[name] for name in ("trusted", "score_weight", "candidates")}


class LabelTruth:
    """All labelings of a problem, with what is predicted on each, computed and exactly."""

    def __init__(self, problem):
        self.labels, self.trusted, self.n_classes = problem["labels"], problem["trusted"], problem["n_classes"]
        self.weights = problem["weights"]
        self.score_weight, self.candidates = problem["score_weight"], problem["candidates"]
        self.labelings, self.distance, _ = labelings(self.labels, self.n_classes, self.trusted)
        if self.candidates is not None:
            allowed = self.candidates[np.arange(self.labels.size), self.labelings].all(axis=1)
            self.labelings, self.distance = self.labelings[allowed], self.distance[allowed]
        scores = computed_scores(self.weights, self.labelings, self.n_classes, self.score_weight)
        self.predictions = {"": scores.argmax(axis=2)}
        exact = exact_predictions(self.weights, self.labelings, scores) if self.score_weight is None else None
        no_flips = len(self.labelings) == 1  # then the computed prediction stands, tie or not
        if exact is not None and not no_flips:
            self.predictions[", exact scores"] = exact
        self.prediction = self.predictions[""][0]

    def predicted_on(self, labels, t):
        scores = certificates.class_scores(
            self.weights[t : t + 1], labels, self.n_classes, score_weight=self.score_weight
        )
        return scores[0].argmax()


def check(problem, findings):
    """Every claim of the certificates and attacks on label weights."""
    arguments = (problem["weights"], problem["labels"], problem["n_classes"])
    certified = findings.call("certify_label_linear", certificates.certify_label_linear, *arguments, **known(problem))
    bounds = findings.call("targeted_flips", certificates.targeted_flips, *arguments, **known(problem))
    if certified is None and bounds is None:
        return
    truth = LabelTruth(problem)
    least = {how: least_flips(found, truth.distance, truth.n_classes) for how, found in truth.predictions.items()}
    if certified is not None:
        prediction, radius, radius_upper, flips_to_class = certified
        agrees = prediction == truth.prediction
        findings.claim("prediction", agrees, lambda t: (f"prediction {prediction[t]} at row {t}", truth.labels))
        for how in least:
            check_radius(findings, how, truth, least[how], prediction, radius, radius_upper)
            check_flips(findings, f"flips_to_class{how}", truth, least[how][0], least[how][1], flips_to_class, how)
        check_smallest_attacks(findings, problem, truth, radius_upper)
    if bounds is not None:
        lower, upper = bounds
        for how in least:
            check_flips(findings, f"targeted lower bound{how}", truth, *least[how], lower, how)
            check_flips_upper(findings, f"targeted upper bound{how}", least[how][0], upper)
        check_targeted_attacks(findings, problem, truth, least, upper)


def check_radius(findings, how, truth, least, prediction, radius, radius_upper):
    """No labeling within the radius changes the prediction; one within ``radius_upper + 1`` does.

    Exact scores decide from one flip on: a prediction of radius 0 may be a tie up to rounding.
    """
    change, witness = least_change(*least, prediction)
    asked = radius >= 1 if how else np.ones(radius.shape, dtype=bool)
    holds = ~asked | (change >= np.minimum(radius + 1, UNBOUNDED))
    findings.claim(
        f"radius{how}",
        holds,
        lambda t: (
            f"radius {radius[t]} at row {t}, but {change[t]} flips change it{how}",
            truth.labelings[witness[t]],
        ),
    )
    findings.claim(
        f"radius_upper and exact{how}",
        (radius_upper == UNBOUNDED) | (change <= radius_upper + 1),
        lambda t: (f"radius_upper {radius_upper[t]} at row {t}, but it takes {change[t]} flips{how}", None),
    )


def check_flips(findings, claim, truth, least, witness, flips, how):
    """No labeling with fewer flips leads to a class."""
    asked = flips >= 2 if how else np.ones(flips.shape, dtype=bool)
    findings.claim(
        claim,
        ~asked | (least >= np.minimum(flips, UNBOUNDED)),
        lambda t, c: (
            f"{claim} {flips[t, c]} for class {c} at row {t}, but {least[t, c]} flips lead there",
            truth.labelings[witness[t, c]],
        ),
    )


def check_flips_upper(findings, claim, least, upper):
    """Where an attack is said to exist, a labeling with as many flips leads there."""
    findings.claim(
        claim,
        (upper == UNBOUNDED) | (upper == 0) | (least <= upper),
        lambda t, c: (f"{claim} {upper[t, c]} for class {c} at row {t}, but it takes {least[t, c]} flips", None),
    )


def attacked(truth, rows, new_labels):
    """Labels after an attack, or None if it does what an attack must not."""
    labels = truth.labels.copy()
    labels[rows] = new_labels
    real = (labels != truth.labels).sum() == len(rows) and np.isin(new_labels, np.arange(truth.n_classes)).all()
    real = real and (truth.candidates is None or truth.candidates[rows, new_labels].all())
    return labels if real and (truth.trusted is None or not truth.trusted[rows].any()) else None


def check_smallest_attacks(findings, problem, truth, radius_upper):
    """`smallest_attack` has ``radius_upper + 1`` flips, and changes the prediction."""
    for t, row in enumerate(truth.weights[:8]):
        attack = findings.call(
            "smallest_attack",
            certificates.smallest_attack,
            row,
            truth.labels,
            truth.n_classes,
            **known(problem),
        )
        if attack is None:
            continue
        flips = len(attack[0])
        labels = attacked(truth, *attack)
        holds = labels is not None and flips == (radius_upper[t] + 1 if radius_upper[t] < UNBOUNDED else 0)
        holds = holds and (flips == 0 or truth.predicted_on(labels, t) != truth.prediction[t])
        findings.claim("smallest attack", holds, lambda: (f"attack {attack} at row {t}", labels))


def check_targeted_attacks(findings, problem, truth, least, upper):
    """`targeted_attack` leads to its target where it says so, and its lower bound holds."""
    for t, row in enumerate(truth.weights[:8]):
        for target in range(truth.n_classes):
            attack = findings.call(
                "targeted_attack",
                certificates.targeted_attack,
                row,
                truth.labels,
                truth.n_classes,
                target,
                **known(problem),
            )
            if attack is None:
                continue
            rows, new_labels, found, lower = attack
            labels = attacked(truth, rows, new_labels)
            holds = labels is not None and len(rows) == (upper[t, target] if found else 0)
            holds = holds and (not found or truth.predicted_on(labels, t) == target)
            findings.claim("targeted attack", holds, lambda: (f"attack {attack} on class {target} at row {t}", labels))
            for how, (fewest, witness) in least.items():
                enough = fewest[t, target]
                text = f"no fewer than {lower} flips for class {target} at row {t}, but {enough} do{how}"
                shown = truth.labelings[witness[t, target]]
                holds = enough >= lower or bool(how and lower < 2)
                findings.claim(f"lower bound of targeted_attack{how}", holds, lambda: (text, shown))


def check_collective(problem, findings):
    """No labeling within the budget changes more predictions than the bound; the attack changes as many as it says."""
    arguments = (problem["weights"], problem["labels"], problem["n_classes"], problem["flips"])
    bound = findings.call(
        "certify_collective",
        certificates.certify_collective,
        *arguments,
        **known(problem),
        method=problem["method"],
    )
    if bound is None:
        return
    truth = LabelTruth(problem)
    within = truth.distance <= problem["flips"]
    sure = np.ones(truth.prediction.shape, dtype=bool)
    for how, predictions in truth.predictions.items():
        # a tie but for rounding is nobody's attack
        sure &= predictions[0] == truth.prediction
        changed = ((predictions != truth.prediction) & sure)[within].sum(axis=1)
        worst = changed.argmax()
        text = f"at most {bound.n_changed_upper} change, but these labels change {changed[worst]}{how}"
        shown = truth.labelings[within][worst]
        findings.claim(f"n_changed_upper{how}", changed[worst] <= bound.n_changed_upper, lambda: (text, shown))
    labels = attacked(truth, bound.attack_rows, bound.attack_labels)
    holds = labels is not None and len(bound.attack_rows) <= problem["flips"]
    if holds:
        scores = certificates.class_scores(truth.weights, labels, truth.n_classes, score_weight=truth.score_weight)
        predictions = scores.argmax(axis=1)
        holds = (predictions != truth.prediction).sum() == bound.n_changed_lower
    findings.claim("n_changed_lower and attack", holds, lambda: (f"{bound} with {bound.attack_rows}", labels))
