"""A form's own colour, kept readable on white and on black."""

import colorsys

PLAIN = "/* the house's own colours */\n"


def style_of(accent: str) -> str:
    """The style of a form with this colour. Of one too light for white letters, a darker shade is used."""
    if not accent:
        return PLAIN
    hue, lightness, saturation = colorsys.rgb_to_hls(*(int(accent[at : at + 2], 16) / 255 for at in (1, 3, 5)))
    fill = _shade(hue, lightness, saturation, down_to=4.5)
    light = _hex(hue, max(0.7, lightness), saturation)
    soft, soft_dark = _hex(hue, 0.94, saturation), _hex(hue, 0.14, saturation * 0.5)
    return (
        ":root {\n"
        f"  --gx-brand: light-dark({fill}, {light});\n"
        f"  --gx-brand-fill: {fill};\n"
        f"  --gx-brand-fill-hover: {_hex(hue, _lightness(fill) * 0.85, saturation)};\n"
        f"  --gx-brand-soft: light-dark({soft}, {soft_dark});\n"
        f"  --gx-focus: light-dark({fill}, {light});\n"
        "}\n"
    )


def _shade(hue: float, lightness: float, saturation: float, *, down_to: float) -> str:
    """The lightest shade, from this one downwards, on which white letters have so much contrast."""
    while _contrast_with_white(_hex(hue, lightness, saturation)) < down_to and lightness > 0:
        lightness -= 0.01
    return _hex(hue, lightness, saturation)


def _contrast_with_white(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _lightness(colour: str) -> float:
    return colorsys.rgb_to_hls(*(int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)))[1]


def _hex(hue: float, lightness: float, saturation: float) -> str:
    parts = colorsys.hls_to_rgb(hue, max(0.0, min(1.0, lightness)), saturation)
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)
