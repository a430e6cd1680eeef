#!/usr/bin/env bash
# Run once, when Gradescope builds the image: Python, the packages, and the solution's own exam.
set -euo pipefail
cd "$(dirname "$0")"

usable() { command -v "$1" >/dev/null && "$1" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
find_python() {
    for each in python3.13 python3.12 python3.11 python3; do
        if usable "$each"; then echo "$each"; return; fi
    done
}

if [ ! -x venv/bin/python ]; then
    if [ -z "$(find_python)" ]; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3.12 python3.12-venv ||
            DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3.11 python3.11-venv
    fi
    "$(find_python)" -m venv venv
fi
venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
PYTHONPATH=packages venv/bin/python -m autograder.desk.gradescope.harness prepare .
