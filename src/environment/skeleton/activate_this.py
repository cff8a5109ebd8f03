"""Activates this virtual environment in a running Python: runpy.run_path("bin/activate_this.py").

For a Python that is embedded in another program; where bin/python can be started, start that.
"""

import os
import site
import sys

base = @VIRTUAL_ENV@
bin_dir = os.path.join(base, "bin")

os.environ["PATH"] = os.pathsep.join([bin_dir] + [folder for folder in os.environ.get("PATH", "").split(os.pathsep) if folder])
os.environ["VIRTUAL_ENV"] = base
os.environ["VIRTUAL_ENV_PROMPT"] = @PROMPT@
os.environ.pop("PYTHONHOME", None)

# The environment's modules come before everything that was importable so far.
before = len(sys.path)
for folder in @SITE_PACKAGES@.split("|"):
    site.addsitedir(os.path.join(base, folder))
sys.path[:] = sys.path[before:] + sys.path[:before]

sys.real_prefix = sys.prefix
sys.prefix = base
sys.exec_prefix = base
