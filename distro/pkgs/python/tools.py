"""What the phases of buildPythonPackage do with wheels, modules and programs."""

import base64
import csv
import hashlib
import importlib
import importlib.metadata
import io
import os
import re
import sys
import zipfile


def normal(name):
    """A distribution's name as PEP 503 compares them."""
    return re.sub(r"[-_.]+", "-", name).lower()


def metadata_of(wheel):
    """The name of a wheel's METADATA and its text."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if re.fullmatch(r"[^/]+\.dist-info/METADATA", name):
                return name, archive.read(name).decode()
    sys.exit(f"error: {wheel} is no wheel: it has no METADATA")


def requirements_of(text):
    from packaging.requirements import Requirement

    header = text.split("\n\n", 1)[0]
    return [Requirement(line.split(":", 1)[1].strip()) for line in header.splitlines() if line.startswith("Requires-Dist:")]


def change_dependencies(relaxed, removed, *wheels):
    """Removes the versions of some requirements of wheels (pythonRelaxDeps), or the requirements (pythonRemoveDeps)."""
    from packaging.requirements import Requirement

    relaxed, removed = ({normal(name) if name[:2] != "--" else name for name in names.split()} for names in (relaxed, removed))

    def changed(line):
        if not line.startswith("Requires-Dist:"):
            return line
        requirement = Requirement(line.split(":", 1)[1].strip())
        name = normal(requirement.name)
        if "--remove-all" in removed or name in removed:
            return None
        if "--relax-all" in relaxed or name in relaxed:
            extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
            marker = f"; {requirement.marker}" if requirement.marker else ""
            return f"Requires-Dist: {requirement.name}{extras}{marker}"
        return line

    for wheel in wheels:
        path, text = metadata_of(wheel)
        header, *body = text.split("\n\n", 1)
        lines = [line for line in map(changed, header.splitlines()) if line is not None]
        rewrite(wheel, path, "\n\n".join(["\n".join(lines), *body]).encode())


def rewrite(wheel, path, contents):
    """Replaces one file of a wheel, and its hash in RECORD."""
    record = os.path.dirname(path) + "/RECORD"
    digest = base64.urlsafe_b64encode(hashlib.sha256(contents).digest()).rstrip(b"=").decode()
    with zipfile.ZipFile(wheel) as archive:
        members = [(info, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(wheel + ".new", "w", zipfile.ZIP_DEFLATED) as archive:
        for info, data in members:
            if info.filename == path:
                data = contents
            elif info.filename == record:
                rows = list(csv.reader(io.StringIO(data.decode())))
                out = io.StringIO()
                for row in rows:
                    csv.writer(out, lineterminator="\n").writerow([path, f"sha256={digest}", len(contents)] if row[:1] == [path] else row)
                data = out.getvalue().encode()
            archive.writestr(info, data)
    os.replace(wheel + ".new", wheel)


def check_dependencies(folders, *wheels):
    """Compares the requirements of wheels with the distributions that a machine will have in `folders`."""
    there = {}
    for distribution in importlib.metadata.distributions(path=[folder for folder in folders.split(":") if folder]):
        if distribution.metadata["Name"]:
            there.setdefault(normal(distribution.metadata["Name"]), distribution.version)
    for wheel in wheels:
        name = metadata_of(wheel)[1]
        own = re.search(r"^Name: *(.*)$", name, re.M)
        there.setdefault(normal(own.group(1).strip()) if own else "", "0")
    faults = []
    for wheel in wheels:
        for requirement in requirements_of(metadata_of(wheel)[1]):
            if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
                continue
            version = there.get(normal(requirement.name))
            if version is None:
                faults.append(f"{requirement.name} is not there: add it to dependencies = [ ]")
            elif version != "0" and not requirement.specifier.contains(version, prereleases=True):
                faults.append(
                    f"{requirement.name}{requirement.specifier} is needed, but it is {version}: "
                    f'change it, or set pythonRelaxDeps = [ "{requirement.name}" ]'
                )
    if faults:
        sys.exit("error: what the package requires is not what the machine will have:\n" + "\n".join(f"  {fault}" for fault in faults))


def import_modules(folders, *modules):
    """Imports modules with nothing but the standard library and `folders`."""
    sys.path[:] = [path for path in sys.path if not path.endswith("/dist-packages")] + [folder for folder in folders.split(":") if folder]
    for module in modules:
        try:
            importlib.import_module(module)
        except ImportError as error:
            sys.exit(f"error: the module {module} cannot be imported with what the machine will have: {error}")


SHEBANG = "#!/usr/bin/python3 -s"


def patch_program(program, *folders):
    """Makes a program find modules in `folders`, before those of Debian."""
    import ast

    with open(program, "rb") as file:
        text = file.read().decode()
    lines = text.splitlines(keepends=True)
    try:
        statements = ast.parse(text).body
    except SyntaxError as error:
        sys.exit(f"error: {program} starts with {lines[0].strip()!r}, but it is no Python 3: {error}")
    at = 1
    for index, statement in enumerate(statements):
        is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant) and isinstance(statement.value.value, str)
        if (index == 0 and is_text) or (isinstance(statement, ast.ImportFrom) and statement.module == "__future__"):
            at = statement.end_lineno
        else:
            break
    lines[0] = SHEBANG + "\n"
    lines.insert(
        at,
        "def _paths():\n"
        "    import site, sys\n"
        f"    sys.argv[0] = {program!r}\n"
        "    old = list(sys.path)\n"
        f"    for path in {list(folders)!r}:\n"
        "        site.addsitedir(path)\n"
        "    at = next((i for i, path in enumerate(old) if path.endswith('-packages')), len(old))\n"
        "    sys.path[:] = old[:at] + [path for path in sys.path if path not in old] + old[at:]\n"
        "_paths()\n"
        "del _paths\n",
    )
    with open(program, "wb") as file:
        file.write("".join(lines).encode())


COMMANDS = {
    "change-dependencies": change_dependencies,
    "check-dependencies": check_dependencies,
    "import-modules": import_modules,
    "patch-program": patch_program,
}

if __name__ == "__main__":
    COMMANDS[sys.argv[1]](*sys.argv[2:])
