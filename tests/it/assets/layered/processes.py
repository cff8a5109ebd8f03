"""Runs work in child processes started in each way."""
import concurrent.futures
import multiprocessing
import subprocess
import sys

import six


def work(number):
    import google.cloud.storage
    import zope.interface

    return [six.__file__, google.cloud.storage.__file__, zope.interface.__file__, number, len(sys.path)]


if __name__ == "__main__":
    for method in ("spawn", "forkserver", "fork"):
        context = multiprocessing.get_context(method)
        with context.Pool(1) as pool:
            results = pool.map(work, range(2))
        with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as executor:
            assert list(executor.map(work, range(2))) == results
        # A layered environment has one folder more to look in.
        assert {result[4] for result in results} == {len(sys.path)}, results
        print(method, results[0][:3])
    print(subprocess.check_output([sys.executable, "-c", "import six; print(six.__file__)"], text=True))
