"""What a plan shows beside its stages: in flight, when and by whom, doubts, changes and the curve; in every view."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest

import backcast as bc
from backcast import _chart as chart
from backcast import _sections as sections
from backcast import _show as show
from backcast import _stages as stages
from given import read, refusal, typed

STAGES = ["lead", "mql", "customer"]
OPEN = [
    {"stage": "lead", "age_days": 10, "count": 40},
    {"stage": "mql", "age_days": 5, "count": 6},
    {"stage": "mql", "age_days": 900, "count": 2},
]


def made(**changes: Any) -> bc.Plan:
    goal: dict[str, Any] = {"revenue": "300000 EUR", "start": "2026-10-01", "by": "2026-12-31", "confidence": 0.8}
    rates = [{"rate": "20 %"}, {"rate": "30 %"}]
    deal = {"mean": 10000, "cv": 0.5}
    return bc.plan(**(goal | {"rates": rates, "stages": STAGES, "deal_size": deal, "pipeline": OPEN} | changes))


def unbroken(text: str) -> str:
    """Give a view's text without its line breaks."""
    return " ".join(text.replace("&nbsp;", " ").split())


@pytest.fixture(scope="module")
def plan() -> bc.Plan:
    return made()


@pytest.fixture(scope="module")
def history() -> bc.History:
    """400 leads a year ago, a quarter won, and 7 + 5 + 3 that are open."""
    old = [
        ("2025-01-01", "2025-02-01" if n % 4 == 0 else None, None if n % 4 == 0 else "2025-06-01") for n in range(400)
    ]
    open_ = [("2026-12-01", None, None)] * 7 + [("2026-12-11", None, None)] * 5 + [("2025-01-01", None, None)] * 3
    return read(typed(*old, *open_, names=["lead", "customer", "lost"]), lost="lost")


def test_the_open_leads_of_a_history(history: bc.History) -> None:
    assert history.pipeline() == [
        {"stage": "lead", "age_days": 20, "count": 5},
        {"stage": "lead", "age_days": 30, "count": 7},
        {"stage": "lead", "age_days": 729, "count": 3},
    ]


def test_open_leads_of_all_segments_and_stages_are_counted_once() -> None:
    rows = [("2026-12-01", "2026-12-20", None), ("2026-12-01", None, None), ("2026-12-01", None, None)]
    table = typed(*rows, names=STAGES).append_column("channel", [["a", "b", "a"]])
    assert read(table, stages=STAGES, segment="channel").pipeline() == [
        {"stage": "lead", "age_days": 30, "count": 2},
        {"stage": "mql", "age_days": 11, "count": 1},
    ]


def test_a_history_counts_like_its_list(history: bc.History) -> None:
    goal: dict[str, Any] = {"customers": 20, "by": "2027-03-31", "confidence": 0.8, "rates": history.rates()}
    of_history = bc.plan(pipeline=history, **goal)
    assert of_history == bc.plan(pipeline=history.pipeline(), start="2027-01-01", **goal)
    assert of_history.pipeline("pandas")["count"].tolist() == [5, 7, 3]
    assert of_history.pipeline("pandas")["beyond_history"].tolist() == [False, False, True]
    assert of_history.to_dict()["planned"] < bc.plan(**goal).to_dict()["planned"]


def test_the_pipelines_frame_is_the_answers(plan: bc.Plan) -> None:
    frame, credit = plan.pipeline(), plan.to_dict()["pipeline"]
    assert frame[["stage", "age_days", "count"]].values.tolist() == [["lead", 10, 40], ["mql", 5, 6], ["mql", 900, 2]]
    assert frame["customers"].sum() == pytest.approx(credit["customers"]["expected"], rel=1e-9)
    assert (frame["customers"] - frame["count"] * frame["chance"]).abs().max() < 1e-12
    assert frame["revenue"].tolist() == pytest.approx((frame["customers"] * 10000).tolist())
    assert made(pipeline=None).pipeline().empty


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_frames_of_every_kind(plan: bc.Plan, kind: Any) -> None:
    for frame in (plan.pipeline(kind), plan.sensitivity(kind), plan.uncertainty(kind), plan.distribution(kind)):
        assert len(frame) > 1
        assert type(frame).__module__.startswith(kind)


def test_details_are_the_answers(plan: bc.Plan) -> None:
    found = plan.to_dict()
    assert plan.uncertainty().to_dict("records") == found["uncertainty"]
    assert plan.distribution().to_dict("records") == found["distribution"]
    changes = plan.sensitivity()
    assert changes["what"].tolist() == [change["what"] for change in found["sensitivity"]]
    assert changes["needed"].tolist() == [change["needed"] for change in found["sensitivity"]]
    assert (changes["probability"] >= plan.probability).all()


def test_without_detail_it_is_said_what_is_missing() -> None:
    plan = made(detail=False)
    assert plan.to_dict()["sensitivity"] is None
    for method in ("sensitivity", "uncertainty", "distribution"):
        with refusal("missing_key", f"`{method}` is missing", "`detail=True`"):
            getattr(plan, method)()
    with refusal("missing_key", "`distribution` is missing", "`detail=True`"):
        plan.chart()
    assert "Which change helps most" not in repr(plan)
    assert [section.title for section in sections.sections(plan.to_dict())] == ["In flight", "When, and by whom"]


def test_detail_changes_nothing_else(plan: bc.Plan) -> None:
    detailed, plain = plan.to_dict(), made(detail=False).to_dict()
    for key in plain.keys() - {"uncertainty", "distribution", "sensitivity"}:
        assert detailed[key] == plain[key], key


def test_where_nothing_can_be_planned_nothing_is_drawn() -> None:
    plan = bc.plan(customers=1, rates=[{"converted": 0, "entered": 60}], stages=["lead", "customer"])
    assert plan.to_dict()["planned"] is None
    assert plan.sensitivity().empty
    with refusal("missing_key", "`distribution` is missing"):
        plan.chart()
    assert "No number of leads can be planned" in repr(plan)


def test_the_chart_is_an_svg_that_stands_alone(plan: bc.Plan) -> None:
    drawn = plan.chart()
    root = ElementTree.fromstring(drawn)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert {element.tag.rpartition("}")[2] for element in root.iter()} <= {
        *("svg", "rect", "line", "text", "polyline", "circle")
    }
    assert drawn._repr_svg_() == drawn
    words = " ".join(text.text or "" for text in root.iter("{http://www.w3.org/2000/svg}text"))
    assert "target 300 k, reached with 80" in words
    assert "in EUR; shaded: the 80 % interval" in words
    assert "xmlns" not in drawn.inline()


def test_the_curve_goes_through_the_target_at_its_probability() -> None:
    points = [(float(at), at / 100) for at in range(101)]
    root = ElementTree.fromstring(chart.draw(points, low=10, high=90, target=25, probability=0.75, unit="EUR").inline())
    (circle,) = root.iter("circle")
    (curve,) = root.iter("polyline")
    drawn = [tuple(map(float, pair.split(","))) for pair in curve.attrib["points"].split()]
    x, y = float(circle.attrib["cx"]), float(circle.attrib["cy"])
    assert min(abs(x - a) + abs(y - b) for a, b in drawn) < 0.2
    assert [b for _, b in drawn] == sorted(b for _, b in drawn)
    (band,) = root.iter("rect")
    width = drawn[-1][0] - drawn[0][0]
    assert float(band.attrib["width"]) / width == pytest.approx(0.8, abs=0.001)


@pytest.mark.parametrize(
    ("at", "text"), [(0, "0"), (7.5, "7.5"), (12_000, "12 k"), (1_250_000, "1.25 m"), (3e9, "3 bn")]
)
def test_amounts_on_an_axis(at: float, text: str) -> None:
    assert chart._short(at) == text


@pytest.mark.parametrize(("least", "most"), [(0, 1), (3, 3), (17, 96), (1.2e6, 9.9e6), (-5, 5)])
def test_ticks_are_round_few_and_inside(least: float, most: float) -> None:
    ticks = chart._ticks(least, most)
    assert 1 <= len(ticks) <= 7
    assert all(least <= tick <= most for tick in ticks)


@pytest.mark.parametrize("rounding", ["ceil", "end", "nearest", "exact"])
@pytest.mark.parametrize("confidence", [None, 0.8])
def test_the_number_shown_is_the_number_whose_probability_is_shown(rounding: str, confidence: float | None) -> None:
    # 4 customers at 3 % are 133.33 leads: where it is not rounded, 134 are planned.
    plan = bc.plan(
        customers=4, rates=[{"rate": "3 %"}], stages=["lead", "customer"], rounding=rounding, confidence=confidence
    )
    planned = plan.to_dict()["planned"]
    assert confidence or planned == {"ceil": 134, "end": 134, "nearest": 133, "exact": 134}[rounding]
    assert f"{planned} leads reach 4 customers" in repr(plan)
    html = plan.to_html()
    assert f"<b>{planned}</b><span>must enter" in html
    assert f">{planned}</text>" in html


def test_the_picture_is_the_flow_and_it_multiplies(plan: bc.Plan) -> None:
    for stage, following in itertools.pairwise(plan.stages):
        assert stage.expected_new is not None
        assert stage.rate_by_deadline is not None
        assert following.expected_new == pytest.approx(stage.expected_new * stage.rate_by_deadline)
    html = plan.to_html()
    drawing = html[html.index('<svg class="funnel"') : html.index("</svg>")]
    drawn = re.findall(r'width="([\d.]+)" height="32" fill="var\(--(bar|mark-soft)\)"', drawing)
    bars = [float(width) for width, colour in drawn if colour == "bar"]
    assert bars[1] / bars[0] == pytest.approx(0.2, abs=0.01)
    assert bars[2] / bars[0] == pytest.approx(0.06, abs=0.01)
    # Of 40 open leads 8 become MQLs (on the same scale as the new ones); nobody in flight enters the first stage.
    light = [float(width) for width, colour in drawn if colour == "mark-soft"]
    assert len(light) == 2
    assert light[0] / bars[0] == pytest.approx(8 / (plan.planned or 0), abs=0.01)
    for stage in plan.stages:
        assert f"checkpoint: {stage.needed:,} needed" in drawing
        assert f"↓ {show.percent(stage.rate_by_deadline)}</text>" in drawing or stage.rate_by_deadline is None


def test_the_page_begins_with_one_sentence(plan: bc.Plan) -> None:
    assert plan.planned is not None
    # Without delays the deadline is not used, and not promised.
    sentence = f"{plan.planned:,} leads ({plan.planned / (92 / (365.25 / 12)):,.0f} a month)"
    assert plan.headline is not None
    assert plan.headline.startswith(f"{sentence} reach 300,000 EUR with a probability of 80")
    for text in (repr(plan), plan.to_html().replace("&nbsp;", " ")):
        assert plan.headline in text
    assert plan.headline in repr(plan).split("\n\n")[1]


def test_what_convinces_stands_at_the_top(history: bc.History) -> None:
    """Plain division and today's pace, in the core's words, before any table."""
    plan = bc.plan(customers=20, by="2027-03-31", confidence=0.8, history=history)
    said = stages.said(plan.to_dict(), "plain_division", "pace")
    assert [sentence.split(":")[0] for sentence in said] == ["Plain division", "Pace"]
    for text in map(unbroken, (repr(plan), plan._repr_html_(), plan.to_html())):
        top = text[: text.index("converts to next")]
        assert all(sentence in top for sentence in said)


def test_where_customers_come_from_stands_below_the_stages(plan: bc.Plan) -> None:
    (sentence,) = stages.said(plan.to_dict(), "flow", about="customer")
    new, open_ = plan.stages[-1].expected_new, plan.stages[-1].expected_open
    assert sentence == (
        f"Expected: {new:.1f} of planned newcomers and {open_:.1f} customers of what is in flight; "
        "30 customers make up the goal."
    )
    for text in map(unbroken, (repr(plan), plan._repr_html_(), plan.to_html())):
        assert text.index("plain division") < text.index(sentence) < text.index("In flight")


def test_a_table_of_stages_shows_what_there_is() -> None:
    def headers(**changes: Any) -> list[str]:
        return list(stages.table(made(**changes).to_dict()).headers)

    lags = [{"median_days": 10, "p90_days": 30}] * 2
    open_ = ["expected: new", "in flight", "in all"]
    sure = ["needed for 80 %", "kept with"]
    assert headers() == ["stage", "converts to next", *open_, *sure, "plain division"]
    assert headers(lags=lags) == ["stage", "converts to next", "in time", *open_, *sure, "plain division"]
    assert headers(pipeline=None) == ["stage", "converts to next", "expected", *sure, "plain division"]
    assert headers(pipeline=None, confidence=None) == ["stage", "converts to next", "expected", "plain division"]


def test_a_stated_number_of_leads_is_no_number_that_is_needed() -> None:
    plan = bc.plan(customers=50, rates=[{"rate": "2 %"}], stages=["lead", "customer"], leads=2500)
    # scipy.stats.binom.sf(49, 2500, 0.02)
    assert plan.probability == pytest.approx(0.5193782031, abs=1e-9)
    assert plan.leads_stated
    assert plan.planned == 2500
    for text in (repr(plan), plan.to_html().replace("&nbsp;", " ")):
        assert "50 customers, with the stated number of leads" in text
        assert "2,500 leads reach 50 customers with a probability of 51.9 %" in text
        assert "needed" not in text.split("Which change")[0]
        assert "must enter" not in text
    with refusal("wrong_argument", "`leads` cannot be a `bool`"):
        bc.plan(customers=50, rates=[{"rate": "2 %"}], stages=["lead", "customer"], leads=True)


def test_the_picture_says_of_which_checkpoint_a_plan_falls_short() -> None:
    asked: dict[str, Any] = {"customers": 50, "rates": [{"rate": "2 %"}], "stages": ["lead", "customer"]}
    short, enough = (bc.plan(confidence=0.8, leads=leads, **asked).to_html() for leads in (2000, None))
    # At 2 % 2,000 leads are 40 customers of 50.
    assert ">2,000 of 2,789</text>" in short
    assert ">40 of 50</text>" in short
    assert ">2,789</text>" in enough
    assert ">55.8</text>" in enough


def test_leads_are_stated_by_channel() -> None:
    channels = [
        {"channel": "a", "rates": [{"rate": "2 %"}], "cost_per_lead": 3},
        {"channel": "b", "rates": [{"rate": "3 %"}], "cost_per_lead": 4},
    ]
    plan = bc.plan(customers=50, stages=["lead", "customer"], channels=channels, leads={"a": 1000, "b": 500})
    assert plan.channels()["stated"].tolist() == [1000, 500]
    assert plan.planned == 1500
    assert "as stated" in repr(plan)


def test_open_leads_that_are_not_counted_are_named(history: bc.History) -> None:
    goal: dict[str, Any] = {"customers": 20, "by": "2027-03-31", "confidence": 0.8}
    said = "15 open leads of the history are not counted; `pipeline=history` counts them"
    plan = bc.plan(rates=history.rates(), **goal)
    assert plan.warnings[-1] == plan.notices[-1].sentence == said
    assert plan.notices[-1].numbers == {"open": 15}
    assert said in unbroken(repr(plan))
    assert bc.Plan.from_dict(plan.to_dict()) == plan
    for counted in ({"history": history}, {"rates": history.rates(), "pipeline": history}):
        assert said not in bc.plan(**goal, **counted).warnings
    # Whoever leaves them out on purpose knows.
    assert said not in bc.plan(history=history, pipeline=[], **goal).warnings


def test_what_is_expected_adds_up_over_every_period() -> None:
    lags = [{"median_days": 10, "p90_days": 30}] * 2
    plan = made(lags=lags)
    for by in ("week", "month", "quarter"):
        frame = plan.expected(by)
        assert list(frame.columns) == ["period", "start", "by", "stage", "new", "open", "expected"]
        sums = frame.groupby("stage")[["new", "open", "expected"]].sum()
        for stage in plan.stages:
            whole = [stage.expected_new, stage.expected_open, stage.expected]
            assert sums.loc[stage.stage].tolist() == pytest.approx(whole, rel=1e-9)
    assert (made(pipeline=None).expected("month")["open"] == 0).all()
    with refusal("schedule_period", "a schedule needs `start` and `by`"):
        made(start=None, by=None).expected()


def test_months_to_expect_add_up_in_the_terminal(plan: bc.Plan) -> None:
    shown = repr(plan).split("To expect, month by month")[1].split("department")[0].splitlines()
    rows = [
        [float(cell.replace(",", "")) for cell in line.split()[1:]] for line in shown if re.match(r"2026-|all ", line)
    ]
    for row in rows:
        assert row[2] == pytest.approx(row[0] + row[1], abs=0.2)
        assert row[5] == pytest.approx(row[3] + row[4], abs=0.2)
    for column in zip(*rows, strict=True):
        assert sum(column[:-1]) == pytest.approx(column[-1], abs=0.4)


def test_the_page_says_what_it_rests_on(history: bc.History) -> None:
    html = bc.plan(customers=20, by="2027-03-31", confidence=0.8, history=history).to_html()
    assert "Known up to 31 December 2026: 415 rows read, 415 used, none refused." in html
    assert f"Made with backcast {bc.__version__}" in html
    for header in (">lost<", ">half within<", ">nine in ten within<"):
        assert header in html
    assert "are expected of what is in flight" in html


@pytest.mark.parametrize("width", [120, 80, 50, 40])
def test_text_is_as_wide_as_the_terminal(plan: bc.Plan, history: bc.History, width: int) -> None:
    for blocks in (plan._blocks(), history._blocks(), history.rates()._blocks()):
        assert max(map(len, show.as_text(blocks, width).splitlines())) <= width


def test_a_chart_is_saved(plan: bc.Plan, tmp_path: Path) -> None:
    drawn = plan.chart()
    drawn.save(tmp_path / "chart.svg")
    assert (tmp_path / "chart.svg").read_text(encoding="utf-8") == drawn
    # On paper of its own, so that it is seen on a dark page; inside HTML in the colours around it.
    assert "background:#fff" in drawn
    assert "background" not in drawn.inline()
    with refusal("wrong_argument", "`path` cannot be `chart.png`", "`.svg`"):
        drawn.save("chart.png")


def test_the_customers_that_a_target_takes_are_rounded_up() -> None:
    # 262,000 ÷ 10,000 is 26.2: nearest says 26, which is not the target.
    plan = bc.plan(
        revenue="262000 EUR", deal_size=10000, rates=[{"rate": "2 %"}], stages=["lead", "customer"], rounding="nearest"
    )
    assert plan.to_dict()["customers_needed"] == 27
    assert "<b>27</b><span>won deals make up the goal, at 10,000 EUR each</span>" in plan.to_html()


def test_every_view_has_every_section(plan: bc.Plan) -> None:
    text, notebook, html = repr(plan), plan._repr_html_(), plan.to_html()
    titles = ["In flight", "When, and by whom", "What makes it uncertain", "Which change helps most"]
    for title in titles:
        assert f"\n{title}\n" in text
        assert title in notebook
        assert f"<h2>{title}</h2>" in html
    assert "<h2>What to expect</h2>" in html
    assert html.count("<svg") == 2
    assert notebook.count("<svg") == 1
    assert "<svg" not in text
    assert max(map(len, text.splitlines())) <= 120


def test_months_add_up_in_the_terminal() -> None:
    plan = made(pipeline=None)
    lines = repr(plan).split("To deliver, month by month")[1].split("To expect")[0].splitlines()
    rows = [line.split() for line in lines if re.match(r"2026-|all ", line)]
    counts = [[int(cell.replace(",", "")) for cell in row[1:]] for row in rows]
    assert [sum(column) for column in zip(*counts[:-1], strict=True)] == counts[-1]
    assert counts[-1][0] == plan.to_dict()["planned"]


def test_long_plans_are_shown_by_quarters() -> None:
    assert "2029-Q4" in repr(made(by="2029-12-31"))
    assert "2026-Q4" not in repr(made())


def test_many_ages_are_added_up_by_stage() -> None:
    many = [{"stage": "lead", "age_days": age, "count": 2} for age in range(20)]
    plan = made(pipeline=many)
    row = next(line for line in repr(plan).splitlines() if "0 to 19" in line)
    assert row.split()[0] == "lead"
    assert " 40 " in row
    assert f"{plan.pipeline()['customers'].sum():.2f}" in row


def test_names_in_sections_are_escaped() -> None:
    plan = bc.plan(customers=5, rates=[{"rate": "2 %"}], stages=["<i>lead</i>", "<b>won</b>"], confidence=0.8)
    for text in (plan._repr_html_(), plan.to_html()):
        assert "<i>" not in text
        assert "<b>won" not in text


def test_a_deal_size_may_say_how_deals_differ() -> None:
    alike, unlike = made(deal_size=10000), made(deal_size={"mean": 10000, "cv": 2, "family": "gamma", "deals": 30})
    assert (alike.to_dict()["deal_cv"], unlike.to_dict()["deal_cv"]) == (0, pytest.approx(2))
    assert unlike.to_dict()["planned"] > alike.to_dict()["planned"]
    amounts = made(deal_size={"amounts": ["5000", "15000"]}).to_dict()
    assert (amounts["deal_size"], amounts["deal_cv"]) == (10000, pytest.approx(0.5))


def test_frames_are_pandas_by_default(plan: bc.Plan) -> None:
    assert isinstance(plan.pipeline(), pd.DataFrame)
