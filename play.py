"""`python play.py …` is `worldsim play …`."""

import sys

from worldsim.cli import main

if __name__ == "__main__":
    main(["play", *sys.argv[1:]])
