"""Prepares what the peers work with: the templates of this repository in their languages, and the values of
every generated file as JSON. Nothing of this is measured.

    prepare.py REPOSITORY DIRECTORY

The templates are translated, not rewritten, so that a change of ours is a change of theirs: tags and text stay, and
each expression becomes the name of a value, which stands ready. `{{ page.build() }}` is `{{ c.value3 }}`, where `c`
holds the values of the file, of the element of a loop, or of the call of a macro.

The values are found by reading each generated file by its template: which branches were taken, how often each loop
ran, and what was printed. Whether the peers arrive at the same bytes is checked by `run`.
"""

import json
import pathlib
import re
import sys

import jinja2
import yaml
from jinja2 import nodes

# ── Askama to Jinja ─────────────────────────────────────────────────────────────────────────────────

TAG = re.compile(
    r"\{%(?P<left>-?)\s*call\s+(?P<called>[\w:]+)\(.*?%\}\{%\s*endcall\s*(?P<call_right>-?)%\}"
    r"|\{%(?P<open>-?)\s*(?P<word>else if|\w+)(?P<rest>.*?)(?P<close>-?)%\}"
    r"|\{\{.*?\}\}",
    re.S,
)


def jinja(text):
    """An Askama template as a Jinja template, whose expressions are names of values."""

    def tag(number, found):
        if found["called"]:
            name = found["called"].replace("::", ".")
            return f"{{{{{found['left']} {name}(c.call{number}) {found['call_right']}}}}}"
        if not found["word"]:
            return f"{{{{ c.value{number} }}}}"
        match found["word"]:
            case "let":
                return f"{{#{found['open']} {found['close']}#}}"
            case "if":
                content = f"if c.is{number}"
            case "else if":
                content = f"elif c.is{number}"
            case "for":
                content = f"for c in c.each{number}"
            case "macro":
                content = re.sub(r"\(.*\)", "(c)", f"macro{found['rest']}")
            case "else" | "endif" | "endfor" | "endmacro" | "import":
                content = f"{found['word']}{found['rest']}"
            case other:
                sys.exit(f"no translation for {other}")
        return f"{{%{found['open']} {content} {found['close']}%}}"

    parts, end = [], 0
    for number, found in enumerate(TAG.finditer(text)):
        parts += text[end : found.start()], tag(number, found)
        end = found.end()
    return "".join(parts) + text[end:]


class Templates:
    """The translated templates, parsed: what each says, and the macros that it can call."""

    def __init__(self, directory):
        self.environment = jinja2.Environment(loader=jinja2.FileSystemLoader(directory))

    def statements(self, name):
        return self.environment.parse(self.environment.loader.get_source(self.environment, name)[0]).body

    def macro(self, name, call):
        """The macro that a template calls: the name of its file, its own, and its statements."""
        if isinstance(call.node, nodes.Getattr):
            imports = (node for node in self.statements(name) if isinstance(node, nodes.Import))
            name = next(node.template.value for node in imports if node.target == call.node.node.name)
            called = call.node.attr
        else:
            called = call.node.name
        macros = (node for node in self.statements(name) if isinstance(node, nodes.Macro))
        return name, called, next(node.body for node in macros if node.name == called)


# ── Values ──────────────────────────────────────────────────────────────────────────────────────────


class Reader:
    """A template as steps that read a text, with the macros in place of their calls."""

    def __init__(self, templates, name):
        self.templates, self.steps = templates, []
        self.body(name, templates.statements(name))

    def add(self, *step):
        self.steps.append(step)
        return len(self.steps) - 1

    def body(self, name, statements):
        for statement in statements:
            match statement:
                case nodes.Output():
                    for part in statement.nodes:
                        self.output(name, part)
                case nodes.If():
                    self.branches(name, statement)
                case nodes.For():
                    self.loop(name, statement)

    def output(self, name, part):
        match part:
            case nodes.TemplateData():
                self.add("text", part.data)
            case nodes.Getattr():
                self.add("value", part.attr)
            case nodes.Call():
                self.add("note", ("open", part.args[0].attr))
                self.body(*self.templates.macro(name, part)[::2])
                self.add("note", ("close",))

    def branches(self, name, statement):
        ends = []
        for branch in [statement, *statement.elif_]:
            choice = self.add()
            self.add("note", ("is", branch.test.attr, True))
            self.body(name, branch.body)
            ends.append(self.add())
            otherwise = self.add("note", ("is", branch.test.attr, False))
            self.steps[choice] = ("either", choice + 1, otherwise)
        self.body(name, statement.else_)
        for end in ends:
            self.steps[end] = ("either", len(self.steps))

    def loop(self, name, statement):
        self.add("note", ("each", statement.iter.attr))
        choice = self.add()
        self.add("note", ("element",))
        self.body(name, statement.body)
        self.add("note", ("close",))
        self.add("either", choice)
        self.steps[choice] = ("either", choice + 1, self.add("note", ("close",)))

    def values(self, text):
        """The values with which the template gives a text; `None` where none do.

        A state that was visited need not be visited again: either it led nowhere, or it is on the way.
        """
        states, visited = [(0, 0, None)], set()
        while states:
            step, at, notes = states.pop()
            if step == len(self.steps):
                if at == len(text):
                    return nested(notes)
                continue
            if (step, at) in visited:
                continue
            visited.add((step, at))
            match self.steps[step]:
                case "text", literal:
                    if text.startswith(literal, at):
                        states.append((step + 1, at + len(literal), notes))
                case "note", note:
                    states.append((step + 1, at, (notes, note)))
                case "either", *others:
                    states += ((other, at, notes) for other in reversed(others))
                case "value", key:
                    line = text.find("\n", at)
                    ends = range(len(text) if line < 0 else line, at - 1, -1)  # the shortest comes first
                    states += ((step + 1, end, (notes, ("is", key, text[at:end]))) for end in ends)
        return None


def nested(notes):
    """What was noted on the way, the last first, as values within values."""
    path = []
    while notes:
        notes, note = notes
        path.append(note)
    values = {}
    opened = [values]
    for word, *rest in reversed(path):
        if word == "is":
            opened[-1][rest[0]] = rest[1]
        elif word == "close":
            opened.pop()
        else:
            new = [] if word == "each" else {}
            if rest:
                opened[-1][rest[0]] = new
            else:
                opened[-1].append(new)
            opened.append(new)
    return values


def split(text):
    """A generated file: the header with the blank line after it, and the body."""
    lines = text.splitlines(keepends=True)
    end = next(n for n, line in enumerate(lines) if "dockwright:body=" in line) + 1
    if lines[end] == "\n":
        end += 1
    return "".join(lines[:end]), "".join(lines[end:])


def files(generated, readers):
    """Every file of a service: its path, template, header and values."""
    for path in sorted(generated.rglob("Dockerfile*")):
        header, body = split(path.read_text())
        for template, reader in readers.items():
            values = reader.values(body.removesuffix("\n"))
            if values is not None:
                yield {"path": str(path.relative_to(generated)), "template": template, "header": header, "c": values}
                break
        else:
            sys.exit(f"no template gives {path}")


# ── Jinja to jq ─────────────────────────────────────────────────────────────────────────────────────


class Jq:
    """A Jinja template as a jq program: text and values, joined by `+`."""

    def __init__(self, templates):
        self.templates, self.definitions = templates, {}

    def program(self, name):
        self.definitions = {}
        body = self.body(name, self.templates.statements(name))
        return "".join(self.definitions.values()) + f'.header + (.c as $c | {body}) + "\\n"\n'

    def body(self, name, statements):
        return " + ".join(filter(None, (self.statement(name, node) for node in statements))) or '""'

    def statement(self, name, node):
        match node:
            case nodes.Output():
                return " + ".join(self.output(name, part) for part in node.nodes)
            case nodes.If():
                otherwise = self.body(name, node.else_)
                for branch in reversed([node, *node.elif_]):
                    otherwise = f"(if $c.{branch.test.attr} then {self.body(name, branch.body)} else {otherwise} end)"
                return otherwise
            case nodes.For():
                return f'(reduce $c.{node.iter.attr}[] as $c (""; . + {self.body(name, node.body)}))'

    def output(self, name, part):
        match part:
            case nodes.TemplateData():
                return json.dumps(part.data, ensure_ascii=False)
            case nodes.Getattr():
                return f"$c.{part.attr}"
            case nodes.Call():
                file, called, statements = self.templates.macro(name, part)
                macro = re.sub(r"\W", "_", f"{file}_{called}")
                if macro not in self.definitions:  # a definition comes after those that it calls
                    self.definitions[macro] = f"def {macro}($c): {self.body(file, statements)};\n"
                return f"{macro}($c.{part.args[0].attr})"


def main():
    repository, work = map(pathlib.Path, sys.argv[1:])
    translated = work / "jinja"
    for directory in (repository / "templates", repository / "src/kinds"):
        for template in directory.rglob("*.docker*"):
            target = translated / template.relative_to(directory)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(jinja(template.read_text()))

    templates = Templates(translated)
    kinds = sorted(directory.name for directory in translated.iterdir() if directory.is_dir())
    names = ["ignore.dockerignore", *(f"{kind}/{kind}.dockerfile" for kind in kinds)]
    prepared = list(files(repository / "generated", {name: Reader(templates, name) for name in names}))
    (work / "values.json").write_text(json.dumps(prepared))

    (work / "jq/values").mkdir(parents=True)
    for name in {file["template"] for file in prepared}:
        program = work / f"jq/{name}.jq"
        program.parent.mkdir(exist_ok=True)
        program.write_text(Jq(templates).program(name))
    jobs = []
    for number, file in enumerate(prepared):
        (work / "jq/values" / f"{number}.json").write_text(json.dumps(file))
        jobs.append(f"{number}\t{file['template']}\t{file['path']}\n")
    (work / "jq/files.tsv").write_text("".join(jobs))

    # Copier writes the whole fleet in one run: a loop stands in the name of the template.
    template = work / "copier/template"
    (template / "out").mkdir(parents=True)
    for source in translated.rglob("*.docker*"):
        target = template / source.relative_to(translated)
        target.parent.mkdir(exist_ok=True)
        target.write_text(source.read_text())
    (template / "copier.yml").write_text("_subdirectory: out\n")
    name = "{% yield file from files %}{{ file.path }}{% endyield %}.jinja"
    (template / "out" / name).write_text("{% set c = file.c %}{{ file.header }}{% include file.template %}")
    (work / "copier/data.yml").write_text(yaml.safe_dump({"files": prepared}))


if __name__ == "__main__":
    main()
