"""What an environment looks like from inside: printed as JSON, paths within it or its layer as `@`."""
import hashlib, importlib, importlib.resources, json, multiprocessing, os, site, sys
from base64 import urlsafe_b64encode
from importlib import metadata

roots = [os.path.abspath(folder) for folder in [sys.prefix] + sys.argv[2:]]


def plain(path):
    for root in roots:
        if path == root or path.startswith(root + os.sep):
            return "@" + path[len(root):]
    return path


def where(module):
    return plain(importlib.import_module(module).__file__)


def found(module):
    return [importlib.import_module(module).__version__, where(module)]


def rows(dist):
    """RECORD holds: every file is there, with the digest and size that its row says."""
    count = 0
    for file in dist.files:
        path = file.locate()
        assert os.path.isfile(path), path
        count += 1
        if file.hash:
            with open(path, "rb") as opened:
                content = opened.read()
            digest = urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            assert (digest, len(content)) == (file.hash.value, file.size), path
    return count


def resource(package, name):
    if hasattr(importlib.resources, "files"):
        return importlib.resources.files(package).joinpath(name).read_text()
    return importlib.resources.read_text(package, name)


def entry_points(group):
    found = metadata.entry_points()
    found = found.select(group=group) if hasattr(found, "select") else found.get(group, ())
    return sorted((point.name, point.load()()) for point in set(found))


def child(module):
    return found(module)


def main():
    facts = {
        "path": list(dict.fromkeys(map(plain, sys.path[1:]))),
        "modules": {name: found(name) for name in ["demo", "helper", "plug", "hooked", "nested_module"]},
        "marks": os.environ.get("DEMO_STARTED"),
        "spaces": [where(name) for name in [
            "open_space.one", "open_space.two", "pkgutil_space.one", "pkgutil_space.two", "nspkg.space.one", "nspkg.space.two"]],
        "distributions": sorted((dist.metadata["Name"], dist.version, rows(dist)) for dist in metadata.distributions()),
        "entry_points": entry_points("demo.plugins"),
        "resource": resource("demo", "data.txt"),
        "assertions": __debug__,
        "documented": main.__doc__,
        "certificates": importlib.import_module("certifi").where(),
    }
    facts["certificates"] = plain(facts["certificates"])
    if "spawn" in sys.argv[1]:
        context = multiprocessing.get_context("spawn")
        with context.Pool(1) as pool:
            facts["spawned"] = pool.map(child, ["demo"])
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
