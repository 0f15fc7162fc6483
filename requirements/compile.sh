#!/bin/sh
# Pin everything anew: dev.txt holds the whole set, the others are parts of it.
set -e
cd "$(dirname "$0")"
options="--universal --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-emit-package pip --no-header --no-annotate --quiet"
uv pip compile dev.in $options "$@" --output-file dev.txt
for part in web training sheets local s3; do
    uv pip compile $part.in --constraint dev.txt $options --output-file $part.txt
done
