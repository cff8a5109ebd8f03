//! pytest finds plugins through entry points, rewrites their assertions, and starts workers; coverage tells one's own code from others'.

use super::{Pair, pinned, sandbox};

const TESTS: &str = "
import sys
import pytest

def plugins():
    for name in ('pytest_django.plugin', 'pytest_cov.plugin', 'xdist.plugin'):
        yield name, type(sys.modules[name].__spec__.loader).__name__, sys.modules[name].__file__

def test_plugins_are_rewritten(request):
    for plugin in plugins():
        print('PLUGIN', *plugin)
        assert plugin[1] == 'AssertionRewritingHook'
    for plugin, distribution in request.config.pluginmanager.list_plugin_distinfo():
        print('PLUGIN', plugin.__name__, distribution.project_name, distribution.version)

@pytest.mark.django_db
@pytest.mark.parametrize('name', ['a', 'b', 'c', 'd'])
def test_database(name):
    from django.contrib.auth.models import User
    from own import code
    User.objects.create(username=name)
    assert User.objects.count() == code.one()
";

const SETTINGS: &str = "
SECRET_KEY = 'x'
INSTALLED_APPS = ['django.contrib.auth', 'django.contrib.contenttypes']
DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': ':memory:'}}
";

#[test]
fn pytest_finds_its_plugins() {
    let Some(sandbox) = sandbox("pytest_finds_its_plugins") else {
        return;
    };
    let pair = Pair::of(&sandbox, &[&pinned("tools.txt")]);
    sandbox.write("own/__init__.py", "");
    sandbox.write("own/code.py", "def one():\n    return 1\n");
    sandbox.write("test_own.py", TESTS);
    sandbox.write("settings.py", SETTINGS);
    sandbox.write("pytest.ini", "[pytest]\nDJANGO_SETTINGS_MODULE = settings\npythonpath = .\n");
    let plugins = |place: &super::Place| {
        let run = place
            .run("pytest", ["-s", "-p", "no:cacheprovider", "-k", "plugins"])
            .success()
            .says("1 passed");
        let lines: Vec<String> = run
            .stdout
            .lines()
            .filter(|line| line.contains("PLUGIN"))
            .map(|line| place.neutral(line))
            .collect();
        assert!(lines.len() >= 6, "{run}");
        lines
    };
    assert_eq!(plugins(&pair.flat), plugins(&pair.layered));
    for place in [&pair.flat, &pair.layered] {
        let run = place
            .run("pytest", ["-n2", "--cov", "--cov-report=term"])
            .success()
            .says("5 passed")
            .says("2 workers");
        // Only the project's own files are measured although nothing says which those are.
        let own = ["own/__init__.py", "own/code.py", "settings.py", "test_own.py"];
        let measured: Vec<&str> = run
            .stdout
            .lines()
            .filter_map(|line| line.split_whitespace().next())
            .filter(|word| word.ends_with(".py"))
            .collect();
        assert_eq!(measured, own, "{run}");
    }
}

#[test]
fn coverage_measures_child_processes() {
    let Some(sandbox) = sandbox("coverage_measures_child_processes") else {
        return;
    };
    let pair = Pair::of(&sandbox, &[&pinned("tools.txt")]);
    sandbox.write("child.py", "import six\nprint(six.PY3)\n");
    sandbox.write(
        "main.py",
        "import subprocess, sys\nimport sqlparse\nsubprocess.check_call([sys.executable, 'child.py'])\n",
    );
    sandbox.write(".coveragerc", "[run]\nparallel = true\npatch = subprocess\n");
    for place in [&pair.flat, &pair.layered] {
        let _ = place.run("coverage", ["run", "main.py"]).success();
        let _ = place.run("coverage", ["combine"]).success();
        let report = place.run("coverage", ["report"]).success();
        let lines = report.stdout.lines().filter(|line| line.contains(".py")).count();
        assert_eq!(lines, 2, "{report}");
        let _ = report.says("child.py       2      0   100%");
    }
}
