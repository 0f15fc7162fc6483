"""`make` takes the newest Python that can run the site, or says what to install before anything is downloaded."""

import shutil
import subprocess

import pytest

from tests.environment import BASE_DIR

LINUX, ARM, MAC = "Linux x86_64", "Linux aarch64", "Darwin arm64"
BUILT_IN = ("sh", "grep", "echo")


def choose(folder, system, pythons, redis=False, **variables):
    """Returns what the script prints and its error on a machine with these Pythons.

    pythons: name, in a folder if it has a slash: minor version, or that and the time that a loop takes.
    """
    name, machine = system.split()
    programs = {"uname": f'[ "$1" = -s ] && echo {name} || echo {machine}'}
    for python, answer in pythons.items():
        minor, time = answer if isinstance(answer, tuple) else (answer, 300)
        programs[python] = f"echo {minor}:{time}"
    if redis:
        programs["redis-server"] = ":"
    for program, line in programs.items():
        folder.joinpath(program).parent.mkdir(exist_ok=True)
        folder.joinpath(program).write_text(f"#!{shutil.which('sh')}\n{line}\n")
        folder.joinpath(program).chmod(0o755)
    for program in BUILT_IN:
        folder.joinpath(program).symlink_to(str(shutil.which(program)))
    script = str(BASE_DIR / "requirements/python.sh")
    path = ":".join([str(folder), *sorted({str(folder / name.rpartition("/")[0]) for name in pythons if "/" in name})])
    done = subprocess.run(["sh", script], env={"PATH": path} | variables, capture_output=True, text=True)
    assert (done.returncode == 0) == bool(done.stdout)
    return done.stdout.strip().removeprefix(f"{folder}/"), done.stderr


@pytest.mark.parametrize(
    ("system", "pythons", "redis", "chosen"),
    [
        (LINUX, {"python3": 11}, False, "python3"),
        (LINUX, {"python3": 14, "python3.12": 12, "python3.11": 11}, False, "python3.12"),
        (LINUX, {"python3": 13, "python3.13": 13, "python3.12": 12}, True, "python3.13"),
        (LINUX, {"python3": 13, "python3.13": 13, "python3.12": 12}, False, "python3.12"),
        (ARM, {"python3": 11}, True, "python3"),
        (MAC, {"python3": 14, "python3.13": 13}, True, "python3.13"),
    ],
)
def test_the_newest_python_that_works_is_chosen(tmp_path, system, pythons, redis, chosen):
    assert choose(tmp_path, system, pythons, redis) == (chosen, "")


@pytest.mark.parametrize(
    ("pythons", "chosen"),
    [
        ({"first/python3": (11, 400), "second/python3": (11, 300)}, "second/python3"),
        ({"first/python3": (11, 310), "second/python3": (11, 300)}, "first/python3"),
        ({"first/python3": (12, 400), "second/python3": (11, 300)}, "first/python3"),
        ({"first/python3": (11, 400), "second/python3.11": (11, 400)}, "second/python3.11"),
    ],
)
def test_of_two_with_the_same_version_the_faster_is_chosen(tmp_path, pythons, chosen):
    assert choose(tmp_path, LINUX, pythons) == (chosen, "")


@pytest.mark.parametrize(("system", "python"), [(LINUX, 13), (ARM, 11), (MAC, 12)])
def test_without_a_redis_server_it_says_how_to_install_one(tmp_path, system, python):
    chosen, error = choose(tmp_path, system, {"python3": python})
    assert not chosen
    assert "apt-get install redis-server" in error
    assert "brew install redis" in error


def test_a_redis_elsewhere_is_enough(tmp_path):
    assert choose(tmp_path, ARM, {"python3": 12}, REDIS_URL="redis://elsewhere:6379/0")[0] == "python3"


@pytest.mark.parametrize("pythons", [{}, {"python3": 10}, {"python3": 14}])
def test_without_a_suitable_python_it_says_which_are(tmp_path, pythons):
    chosen, error = choose(tmp_path, LINUX, pythons, redis=True)
    assert not chosen
    assert "needs Python 3.11, 3.12 or 3.13" in error
