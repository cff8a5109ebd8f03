"""Prints the name of every importable module: all at the top, and all below some packages."""
import importlib
import pkgutil

for module in sorted(pkgutil.iter_modules(), key=lambda module: module.name):
    # What lets a layered environment reach its layer belongs to no distribution.
    if not module.name.startswith("_snapenv"):
        print(module.name, module.ispkg)
for name in ("backports", "celery", "django", "google.cloud", "google.cloud.storage", "jaraco", "ruamel", "zope"):
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, name + ".", onerror=lambda _: None):
        print(module.name, module.ispkg)
