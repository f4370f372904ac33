"""The dependencies of a Cargo.lock.

fetch LOCKFILE OUT      downloads archives into OUT/tarballs: the files of nixpkgs' fetchCargoVendor, whose hash it must have
unpack ARCHIVES OUT     unpacks them into OUT, with the configuration that makes cargo use them
"""

import hashlib
import json
import os
import shutil
import sys
import tarfile
import time
import tomllib
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor

CRATES_IO = ("registry+https://github.com/rust-lang/crates.io-index", "sparse+https://index.crates.io/")
AGENT = {"User-Agent": "bootflake"}


def fail(message):
    sys.exit(f"error: {message}")


def packages_of(lock_file):
    """The packages of registries: (name, version, source, checksum)."""
    with open(lock_file, "rb") as file:
        lock = tomllib.load(file)
    found = []
    for package in lock.get("package", []):
        name, version, source = package["name"], package["version"], package.get("source")
        if source is None:
            continue
        if source.startswith("git+"):
            fail(
                f"{name} is of git, which is not supported: {source}\n"
                'Put the dependencies into the source with `cargo vendor`, and give cargoVendorDir = "vendor".'
            )
        if source not in CRATES_IO and not source.startswith("sparse+"):
            fail(f"{name} is of a registry that is not supported, only crates.io and sparse ones are: {source}")
        checksum = package.get("checksum") or lock.get("metadata", {}).get(f"checksum {name} {version} ({source})")
        if checksum is None:
            fail(f"the lock file has no checksum for {name} {version}")
        for word in (name, version):
            if "/" in word or word.startswith("."):
                fail(f"the lock file has a package with the name {name!r} and the version {version!r}")
        found.append((name, version, source, checksum))
    return found


def get(url):
    if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
        fail(f"{url} is not an address of the network")
    for attempt in range(4):
        try:
            with urllib.request.urlopen(urllib.request.Request(url, headers=AGENT), timeout=60) as response:
                return response.read()
        except urllib.error.HTTPError as error:
            if error.code < 500 or attempt == 3:
                raise SystemExit(f"error: {url} could not be downloaded: {error.code} {error.reason}") from error
        except OSError as error:
            if attempt == 3:
                raise SystemExit(f"error: {url} could not be downloaded: {error}") from error
        time.sleep(1 << attempt)


def prefix_of(name):
    if len(name) <= 2:
        return str(len(name))
    return f"3/{name[0]}" if len(name) == 3 else f"{name[:2]}/{name[2:4]}"


def download_address(template, name, version, checksum):
    """See https://doc.rust-lang.org/cargo/reference/registry-index.html#index-configuration"""
    if "{" not in template:
        template += "/{crate}/{version}/download"
    prefix = prefix_of(name)
    for word, value in {
        "{crate}": name,
        "{version}": version,
        "{prefix}": prefix,
        "{lowerprefix}": prefix.lower(),
        "{sha256-checksum}": checksum,
    }.items():
        template = template.replace(word, value)
    return template


def fetch(lock_file, out):
    packages = packages_of(lock_file)
    templates = {source: "https://static.crates.io/crates" for source in CRATES_IO}
    for source in {source for _, _, source, _ in packages} - templates.keys():
        templates[source] = json.loads(get(source.removeprefix("sparse+").rstrip("/") + "/config.json"))["dl"]
    os.mkdir(out)
    shutil.copyfile(lock_file, f"{out}/Cargo.lock")
    if packages:
        os.mkdir(f"{out}/tarballs")

    def take(package):
        name, version, source, checksum = package
        url = download_address(templates[source], name, version, checksum)
        data = get(url)
        got = hashlib.sha256(data).hexdigest()
        if got != checksum:
            fail(f"{url} is not what the lock file says:\n  specified: {checksum}\n  got:       {got}")
        with open(f"{out}/tarballs/{name}-{version}.tar.gz", "wb") as file:
            file.write(data)

    with ThreadPoolExecutor(max_workers=5) as executor:
        list(executor.map(take, packages))


def unpack(archives, out):
    packages = packages_of(f"{archives}/Cargo.lock")
    os.makedirs(f"{out}/.cargo")
    for name, version, _, checksum in packages:
        folder = f"{name}-{version}"
        with tarfile.open(f"{archives}/tarballs/{folder}.tar.gz") as archive:
            members = [member for member in archive.getmembers() if member.name.split("/")[0] == folder]
            archive.extractall(out, members, filter="data")
        if not os.path.isfile(f"{out}/{folder}/Cargo.toml"):
            fail(f"the archive of {name} {version} has no Cargo.toml")
        with open(f"{out}/{folder}/.cargo-checksum.json", "w") as file:
            json.dump({"files": {}, "package": checksum}, file)
    shutil.copyfile(f"{archives}/Cargo.lock", f"{out}/Cargo.lock")
    with open(f"{out}/.cargo/config.toml", "w") as file:
        file.write('[source.crates-io]\nreplace-with = "vendored-sources"\n')
        for source in sorted({source for _, _, source, _ in packages if source not in CRATES_IO}):
            file.write(f"\n[source.{json.dumps(source)}]\nregistry = {json.dumps(source)}\n")
            file.write('replace-with = "vendored-sources"\n')
        file.write('\n[source.vendored-sources]\ndirectory = "@vendor@"\n')


{"fetch": fetch, "unpack": unpack}[sys.argv[1]](*sys.argv[2:])
