"""Prints the bill of materials of a file of pinned requirements, as CycloneDX JSON: `make sbom`.

It names each library with its version, as the package URL that scanners look up, and no registry.
"""

import re
import sys
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

HERE = Path(__file__).parent
PINNED = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;]+)")


def bill(requirements: Path) -> Bom:
    """Raises ValueError for a line that pins no version."""
    text = requirements.read_text()
    bom = Bom(serial_number=uuid5(NAMESPACE_URL, text))
    site = Component(type=ComponentType.APPLICATION, name="digitsite", version=_version(), bom_ref="digitsite")
    bom.metadata.component = site
    for line in filter(None, map(str.strip, text.splitlines())):
        if not (pinned := PINNED.match(line)):
            raise ValueError(f"{requirements.name} has a line without a version: {line}")
        name, version = re.sub(r"[-_.]+", "-", pinned[1]).lower(), pinned[2]
        purl = PackageURL("pypi", name=name, version=version)
        bom.components.add(Component(name=name, version=version, purl=purl, bom_ref=str(purl)))
    bom.register_dependency(site, bom.components)
    return bom


def _version() -> str:
    text = (HERE.parent / "digitsite" / "__init__.py").read_text()
    return re.findall(r'__version__ = "(.+?)"', text)[0]


if __name__ == "__main__":
    sys.stdout.write(JsonV1Dot6(bill(Path(sys.argv[1]))).output_as_string(indent=1) + "\n")
