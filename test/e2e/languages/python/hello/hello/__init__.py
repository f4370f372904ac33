"""A program with a dependency that is built here too."""

from __future__ import annotations

import shutil
import sys

import greet


def main():
    print(greet.text(), sys.argv[1:], "greeter in PATH:", shutil.which("greeter") is not None)
