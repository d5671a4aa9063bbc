"""Which message an XML document is, and of which version: what is not known is told, and read by its names."""

import re
from collections.abc import Mapping

from ingather.base.problems import Severity
from ingather.reports.camt.markup import Markup
from ingather.reports.findings import Findings
from ingather.reports.items import Carrier

_NAMESPACE = re.compile(r"(?P<message>[a-z]{4}\.[0-9]{3})\.[0-9]{3}\.(?P<version>[0-9]{2})")


def judge_version(markup: Markup, findings: Findings, messages: Mapping[str, Carrier], versions: range) -> None:
    """Note what is wrong with a document's message or version.

    An older or a contradicting one is an error, since its parts may mean something else; a newer one, or none at all,
    is a warning.
    """
    if not markup.message:
        if markup.root:
            message = f"The XML's root {markup.root} holds none of {', '.join(messages)}."
            findings.add("message-unknown", message)
        return
    carrier = messages[markup.message]
    found = _NAMESPACE.search(markup.namespace)
    if found is None:
        message = f"The message does not say which version of {carrier} it is; it was read by its names."
        findings.add("version-missing", message, severity=Severity.WARNING)
    elif found["message"] != carrier:
        findings.add("message-differs", f"The message calls itself {found['message']} and holds a {carrier}.")
    elif int(found["version"]) not in versions:
        severity = Severity.WARNING if int(found["version"]) >= versions.stop else Severity.ERROR
        message = f"Version {found['version']} of {carrier} is not one that is known; it was read by its names."
        findings.add("version-unknown", message, severity=severity)
