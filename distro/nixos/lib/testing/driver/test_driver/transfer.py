"""Files between host and machines: as archives, through files of the test's own folder, which bootflake pours into commands."""

import os
import shlex
import tarfile
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator


@contextmanager
def scratch_file(folder: Path) -> Iterator[Path]:
    descriptor, name = tempfile.mkstemp(prefix="transfer-", dir=folder)
    os.close(descriptor)
    try:
        yield Path(name)
    finally:
        os.unlink(name)


def pack(source: Path, archive: Path, name: str) -> None:
    """Puts a file or a folder into an archive, under this name, as root's."""

    def owned_by_root(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = "root"
        return entry

    with tarfile.open(archive, "w") as tar:
        # What a symlink refers to, as a copy of it.
        tar.add(source.resolve(), arcname=name, filter=owned_by_root)


def unpack(archive: Path, folder: Path) -> None:
    """A machine made the archive: nothing in it may lead out of the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")


def receiving_command(target: str) -> str:
    """As `cp -r`: into the target if that is a folder, else to that name."""
    quoted = shlex.quote(target)
    return (
        f"mkdir -p \"$(dirname {quoted})\"; scratch=$(mktemp -d \"$(dirname {quoted})/.copy-XXXXXX\"); "
        f"tar -xf - -C \"$scratch\"; cp -r --remove-destination \"$scratch\"/* {quoted}; rm -r \"$scratch\""
    )


def sending_command(source: str) -> str:
    path = Path(source)
    return f"tar -chf - -C {shlex.quote(str(path.parent))} -- {shlex.quote(path.name)}"
