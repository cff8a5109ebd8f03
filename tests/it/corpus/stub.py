import os
import runpy
import sys


def main():
    # Looking for the newest pip is no question about requirements.
    if "install" in sys.argv[1:3]:
        with open(os.environ["CORPUS_HANDED"], "a") as notes:
            notes.write(" ".join(sys.argv[1:]) + "\n")
    real = os.environ.get("CORPUS_PIP")
    if not real:
        sys.exit("pip is not to be run here")
    for name in [name for name in sys.modules if name.partition(".")[0] == "pip"]:
        del sys.modules[name]
    sys.path.insert(0, real)
    runpy.run_module("pip", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
