"""A machine of a test."""

import base64
import os
import re
import shlex
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Iterator

from test_driver.errors import MachineError, RequestedAssertionFailed
from test_driver.keys import key_of
from test_driver.link import Link
from test_driver.logger import Logger
from test_driver.retry import retry
from test_driver.transfer import pack, receiving_command, scratch_file, sending_command, unpack

PROPERTY = re.compile(r"^([^=]+)=(.*)$")


class Machine:
    def __init__(
        self,
        name: str,
        link: Link,
        logger: Logger,
        out_dir: Path,
        state_dir: Path,
        store: str,
        callbacks: "list[Callable[[], None]] | None" = None,
    ) -> None:
        self.name = name
        self.logger = logger
        self.out_dir = out_dir
        self.state_dir = state_dir
        self.callbacks = callbacks or []
        self.booted = False
        self.connected = False
        self._link = link
        self._store = store
        self._console: "list[str]" = []
        self._console_read = 0
        self._console_changed = threading.Condition()

    def __repr__(self) -> str:
        return f"<Machine '{self.name}'>"

    # What bootflake tells.

    def console_line(self, line: str) -> None:
        with self._console_changed:
            self._console.append(line)
            self._console_changed.notify_all()

    def ended(self) -> None:
        self.booted = False
        self.connected = False

    # Messages.

    def log(self, msg: str) -> None:
        self.logger.log(msg, {"machine": self.name})

    @contextmanager
    def nested(self, msg: str, attrs: "dict[str, str] | None" = None) -> Iterator[None]:
        try:
            with self.logger.nested(msg, {"machine": self.name, **(attrs or {})}):
                yield
        except Exception as error:
            # Whose journal is shown.
            if not hasattr(error, "machine"):
                setattr(error, "machine", self.name)
            raise

    # Power.

    def is_up(self) -> bool:
        return self.booted and self.connected

    def start(self, allow_reboot: bool = False) -> None:
        """Starts the machine, without waiting for it."""
        if self.booted:
            return
        self.log("starting vm")
        with self._console_changed:
            self._console = []
            self._console_read = 0
        pid = self._ask("start", allowReboot=allow_reboot)
        self.booted = True
        self.log(f"QEMU running (pid {pid})")

    def connect(self) -> None:
        """Waits until the machine executes commands; starts it if necessary."""
        if self.connected:
            return
        with self.nested("waiting for the VM to finish booting"):
            self.start()
            begun = time.monotonic()
            self._ask("connect")
            self.connected = True
            self.log("connected to guest root shell")
            self.log(f"(connecting took {time.monotonic() - begun:.2f} seconds)")

    def shutdown(self) -> None:
        """Shuts the machine down, and waits for its end."""
        if not self.booted:
            return
        self.execute("poweroff", check_return=False, check_output=False)
        self.wait_for_shutdown()

    def wait_for_shutdown(self) -> None:
        if not self.booted:
            return
        with self.nested("waiting for the VM to power off"):
            self._ask("wait-end")
            self.ended()

    def crash(self) -> None:
        """Ends the machine as if its power had failed."""
        if not self.booted:
            return
        self.log("forced crash")
        self._ask("crash")
        self.ended()

    def reboot(self) -> None:
        """Presses ctrl-alt-delete. A machine that was started with `allow_reboot` boots again, others end."""
        self._ask("expect-reset")
        self.send_key("ctrl-alt-delete")
        self.connected = False

    def release(self) -> None:
        if self.booted:
            self.crash()

    # Commands.

    def execute(
        self,
        command: str,
        check_return: bool = True,
        check_output: bool = True,
        timeout: "int | None" = 900,
    ) -> "tuple[int, str]":
        """The command's status and output. See NixOS's manual."""
        for callback in self.callbacks:
            callback()
        self.connect()
        if not check_output:
            self._ask("execute", command=self._wrapped(command, timeout), wait=False)
            return (-2, "")
        reply = self._ask("execute", command=self._wrapped(command, timeout), wait=True, lenient=not check_return)
        output = base64.b64decode(reply["output"])
        if not check_return:
            return (-1, output.decode(errors="replace"))
        return (reply["status"], output.decode(errors="replace"))

    def succeed(self, *commands: str, timeout: "int | None" = None) -> str:
        """The commands' output. Fails where a command does."""
        output = ""
        for command in commands:
            with self.nested(f"must succeed: {command}"):
                status, out = self.execute(command, timeout=timeout)
                if status != 0:
                    self.log(f"output: {out}")
                    raise RequestedAssertionFailed(f"command `{command}` failed (exit code {status})")
                output += out
        return output

    def fail(self, *commands: str, timeout: "int | None" = None) -> str:
        """The commands' output. Fails where a command does not."""
        output = ""
        for command in commands:
            with self.nested(f"must fail: {command}"):
                status, out = self.execute(command, timeout=timeout)
                if status == 0:
                    raise RequestedAssertionFailed(f"command `{command}` unexpectedly succeeded")
                output += out
        return output

    def wait_until_succeeds(self, command: str, timeout: int = 900) -> str:
        with self.nested(f"waiting for success: {command}"):
            return self._until(command, lambda status: status == 0, timeout)

    def wait_until_fails(self, command: str, timeout: int = 900) -> str:
        with self.nested(f"waiting for failure: {command}"):
            return self._until(command, lambda status: status != 0, timeout)

    def sleep(self, secs: int) -> None:
        """Of the machine's time, which is not the host's where it is emulated."""
        self.succeed(f"sleep {secs}")

    # Units of systemd.

    def systemctl(self, q: str, user: "str | None" = None) -> "tuple[int, str]":
        if user is None:
            return self.execute(f"systemctl {q}")
        inner = f"XDG_RUNTIME_DIR=/run/user/$(id -u) systemctl --user {q}"
        return self.execute(f"su -l {shlex.quote(user)} --shell /bin/sh -c {shlex.quote(inner)}")

    def wait_for_unit(self, unit: str, user: "str | None" = None, timeout: int = 900) -> None:
        """Until the unit is active. Fails when it is failed, or is inactive and nothing will start it."""

        def is_active(_last: bool) -> bool:
            state = self.get_unit_property(unit, "ActiveState", user)
            if state == "failed":
                raise RequestedAssertionFailed(f'unit "{unit}" reached state "{state}"')
            if state == "inactive":
                _, jobs = self.systemctl("list-jobs --full 2>&1", user)
                if "No jobs" in jobs and self.get_unit_property(unit, "ActiveState", user) == state:
                    raise RequestedAssertionFailed(f'unit "{unit}" is inactive and there are no pending jobs')
            return state == "active"

        with self.nested(f"waiting for unit {unit}" + ("" if user is None else f" with user {user}")):
            retry(is_active, timeout)

    def get_unit_info(self, unit: str, user: "str | None" = None) -> "dict[str, str]":
        status, lines = self.systemctl(f'--no-pager show "{unit}"', user)
        if status != 0:
            under = "" if user is None else f' under user "{user}"'
            raise RequestedAssertionFailed(
                f'retrieving systemctl info for unit "{unit}"{under} failed with exit code {status}'
            )
        found = (PROPERTY.match(line) for line in lines.split("\n"))
        return {match[1]: match[2] for match in found if match}

    def get_unit_property(self, unit: str, property: str, user: "str | None" = None) -> str:
        status, lines = self.systemctl(f'--no-pager show "{unit}" --property="{property}"', user)
        if status != 0:
            under = "" if user is None else f' under user "{user}"'
            raise RequestedAssertionFailed(
                f'retrieving systemctl property "{property}" for unit "{unit}"{under} failed with exit code {status}'
            )
        match = PROPERTY.match(lines)
        assert match is not None and match[1] == property, (
            f'systemctl show --property "{property}" "{unit}" produced invalid output: {lines}'
        )
        return match[2]

    def require_unit_state(self, unit: str, require_state: str = "active") -> None:
        with self.nested(f"checking if unit '{unit}' has reached state '{require_state}'"):
            state = self.get_unit_info(unit)["ActiveState"]
            if state != require_state:
                raise RequestedAssertionFailed(
                    f"Expected unit '{unit}' to to be in state '{require_state}' but it is in state '{state}'"
                )

    def wait_for_job(self, jobname: str) -> None:
        """As tests of the time before 21.05 call it."""
        self.wait_for_unit(jobname)

    def start_job(self, jobname: str, user: "str | None" = None) -> "tuple[int, str]":
        return self.systemctl(f"start {jobname}", user)

    def stop_job(self, jobname: str, user: "str | None" = None) -> "tuple[int, str]":
        return self.systemctl(f"stop {jobname}", user)

    # Files, ports and sockets.

    def wait_for_file(self, filename: str, timeout: int = 900) -> None:
        with self.nested(f"waiting for file '{filename}'"):
            self._until(f"test -e {filename}", lambda status: status == 0, timeout)

    def wait_for_open_port(self, port: int, addr: str = "localhost", timeout: int = 900) -> None:
        with self.nested(f"waiting for TCP port {port} on {addr}"):
            self._until(self._connection(port, addr), lambda status: status == 0, timeout)

    def wait_for_closed_port(self, port: int, addr: str = "localhost", timeout: int = 900) -> None:
        with self.nested(f"waiting for TCP port {port} on {addr} to be closed"):
            self._until(self._connection(port, addr), lambda status: status != 0, timeout)

    def wait_for_open_unix_socket(self, addr: str, is_datagram: bool = False, timeout: int = 900) -> None:
        kind, flags = ("datagram", "-uU") if is_datagram else ("stream", "-U")
        with self.nested(f"waiting for UNIX-domain {kind} on '{addr}'"):
            self._until(f"nc -z {flags} {addr}", lambda status: status == 0, timeout)

    def copy_from_host(self, source: str, target: str) -> None:
        """Copies a file or a folder of the host to a path of the machine, as root's."""
        path = self._host_path(source)
        with scratch_file(self.state_dir) as archive:
            pack(path, archive, Path(source).name)
            self._pour(receiving_command(target), f"copying {source} to {target}", input=archive.name)

    def copy_from_host_via_shell(self, source: str, target: str) -> None:
        self.copy_from_host(source, target)

    def copy_from_machine(self, source: str, target_dir: str = "") -> None:
        """Copies a file or a folder of the machine into `out_dir`, or a folder in it."""
        with scratch_file(self.state_dir) as archive:
            self._pour(sending_command(source), f"copying {source} from the machine", output=archive.name)
            unpack(archive, self.out_dir / target_dir)

    def copy_from_vm(self, source: str, target_dir: str = "") -> None:
        self.copy_from_machine(source, target_dir)

    @property
    def shared_dir(self) -> Path:
        raise MachineError("machines share no folder with the host: use copy_from_host and copy_from_machine")

    # The console, the keyboard and the screen.

    def wait_for_console_text(self, regex: str, timeout: "int | None" = None) -> None:
        """Until a text on the serial console matches, after what earlier waits have read."""
        pattern = re.compile(regex)
        deadline = None if timeout is None else time.monotonic() + timeout
        with self.nested(f"waiting for {regex} to appear on console"), self._console_changed:
            begin = self._console_read
            while True:
                for end in range(self._console_read + 1, len(self._console) + 1):
                    self._console_read = end
                    if pattern.search("\n".join(self._console[begin:end])):
                        return
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    raise RequestedAssertionFailed(
                        f"action timed out after {timeout} seconds (timeout={timeout})"
                    )
                if not self.booted:
                    raise MachineError(f"the machine {self.name} has ended")
                self._console_changed.wait(1 if left is None else min(1, left))

    def get_console_log(self) -> str:
        with self._console_changed:
            return "\n".join(self._console)

    def send_console(self, chars: str) -> None:
        """Types on the serial console."""
        self._ask("send-console", text=chars)

    def send_key(self, key: str, delay: "float | None" = 0.01, log: bool = True) -> None:
        """Presses a key, or several at once: `ctrl-alt-delete`."""
        if log:
            with self.nested(f"sending key {key!r}"):
                self.send_key(key, delay, log=False)
            return
        self.send_monitor_command(f"sendkey {key_of(key)}")
        if delay is not None:
            time.sleep(delay)

    def send_chars(self, chars: str, delay: "float | None" = 0.01) -> None:
        with self.nested(f"sending keys {chars!r}"):
            for char in chars:
                self.send_key(char, delay, log=False)

    def get_tty_text(self, tty: str) -> str:
        _, output = self.execute(f"fold -w$(stty -F /dev/tty{tty} size | awk '{{print $2}}') /dev/vcs{tty}")
        return output

    def wait_until_tty_matches(self, tty: str, regexp: str, timeout: int = 900) -> None:
        pattern = re.compile(regexp)

        def matches(last: bool) -> bool:
            text = self.get_tty_text(tty)
            if last:
                self.log(f"Last chance to match /{regexp}/ on TTY{tty}, which currently contains: {text}")
            return pattern.search(text) is not None

        with self.nested(f"waiting for {regexp} to appear on tty {tty}"):
            retry(matches, timeout)

    def dump_tty_contents(self, tty: str) -> None:
        self.execute(f"fold -w 80 /dev/vcs{tty} | systemd-cat")

    def screenshot(self, filename: str) -> None:
        """A picture of the screen as PNG, in `out_dir` unless there is a `/` in its name."""
        if "." not in filename:
            filename += ".png"
        if "/" not in filename:
            filename = str(self.out_dir / filename)
        with self.nested(f"making screenshot {filename}"):
            self._ask("screenshot", file=os.path.abspath(filename))

    def get_screen_text(self) -> str:
        """The text on the screen, as it is recognised (enableOCR)."""
        return str(self._ask("screen-text", onlyOne=True)[0])

    def get_screen_text_variants(self) -> "list[str]":
        """The text on the screen, recognised in several ways."""
        return list(self._ask("screen-text", onlyOne=False))

    def wait_for_text(self, regex: str, timeout: int = 900) -> None:
        """Until text on the screen matches."""
        pattern = re.compile(regex)

        def matches(last: bool) -> bool:
            variants = self.get_screen_text_variants()
            if any(pattern.search(text) for text in variants):
                return True
            if last:
                self.log(f"Last OCR attempt failed. Text was: {variants}")
            return False

        with self.nested(f"waiting for {regex} to appear on screen"):
            retry(matches, timeout)

    def wait_for_x(self, timeout: int = 900) -> None:
        with self.nested("waiting for the X11 server"):
            command = (
                "journalctl -b SYSLOG_IDENTIFIER=systemd | grep 'Reached target Current graphical'; "
                "test -e /tmp/.X11-unix/X0"
            )
            self._until(command, lambda status: status == 0, timeout)

    # Networks and qemu.

    def forward_port(self, host_port: int = 8080, guest_port: int = 80) -> None:
        """Lets a TCP port of the host be one of the machine's."""
        self.start()
        self.send_monitor_command(f"hostfwd_add tcp::{host_port}-:{guest_port}")

    def block(self) -> None:
        """Unplugs the cable of eth1, the first network of the test."""
        self._ask("set-link", up=False)

    def unblock(self) -> None:
        self._ask("set-link", up=True)

    def send_monitor_command(self, command: str) -> str:
        """A command of qemu's monitor; returns what it prints."""
        for callback in self.callbacks:
            callback()
        return str(self._ask("monitor", command=command))

    # Parts of the above.

    def _ask(self, op: str, **values: Any) -> Any:
        try:
            return self._link.ask(op, machine=self.name, **values)
        except MachineError as error:
            setattr(error, "machine", self.name)
            raise

    def _wrapped(self, command: str, timeout: "int | None") -> "list[str]":
        """
        The words to run: as in NixOS's driver, by bash with `set -euo pipefail` and the variables of a login, in /tmp. Whoever holds
        its output keeps it from ending.
        The command comes by a variable: `pgrep -f` would find it in the arguments of a shell that waits for it.
        """
        limit = [] if timeout is None else ["timeout", str(timeout)]
        script = (
            "command=$TEST_COMMAND; unset TEST_COMMAND; export USER=root HOME=/root; "
            "[ ! -r /etc/profile ] || . /etc/profile < /dev/null > /dev/null 2>&1; cd /tmp; export PAGER= DISPLAY=:0.0; "
            '"$@" bash -c "$command" | cat; exit "${PIPESTATUS[0]}"'
        )
        return ["env", f"TEST_COMMAND=set -euo pipefail; {command}", "bash", "-c", script, "bash", *limit]

    def _until(self, command: str, done: "Callable[[int], bool]", timeout: int) -> str:
        output = ""

        def check(_last: bool) -> bool:
            nonlocal output
            status, output = self.execute(command, timeout=timeout)
            return done(status)

        retry(check, timeout)
        return output

    def _connection(self, port: int, addr: str) -> str:
        """bash needs no further program."""
        return f"{{ exec 3<>/dev/tcp/{shlex.quote(addr)}/{int(port)}; }} 2> /dev/null"

    def _pour(self, command: str, what: str, **files: str) -> None:
        with self.nested(what):
            self.connect()
            status = self._ask("execute", command=self._wrapped(command, None), wait=True, **files)["status"]
            if status != 0:
                raise RequestedAssertionFailed(f"{what} failed (exit code {status})")

    def _host_path(self, path: str) -> Path:
        """The store need not be in /nix/store on this host."""
        if path.startswith("/nix/store/"):
            return Path(self._store + path[len("/nix/store") :])
        return Path(path)
