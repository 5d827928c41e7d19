"""`python -m worldsim` is `worldsim`."""

from __future__ import annotations

from worldsim.cli import main

if __name__ == "__main__":
    main()
