//! Django's commands on a small project; `collectstatic` compares by time.

use std::fs;

use super::{Pair, Place, pinned, sandbox};

const SETTINGS: &str = "
from pathlib import Path
BASE_DIR = Path(__file__).parent
SECRET_KEY = 'x'
USE_TZ = True
ROOT_URLCONF = 'urls'
INSTALLED_APPS = ['django.contrib.' + name for name in ('admin', 'auth', 'contenttypes', 'sessions', 'messages', 'staticfiles')]
MIDDLEWARE = ['django.contrib.' + name for name in (
    'sessions.middleware.SessionMiddleware', 'auth.middleware.AuthenticationMiddleware', 'messages.middleware.MessageMiddleware')]
TEMPLATES = [{'BACKEND': 'django.template.backends.django.DjangoTemplates', 'APP_DIRS': True, 'OPTIONS': {'context_processors': [
    'django.contrib.auth.context_processors.auth', 'django.contrib.messages.context_processors.messages',
    'django.template.context_processors.request']}}]
DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': BASE_DIR / 'db.sqlite3'}}
LOCALE_PATHS = [BASE_DIR / 'locale']
STATIC_URL = '/static/'
STATIC_ROOT = BASE_DIR / 'collected'
";

const URLS: &str = "
from django.contrib import admin
from django.urls import path
urlpatterns = [path('admin/', admin.site.urls)]
";

const LOGIN: &str = "
import django
from django.conf import settings
settings.ALLOWED_HOSTS.append('testserver')
from django.test import Client
from django.utils import translation
page = Client().get('/admin/login/?next=/admin/', headers={'accept-language': 'de'})
assert page.status_code == 200 and b'Django' in page.content
with translation.override('de'):
    print(translation.gettext('Password'))
";

fn project(sandbox: &crate::sandbox::Sandbox) {
    sandbox.write("settings.py", SETTINGS);
    sandbox.write("urls.py", URLS);
}

#[test]
fn a_site_migrates_and_answers() {
    let Some(sandbox) = sandbox("a_site_migrates_and_answers") else {
        return;
    };
    project(&sandbox);
    let pair = Pair::of(&sandbox, &[&pinned("tools.txt")]);
    let manage = ["-m", "django"];
    let database = sandbox.work("db.sqlite3");
    let mut migrated = Vec::new();
    for place in [&pair.flat, &pair.layered] {
        let run = |arguments: &[&str]| {
            let arguments = manage
                .iter()
                .chain(arguments)
                .chain(&["--settings=settings", "--pythonpath=."]);
            place.python(arguments).success()
        };
        migrated.push(run(&["migrate"]).says("Applying admin.0001_initial... OK").stdout);
        let _ = run(&["makemigrations", "--check"]);
        let _ = run(&["check"]).says("no issues");
        let _ = run(&["shell", "-c", LOGIN]).says("Passwort");
        fs::remove_file(&database).unwrap();
    }
    assert_eq!(migrated[0], migrated[1]);
}

#[test]
fn collected_files_are_those_of_the_newest_environment() {
    let Some(sandbox) = sandbox("collected_files_are_those_of_the_newest_environment") else {
        return;
    };
    project(&sandbox);
    let requests = ["django==4.2.21", "django==5.2.1"];
    let file = sandbox.work("collected/admin/css/base.css");
    let mut contents = Vec::new();
    // Each environment is made after the other one's files were collected, as deployments do. From the third round on, both layers
    // are older than what was collected.
    for round in 0..5 {
        let make = if round % 2 == 0 { Place::layered } else { Place::flat };
        for (number, request) in requests.iter().enumerate() {
            let make = if round < 3 { Place::layered } else { make };
            let place = make(&sandbox, &format!("env-{number}"), &[*request]);
            let arguments = [
                "-m",
                "django",
                "collectstatic",
                "--no-input",
                "--settings=settings",
                "--pythonpath=.",
            ];
            let _ = place.python(arguments).success();
            let packaged = place.library().join("django/contrib/admin/static/admin/css/base.css");
            let collected = fs::read_to_string(&file).unwrap();
            assert_eq!(collected, fs::read_to_string(packaged).unwrap(), "{request} in round {round}");
            contents.push(collected);
        }
    }
    assert_ne!(contents[0], contents[1]);
}
