"""Colours of the town, made readable: contrast by WCAG 2.1 (relative luminance). Knows nothing of CKAN."""

from __future__ import annotations

from collections.abc import Mapping

TEXT_CONTRAST = 4.5  # WCAG 2.1, success criterion 1.4.3
WHITE, BLACK = "#ffffff", "#000000"
LIGHT_PAGE, DARK_PAGE = "#ffffff", "#14181d"
# the lightest and darkest surfaces that coloured text stands on
LIGHT_SURFACE, DARK_SURFACE = "#eef1f4", "#262c34"
DEFAULTS = {"primary": "#12406b", "secondary": "#55606a", "accent": "#a33b12"}


def _channels(colour: str) -> tuple[int, int, int]:
    digits = colour.lstrip("#")
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def luminance(colour: str) -> float:
    """Relative luminance of "#rrggbb", 0 (black) to 1 (white)."""
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in _channels(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def mix(colour: str, other: str, share: float) -> str:
    """`colour` with a share (0 to 1) of `other`."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(one + (two - one) * share):02x}" for one, two in pairs)


def readable(colour: str, background: str, towards: str) -> str:
    """The colour, moved `towards` black or white just as far as text in it on `background` needs."""
    for step in range(21):
        moved = mix(colour, towards, step / 20)
        if contrast(moved, background) >= TEXT_CONTRAST:
            return moved
    return towards


def scheme(colours: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """{"light": {name: colour}, "dark": {…}} for the style sheet, from the municipality's colours."""
    light: dict[str, str] = {}
    dark: dict[str, str] = {}
    for name, default in DEFAULTS.items():
        wanted = colours.get(name, default)
        light[name] = readable(wanted, LIGHT_SURFACE, BLACK)
        dark[name] = readable(wanted, DARK_SURFACE, WHITE)
    for page, found in ((LIGHT_PAGE, light), (DARK_PAGE, dark)):
        primary = found["primary"]
        found["on-primary"] = WHITE if contrast(primary, WHITE) >= TEXT_CONTRAST else BLACK
        found["primary-soft"] = mix(page, primary, 0.1)
        # the band behind the search stays dark in both: white text stands on it
        found["band"] = light["primary"] if found is light else mix(light["primary"], BLACK, 0.35)
    return {"light": light, "dark": dark}


def style(colours: Mapping[str, str]) -> str:
    """The custom properties as CSS."""
    both = scheme(colours)

    def block(values: Mapping[str, str]) -> str:
        return ":root{" + "".join(f"--dp-{name}:{value};" for name, value in values.items()) + "}"

    return block(both["light"]) + "@media (prefers-color-scheme:dark){" + block(both["dark"]) + "}"
