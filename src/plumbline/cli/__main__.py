"""`python -m plumbline.cli`."""

from plumbline.cli.main import main

main()
