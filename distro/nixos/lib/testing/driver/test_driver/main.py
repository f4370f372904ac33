"""Runs the script, and reports how it ended."""

import io
import json
import linecache
import os
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

from test_driver.driver import SCRIPT_NAME, Driver
from test_driver.link import Link
from test_driver.logger import Logger
from test_driver.machine import Machine


class PrintedText(io.TextIOBase):
    """What the script prints."""

    def __init__(self, logger: Logger) -> None:
        self._logger = logger
        self._rest = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._logger.info(line)
        return len(text)

    def end(self) -> None:
        if self._rest != "":
            self._logger.info(self._rest)
            self._rest = ""


def print_what_programs_print(logger: Logger) -> None:
    """The descriptors 1 and 2 belong to the programs that the script starts."""
    readable, writable = os.pipe()
    os.dup2(writable, 1)
    os.dup2(writable, 2)
    os.close(writable)

    def read() -> None:
        with os.fdopen(readable, "r", errors="replace") as lines:
            for line in lines:
                logger.info(line.rstrip("\n"))

    threading.Thread(target=read, daemon=True).start()


def failure(error: BaseException) -> "dict[str, Any]":
    """The error with the lines of the script that led to it."""
    frames = traceback.extract_tb(error.__traceback__)
    shown = [frame for frame in frames if frame.filename == SCRIPT_NAME]
    lines = traceback.format_list(shown if shown else frames)
    # NixOS's driver names its errors without the module.
    last = [line.removeprefix("test_driver.errors.") for line in traceback.format_exception_only(type(error), error)]
    text = "".join(["Traceback (most recent call last):\n", *lines, *last])
    return {
        "traceback": text.splitlines(),
        "error": "".join(last).strip(),
        "machine": getattr(error, "machine", None),
    }


def run(driver: Driver, link: Link, printed: PrintedText) -> int:
    try:
        try:
            driver.run_tests()
        finally:
            printed.end()
    except SystemExit as end:
        # As in a program: a script may end early.
        if end.code in (None, 0):
            link.ask("finished")
            return 0
        link.ask("failed", traceback=[], error=f"the script called exit({end.code!r})", machine=None)
        return 1
    except BaseException as error:
        link.ask("failed", **failure(error))
        return 1
    link.ask("finished")
    return 0


def interact(driver: Driver, link: Link) -> int:
    import code

    # Errors are for the terminal too.
    os.dup2(1, 2)
    try:
        import readline
        import rlcompleter

        readline.set_completer(rlcompleter.Completer(driver.symbols()).complete)
        readline.parse_and_bind("tab: complete")
    except ImportError:
        pass
    names = ", ".join(machine.name for machine in driver.machines)
    code.interact(
        banner=f"The machines are {names}; start_all() starts them, test_script() runs the script, ctrl-d ends.",
        local=driver.symbols(),
        exitmsg="",
    )
    link.ask("finished")
    return 0


def main() -> int:
    # Of Debian's Python in the store, and not of programs that the script starts.
    os.environ.pop("PYTHONHOME", None)
    settings = json.loads(Path(sys.argv[1]).read_text())
    link = Link(3)
    logger = Logger(link)
    driver = Driver(logger, Path(settings["outDir"]), settings["script"])
    machines: "dict[str, Machine]" = {}
    for name in settings["machines"]:
        machines[name] = Machine(
            name=name,
            link=link,
            logger=logger,
            out_dir=driver.out_dir,
            state_dir=Path(settings["stateDir"]),
            store=settings["store"],
            callbacks=[driver.check_polling_conditions],
        )
    driver.machines = list(machines.values())
    link.on("console", lambda event: machines[event["machine"]].console_line(event["text"]))
    link.on("ended", lambda event: machines[event["machine"]].ended())
    link.listen()
    linecache.cache[SCRIPT_NAME] = (len(driver.script), None, driver.script.splitlines(True), SCRIPT_NAME)
    if settings["interactive"]:
        return interact(driver, link)
    print_what_programs_print(logger)
    printed = PrintedText(logger)
    sys.stdout = sys.stderr = printed  # type: ignore[assignment]
    return run(driver, link, printed)
