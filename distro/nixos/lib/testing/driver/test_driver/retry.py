import time
from typing import Callable

from test_driver.errors import RequestedAssertionFailed


def retry(fn: "Callable[[bool], bool]", timeout_seconds: int = 900, timeout: "int | None" = None) -> None:
    """
    Calls `fn` every second until it returns true. After the time it is called once more, with true: the last try. `timeout` is the
    second argument's older name.
    """
    seconds = timeout_seconds if timeout is None else timeout
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        if fn(False):
            return
        time.sleep(1)
    elapsed = time.monotonic() - begun
    if not fn(True):
        raise RequestedAssertionFailed(f"action timed out after {elapsed:.2f} seconds (timeout={seconds})")
