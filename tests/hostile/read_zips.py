"""What `zipfile` sees: for each file of FOLDER, in the order of their names, a line with JSON of names and digests, or `refused`."""

import hashlib
import json
import sys
import zipfile
from pathlib import Path


def read(path):
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        return {name: hashlib.sha256(archive.read(name)).hexdigest() for name in names}


for path in sorted(Path(sys.argv[1]).iterdir()):
    try:
        print(json.dumps(read(path)))
    except Exception as error:  # whatever it is, it is a refusal
        print("refused", type(error).__name__, repr(str(error)))
