"""Turns MDN's browser compatibility data into a table: one row per feature, one group of columns per browser.

The rules are in README.md, section "What counts".
"""

NOT_FEATURES = ("__meta", "browsers")


def support_table(data):
    """Returns {"features": [name], "browsers": {browser: {"version": [...], "date": [...], "approximate": [...]}}}."""
    releases = released_versions(data)
    features = list(all_features(data))
    table = {"features": [name for name, _ in features], "browsers": {}}
    for browser in sorted(data["browsers"]):
        gained = [first_support(compat, browser, releases[browser]) for _, compat in features]
        version, date, approximate = zip(*gained)
        table["browsers"][browser] = {
            "version": list(version),
            "date": list(date),
            "approximate": list(approximate),
        }
    return table


def released_versions(data):
    """The dates of the versions that were out when the data was made: {browser: {version: date}}."""
    as_of = data["__meta"]["timestamp"][:10]
    return {
        browser: {
            version: release["release_date"]
            for version, release in facts["releases"].items()
            if release.get("release_date", "9999") <= as_of
        }
        for browser, facts in data["browsers"].items()
    }


def all_features(data):
    """Yields (name, compat) for every __compat, at any depth: features contain features."""
    stack = [(name, data[name]) for name in sorted(data, reverse=True) if name not in NOT_FEATURES]
    while stack:
        name, node = stack.pop()
        if "__compat" in node:
            yield name, node["__compat"]
        parts = sorted((part for part in node if part != "__compat"), reverse=True)
        stack.extend((f"{name}.{part}", node[part]) for part in parts)


def first_support(compat, browser, releases):
    """(version, date, approximate) of the first statement that counts, or (None, None, False)."""
    statements = compat["support"].get(browser, [])
    for statement in statements if isinstance(statements, list) else [statements]:
        version = statement["version_added"]
        if not version or (len(statement) > 1 and is_limited(statement, releases)):
            continue
        date = releases.get(version.lstrip("≤"))
        if date is not None:
            return version.lstrip("≤"), date, version.startswith("≤")
    return None, None, False


LIMITS = {"flags", "prefix", "alternative_name", "partial_implementation"}


def is_limited(statement, releases):
    """Behind a flag, under another name, only in part, or gone again."""
    removed = statement.get("version_removed") or ""
    return not LIMITS.isdisjoint(statement) or removed.lstrip("≤") in releases
