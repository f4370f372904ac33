"""The script of a NixOS test. Started by `bootflake test`, with which it speaks on descriptor 3 (test_driver/link.py)."""

import sys

from test_driver.main import main

sys.exit(main())
