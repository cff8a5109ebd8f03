"""Writes an sdist that is no tar.gz to standard output as a plain tar: `python repack.py zip|bz2|lzma FILE`."""

import shutil
import stat
import sys


def from_zip(path, out):
    import tarfile
    import time
    import zipfile

    with zipfile.ZipFile(path) as archive, tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        for info in archive.infolist():
            member = tarfile.TarInfo(info.filename)
            member.mtime = time.mktime(info.date_time + (0, 0, -1))
            mode = info.external_attr >> 16
            if info.filename.endswith("/"):
                member.type = tarfile.DIRTYPE
                member.mode = 0o755
                tar.addfile(member)
                continue
            # A link is what it says, not where it leads: a file with a path in it.
            member.mode = 0o755 if stat.S_ISREG(mode) and mode & 0o111 else 0o644
            member.size = info.file_size
            with archive.open(info) as content:
                tar.addfile(member, content)


def main(kind, path):
    out = sys.stdout.buffer
    if kind == "zip":
        from_zip(path, out)
    elif kind == "bz2":
        import bz2

        with bz2.open(path) as content:
            shutil.copyfileobj(content, out)
    else:
        import lzma

        with lzma.open(path) as content:
            shutil.copyfileobj(content, out)


main(*sys.argv[1:])
