"""Letters of fonts that hold signs instead of letters, by their code from 0 to 255: those that change what is said."""

from __future__ import annotations

SYMBOL = {
    0x22: "∀", 0x44: "Δ", 0x57: "Ω", 0x61: "α", 0x62: "β", 0x67: "γ", 0x6D: "μ", 0xA2: "′", 0xA3: "≤", 0xA5: "∞", 0xAE: "→",
    0xB0: "°", 0xB1: "±", 0xB2: "″", 0xB3: "≥", 0xB4: "×", 0xB7: "•", 0xB8: "÷", 0xB9: "≠", 0xBB: "≈", 0xD6: "√",
}  # fmt: skip
WINGDINGS = {0x6F: "☐", 0xA8: "☐", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑", 0xE0: "→", 0xA7: "•", 0x9F: "•"}


def sign(code: int, font: str) -> str:
    """Give what a code (0xF020 to 0xF0FF, or without the 0xF000) of a font of signs means; a blank where that is unknown.

    >>> sign(0xF0B3, "Symbol"), sign(0xFE, "Wingdings"), sign(0xB3, "Arial")
    ('≥', '☑', ' ')
    """
    known = {"symbol": SYMBOL, "wingdings": WINGDINGS}.get(font.strip().lower(), {})
    return known.get(code & 0xFF, " ")
