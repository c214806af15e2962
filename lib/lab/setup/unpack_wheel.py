"""Unpacks parts of a wheel, and prints as JSON which files these are and their sizes.

usage: python unpack_wheel.py WHEEL FOLDER PATTERN...

Each file is written beside its place and renamed, so that no part of a file is ever taken for all of it.
Patterns come in the order in which their files are unpacked.
"""

import fnmatch
import json
import os
import pathlib
import shutil
import sys
import zipfile


def main(wheel: str, folder: str, *patterns: str) -> None:
    sizes: dict[str, int] = {}
    with zipfile.ZipFile(wheel) as archive:
        for pattern in patterns:
            for member in archive.infolist():
                if member.is_dir() or not fnmatch.fnmatchcase(member.filename, pattern):
                    continue
                unpack(archive, member, pathlib.Path(folder, member.filename))
                sizes[member.filename] = member.file_size
    print(json.dumps(sizes))


def unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: pathlib.Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        with archive.open(member) as source, open(part, "wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
        if member.external_attr >> 16 & 0o100:
            part.chmod(0o755)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
