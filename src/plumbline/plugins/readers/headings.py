"""Keep the path of headings while blocks of a document with heading levels go by."""

from __future__ import annotations


class HeadingPath:
    """Hold open headings by level (1 outermost).

    >>> path = HeadingPath()
    >>> path.enter(1, "Waste"); path.enter(2, "Ports"); path.enter(2, "Rail")
    >>> path.current
    ('Waste', 'Rail')
    """

    def __init__(self) -> None:
        self._open: list[tuple[int, str]] = []
        self.current: tuple[str, ...] = ()

    def close(self, level: int) -> None:
        """Close headings of this level and below."""
        while self._open and self._open[-1][0] >= level:
            self._open.pop()
        self.current = tuple(text for _, text in self._open)

    def enter(self, level: int, text: str) -> None:
        """Open a heading of a level, closing those of the same level and below."""
        self.close(level)
        self._open.append((level, text))
        self.current = (*self.current, text)
