# The recipes of Bellhop. `just` lists them; it comes with `.ci/setup dev`, as .venv/bin/just.

set positional-arguments

bin := justfile_directory() / ".venv/bin"

# One lock for every system and every Python from 3.11 on; nothing of the machine that makes it is written down.
compile := "pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-strip-extras --custom-compile-command 'just lock' --group build"

_list:
    @"{{ just_executable() }}" --justfile "{{ justfile() }}" --list --unsorted

# make .venv with what tests, lint and types need, from the lock
setup:
    .ci/setup dev

# make a small catalogue and export it, into demo/
demo:
    .ci/setup
    "{{ bin }}/bellhop" demo

# run the tests; takes pytest's arguments (just test -n 2 -k xlsx)
test *args: setup
    "{{ bin }}/pytest" "$@"

# run the tests and show what of pipeline they miss
coverage *args: setup
    "{{ bin }}/pytest" --cov "$@"

# look for mistakes; takes ruff's arguments (just lint --fix)
lint *args: setup
    "{{ bin }}/ruff" check "$@"

# format the code
format: setup
    "{{ bin }}/ruff" format

# check the types
types: setup
    "{{ bin }}/mypy"

# do all that CI does, in this checkout
ci:
    bash .ci/run

# compile the locks anew, keeping versions that still fit (just lock --upgrade takes the newest)
lock *args:
    "{{ bin }}/uv" {{ compile }} "$@" --output-file requirements/run.txt pyproject.toml
    "{{ bin }}/uv" {{ compile }} "$@" --extra service --extra s3 --constraint requirements/run.txt --output-file requirements/service.txt pyproject.toml
    "{{ bin }}/uv" {{ compile }} "$@" --extra dev --constraint requirements/service.txt --output-file requirements/dev.txt pyproject.toml

# run the tests at the full figures: 10,000 generated examples a property
prove *args: setup
    HYPOTHESIS_PROFILE=prove "{{ bin }}/pytest" "$@"

# kill workers and the service by the hundred while jobs run, on SQLite and PostgreSQL; takes --tables, --jobs, --kills
chaos *args: setup
    "{{ bin }}/python" -m tests.chaos "$@"

# measure beside peers and limits; takes the benchmark's arguments (just bench cases, just bench run --help)
bench *args: setup
    "{{ bin }}/python" -m benchmarks "$@"
