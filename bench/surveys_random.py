"""Random sampling designs and plans for `bench/surveys_fuzz.py`, each with the words that say the same in R."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from plumbline.domain.surveys.replicates import hadamard

Numbers = Callable[[list[dict[str, Any]]], list[Any]]
UNASKED = 2.0**1023  # stands for a number that is not compared
KINDS = ("one stage", "several stages", "lonely", "made replicates", "given replicates", "calibrated")
DOMAINS = (
    (None, None),
    (None, None),
    ("b >= 2", "b >= 2"),
    ("a == 'p'", 'a == "p"'),
    ("y > 9.5 and not b == 1", "y > 9.5 & b != 1"),
    ("grp in ('k', 'l') or x > 0.5", 'grp %in% c("k", "l") | x > 0.5'),
    ("not (grp == 'k')", '!(grp == "k")'),
)
RULES = ("math", "school", "shahvaish", "hf1", "hf2", "hf3", "hf4", "hf5", "hf6", "hf7", "hf8", "hf9")


@dataclass(frozen=True)
class Entry:
    """Hold an entry of a plan, the R expression of its numbers, and which of our numbers these are; `close`: the relative tolerance."""

    plan: dict[str, Any]
    r: str
    numbers: Numbers
    close: float = 1e-8


@dataclass(frozen=True)
class Case:
    """Hold a table, a design as settings and as R code that makes `d` of `rows`, and the entries asked of it."""

    seed: int
    kind: str
    table: dict[str, list[Any]]
    design: dict[str, Any]
    r: str
    entries: list[Entry] = field(default_factory=list)


def case(seed: int) -> Case:
    """Draw a case."""
    draw = np.random.default_rng([20261127, seed])
    kind = KINDS[seed % len(KINDS)]
    table = _table(draw, kind)
    make = {
        "one stage": _one_stage, "several stages": _stages, "lonely": _lonely, "made replicates": _made,
        "given replicates": _given, "calibrated": _calibrated,
    }[kind]  # fmt: skip
    design, r = make(draw, table)
    return Case(
        seed, kind, {name: values.tolist() for name, values in table.items()}, design, r, _plan(draw, kind, design)
    )


Table = dict[str, np.ndarray[Any, Any]]


def _table(draw: np.random.Generator, kind: str) -> Table:
    """Draw units in clusters in clusters in strata, with their populations and answers."""
    least = 1 if kind == "lonely" else 2
    most = 2 if kind == "made replicates" and draw.random() < 0.6 else 5
    ids: list[tuple[int, ...]] = []
    for stratum in range(int(draw.integers(2, 9))):
        lone = kind == "lonely" and draw.random() < 0.35
        n1 = 1 if lone else int(draw.integers(2, most + 1))
        spare = [int(draw.integers(0, 9)) if draw.random() < 0.8 else 0 for _ in range(3)]
        for psu in range(n1):
            n2 = int(draw.integers(least, 5))
            for ssu in range(n2):
                n3 = int(draw.integers(least, 4))
                populations = (
                    n1 + spare[0] + (2 if lone and draw.random() < 1 else 0),
                    n2 + spare[1] + psu,
                    n3 + spare[2],
                )
                ids += [(stratum, psu, ssu, unit, n1, n2, n3, *populations) for unit in range(n3)]
    at = np.array(ids)
    size = len(at)
    effect = draw.normal(size=(9, 6))[at[:, 0], at[:, 1]] * draw.choice([0.3, 1.5])
    x = np.round(draw.normal(size=size), 3)
    b = draw.integers(1, 4, size)
    b[:3] = (1, 2, 3)
    a = draw.choice(["p", "q"], size)
    y = np.round(10 + effect + x + (a == "q") + draw.normal(size=size), int(draw.choice([1, 4])))
    answers: Table = {
        "a": a.astype(object), "b": b, "r": draw.choice(["base", "end"], size).astype(object), "x": x,
        "grp": draw.choice(["k", "l", "m"], size).astype(object), "z": np.round(np.exp(1 + 0.3 * x + 0.4 * draw.normal(size=size)), 3),
        "y": y, "v": np.round(y * 0.5 + draw.normal(size=size), 3), "yes": (y + draw.normal(size=size) > 10.5).astype(float),
    }  # fmt: skip
    for name, share in (("y", 0.08), ("v", 0.05), ("yes", 0.05)):
        answers[name] = np.where(draw.random(size) < share * (draw.random() < 0.8), np.nan, answers[name])
    answers["grp"] = np.where(draw.random(size) < 0.06, None, answers["grp"])
    letters = draw.random() < 0.5
    return {
        "st": np.array([chr(97 + one) for one in at[:, 0]], dtype=object) if letters else at[:, 0] + 1, "psu": at[:, 1] + 1,
        "ssu": at[:, 2] + 1, "part": at[:, 2] % 2 + 1, "unit": at[:, 3] + 1, "n1": at[:, 7], "n2": at[:, 8], "n3": at[:, 9],
        "f1": at[:, 4] / at[:, 7], "f2": at[:, 5] / at[:, 8], "f3": at[:, 6] / at[:, 9],
        "w": np.round(draw.uniform(1, 9, size), 3), "one": np.ones(size, dtype=int), **answers,
    }  # fmt: skip


def _one_stage(draw: np.random.Generator, table: Table) -> tuple[dict[str, Any], str]:
    design: dict[str, Any] = {"weights": "w"}
    clustered, stratified = draw.random() < 0.7, draw.random() < 0.75
    words = ["id = ~psu" if clustered else "id = ~1", "weights = ~w", "nest = TRUE", "data = rows"]
    if clustered:
        design["clusters"] = "psu"
    if stratified:
        design["strata"] = "st"
        words.append("strata = ~st")
    if clustered and stratified and draw.random() < 0.5:
        column = draw.choice(["n1", "f1"])
        design["fpc"] = str(column)
        words.append(f"fpc = ~{column}")
    if clustered and not stratified:  # the first unit of each stratum has one number: too few clusters
        table["psu"] = table["psu"] + 10 * np.unique(table["st"].astype(str), return_inverse=True)[1]
    return design, f"svydesign({', '.join(words)})"


def _stages(draw: np.random.Generator, table: Table) -> tuple[dict[str, Any], str]:
    depth = int(draw.integers(2, 4))
    clusters, kind = ["psu", "ssu", "unit"][:depth], str(draw.choice(["n", "f"]))
    fpc = [f"{kind}{place}" for place in range(1, depth + 1)]
    design: dict[str, Any] = {"clusters": clusters, "strata": ["st"], "fpc": fpc, "lonely_psu": "remove"}
    strata = "~st"
    if draw.random() < 0.2:
        design["strata"], strata = ["st", "part"], "~st + part"
        design["fpc"] = fpc = fpc[:1] + [f"s{place}" for place in range(2, depth + 1)]
        for place in range(2, depth + 1):  # populations of the halves
            table[f"s{place}"] = table[f"n{place}"] + 3 if kind == "n" else table[f"f{place}"]
    weights = ""
    if draw.random() < 0.5:
        design["weights"], weights = "w", "weights = ~w, "
    return (
        design,
        f"svydesign(id = ~{' + '.join(clusters)}, strata = {strata}, fpc = ~{' + '.join(fpc)}, {weights}nest = TRUE, data = rows)",
    )


def _lonely(draw: np.random.Generator, table: Table) -> tuple[dict[str, Any], str]:
    policy = str(draw.choice(["remove", "certainty", "adjust", "average"]))
    depth = (
        1 if policy == "average" else int(draw.integers(1, 3))
    )  # R averages within each unit, where there is nothing else
    clusters = ["psu", "ssu"][:depth]
    design: dict[str, Any] = {"weights": "w", "clusters": clusters, "strata": "st", "lonely_psu": policy}
    fpc = ""
    if depth == 2 or draw.random() < 0.5:
        design["fpc"] = [f"n{place}" for place in range(1, depth + 1)]
        fpc = f"fpc = ~{' + '.join(design['fpc'])}, "
    return design, f"svydesign(id = ~{' + '.join(clusters)}, strata = ~st, weights = ~w, {fpc}nest = TRUE, data = rows)"


def _made(draw: np.random.Generator, table: Table) -> tuple[dict[str, Any], str]:
    pairs = all(len(set(table["psu"][table["st"] == one])) == 2 for one in set(table["st"].tolist()))
    kind = str(draw.choice(["BRR", "Fay", "JKn"] if pairs else ["JKn", "JK1"]))
    mse = bool(draw.random() < 0.4)
    design: dict[str, Any] = {"weights": "w", "clusters": "psu", "replicates": {"type": kind, "mse": mse}}
    words, more = ["id = ~psu", "weights = ~w", "nest = TRUE", "data = rows"], ""
    if kind == "JK1":
        table["psu"] = table["psu"] + 10 * np.unique(table["st"].astype(str), return_inverse=True)[1]
    else:
        design["strata"] = "st"
        words.append("strata = ~st")
    # where a stratum is sampled whole, R's jackknife of a total is far from its own linearised error, which ours equals
    part = bool((table["f1"] < 1).all())
    if kind == "JKn" and draw.random() < 0.4 and part:
        design["fpc"] = "n1"
        words.append("fpc = ~n1")
    if kind == "Fay":
        design["replicates"]["rho"], more = 0.3, ", fay.rho = 0.3"
    return design, f'as.svrepdesign(svydesign({", ".join(words)}), type = "{kind}", mse = {str(mse).upper()}{more})'


def _given(draw: np.random.Generator, table: Table) -> tuple[dict[str, Any], str]:
    kind = str(draw.choice(["BRR", "Fay", "JK1", "JKn", "bootstrap", "ACS", "successive-difference", "other"]))
    mse, combined = bool(draw.random() < 0.5), bool(draw.random() < 0.7)
    replicates: dict[str, Any] = {"type": kind, "columns": "rw*", "mse": mse, "combined": combined}
    words = ["weights = ~w", "data = rows", 'repweights = "^rw"', f'type = "{kind}"', f"mse = {str(mse).upper()}"]
    words.append(f"combined.weights = {str(combined).upper()}")
    factors = _factors(draw, table, kind)
    count = factors.shape[1]
    if kind == "Fay":
        replicates["rho"] = 0.4
        words.append("rho = 0.4")
    if kind in ("JK1", "JKn", "bootstrap", "other"):
        replicates["scale"] = scale = round(float(draw.uniform(0.05, 1)), 3)
        words.append(f"scale = {scale}")
    if kind in ("JKn", "other", "bootstrap"):
        replicates["rscales"] = rscales = np.round(draw.uniform(0.2, 1.2, count), 3).tolist()
        words.append(f"rscales = c({', '.join(map(str, rscales))})")
    for place in range(count):
        table[f"rw{place + 1}"] = np.round(factors[:, place] * (table["w"] if combined else 1), 8)
    return {"weights": "w", "replicates": replicates}, f"svrepdesign({', '.join(words)})"


def _factors(draw: np.random.Generator, table: Table, kind: str) -> np.ndarray[Any, Any]:
    strata = np.unique(table["st"].astype(str), return_inverse=True)[1]
    unit = strata * 10 + table["psu"]
    if kind in ("BRR", "Fay"):
        signs = hadamard(strata.max() + 2)[:, 1 : strata.max() + 2]
        half = np.where(table["psu"] % 2, 1, -1)
        away = 1 if kind == "BRR" else 0.6
        return 1 + away * signs[:, strata].T * half[:, None]
    if kind in ("JK1", "JKn"):
        columns = []
        for one in np.unique(unit):
            same = strata == one // 10 if kind == "JKn" else np.ones(len(unit), dtype=bool)
            n = len(np.unique(unit[same]))
            columns.append(np.where(unit == one, 0.0, np.where(same, n / max(n - 1, 1), 1.0)))
        return np.stack(columns, axis=1)
    picks = []
    for _ in range(int(draw.integers(8, 40))):
        times = {one: draw.exponential() for one in np.unique(unit)}
        picks.append(np.array([times[one] for one in unit]))
    return np.stack(picks, axis=1)


def _calibrated(draw: np.random.Generator, table: Table) -> tuple[dict[str, Any], str]:
    design: dict[str, Any] = {"weights": "w", "strata": "st", "clusters": "psu"}
    r = "svydesign(id = ~psu, strata = ~st, weights = ~w, nest = TRUE, data = rows)"
    if draw.random() < 0.35:
        design["replicates"] = {"type": "JKn"}
        r = f'as.svrepdesign({r}, type = "JKn")'
    elif draw.random() < 0.4:
        design["fpc"] = "n1"
        r = r.replace("nest", "fpc = ~n1, nest")
    method = str(draw.choice(["linear", "raking", "logit", "poststratify"]))
    total = float(table["w"].sum())
    shake = lambda: float(draw.uniform(0.9, 1.12))  # noqa: E731
    sizes = {
        column: {
            str(one): float(table["w"][table[column] == one].sum()) * shake()
            for one in sorted(set(table[column].tolist()))
        }
        for column in ("a", "b")
    }
    for column, given in sizes.items():
        scale = total * 1.1 / sum(given.values())
        sizes[column] = {level: round(size * scale, 6) for level, size in given.items()}
        last = list(given)[-1]
        sizes[column][last] = round(sizes[column][last] + total * 1.1 - sum(sizes[column].values()), 9)
    if method == "poststratify":
        design["calibration"] = {"method": method, "margins": {"a": sizes["a"]}}
        listed = ", ".join(repr(one) for one in sizes["a"].values())
        return (
            design,
            f"postStratify({r}, ~a, data.frame(a = c({', '.join(map(_text, sizes['a']))}), Freq = c({listed})))",
        )
    design["calibration"] = {"method": method, "margins": sizes, "tolerance": 1e-12, "rounds": 500}
    first, *others = [repr(sizes["a"]["q"]), repr(sizes["b"]["2"]), repr(sizes["b"]["3"])]
    population = f"`(Intercept)` = {sum(sizes['a'].values())!r}, aq = {first}, `factor(b)2` = {others[0]}, `factor(b)3` = {others[1]}"
    formula, bounds = "~a + factor(b)", ""
    if method == "linear" and draw.random() < 0.6:
        aim = round(float((table["w"] * table["x"]).sum()) + 0.05 * total, 6)
        design["calibration"]["totals"] = {"x": aim}
        formula, population = formula + " + x", f"{population}, x = {aim!r}"
    if method == "logit":
        design["calibration"]["bounds"], bounds = [0.3, 3], "bounds = c(0.3, 3), "
    return (
        design,
        f'calibrate({r}, {formula}, c({population}), calfun = "{method}", {bounds}epsilon = 1e-13, maxit = 500)',
    )


def _text(value: Any) -> str:
    return f'"{value}"'


def _fields(*names: str) -> Numbers:
    return lambda found: [one.get(name) for one in found for name in names]


WALD = _fields("estimate", "se", "deff", "ci_low", "ci_high")
PLAIN = _fields("estimate", "se", "ci_low", "ci_high")


@dataclass(frozen=True)
class How:
    """Say what of a design decides which statistics R answers by the same definition."""

    replicated: bool
    calibrated: bool


def _plan(draw: np.random.Generator, kind: str, design: dict[str, Any]) -> list[Entry]:
    """Ask for each kind of statistic, in a domain and cells drawn for it."""
    how = How("replicates" in design, "calibration" in design)
    makers = [
        _means,
        _totals,
        _people,
        _shares,
        _ratios,
        _intervals,
        _quantiles,
        _variances,
        _tests,
        _tables,
        _differences,
        _contrasts,
        _did,
        _standard,
        _linear,
        _logistic,
    ]
    out = []
    for make in makers:
        ours, theirs = DOMAINS[draw.integers(len(DOMAINS))]
        if how.calibrated and how.replicated and ours is None:
            ours, theirs = DOMAINS[2]  # R's degrees of freedom of the whole depend on how it was calibrated
        if make in (_linear, _logistic, _tests) and how.calibrated and not how.replicated:
            ours = theirs = (
                None  # of a calibrated design R keeps the levels outside the domain, and tests with the whole's degrees of freedom
            )
        by = [None, None, "a", "b"][draw.integers(4)]
        if make is _standard and design.get("lonely_psu") == "average":
            continue  # R averages over the strata of all rows here, elsewhere over those of the cell
        if make is _standard and how.calibrated and not how.replicated:
            continue  # with missing values R's error differs from that of replicates that are each calibrated anew
        entry = make(draw, by, how)
        both = [one for one in (ours, entry.plan.get("domain")) if one]
        more = {"domain": " and ".join(f"({one})" for one in both)} if both else {}
        sub = f"D <- subset(d, {theirs}); " if theirs else "D <- d; "
        out.append(Entry(entry.plan | more, "{ " + sub + entry.r + " }", entry.numbers, entry.close))
    return out


def _by(by: str | None, fun: str, variable: str, more: str = "na.rm = TRUE, deff = TRUE") -> str:
    return f"svyby(~{variable}, ~{by}, D, {fun}, {more})" if by else f"{fun}(~{variable}, D, {more})"


def _with(plan: dict[str, Any], by: Any) -> dict[str, Any]:
    return plan | ({"by": by} if by else {})


def _means(draw: np.random.Generator, by: str | None, how: How) -> Entry:
    both = draw.random() < 0.2
    r, asked = (_by("a + b", "svymean", "y"), ["a", "b"]) if both else (_by(by, "svymean", "y"), by)
    return Entry(
        _with({"statistic": "mean", "variable": "y"}, asked),
        f"c(ask_wald({r}, D), degf(D))",
        lambda found: [*WALD(found), found[0]["df"]],
    )


def _totals(draw: np.random.Generator, by: str | None, how: How) -> Entry:
    return Entry(_with({"statistic": "total", "variable": "v"}, by), f"ask_wald({_by(by, 'svytotal', 'v')}, D)", WALD)


def _people(draw: np.random.Generator, by: str | None, how: How) -> Entry:
    if draw.random() < 0.5:
        found = 'ask_levels_of_cells(list(~I(as.numeric(grp == "k")), ~I(as.numeric(grp == "l")), ~I(as.numeric(grp == "m")))'
        cells = f"~{by}" if by else "NULL"
        return Entry(_with({"statistic": "total", "variable": "grp"}, by), f"{found}, {cells}, D, svytotal)", WALD)
    asked = by or "b"
    r = f"c(ask_wald({_by(asked, 'svytotal', 'one', 'na.rm = TRUE')}, D, FALSE), ask_cells_of(D, ~{asked}))"
    return Entry({"statistic": "total", "by": asked}, r, lambda found: [*PLAIN(found), *(one["n"] for one in found)])


def _shares(draw: np.random.Generator, by: str | None, how: How) -> Entry:
    found = (
        'ask_levels_of_cells(list(~I(as.numeric(grp == "k")), ~I(as.numeric(grp == "l")), ~I(as.numeric(grp == "m")))'
    )
    cells = f"~{by}" if by else "NULL"
    return Entry(_with({"statistic": "proportion", "variable": "grp"}, by), f"{found}, {cells}, D, svymean)", WALD)


def _ratios(draw: np.random.Generator, by: str | None, how: How) -> Entry:
    plan = _with({"statistic": "ratio", "variable": "y", "denominator": "z"}, by)
    if by:
        r = f"svyby(~y, ~{by}, denominator = ~z, D, svyratio, na.rm = TRUE)"
        return Entry(plan, f"ask_wald({r}, D, FALSE)", PLAIN)
    effect = "FALSE" if how.replicated else "TRUE"  # of replicates with missing values R's fails
    return Entry(
        plan,
        f"ask_wald(svyratio(~y, ~z, D, na.rm = TRUE, deff = {effect}), D, {effect})",
        PLAIN if how.replicated else WALD,
    )


def _intervals(draw: np.random.Generator, by: str | None, how: How) -> Entry:
    method = str(draw.choice(["mean", "logit", "likelihood", "asin", "beta", "xlogit"]))
    if how.replicated and method == "likelihood":
        method = "beta"
    if not how.replicated and method == "logit":
        method = "xlogit"  # the same there; R's logit fits a model, and overflows
    if how.calibrated and method in ("likelihood", "beta"):
        method = "asin"  # R counts the cases outside the domain of a calibrated design
    plan = _with({"statistic": "proportion", "variable": "yes", "interval": method}, by if method != "mean" else None)
    cells = f"~{by}" if by and method != "mean" else "NULL"
    df = ", df = degf(D)" if method == "mean" else ""
    if method == "likelihood":  # R counts the cases that lack an answer, and joins the profile by a spline
        return Entry(
            plan | {"domain": "yes >= 0"},
            f'D <- subset(D, !is.na(yes)); ask_bounds(~yes, {cells}, D, method = "likelihood")',
            _fields("ci_low", "ci_high"),
            1e-2,
        )
    numbers = _fields("ci_low", "ci_high") if method == "mean" else _within
    close = 1e-6 if method == "logit" else 1e-8
    return Entry(plan, f'ask_bounds(~yes, {cells}, D, method = "{method}"{df})', numbers, close)


def _within(found: list[dict[str, Any]]) -> list[Any]:
    """Leave out bounds at 0 and 1: beyond them R's of `asin` fold back, and shares of none or all have no others; and those of no error."""
    return [
        UNASKED if one[name] in (0, 1) or one["ci_low"] == one["ci_high"] else one[name]
        for one in found
        for name in ("ci_low", "ci_high")
    ]


def _quantiles(draw: np.random.Generator, by: str | None, how: How) -> Entry:
    rule = str(draw.choice(RULES))
    method = str(draw.choice(["mean", "mean", "beta", "xlogit"])) if not how.replicated else "mean"
    if how.calibrated and not how.replicated:
        method = "mean"
    shares = sorted({0.5, round(float(draw.uniform(0.05, 0.95)), 2)})
    plan = _with(
        {
            "statistic": "quantile",
            "variable": str(draw.choice(["y", "z"])),
            "quantiles": [0.001, *shares],
            "rule": rule,
            "interval": method,
        },
        by,
    )
    cells = f"~{by}" if by else "NULL"
    listed = ", ".join(map(str, [0.001, *shares]))
    return Entry(
        plan,
        f'ask_points(~{plan["variable"]}, {cells}, D, c({listed}), qrule = "{rule}", interval.type = "{method}")',
        _found_or_missed,
    )


def _found_or_missed(found: list[dict[str, Any]]) -> list[Any]:
    """Leave out what has no error: both bounds are the value at the share below itself, found or missed by a rounding."""
    names = ("estimate", "se", "ci_low", "ci_high")
    return [UNASKED if one["se"] == 0 and name != "estimate" else one[name] for one in found for name in names]


def _variances(draw: np.random.Generator, by: str | None, how: How) -> Entry:
    r = "ask_flat(as.vector(coef(x)), as.vector(SE(x)))"
    return Entry(
        _with({"statistic": "variance", "variable": "y"}, by),
        f"D <- subset(D, !is.na(y)); x <- {_by(by, 'svyvar', 'y', 'na.rm = TRUE')}; {r}",
        _fields("estimate", "se"),
    )


def _tests(draw: np.random.Generator, by: str | None, how: How) -> Entry:
    test = str(draw.choice(["F", "Chisq", "Wald", "adjWald", "lincom", "saddlepoint"]))
    if how.calibrated and test in ("lincom", "saddlepoint"):
        test = "F"  # in domains of calibrated designs R's search for the tail fails
    columns = ["grp", "a"] if draw.random() < 0.5 else ["b", "yes"]
    # R's statistic, not its p, counts the cases that lack an answer
    by_cases = test in ("Chisq", "lincom", "saddlepoint")
    return Entry(
        {"statistic": "independence", "variable": columns, "test": test}, f'ask_tested(~{" + ".join(columns)}, D, "{test}"){"[2]" if by_cases else ""}',
        _fields("p") if by_cases else _fields("estimate", "p"), 1e-6 if test in ("lincom", "saddlepoint") else 1e-8,
    )  # fmt: skip


def _tables(draw: np.random.Generator, by: str | None, how: How) -> Entry:
    return Entry(
        {"statistic": "table", "variable": ["grp", "b"]}, "ask_crossed(~interaction(grp, b), D)",
        _fields("estimate", "se", "ci_low", "ci_high", "share", "share_se"),
    )  # fmt: skip


def _differences(draw: np.random.Generator, by: str | None, how: How) -> Entry:
    return Entry(
        {"statistic": "difference", "variable": "v", "by": "r"},
        "ask_compared(v ~ r, D)",
        _fields("estimate", "t", "df", "p"),
    )


def _contrasts(draw: np.random.Generator, by: str | None, how: How) -> Entry:
    if draw.random() < 0.5:
        plan = {"statistic": "contrast", "variable": ["y", "v"], "coefficients": [1, -2]}
        return Entry(
            plan,
            "x <- svycontrast(svymean(~y + v, D, na.rm = TRUE), c(1, -2)); c(coef(x), SE(x))",
            _fields("estimate", "se"),
        )
    plan = {"statistic": "contrast", "variable": "y", "by": "a", "coefficients": [-1, 1]}
    r = "m <- svyglm(y ~ a, D); c(coef(m)[2], SE(m)[2])"  # svyby's covariances fail where values are missing
    return Entry(plan, r, _fields("estimate", "se"))


def _did(draw: np.random.Generator, by: str | None, how: How) -> Entry:
    r = "m <- svyglm(y ~ r * a, D); c(coef(m)[4], SE(m)[4])"
    return Entry({"statistic": "did", "variable": "y", "by": ["r", "a"]}, r, _fields("estimate", "se"))


def _standard(draw: np.random.Generator, by: str | None, how: How) -> Entry:
    plan = {"statistic": "standardised", "variable": "y", "by": "a", "over": "b", "population": {1: 30, 2: 45, 3: 25}}
    r = "s <- svystandardize(D, by = ~b, over = ~a, population = c(30, 45, 25), excluding.missing = ~y); x <- svyby(~y, ~a, s, svymean, na.rm = TRUE); ask_flat(as.vector(coef(x)), as.vector(SE(x)))"
    return Entry(plan, r, _fields("estimate", "se"))


def _of_models(found: list[dict[str, Any]]) -> list[Any]:
    """Leave out errors that are none, and those of logistic models of replicates some of which are left out here."""
    certain = [
        (one["statistic"] == "logistic" and one.get("replicates_left_out"))
        or (one["se"] is not None and one["se"] < 1e-9 * abs(one["estimate"]))
        for one in found
    ]
    return [
        UNASKED if sure and name != "estimate" else one[name]
        for one, sure in zip(found, certain, strict=True)
        for name in ("estimate", "se", "t", "p")
    ]


def _linear(draw: np.random.Generator, by: str | None, how: How) -> Entry:
    terms, r = _terms(draw)
    return Entry(
        {"statistic": "linear", "variable": "y", "terms": terms}, f"ask_fitted(svyglm(y ~ {r}, D))", _of_models
    )


def _logistic(draw: np.random.Generator, by: str | None, how: How) -> Entry:
    terms, r = _terms(draw)
    fit = f"svyglm(yes ~ {r}, D, family = quasibinomial(), control = glm.control(epsilon = 1e-14, maxit = 100))"
    return Entry({"statistic": "logistic", "variable": "yes", "terms": terms}, f"ask_fitted({fit})", _of_models, 3e-6)


def _terms(draw: np.random.Generator) -> tuple[Sequence[str], str]:
    options: list[tuple[list[str], str]] = [
        (["x"], "x"),
        (["x", "a"], "x + a"),
        (["x", "grp"], "x + grp"),
        (["x", "a", "a:x"], "x + a + a:x"),
        (["b"], "b"),
        (["a", "r", "a:r"], "a * r"),
    ]
    return options[draw.integers(len(options))]
