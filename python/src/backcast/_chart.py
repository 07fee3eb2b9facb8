"""The distribution of what may follow, drawn as SVG: no script, no style sheet, light and dark.

>>> from backcast._chart import draw
>>> drawn = draw([(0, 0.0), (50, 0.4), (100, 1.0)], low=20, high=80, target=50, probability=0.6, unit="EUR")
>>> drawn.startswith("<svg ") and "target" in drawn
True
"""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from pathlib import Path

from backcast import _show as show
from backcast._refusals import argument

_NAMESPACE = 'xmlns="http://www.w3.org/2000/svg" '
# Alone it stands on paper of its own: black lines on a dark page are not seen.
_ALONE = "--ink:#1c2430;color:#1c2430;background:#fff;"
_WIDTH, _HEIGHT = 640, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 24, 44, 58
_INK = "var(--ink,currentColor)"
_SOFT = f'fill="{_INK}" fill-opacity=".65"'
_MARK = "var(--mark,#4a7be0)"
_TICKS = 5


class Chart(str):
    """A drawing: the text is its SVG, a notebook shows it, and `save` writes it to a file."""

    __slots__ = ()

    def inline(self) -> str:
        """Give the drawing for a place inside HTML: without namespace, in the colours that stand around it."""
        return self.replace(_NAMESPACE, "", 1).replace(_ALONE, "", 1)

    def save(self, path: str | Path) -> None:
        """Write the drawing to a file, as SVG.

        Raises
        ------
        BackcastError
            `wrong_argument` for a name that ends in something else than `.svg`.
        """
        if Path(path).suffix.lower() != ".svg":
            raise argument("path", f"`{path}`", "a name that ends in `.svg`", str(path))
        Path(path).write_text(self, encoding="utf-8")

    def _repr_svg_(self) -> str:
        return str(self)


def draw(
    points: Sequence[tuple[float, float]],
    *,
    low: float,
    high: float,
    target: float | None,
    probability: float | None,
    unit: str,
) -> Chart:
    """Draw the chance of at least each amount, given that of at most each; with the 80 % interval and the target.

    `low` and `high` are the ends of the interval, `probability` is that of reaching `target`.
    """
    marked = [point for point in (low, high, target) if point is not None]
    least, most = min(points[0][0], *marked), max(points[-1][0], *marked)
    span = (most - least) or 1.0

    def x(amount: float) -> float:
        return _LEFT + (amount - least) / span * (_WIDTH - _LEFT - _RIGHT)

    def y(chance: float) -> float:
        return _TOP + (1 - chance) * (_HEIGHT - _TOP - _BOTTOM)

    whole = [(least, 0.0), *points, (most, 1.0)]
    curve = " ".join(f"{x(at):.1f},{y(1 - within):.1f}" for at, within in whole)
    bottom = y(0)
    label = f"Chance of at least so much, in {unit}"
    return Chart(
        "".join(
            [
                f'<svg {_NAMESPACE}class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
                f'aria-label="{html.escape(label)}" '
                f'style="{_ALONE}max-width:46rem;width:100%;height:auto;display:block" '
                'font-family="system-ui,sans-serif" font-size="14">',
                f'<rect x="{x(low):.1f}" y="{_TOP}" width="{x(high) - x(low):.1f}" height="{bottom - _TOP}" '
                f'fill="{_MARK}" fill-opacity=".12"/>',
                *(_level(chance, y(chance)) for chance in (0.0, 0.5, 1.0)),
                *(_tick(at, x(at), bottom) for at in _ticks(least, most)),
                f'<polyline points="{curve}" fill="none" stroke="{_MARK}" stroke-width="2.5" stroke-linejoin="round"/>',
                _goal(x(target), y(probability), bottom, target, probability)
                if target is not None and probability is not None
                else "",
                f'<text x="{_LEFT}" y="{_HEIGHT - 8}" {_SOFT}>{html.escape(label)}; shaded: the 80 % interval</text>',
                "</svg>",
            ]
        )
    )


def _level(chance: float, y: float) -> str:
    line = f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{_INK}" stroke-opacity=".15"/>'
    return f'{line}<text x="{_LEFT - 8}" y="{y + 5:.1f}" text-anchor="end" {_SOFT}>{show.percent(chance)}</text>'


def _tick(at: float, x: float, bottom: float) -> str:
    return f'<text x="{x:.1f}" y="{bottom + 20:.1f}" text-anchor="middle" {_SOFT}>{_short(at)}</text>'


def _goal(x: float, y: float, bottom: float, target: float, probability: float) -> str:
    words = f"target {_short(target)}, reached with {show.percent(probability)}"
    middle = (_WIDTH + _LEFT - _RIGHT) / 2
    # What stands left of the middle is written to the right of its line, and the other way round.
    side, at = ("start", x) if x < middle else ("end", x)
    return (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP - 10}" y2="{bottom:.1f}" stroke="{_INK}" stroke-width="1.5" '
        f'stroke-dasharray="4 4"/><circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{_MARK}"/>'
        f'<text x="{at:.1f}" y="{_TOP - 18}" text-anchor="{side}" fill="{_INK}" font-weight="600">{words}</text>'
    )


def _ticks(least: float, most: float) -> list[float]:
    """Give at most some round numbers from `least` to `most`."""
    rough = (most - least) / _TICKS
    if rough <= 0:
        return [least]
    magnitude = 10.0 ** math.floor(math.log10(rough))
    step = next(times * magnitude for times in (1, 2, 5, 10) if times * magnitude >= rough)
    return [number * step for number in range(math.ceil(least / step), math.floor(most / step) + 1)]


def _short(amount: float) -> str:
    """Write an amount for an axis: in thousands or millions where it is large."""
    for scale, sign in ((1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if abs(amount) >= 10 * scale or (abs(amount) >= scale > 1e3):
            return f"{amount / scale:,.3f}".rstrip("0").rstrip(".") + f" {sign}"
    return f"{amount:,.2f}".rstrip("0").rstrip(".")
