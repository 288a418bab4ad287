"""Where numbers lie on an axis: limits, ticks, and places in the drawing."""

import math

FURTHEST = 5000  # units of the drawing: browsers refuse to draw lines that lead further
MARGIN = 0.05  # of an axis's length, left free beside the data at either end
STEPS = (1, 2, 2.5, 5, 10)


class Scale:
    """An axis: takes numbers from low … high to places in the drawing, start … end.

    log: whether equal ratios, rather than equal differences, lie equally far apart
    """

    def __init__(self, low, high, start, end, log=False):
        self.low, self.high, self.start, self.end, self.log = low, high, start, end, log

    def inner(self, number):
        """The number itself, or its logarithm."""
        return math.log10(number) if self.log else number

    def __call__(self, number):
        low, high = self.inner(self.low), self.inner(self.high)
        share = (self.inner(number) - low) / ((high - low) or 1)
        place = self.start + share * (self.end - self.start)
        return max(-FURTHEST, min(FURTHEST, place))

    def length(self):
        """How many units of the data's own, or powers of ten, lie between low and high."""
        return abs(self.inner(self.high) - self.inner(self.low)) or 1

    def ticks(self, most=6):
        """Round numbers on the axis and how each is written: [(number, text)]."""
        low, high = sorted((self.low, self.high))
        if self.log:
            first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
            return [(10.0**power, power_text(power)) for power in range(first, last + 1)]
        step = round_step((high - low) or 1, most)
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        return [(i * step, tick_text(i * step, step)) for i in range(first, last + 1)]


def round_step(span, most):
    """The smallest round distance that cuts a span into at most so many parts."""
    raw = span / most
    power = 10.0 ** math.floor(math.log10(raw))
    return next(factor * power for factor in STEPS if factor * power >= raw * 0.999)


def power_text(power):
    """A power of ten in full: 0.01, 1, 10,000."""
    return f"{10**power:,}" if power >= 0 else f"{10.0**power:g}"


def tick_text(number, step):
    """A number on an axis with ticks at this distance, with the decimals that it needs."""
    decimals = 0
    while abs(step * 10**decimals - round(step * 10**decimals)) > 1e-6 and decimals < 8:
        decimals += 1
    return f"{number + 0.0:,.{decimals}f}".replace("-", "−")


def limits(numbers, log=False, tight=False):
    """(low, high) of an axis for these numbers, with a margin unless it is to be tight."""
    finite = [number for number in numbers if math.isfinite(number)]
    if not finite:
        return 0.0, 1.0
    low, high = min(finite), max(finite)
    if tight:
        return low, high
    if log:
        margin = (high / low) ** MARGIN
        return low / margin, high * margin
    margin = MARGIN * ((high - low) or 1)
    return low - margin, high + margin
