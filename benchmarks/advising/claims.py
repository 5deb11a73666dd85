"""Sentences of the docs that name a setting, a gain or a cost, and what has to hold for each."""

from .checks import TIMES, Check, Claim
from .settings import TRUSTED_BY_CHANCE, TRUSTED_FIRST


def about_equal(data):
    return data.most_to_least <= 1.25


def several_equal(data):
    return about_equal(data) and data.classes > 2


def two(data):
    return data.classes == 2 and data.most_to_least <= 2.0


def unequal(data):
    return data.most_to_least > 3.0


def of_many_rows(data):
    return data.rows >= 1000


def of_many_columns(data):
    return data.features >= 9


SETTINGS, CHOOSING, FEATURES, FAQ = "settings.md", "choosing.md", "features.md", "faq.md"
HELP = "`skcert certify --help`"
ONE, TEN, FLATTER = "alpha = 1", "alpha = 10", "clip 0.99, alpha = 10"
CLAIMS = (
    Claim(
        SETTINGS,
        "One network with a ridge P times as large is about as accurate as a soft vote of P networks, or more so, and "
        "its radii are at least half as large.",
        tuple(
            Check(of, f"alpha = {alpha} x {n}", f"{n} soft votes, alpha = {alpha}", at_least)
            for n, alpha in ((5, 1), (5, 10), (20, 1), (20, 10))
            for of, at_least in (("accuracy", -2.0), ("radius", 0.5))
        ),
    ),
    Claim(
        SETTINGS,
        "A soft vote certifies one and a half to two times as much as a hard vote of the same five members.",
        tuple(
            Check("radius", f"5 soft votes, alpha = {alpha}", f"5 hard votes, alpha = {alpha}", 1.4, 2.4)
            for alpha in (1, 10)
        ),
    ),
    Claim(
        SETTINGS,
        "From a thousand rows on, twenty networks of a part each are fitted in less than half the time of one.",
        (Check("seconds to fit", "20 hard votes, alpha = 1", ONE, at_most=0.5),),
        of_many_rows,
    ),
    Claim(
        SETTINGS,
        "Against one network with the same `alpha=1`, five parts cost up to five points of accuracy, and twenty up to "
        "nine.",
        tuple(
            Check("accuracy", f"{n} soft votes, alpha = 1", ONE, at_least) for n, at_least in ((5, -5.0), (20, -9.0))
        ),
        of_many_rows,
    ),
    Claim(
        SETTINGS,
        "Below about 20 rows for each member, twenty votes are no more accurate than one network, and many points "
        "less on some data.",
        (Check("accuracy", "20 soft votes, alpha = 10", TEN, at_most=1.5),),
        lambda data: data.rows < 400,
    ),
    Claim(
        SETTINGS,
        "500 landmarks and a ridge are as accurate as the network, within two points, and certify as much.",
        (Check("accuracy", "landmarks", TEN, -2.0), Check("radius", "landmarks", TEN, 0.9)),
    ),
    Claim(
        SETTINGS,
        "Members of 25 rows certify at least three times as many flips as members of 200.",
        tuple(
            Check("radius", f"{base} of 25 rows", f"{base} of 200 rows", 3.0)
            for base in ("trees", "logistic regressions")
        ),
    ),
    Claim(
        SETTINGS,
        "Members of 50 rows cost up to six points of accuracy against members of 200, members of 25 up to eleven.",
        tuple(
            Check("accuracy", f"{base} of {rows} rows", f"{base} of 200 rows", at_least)
            for rows, at_least in ((50, -6.0), (25, -11.0))
            for base in ("trees", "logistic regressions")
        ),
    ),
    Claim(
        SETTINGS,
        "Where classes are unequal, small members miss the rare ones more often: mean recall falls, by ten points and "
        "more on some data.",
        tuple(
            Check("mean recall", f"{base} of 25 rows", f"{base} of 200 rows", at_most=0.5)
            for base in ("trees", "logistic regressions")
        ),
        unequal,
    ),
    Claim(
        SETTINGS,
        "is Python's default: about the accuracy of a logistic regression, within four points, or better",
        (Check("accuracy", ONE, "logistic regression", -4.0),),
    ),
    Claim(
        SETTINGS,
        "`alpha=10` certifies one and a half times as much as 1, or more.",
        (Check("radius", TEN, ONE, 1.5),),
    ),
    Claim(
        SETTINGS,
        "`alpha=10` costs up to five points of accuracy, two in the median.",
        (Check("accuracy", TEN, ONE, -5.0),),
    ),
    Claim(
        SETTINGS,
        "`alpha=0.1` certifies half as much as 1, or less, and is not reliably more accurate.",
        (Check("radius", "alpha = 0.1", ONE, at_most=0.6), Check("accuracy", "alpha = 0.1", ONE, at_most=2.0)),
    ),
    Claim(
        SETTINGS,
        "`alpha=100` costs more than `alpha=10`, up to ten points more.",
        (Check("accuracy", "alpha = 100", TEN, -10.0, 0.0),),
    ),
    Claim(
        SETTINGS,
        "`alpha=inf` is less accurate than `alpha=10`.",
        (Check("accuracy", "alpha = inf", TEN, at_most=0.0),),
    ),
    Claim(
        SETTINGS,
        "With `alpha=10`, a clip of 0.99 costs about a point, or less, and certifies as much or more.",
        (Check("accuracy", FLATTER, TEN, -1.7), Check("radius", FLATTER, TEN, 1.0)),
    ),
    Claim(
        SETTINGS,
        "For three or more classes of about equal size, `weight_center=1 - 1 / K` with `weight_clip=0.1` certifies "
        "twice as much or more, for up to five points.",
        (
            Check("accuracy", "centre 1 - 1/K, clip .1, alpha = 10", TEN, -5.0),
            Check("radius", "centre 1 - 1/K, clip .1, alpha = 10", TEN, 2.0),
        ),
        several_equal,
    ),
    Claim(
        SETTINGS,
        "For two classes, of which none is twice as frequent as the other, it certifies one and a half times as much "
        "or more, for up to 17 points.",
        (
            Check("accuracy", "centre 1 - 1/K, clip .1, alpha = 10", TEN, -17.0),
            Check("radius", "centre 1 - 1/K, clip .1, alpha = 10", TEN, 1.5),
        ),
        two,
    ),
    Claim(
        SETTINGS,
        "Where classes are unequal, a quantile as a centre costs more than ten points.",
        (Check("accuracy", "centre 1 - 1/K, clip .1, alpha = 10", TEN, at_most=-10.0),),
        unequal,
    ),
    Claim(
        SETTINGS,
        'where classes are unequal, `weight_center="mean"` raises mean recall, or leaves it, for smaller radii and up '
        "to 30 points of accuracy.",
        (
            Check("accuracy", "centre mean, clip .99, alpha = 10", TEN, -30.0, 4.0),
            Check("mean recall", "centre mean, clip .99, alpha = 10", TEN, -0.5),
            Check("radius", "centre mean, clip .99, alpha = 10", TEN, at_most=1.0),
        ),
        unequal,
    ),
    Claim(
        SETTINGS,
        "where classes are unequal, known score weights raise mean recall with `alpha=10`, or leave it, for smaller "
        "radii and up to 50 points of accuracy.",
        (
            Check("accuracy", "score weights, alpha = 10", TEN, -50.0, 0.0),
            Check("mean recall", "score weights, alpha = 10", TEN, -0.5),
            Check("radius", "score weights, alpha = 10", TEN, at_most=1.0),
        ),
        unequal,
    ),
    Claim(
        FEATURES,
        "On tables of nine columns or more it changes accuracy by a point or less, and radii shrink a little, or not",
        (
            Check("accuracy", "equal lengths, alpha = 10", TEN, -1.0, 1.1),
            Check("radius", "equal lengths, alpha = 10", TEN, 0.6, 1.1),
        ),
        of_many_columns,
    ),
    Claim(
        FEATURES,
        "with nine columns or more they cost up to thirty points of accuracy at `alpha=10`, and gain one at most",
        (
            Check(
                "accuracy", "whitened, length 1, alpha = 10", "whitened, equal lengths, alpha = 10", -33.0, at_most=1.2
            ),
        ),
        of_many_columns,
    ),
    Claim(
        FEATURES,
        "On tables, PCA whitening is seldom worth a point of accuracy.",
        (Check("accuracy", "whitened, alpha = 10", TEN, at_most=1.0),),
    ),
    Claim(
        CHOOSING,
        "Deeper networks are hardly more accurate on tables, by three points at most, and their radii are smaller",
        (
            Check("accuracy", "depth 2, alpha = 1", ONE, -3.1, 3.2),
            Check("radius", "depth 2, alpha = 1", ONE, at_most=1.0),
        ),
    ),
    Claim(
        CHOOSING,
        '"identity", which is a linear model, has larger radii, and is less accurate where classes are not linear',
        (Check("radius", "identity, alpha = 1", ONE, 1.1), Check("accuracy", "identity, alpha = 1", ONE, at_most=1.0)),
    ),
    Claim(
        CHOOSING,
        '"erf" is about as accurate, with larger radii on some and smaller ones on others',
        (Check("accuracy", "erf, alpha = 1", ONE, -2.5, 2.5),),
    ),
    Claim(
        CHOOSING,
        '"nngp" acts like a larger ridge',
        (Check("radius", "nngp, alpha = 1", ONE, 1.2), Check("accuracy", "nngp, alpha = 1", ONE, at_most=2.0)),
    ),
    Claim(
        CHOOSING,
        "hardly any difference",
        tuple(
            Check(of, f"b_std = {b_std}, alpha = 1", ONE, *bounds)
            for b_std in ("0", "0.3")
            for of, bounds in (("accuracy", (-1.0, 1.0)), ("radius", (0.8, 1.25)))
        ),
    ),
    Claim(
        CHOOSING,
        "no difference for a small ridge",
        (
            Check("accuracy", "alpha = 1, no intercept", ONE, -1.0, 1.0),
            Check("radius", "alpha = 1, no intercept", ONE, 0.8, 1.25),
        ),
    ),
    Claim(
        CHOOSING,
        "without it, radii in the ridge limit are smaller where classes are about equal",
        (Check("radius", "alpha = inf, no intercept", "alpha = inf", at_most=1.0),),
        about_equal,
    ),
    Claim(
        CHOOSING,
        "early stopping acts like a ridge: flatter weights, no less time",
        (Check("radius", "early stopping", ONE, 1.0), Check("seconds to fit", "early stopping", TEN, 1.0)),
    ),
    Claim(
        SETTINGS,
        "trusting a tenth of all labels, the audit's first or any, adds less than `alpha=10` does.",
        tuple(Check("radius", TEN, trusted, 1.2) for trusted in (TRUSTED_FIRST, TRUSTED_BY_CHANCE)),
    ),
    Claim(
        FAQ,
        "if a hundredth of the labels may be wrong, from none to nearly all of the predictions are certified that far",
        (Check("certified at 1%", FLATTER, at_least=0.0),),
    ),
    Claim(
        FAQ,
        "at a twentieth, one in eight or fewer are where there are more than a thousand rows",
        (Check("certified at 5%", FLATTER, at_most=12.5),),
        of_many_rows,
    ),
    Claim(
        FAQ,
        "at a tenth, hardly any",
        (Check("certified at 10%", FLATTER, at_most=5.0),),
    ),
    Claim(
        FAQ,
        "For one network of a thousand rows and more, nearly",
        (Check(TIMES, ONE, at_most=1.5),),
        of_many_rows,
    ),
    Claim(
        FAQ,
        "a hard vote of many members certifies in one to three times the time in which it predicts",
        (Check(TIMES, "20 hard votes, alpha = 1", at_least=1.0, at_most=3.0),),
    ),
    Claim(
        HELP,
        "a plain network: about as accurate, or more so by up to seven points, with far smaller radii",
        (Check("accuracy", ONE, FLATTER, -3.0, 7.0), Check("radius", ONE, FLATTER, at_most=0.75)),
    ),
    Claim(
        HELP,
        "less accurate on few",
        (Check("accuracy", "20 hard votes, alpha = 1", FLATTER, at_most=0.0),),
        lambda data: data.rows < 300,
    ),
    Claim(
        HELP,
        "clip label weights at this quantile, above 0 and up to 1, which is off; radii grow",
        tuple(Check("radius", f"clip {clip}, alpha = 10", TEN, 1.0) for clip in ("0.99", "0.95")),
    ),
)
