"""Unpacks the tar of an sdist to standard output as a plain tar: `python repack.py bz2|lzma FILE`."""

import shutil
import sys


def main(kind, path):
    out = sys.stdout.buffer
    if kind == "bz2":
        import bz2

        with bz2.open(path) as content:
            shutil.copyfileobj(content, out)
    else:
        import lzma

        with lzma.open(path) as content:
            shutil.copyfileobj(content, out)


main(*sys.argv[1:])
