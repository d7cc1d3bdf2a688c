"""`plumbline`: the command line. Noun, verb; only results on stdout; `--json` on every read."""

from plumbline.cli.main import main

__all__ = ["main"]
