"""Lines for the user, all of which bootflake prints."""

import time
from contextlib import contextmanager
from typing import Iterator

from test_driver.link import Link


class Logger:
    def __init__(self, link: Link) -> None:
        self._link = link

    def log(self, message: str, attributes: "dict[str, str] | None" = None) -> None:
        machine = (attributes or {}).get("machine")
        self._print(message if machine is None else f"{machine}: {message}")

    def info(self, message: str) -> None:
        self._print(message)

    def warning(self, message: str) -> None:
        self._print(f"warning: {message}")

    def error(self, message: str) -> None:
        self._print(f"error: {message}")

    def log_test_error(self, message: str) -> None:
        self._print(f"!!! {message}")

    def print_serial_logs(self, enable: bool) -> None:
        self._link.tell("serial-output", on=enable)

    @contextmanager
    def nested(self, message: str, attributes: "dict[str, str] | None" = None) -> Iterator[None]:
        self.log(message, attributes)
        begun = time.monotonic()
        yield
        self.log(f"(finished: {message}, in {time.monotonic() - begun:.2f} seconds)", attributes)

    @contextmanager
    def subtest(self, name: str) -> Iterator[None]:
        begun = time.monotonic()
        self._print(f"subtest: {name}")
        try:
            yield
        except BaseException as error:
            text = f"{type(error).__name__}: {error}"
            self.log_test_error(f'Test "{name}" failed with error: "{error}"')
            self._link.tell("subtest", name=name, seconds=time.monotonic() - begun, error=text)
            raise
        seconds = time.monotonic() - begun
        self._print(f"(finished: subtest: {name}, in {seconds:.2f} seconds)")
        self._link.tell("subtest", name=name, seconds=seconds)

    def _print(self, text: str) -> None:
        self._link.tell("print", text=text)
