"""How colors look: contrast (WCAG 2.1), lightness and difference (CIE 1976), color blindness.

A color is "#rrggbb", or its red, green and blue as linear light from 0 to 1.
"""

import math

# Machado, Oliveira and Fernandes 2009, table 1, for the full deficiency; on linear light.
EYES = {
    "usual": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
TO_XYZ = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
WHITE = (0.9505, 1.0, 1.0890)


def linear(color):
    """Red, green and blue as linear light."""
    if not isinstance(color, str):
        return color
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]


def times(matrix, vector):
    """The matrix times the vector."""
    return [sum(m * v for m, v in zip(row, vector)) for row in matrix]


def seen_by(eye, color):
    """A color as an eye of this kind sees it, in linear light."""
    return [min(1, max(0, c)) for c in times(EYES[eye], linear(color))]


def luminance(color):
    """Relative luminance, from 0 to 1."""
    return times(TO_XYZ, linear(color))[1]


def contrast(color, other):
    """The contrast of two colors, from 1 to 21."""
    low, high = sorted([luminance(color), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def lab(color):
    """Lightness from 0 to 100, and the two coordinates of hue."""
    shares = [v / w for v, w in zip(times(TO_XYZ, linear(color)), WHITE)]
    x, y, z = [s ** (1 / 3) if s > 0.008856 else 7.787 * s + 16 / 116 for s in shares]
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)]


def lightness(color):
    """Lightness from 0 to 100."""
    return lab(color)[0]


def difference(color, other):
    """How different two colors look; about 2 is the least that can be seen."""
    return math.dist(lab(color), lab(other))
