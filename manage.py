#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")
    if sys.argv[1:2] == ["doctor"]:
        from digitsite.doctor.start import load_settings_or_exit

        load_settings_or_exit(sys.argv)
    execute_from_command_line(sys.argv)
