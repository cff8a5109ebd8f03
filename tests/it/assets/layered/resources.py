"""Loads entry points and reads data of packages in each of the usual ways."""
import pkgutil
import runpy
from importlib import metadata, resources

for group in ("console_scripts", "pytest11"):
    for point in sorted(metadata.entry_points(group=group)):
        print(group, point.name, type(point.load()).__name__)
with resources.as_file(resources.files("certifi") / "cacert.pem") as path:
    assert path.stat().st_size > 100_000
assert "BEGIN CERTIFICATE" in resources.read_text("certifi", "cacert.pem")
assert pkgutil.get_data("certifi", "cacert.pem")
admin = resources.files("django.contrib.admin")
print(sorted(child.name for child in admin.joinpath("static", "admin", "css").iterdir()))
print(sorted(child.name for child in resources.files("google").iterdir()))
print(sorted(runpy.run_module("django.utils.version")["PY311"].__class__.__mro__, key=str))
