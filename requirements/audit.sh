#!/bin/sh
# Looks the pinned libraries of the site up among known vulnerabilities (osv.dev). It ends with 1 if it finds one, and with
# 0 if it finds none, or cannot reach the database: then it says so. Usage: requirements/audit.sh PYTHON
cd "$(dirname "$0")/.." || exit 2
if ! "$1" -c 'import requests; requests.head("https://api.osv.dev/", timeout=10)' 2>/dev/null; then
    echo 'Not checked: the database of vulnerabilities at api.osv.dev cannot be reached from here.'
    exit 0
fi
exec "$1" -m pip_audit --vulnerability-service osv --no-deps --disable-pip --progress-spinner off \
    --requirement requirements/local.txt
