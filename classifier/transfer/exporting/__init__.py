"""Everything that a person has stored, as files."""

# What apps above this one add to an export of everything; each adds its own when it is ready.
# Names of lists in the JSON, and dotted names of functions: of the owner, to their records.
FURTHER_LISTS = dict[str, str]()
# Dotted names of functions: of the owner, to pairs of a name in the ZIP and a stored file.
FURTHER_FILES = list[str]()
