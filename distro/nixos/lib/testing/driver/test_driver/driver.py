"""What a script can use besides its machines."""

import os
from importlib import import_module
import re
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Iterator
from unittest import TestCase

from test_driver.errors import MachineError, RequestedAssertionFailed
from test_driver.logger import Logger
from test_driver.machine import Machine
from test_driver.retry import retry


class AssertionTester(TestCase):
    """`t.assertEqual(...)` and the like, in scripts."""

    failureException = RequestedAssertionFailed
    maxDiff = None


def python_name(name: str) -> str:
    """The name of a machine's variable."""
    return re.sub(r"^[^A-Za-z_]|[^A-Za-z0-9_]", "_", name)


class PollingCondition:
    """What must hold whenever a machine executes a command, checked at most once in a while."""

    def __init__(
        self, driver: "Driver", function: "Callable[[], Any]", seconds_interval: float, description: "str | None"
    ) -> None:
        self._driver = driver
        self._function = function
        self._interval = seconds_interval
        self._checked_at: "float | None" = None
        self._checking = False
        self.description = description or function.__doc__ or function.__name__

    def __enter__(self) -> "PollingCondition":
        self._driver.polling_conditions.append(self)
        return self

    def __exit__(self, *_: Any) -> None:
        self._driver.polling_conditions.remove(self)

    def check(self) -> bool:
        # The condition may itself execute commands.
        if self._checking:
            return True
        self._checking = True
        try:
            with self._driver.log.nested(f"polling condition: {self.description}"):
                try:
                    # One that returns nothing holds.
                    return self._function() is not False
                except Exception:
                    return False
        finally:
            self._checking = False
            self._checked_at = time.monotonic()

    def maybe_raise(self) -> None:
        if self._checked_at is not None and time.monotonic() - self._checked_at < self._interval:
            return
        if not self.check():
            raise RequestedAssertionFailed(f"Polling condition failed: {self.description}")

    def wait(self, timeout: int = 900) -> None:
        with self._driver.log.nested(f"waiting for {self.description}"):
            retry(lambda _last: self.check(), timeout)


class Driver:
    def __init__(self, logger: Logger, out_dir: Path, script: str) -> None:
        self.log = logger
        self.logger = logger
        self.out_dir = out_dir
        self.script = script
        self.machines: "list[Machine]" = []
        self.polling_conditions: "list[PollingCondition]" = []

    def start_all(self) -> None:
        with self.log.nested("start all VMs"):
            for machine in self.machines:
                machine.start()

    def join_all(self) -> None:
        with self.log.nested("wait for all VMs to finish"):
            for machine in self.machines:
                machine.wait_for_shutdown()

    @contextmanager
    def subtest(self, name: str) -> Iterator[None]:
        with self.log.subtest(name):
            yield

    def serial_stdout_on(self) -> None:
        self.log.print_serial_logs(True)

    def serial_stdout_off(self) -> None:
        self.log.print_serial_logs(False)

    def check_polling_conditions(self) -> None:
        for condition in list(self.polling_conditions):
            condition.maybe_raise()

    def polling_condition(
        self,
        function: "Callable[[], Any] | None" = None,
        *,
        seconds_interval: float = 2.0,
        description: "str | None" = None,
    ) -> Any:
        def make(function: "Callable[[], Any]") -> PollingCondition:
            return PollingCondition(self, function, seconds_interval, description)

        return make if function is None else make(function)

    def create_machine(self, *_: Any, **__: Any) -> Machine:
        raise MachineError("create_machine is not supported: describe the machine in the test's `nodes`")

    def test_script(self) -> None:
        with self.log.nested("run the VM test script"):
            exec(compile(self.script, SCRIPT_NAME, "exec"), self.symbols())

    def run_tests(self) -> None:
        self.test_script()
        for machine in self.machines:
            if machine.is_up():
                machine.execute("sync")

    def symbols(self) -> "dict[str, Any]":
        """The script's globals."""
        machines: "dict[str, Any]" = {python_name(machine.name): machine for machine in self.machines}
        if len(self.machines) == 1:
            machines["machine"] = self.machines[0]
        return {
            "__name__": "__main__",
            "driver": self,
            "start_all": self.start_all,
            "join_all": self.join_all,
            "test_script": self.test_script,
            "run_tests": self.run_tests,
            "machines": self.machines,
            "log": self.log,
            # Until 21.11 a script had what the driver imported.
            **{name: import_module(name) for name in MODULES},
            "out_dir": self.out_dir,
            "subtest": self.subtest,
            "retry": retry,
            "serial_stdout_on": self.serial_stdout_on,
            "serial_stdout_off": self.serial_stdout_off,
            "polling_condition": self.polling_condition,
            "create_machine": self.create_machine,
            "Machine": Machine,
            "t": AssertionTester(),
            **machines,
        }


MODULES = "base64 os pathlib queue re shlex shutil socket subprocess sys tempfile time traceback".split()
# The script's lines in tracebacks.
SCRIPT_NAME = "testScript"
