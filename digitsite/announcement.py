"""Waits until the site is ready, then prints its address: `python announcement.py URL LOGS [NOTE…]`.

The supervisor runs it once. It imports nothing of the site, so it slows none of the processes that it waits for.
"""

import json
import sys
import time
import urllib.error
import urllib.request

PATIENCE_S = 60


def missing(url: str) -> str:
    """Returns what `/readyz` says is missing; empty if the site is ready."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/readyz", timeout=5):
            return ""
    except urllib.error.HTTPError as answer:
        body = answer.read()
        try:
            return f"not ready: {json.dumps(json.loads(body))}"
        except ValueError:
            return f"/readyz answers {answer.code}"
    except OSError as error:
        return f"no answer: {error}"


if __name__ == "__main__":
    url, logs, *notes = sys.argv[1:]
    end = time.monotonic() + PATIENCE_S
    while (lack := missing(url)) and time.monotonic() < end:
        time.sleep(0.05)
    if lack:
        what = f"digitsite is not ready after {PATIENCE_S} s ({lack})"
        print(f"{what}; its logs are in {logs}, and `manage.py doctor` says what to do", flush=True)  # noqa: T201
        sys.exit(1)
    line = f"digitsite is ready: {notes[0] if notes else url + '/'}   (logs in {logs}; Ctrl-C stops it)"
    print("\n".join([line, *notes[1:]]), flush=True)  # noqa: T201
