"""Letters of fonts that hold signs instead of letters, by their code from 0 to 255: those that change what is said."""

from __future__ import annotations

_HIGH = (
    "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓" "°±″≥×∝∂•÷≠≡≈… — " "ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉" "∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓" "◊〈®©™∑           〉∫⌠ ⌡"
)  # fmt: skip
SYMBOL = {
    **dict(enumerate("!∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_", 0x21)),
    **dict(enumerate("αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼", 0x61)),
    **dict(enumerate(_HIGH, 0xA0)),
}
"""The encoding of Adobe's font Symbol (unicode.org, Public/MAPPINGS/VENDORS/ADOBE/symbol.txt); pieces of signs are blanks."""
WINGDINGS = {
    0x4A: "☺", 0x4C: "☹", 0x6C: "•", 0x6E: "•", 0x6F: "☐", 0x71: "☐", 0x72: "☐", 0x76: "•", 0x9F: "•", 0xA7: "•", 0xA8: "☐",
    0xD8: "•", 0xDF: "←", 0xE0: "→", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑",
}  # fmt: skip
FONTS: dict[str, dict[int, str]] = {
    "symbol": SYMBOL, "wingdings": WINGDINGS,
    "wingdings 2": {}, "wingdings 3": {}, "webdings": {}, "zapf dingbats": {}, "zapfdingbats": {}, "marlett": {}, "mt extra": {},
}  # fmt: skip
"""Fonts that hold signs; of those without a mapping each sign is a blank."""


def holds_signs(font: str) -> bool:
    """Tell whether a font, by its name, holds signs instead of letters."""
    return font.strip().lower() in FONTS


def sign(code: int, font: str) -> str:
    """Give what a code (0xF020 to 0xF0FF, or without the 0xF000) of a font of signs means; a blank where that is unknown.

    >>> sign(0xF0B3, "Symbol"), sign(0x6D, "Symbol"), sign(0xFE, "Wingdings"), sign(0xB3, "Arial")
    ('≥', 'μ', '☑', ' ')
    """
    return FONTS.get(font.strip().lower(), {}).get(code & 0xFF, " ")
