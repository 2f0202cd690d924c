"""Prepares what the peers work with: the templates of this repository in their languages, and the values of
every generated file, resolved and quoted, as JSON. Nothing of this is measured.

    prepare.py REPOSITORY DIRECTORY

The templates are translated, not rewritten, so that a change of ours is a change of theirs. The values are
read out of the generated files. Whether the peers arrive at the same bytes is checked by `run`.
"""

import json
import pathlib
import re
import sys

import jinja2
import yaml
from jinja2 import nodes

PROBE = "/usr/bin/healthcheck"

# ── Values ──────────────────────────────────────────────────────────────────────────────────────────


def one(pattern, text, default=None):
    """What the group of a pattern matches first."""
    found = re.search(pattern, text, re.M | re.S)
    return found.group(1) if found else default


def many(pattern, text):
    return re.findall(pattern, text, re.M)


def split(text):
    """A generated file: the header with the blank line after it, and the body."""
    lines = text.splitlines(keepends=True)
    end = next(n for n, line in enumerate(lines) if "dockwright:body=" in line) + 1
    if lines[end] == "\n":
        end += 1
    return "".join(lines[:end]), "".join(lines[end:])


def words(block):
    """The words of a continued line after its first."""
    return [word for word in block.split() if word != "\\"]


def stages(body):
    """The text of each stage by name; of the final one under ''."""
    parts = re.split(r"^(?=FROM )", body, flags=re.M)[1:]
    return {one(r"^FROM .* AS (\S+)$", part.splitlines()[0], ""): part for part in parts}


def source(line):
    origin, target = line.split()
    return {"from": origin, "destination": target}


def apt_packages(stage):
    return one(r"--no-install-recommends (.*?)$", stage, "").split()


def page(body):
    """The values that templates of all kinds print."""
    named = stages(body)
    final = named[""]
    programs, directories, probe = (named.get(name, "") for name in ("programs", "directories", "probe"))
    image = {name: one(r"^FROM (?:--platform=\S+ )?(\S+)", text) for name, text in named.items()}
    builder = next((name for name in ("python", "build", "classes", "programs") if name in named), "")
    env = one(r"^ENV (.*?[^\\])$", final, "")
    made = one(r"install -d -o \d+ -g \d+(.*?[^\\])$", directories, "")
    user = one(r"^USER (\S+)$", final)
    sources = named.get("classes", "") + final
    return {
        "build": image[builder],
        "run": image.get("runtime", image[""]),
        "user": user,
        "uid": user.split(":")[0],
        "gid": user.split(":")[1],
        "has_programs": bool(programs),
        "wants_libraries": "=/opt/venv" in body,
        "wants_runtime": "runtime" in named,
        "program_names": one(r"^# ([^\n]*), with the shared libraries", body),
        "program_packages": apt_packages(programs),
        "program_paths": words(one(r"/closure.sh /rootfs /runtime(.*?[^\\])$", programs, "")),
        "build_user": one(r"^USER 0.*^USER (\S+)$", programs),
        "native_workdir": one(r"^WORKDIR (\S+)$", final),
        "wants_probe": bool(probe),
        "probe_builder": image.get("probe"),
        "directories_builder": image.get("directories"),
        "directories": [path.removeprefix("/rootfs") for path in words(made)],
        "jdk_package": next(iter(apt_packages(named.get("classes", ""))), None),
        "has_dependencies": "dependencies" in named,
        "requirements": many(r"--requirement /src/(\S+)", body),
        "pip_packages": many(r"^        (\S+)(?: \\)?$", named.get("dependencies", "")),
        "configuration": [source(line) for line in many(r"^COPY --chown=\S+ (\S+ \S+)$", final)],
        "code": [source(line) for line in many(r"^COPY (?:--link --chown=\S+ )?([^-]\S* \S+)$", sources)],
        "env": [dict(zip(("name", "value"), pair.split("=", 1))) for pair in re.split(r" \\\n\s+", env) if pair],
        "unhealthy_reason": one(r"^# No HEALTHCHECK: (.*?)$", final),
        "timing": one(r"^HEALTHCHECK (.*?) \\$", final),
        "health_command": one(r"^    CMD (.*?)$", final),
        "entrypoint": one(r"^ENTRYPOINT (.*?)$", final),
        "labels": [
            {"name": name, "value": value}
            for name, value in many(r'(org\.opencontainers\S+?)=("(?:[^"$\\]|\\.)*")', final)
        ],
        "service": {
            "ports": [int(port) for port in one(r"^EXPOSE (.*?)$", final, "").split()],
            "sources": [source(line) for line in many(r"^COPY --chown=\S+ (\S+ \S+)$", final)],
        },
    }


def dockerfile(body):
    """The kind of a Dockerfile, and its values."""
    named = stages(body)
    build, final = named.get("build", ""), named[""]
    values = {"page": page(body), "PROBE": PROBE}
    if "python" in named:
        packages = apt_packages(named.get("dependencies", ""))
        return "python", values | {"python": {"build_packages": packages}}
    if build:
        server, output = many(r"--from=build /src/(\S+)", final)
        directory, script = one(r"source=(\S+)/package\.json", build), one(r"^RUN npm run (\S+)$", build)
        return "node", values | {
            "node": {"directory": directory, "script": script, "server": server, "output": output}
        }
    if "programs" in named:
        return "native", values
    if "/usr/bin/java" in final:
        main = one(r"--main-class (\S+)", body)
        return "java", values | {"java": {"main": {"value": main} if main else None}}
    return "bare", values


def dockerignore(body):
    paths, refused = body.split("\n\n")
    return {"paths": many(r"^!(.*)$", paths), "refused": refused.splitlines()[1:], "named": [], "secret": []}


def files(generated):
    """Every file of a service: its path, template, values and header."""
    for path in sorted(generated.rglob("*")):
        if not path.name.startswith("Dockerfile"):
            continue
        header, body = split(path.read_text())
        if path.suffix == ".dockerignore":
            template, values = "ignore.dockerignore", dockerignore(body)
        else:
            kind, values = dockerfile(body)
            template = f"{kind}.dockerfile"
        yield {"path": str(path.relative_to(generated)), "template": template, "header": header, **values}


# ── Templates ───────────────────────────────────────────────────────────────────────────────────────

# From Askama's expressions, which are Rust, to Jinja's.
TRANSLATION = [
    (r"\{% call (.*?) %\}\{% endcall %\}", r"{{ \1 }}"),
    (r"if let Some\((\w+)\) = (\S+) (-?%\})", r"if \2 %}{% set \1 = \2 \3"),
    (r"if let \[(\w+)\] = (\S+)\.as_slice\(\) (-?%\})", r"if \2|length == 1 %}{% set \1 = \2[0] \3"),
    (r"(\{%-?) let ", r"\1 set "),
    (r"!(\S+)\.is_empty\(\)", r"\1"),
    (r"(\S+)\.is_some\(\)", r"\1"),
    (r"if !(?=\w)", "if not "),
    (r"(\w)::(\w)", r"\1.\2"),
    (r"((?:page|source)\.\w+)\(\)", r"\1"),
]


def jinja(text):
    """An Askama template as a Jinja template."""

    def tag(found):
        text = found.group(0)
        for pattern, replacement in TRANSLATION:
            text = re.sub(pattern, replacement, text)
        return text

    return re.sub(r"\{% call .*?%\}\{% endcall %\}|\{[{%].*?[%}]\}", tag, text, flags=re.S)


# What the values of a file hold; every other name is a variable of the template.
GLOBALS = ("page", "python", "java", "node", "paths", "refused", "named", "secret", "PROBE")


class Jq:
    """A Jinja template as a jq program: text and expressions, joined by `+`."""

    def __init__(self, environment):
        self.environment = environment

    def program(self, name):
        tree = self.environment.parse(self.environment.loader.get_source(self.environment, name)[0])
        return f'.header + {self.body(tree.body)} + "\\n"\n'

    def body(self, statements):
        """Statements; a variable or a macro is known to those that follow it."""
        parts = []
        for number, statement in enumerate(statements):
            rest = statements[number + 1 :]
            match statement:
                case nodes.Assign():
                    parts.append(f"({self.expression(statement.node)} as ${statement.target.name}_ | {self.body(rest)})")
                    break
                case nodes.Import():
                    source = self.environment.loader.get_source(self.environment, statement.template.value)[0]
                    parts.append(f"({self.macros(self.environment.parse(source))} {self.body(rest)})")
                    break
                case _:
                    parts.append(self.statement(statement))
        return " + ".join(parts) or '""'

    def macros(self, tree):
        definitions = []
        for macro in tree.body:
            if isinstance(macro, nodes.Macro):
                arguments = "; ".join(f"${a.name}_" for a in macro.args if a.name != "page")
                signature = f"{macro.name}({arguments})" if arguments else macro.name
                definitions.append(f"def {signature}: {self.body(macro.body)};\n")
        return "".join(definitions)

    def statement(self, node):
        match node:
            case nodes.Output():
                return " + ".join(
                    json.dumps(part.data, ensure_ascii=False)
                    if isinstance(part, nodes.TemplateData)
                    else f"({self.expression(part)} | tostring)"
                    for part in node.nodes
                )
            case nodes.If():
                otherwise = self.body(node.else_)
                return f"(if {self.truth(node.test)} then {self.body(node.body)} else {otherwise} end)"
            case nodes.For():
                items, item = self.expression(node.iter), node.target.name
                body = self.body(node.body)
                return (
                    f"(. as $top | {items} as $items | reduce range($items | length) as $n "
                    f'(""; . + ($items[$n] as ${item}_ | ($n == ($items | length) - 1) as $last | $top | {body})))'
                )
        raise TypeError(node)

    def truth(self, node):
        if isinstance(node, nodes.Not):
            return f"({self.truth(node.node)} | not)"
        if isinstance(node, nodes.Compare):
            return f"({self.expression(node.expr)} == {node.ops[0].expr.value})"
        return f"({self.expression(node)} | . != null and . != [] and . != false)"

    def expression(self, node):
        match node:
            case nodes.Name():
                # Variables end in `_`: some of their names are words of the language.
                return f".{node.name}" if node.name in GLOBALS else f"${node.name}_"
            case nodes.Getattr() if isinstance(node.node, nodes.Name) and node.node.name == "loop":
                return f"${node.attr}"
            case nodes.Getattr():
                return f'{self.expression(node.node)}["{node.attr}"]'
            case nodes.Getitem():
                return f"{self.expression(node.node)}[{node.arg.value}]"
            case nodes.Filter():
                return f"({self.expression(node.node)} | {node.name})"
            case nodes.List():
                return json.dumps([item.value for item in node.items])
            case nodes.Call():
                name = node.node.attr if isinstance(node.node, nodes.Getattr) else node.node.name
                own = [self.expression(a) for a in node.args if getattr(a, "name", "") != "page"]
                return f"({name}({'; '.join(own)}))" if own else name
            case nodes.Not():
                return self.truth(node)
        raise TypeError(node)


def main():
    repository, work = map(pathlib.Path, sys.argv[1:])
    prepared = list(files(repository / "generated"))
    for name in ("jinja", "jq/values", "copier"):
        (work / name).mkdir(parents=True, exist_ok=True)

    for template in (repository / "templates").glob("*.docker*"):
        (work / "jinja" / template.name).write_text(jinja(template.read_text()))
    (work / "values.json").write_text(json.dumps(prepared))

    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(work / "jinja"))
    for template in {file["template"] for file in prepared}:
        (work / "jq" / f"{template}.jq").write_text(Jq(environment).program(template))
    jobs = []
    for number, file in enumerate(prepared):
        (work / "jq/values" / f"{number}.json").write_text(json.dumps(file))
        jobs.append(f"{number}\t{file['template']}\t{file['path']}\n")
    (work / "jq/files.tsv").write_text("".join(jobs))

    # Copier writes the whole fleet in one run: a loop stands in the name of the template.
    template = work / "copier/template"
    (template / "out").mkdir(parents=True, exist_ok=True)
    for source in (work / "jinja").iterdir():
        (template / source.name).write_text(source.read_text())
    (template / "copier.yml").write_text("_subdirectory: out\n")
    sets = "".join(f"{{% set {name} = file.{name} %}}" for name in GLOBALS)
    name = "{% yield file from files %}{{ file.path }}{% endyield %}.jinja"
    (template / "out" / name).write_text(sets + "{{ file.header }}{% include file.template %}")
    (work / "copier/data.yml").write_text(yaml.safe_dump({"files": prepared}))


if __name__ == "__main__":
    main()
