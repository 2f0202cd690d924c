"""Prints a fleet of N services: the 35 again and again, under other names, tags and paths.

fleet.py N SERVICES_TOML
"""

import itertools
import json
import pathlib
import sys
import tomllib


def value(given):
    """A value as TOML."""
    match given:
        case dict():
            return "{ " + ", ".join(f"{key} = {value(item)}" for key, item in given.items()) + " }"
        case list():
            return "[" + ", ".join(map(value, given)) + "]"
    return json.dumps(given, ensure_ascii=False)


def copy(number, name, service):
    """A service of one of the copies; its dependencies are those of the same copy."""
    if number == 0:
        return name, service
    service = {key: item for key, item in service.items() if key != "publish"}
    service["tag"] = f"{service.get('tag', 'latest')}-{number}"
    if "dockerfile" in service:
        service["dockerfile"] = f"copy-{number}/{service['dockerfile']}"
    if "depends_on" in service:
        service["depends_on"] = [f"{other}-{number}" for other in service["depends_on"]]
    return f"{name}-{number}", service


def main():
    wanted, path = int(sys.argv[1]), pathlib.Path(sys.argv[2])
    text = path.read_text()
    services = tomllib.loads(text)["services"]
    print(text[: text.index("[services.")])
    copies = (copy(number, *entry) for number in itertools.count() for entry in services.items())
    for name, service in itertools.islice(copies, wanted):
        print(f"[services.{name}]")
        for key, item in service.items():
            print(f"{key} = {value(item)}")


main()
