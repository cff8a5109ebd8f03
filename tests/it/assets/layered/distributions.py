"""Prints what importlib.metadata knows of each distribution; fails if a file that one names is missing."""
import hashlib
from importlib import metadata

names = []
for distribution in metadata.distributions():
    name = distribution.metadata["Name"]
    names.append(name)
    assert distribution.files, name
    missing = [str(file) for file in distribution.files if not file.locate().exists()]
    assert not missing, (name, missing)
    listed = hashlib.sha256("\n".join(sorted(map(str, distribution.files))).encode()).hexdigest()
    entry_points = sorted(f"{point.group}:{point.name}={point.value}" for point in distribution.entry_points)
    print(name, distribution.version, len(distribution.files), listed, distribution.requires, entry_points)
    assert metadata.distribution(name).version == distribution.version, name
assert len(names) == len(set(names)), sorted(names)
packages = metadata.packages_distributions()
print(sorted(packages["google"]), sorted(packages["zope"]), sorted(packages["django"]))
