"""The bill of materials of a build, as SPDX 2.3 in JSON: python3 materials.py PROJECT VERSION SECONDS

What is linked into the programs stands in it with its version and revision, as Swift's package manager resolved them,
and with the version of the toolchain, whose library is linked as well; and the shared libraries that the programs load,
as Debian has them here.
"""

import datetime
import json
import os
import re
import subprocess
import sys

# What no program contains that is handed over: it drives other programs in tests.
TESTS_ONLY = {"swift-subprocess"}
# The packages of Debian that the programs load.
SHARED = ["libc6", "libmnl0", "libseccomp2", "libsqlite3-0"]


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout


def package(name, version, where, reference=None):
    found = {
        "SPDXID": "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", name),
        "name": name,
        "versionInfo": version,
        "downloadLocation": where,
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
    }
    if reference:
        found["externalRefs"] = [
            {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": reference}]
    return found


def resolved(project):
    with open(os.path.join(project, "Package.resolved"), encoding="utf-8") as file:
        pins = json.load(file)["pins"]
    for pin in pins:
        if pin["identity"] in TESTS_ONLY:
            continue
        location, state = pin["location"].removesuffix(".git"), pin["state"]
        place = location.removeprefix("https://")
        yield package(pin["identity"], state["version"], f"git+{location}@{state['revision']}",
                      f"pkg:swift/{place}@{state['version']}")


def toolchain():
    version = re.search(r"Swift version ([\d.]+)", output("swift", "--version"))[1]
    return package("swift-standard-library", version, "https://github.com/swiftlang/swift")


def shared():
    for name in SHARED:
        version = output("dpkg-query", "--show", "--showformat=${Version}", name)
        yield package(name, version, "NOASSERTION", f"pkg:deb/debian/{name}@{version}?arch=amd64")


def document(project, version, seconds):
    whole = package("middle-sock", version, "NOASSERTION")
    whole.update(licenseConcluded="Apache-2.0", licenseDeclared="Apache-2.0")
    linked = [*resolved(project), toolchain()]
    loaded = list(shared())
    revision = output("git", "-C", project, "rev-parse", "HEAD").strip()

    def relation(kind, other):
        return {"spdxElementId": whole["SPDXID"], "relationshipType": kind, "relatedSpdxElement": other["SPDXID"]}

    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"middle-sock-{version}",
        "documentNamespace": f"urn:middle-sock:{version}:{revision}",
        "creationInfo": {
            "created": datetime.datetime.fromtimestamp(seconds, datetime.UTC)
            .strftime("%Y-%m-%dT%H:%M:%SZ"),
            "creators": ["Tool: script/package"],
        },
        "packages": [whole, *linked, *loaded],
        "relationships": [
            {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES",
             "relatedSpdxElement": whole["SPDXID"]},
            *(relation("STATIC_LINK", other) for other in linked),
            *(relation("DYNAMIC_LINK", other) for other in loaded),
        ],
    }


if __name__ == "__main__":
    json.dump(document(sys.argv[1], sys.argv[2], int(sys.argv[3])), sys.stdout, indent=2)
    print()
