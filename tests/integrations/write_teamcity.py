"""How TeamCity's own library writes setParameter for each pair of the JSON object in a file, without its timestamp: write_teamcity.py FILE."""

import io
import json
import re
import sys

from teamcity.messages import TeamcityServiceMessages

written = io.StringIO()
messages = TeamcityServiceMessages(written, encoding=None)
for name, value in json.load(open(sys.argv[1], encoding="utf-8")).items():
    messages.message("setParameter", name=name, value=value)
lines = [re.sub(r" timestamp='[^']*'", "", line) for line in written.getvalue().split("\n") if line]
print(json.dumps(lines))
