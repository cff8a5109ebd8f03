"""Attaches the layer of this environment: what the import lines of 000_snapenv.pth do before Python 3.15 (PEP 829)."""

import os
import site
import sys


def attach():
    with open(os.path.join(os.path.dirname(__file__), "000_snapenv.pth"), "rb") as lines:
        folders = [os.fsdecode(line.rstrip()) for line in lines if line.startswith(b"/")]
    for folder in folders:
        if os.path.isdir(folder):
            site.addsitedir(folder)
        elif not hasattr(sys, "_snapenv_told"):
            sys._snapenv_told = True
            message = f"snapenv: the layer of this environment is gone: {folder}; restore the store, or run snapenv venv again"
            if sys.stderr:
                print(message, file=sys.stderr)
