"""The smallest build backend (PEP 517, PEP 660) that the tests need; it lies in the tree that it builds."""

import base64
import hashlib
import json
import os
import subprocess
import sys
import sysconfig
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))


def project():
    with open(os.path.join(HERE, "project.json"), encoding="utf-8") as file:
        return json.load(file)


def metadata(about):
    lines = ["Metadata-Version: 2.1", "Name: " + about["name"], "Version: " + about["version"]]
    lines += ["Requires-Dist: " + requirement for requirement in about["requires"]]
    return "\n".join(lines) + "\n"


def stem(about):
    return about["module"] + "-" + about["version"]


def tag(about):
    if about["kind"] != "extension":
        return "py3-none-any"
    python = "cp%d%d" % sys.version_info[:2]
    platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    return "-".join([python, python, platform])


def compiled(about):
    source = os.path.join(HERE, "extension.c")
    target = os.path.join(HERE, "extension" + sysconfig.get_config_var("EXT_SUFFIX"))
    subprocess.run(
        [os.environ.get("CC", "cc"), "-shared", "-fPIC", "-I", sysconfig.get_path("include"), source, "-o", target],
        check=True,
    )
    with open(target, "rb") as file:
        return file.read()


def write_wheel(folder, files):
    about = project()
    info = stem(about) + ".dist-info"
    files[info + "/METADATA"] = metadata(about).encode()
    pure = about["kind"] != "extension"
    files[info + "/WHEEL"] = (
        "Wheel-Version: 1.0\nGenerator: snapenv-tests\nRoot-Is-Purelib: %s\nTag: %s\n"
        % (str(pure).lower(), tag(about))
    ).encode()
    if about["console"]:
        files[info + "/entry_points.txt"] = ("[console_scripts]\n" + "\n".join(about["console"]) + "\n").encode()
    rows = []
    for name, contents in sorted(files.items()):
        digest = base64.urlsafe_b64encode(hashlib.sha256(contents).digest()).rstrip(b"=").decode()
        rows.append("%s,sha256=%s,%d\n" % (name, digest, len(contents)))
    rows.append(info + "/RECORD,,\n")
    files[info + "/RECORD"] = "".join(rows).encode()
    filename = "%s-%s.whl" % (stem(about), tag(about))
    with zipfile.ZipFile(os.path.join(folder, filename), "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, contents in sorted(files.items()):
            entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            entry.external_attr = 0o100644 << 16
            wheel.writestr(entry, contents)
    return filename


def get_requires_for_build_wheel(config_settings=None):
    return []


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    about = project()
    if about["kind"] == "broken":
        sys.stderr.write("fatal error: libnothing.h: No such file or directory\n")
        raise SystemExit("the compiler refused")
    print("building " + stem(about))
    files = {}
    package = os.path.join(HERE, "src", about["module"])
    for name in sorted(os.listdir(package)):
        path = os.path.join(package, name)
        if os.path.isfile(path):
            with open(path, "rb") as file:
                files[about["module"] + "/" + name] = file.read()
    if "BUILT_AS" in os.environ:
        # Something that no key knows of.
        files[about["module"] + "/built_as.txt"] = os.environ["BUILT_AS"].encode()
    if about["kind"] == "extension":
        suffix = sysconfig.get_config_var("EXT_SUFFIX")
        files[about["module"] + "/_answer" + suffix] = compiled(about)
    if about["build_requires"]:
        # Proof that the build environment held what was asked for.
        __import__(about["build_requires"][0].split("=")[0])
    return write_wheel(wheel_directory, files)


get_requires_for_build_editable = get_requires_for_build_wheel


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    about = project()
    source = os.path.join(HERE, "src")
    return write_wheel(wheel_directory, {"__editable__" + about["module"] + ".pth": source.encode() + b"\n"})


def build_sdist(sdist_directory, config_settings=None):
    raise NotImplementedError("the tests make their sdists themselves")
