"""Renders every file with Jinja and compares it with the one on disk: what `gen --check` does.

render_jinja.py TEMPLATES VALUES GENERATED
"""

import json
import pathlib
import sys

import jinja2

templates, values, generated = sys.argv[1:]
environment = jinja2.Environment(loader=jinja2.FileSystemLoader(templates), undefined=jinja2.StrictUndefined)
different = 0
for file in json.loads(pathlib.Path(values).read_bytes()):
    text = file["header"] + environment.get_template(file["template"]).render(file) + "\n"
    if pathlib.Path(generated, file["path"]).read_text() != text:
        print("differs:", file["path"])
        different += 1
sys.exit(different > 0)
