//! Commands of RUN as public Dockerfiles have them: each is carried into the entry, told, or refused. What is silent
//! stands in a list of its own.

use crate::lost::read;

const START: &str = "FROM python:3.13-slim-trixie\nWORKDIR /app\n";
const REQUIREMENTS: &str = "COPY requirements.txt .\nRUN pip install -r requirements.txt\n";
const END: &str = "COPY app app\nEXPOSE 8000\nUSER 65532\n";
const APP: &str = "ENTRYPOINT [\"uvicorn\", \"app.main:app\"]\n";
const PLAIN: &str = "ENTRYPOINT [\"python\", \"-m\", \"app.main\"]\n";

/// What comes of a service that pip installs, and that runs a command besides.
fn beside(command: &str) -> String {
    read(&format!("{START}{REQUIREMENTS}{END}RUN {command}\n{APP}")).unwrap_or_else(|refused| refused)
}

/// Commands that leave nothing that a service misses.
const SILENT: &[&str] = &[
    "true",
    "set -eux",
    "apt-get update && apt-get upgrade -y && apt-get clean",
    "apt-get purge -y --auto-remove gcc && rm -rf /var/lib/apt/lists/*",
    "apt-mark auto '.*' > /dev/null",
    "apt-get install -y curl ca-certificates tzdata",
    "dpkg --print-architecture",
    "dpkg-reconfigure --frontend noninteractive tzdata",
    "pip install --upgrade pip setuptools wheel",
    "pip install uv poetry",
    "python -m venv /opt/venv && . /opt/venv/bin/activate",
    "pip cache purge && pip check",
    "pipx install poetry",
    "uv tool install poetry",
    "uv venv /opt/venv",
    "python -m compileall app",
    "groupadd -r app && useradd -r -g app -d /app app",
    "adduser --disabled-password app",
    "ldconfig",
    "find / -name '*.pyc' -delete",
    "find /usr/local -depth -type d -name test -exec rm -rf '{}' +",
    "ls -la && echo done && env && command -v python",
    "if [ -f /x ]; then echo there; fi",
    "for i in 1 2 3; do echo $i; done",
    "chmod +x /usr/local/bin/wait-for-it",
    "export DEBIAN_FRONTEND=noninteractive",
    "rm -rf /root/.cache /tmp/*",
    "npm cache clean --force",
    "go version && cargo --version && make --version",
];

/// Commands, and what the entry, a note or the refusal says of each.
const TOLD: &[(&str, &str)] = &[
    // Installed like the others
    ("pip install --no-cache-dir gunicorn==23.0.0", "packages     = [\"gunicorn==23.0.0\"]"),
    ("env FOO=1 pip install flask", "\"flask\""),
    ("time nice -n 10 pip3 install flask", "\"flask\""),
    ("bash -c 'set -e; pip install flask'", "\"flask\""),
    ("sudo -H python3 -m pip install flask", "\"flask\""),
    ("uv pip install --system flask", "\"flask\""),
    ("exec pip install flask", "\"flask\""),
    ("su app -c 'pip install flask'", "\"flask\""),
    ("PIP_INDEX_URL=https://example.org/simple pip install flask", "PIP_INDEX_URL is not imported"),
    ("pip-sync dev.txt", "refused: the requirements file `dev.txt` does not come from the build context"),
    ("mkdir -p /var/lib/app", "/var/lib/app"),
    ("install -d -o app /var/lib/app", "/var/lib/app"),
    // Options of pip, each with what to do
    ("pip install --extra-index-url https://example.org/simple x", "name it with `--index-url`"),
    ("pip install -c constraints.txt flask", "`uv pip compile -c FILE`"),
    ("pip install --no-deps flask", "dependencies are installed too, so pin them"),
    ("pip install --pre flask", "pin the pre-release"),
    ("pip install git+https://github.com/a/b.git@v1", "name a released version in python.packages"),
    (
        "pip install https://example.org/b-1-py3-none-any.whl",
        "write `NAME @ ADDRESS` into a requirements file",
    ),
    ("pip install --find-links /wheels flask", "name it with `--find-links` in the requirements file"),
    ("pip freeze > /app/versions.txt", "`pip freeze > /app/versions.txt` is not imported"),
    // Packages
    ("apt-get install -y --no-install-recommends gcc libpq-dev", "python.compile and python.build_packages"),
    ("apt-get install -y ffmpeg", "ffmpeg"),
    ("apt-get install -y python3-flask", "add `flask` to python.packages"),
    ("apt-get build-dep -y psycopg2", "`apt-get build-dep -y psycopg2` is not imported"),
    ("dpkg -i /tmp/wkhtmltox.deb", "`dpkg -i /tmp/wkhtmltox.deb` is not imported"),
    ("apt-key adv --keyserver example.org --recv-keys 1", "`apt-key adv"),
    ("add-apt-repository ppa:deadsnakes/ppa", "`add-apt-repository ppa:deadsnakes/ppa` is not imported"),
    (
        "echo 'deb https://example.org x main' > /etc/apt/sources.list.d/x.list",
        "`echo deb https://example.org x main",
    ),
    (
        "apk add --no-cache build-base linux-headers",
        "`build-essential`, `linux-libc-dev` are only needed to compile",
    ),
    ("yum groupinstall -y 'Development Tools'", "`yum groupinstall"),
    ("microdnf install -y tar", "the package tar of microdnf"),
    // What is compiled besides
    ("make install", "`make install` is not imported, and its Makefile is not read"),
    ("make -C /src deps", "`make -C /src deps` is not imported, and its Makefile is not read"),
    ("just build", "`just build` is not imported"),
    ("task assets", "`task assets` is not imported"),
    ("gcc -o tool tool.c", "`gcc -o tool tool.c` is not imported: the kind `python` compiles no C or C++"),
    ("gcc-12 -shared -o x.so x.c", "`gcc-12 -shared -o x.so x.c` is not imported"),
    ("cargo install ripgrep", "`cargo install ripgrep` is not imported: the kind `python` compiles no Rust"),
    ("go install github.com/x/y@latest", "`go install github.com/x/y@latest` is not imported"),
    ("cmake -B build -G Ninja && ninja -C build install", "`ninja -C build install` is not imported"),
    ("./configure --prefix=/usr && make && make install", "`./configure --prefix=/usr` is not imported"),
    ("go generate ./...", "`go generate ./...` is not imported"),
    ("npm ci && npm run build", "`npm ci` is not imported: only the kind `node` has a key for it"),
    ("yarn install --frozen-lockfile && yarn build", "`yarn build` is not imported"),
    ("npm install -g sass", "`npm install -g sass` is not imported"),
    // Files
    ("touch /app/db.sqlite3", "`touch /app/db.sqlite3` is not imported"),
    ("env X=1 ./bar", "`./bar` is not imported"),
    ("find /app -name '*.sh' -exec chmod +x {} \\;", "`find /app -name *.sh -exec chmod"),
    ("find . -name '*.po' -delete", "`find . -name *.po -delete` is not imported"),
    ("curl -fsSL https://example.org/x.tar.gz | tar -xz -C /opt", "`tar -xz -C /opt` is not imported"),
    ("wget -O /usr/bin/x https://example.org/x && chmod +x /usr/bin/x", "`wget -O /usr/bin/x"),
    ("git clone https://github.com/a/b /opt/b", "`git clone"),
    ("ln -s /usr/bin/python3 /usr/bin/python", "`ln -s"),
    ("cp app/main.py /main.py && mv /main.py /x.py", "`cp app/main.py /main.py`"),
    ("sed -i 's/\\r$//' /app/app/main.py", "`sed -i"),
    ("echo hello > /etc/motd", "`echo hello > /etc/motd` is not imported"),
    ("cat <<EOF > /etc/x.conf\na\nEOF", "`cat > /etc/x.conf` is not imported"),
    ("<<EOF\nset -e\n./generate\nEOF", "`./generate` is not imported"),
    ("bash <<EOF\n./generate\nEOF", "`./generate` is not imported"),
    ("printf x | tee /etc/x.conf", "`tee /etc/x.conf` is not imported"),
    ("chown -R app:app /app", "`chown -R app:app /app` is not imported"),
    ("chmod -R 700 app", "`chmod -R 700 app` is not imported"),
    ("ls > /app/list", "`ls > /app/list` is not imported"),
    // Programs
    (
        "python manage.py collectstatic --noinput",
        "`python manage.py collectstatic --noinput` is not imported",
    ),
    ("uv run python manage.py migrate", "`uv run python manage.py migrate` is not imported"),
    ("python -m spacy download en_core_web_sm", "`python -m spacy download en_core_web_sm` is not imported"),
    ("playwright install --with-deps chromium", "`playwright install --with-deps chromium` is not imported"),
    ("uv tool install ruff", "`uv tool install ruff` is not imported"),
    ("pipx install ruff", "`pipx install ruff` is not imported"),
    ("locale-gen en_US.UTF-8", "`locale-gen en_US.UTF-8` is not imported"),
    ("crontab /etc/cron.d/x", "`crontab /etc/cron.d/x` is not imported"),
    ("./install.sh", "`./install.sh` is not imported"),
    ("conda create -n env python=3.12", "`conda create -n env python=3.12` is not imported"),
    // Dependencies that an entry would lack
    (
        "conda env create -f environment.yml",
        "refused: `conda env create -f environment.yml` installs the packages",
    ),
    ("micromamba install -y -n base -f env.yml", "refused: `micromamba install"),
    ("mamba install -y numpy", "list the Python packages in a requirements file"),
    ("hatch env create", "`hatch dep show requirements > requirements.txt`"),
    ("rye sync --no-dev", "`rye lock` writes requirements.lock"),
    ("pixi install --locked", "lock with uv"),
    ("easy_install flask", "refused: `easy_install flask` installs the packages"),
    ("pipenv install --system --deploy", "`pipenv requirements` prints a requirements file"),
    ("pdm sync --prod", "`pdm export --prod"),
    ("python -m poetry install", "refused: `poetry install` finds no poetry.lock"),
    ("uv sync --frozen", "refused: `uv sync --frozen` finds no uv.lock"),
    ("cat packages.txt | xargs pip install", "refused: `xargs pip install` installs packages that another"),
    ("pip install -r /tmp/written.txt", "refused: the requirements file `/tmp/written.txt`"),
];

/// Commands that may install what nothing else does.
const NOTHING_ELSE: &[(&str, &str)] = &[
    ("make deps", "refused: `make deps` may install the packages of the service, and is not read"),
    ("just install", "refused: `just install` may install"),
    ("task setup", "refused: `task setup` may install"),
    ("./install.sh", "refused: `./install.sh` may install"),
    ("bash scripts/setup.sh --prod", "refused: `bash scripts/setup.sh --prod` may install"),
    ("invoke setup", "refused: `invoke setup` may install"),
    ("uv tool install ruff", "install it with pip, or list it in python.packages"),
    ("hatch env create", "refused: `hatch env create` installs the packages"),
    ("micromamba install -y flask", "refused: `micromamba install -y flask` installs the packages"),
];

#[test]
fn no_command_of_a_run_is_lost_in_silence() {
    let plain = read(&format!("{START}{REQUIREMENTS}{END}{APP}")).unwrap();
    let mut lost = Vec::new();
    for command in SILENT {
        let said = beside(command);
        if said != plain {
            lost.push(format!("not silent: {command}\n{said}"));
        }
    }
    for (command, expected) in TOLD {
        let said = beside(command);
        if said == plain || !said.contains(expected) {
            lost.push(format!("{command}: {expected}\n{said}"));
        }
    }
    for (command, expected) in NOTHING_ELSE {
        let said = read(&format!("{START}RUN {command}\n{END}{PLAIN}")).unwrap_or_else(|refused| refused);
        if !said.contains(expected) {
            lost.push(format!("{command}, alone: {expected}\n{said}"));
        }
    }
    assert!(lost.is_empty(), "{} lost\n{}", lost.len(), lost.join("\n"));
    assert!(TOLD.len() >= 60, "{}", TOLD.len());
}

/// A distribution's own Python packages are in no virtual environment.
#[test]
fn python_packages_of_a_distribution_are_refused() {
    for (image, command, package) in [
        ("debian:13-slim", "apt-get install -y python3 python3-flask", "python3-flask"),
        ("alpine:3.22", "apk add python3 py3-flask", "py3-flask"),
    ] {
        let file = format!(
            "FROM {image}\nWORKDIR /app\nRUN {command}\n{END}ENTRYPOINT [\"python3\", \"app/main.py\"]\n"
        );
        let refused = read(&file).unwrap_err();
        assert!(refused.contains(&format!("the package {package} is a Python package")), "{refused}");
        assert!(refused.contains("install it with pip, by its name on PyPI"), "{refused}");
    }
}

/// A full image of Python compiles what has no wheel, without a package that says so.
#[test]
fn a_full_image_of_python_has_a_compiler() {
    let of = |image: &str| read(&format!("FROM {image}\nWORKDIR /app\n{REQUIREMENTS}{END}{APP}")).unwrap();
    for image in ["python:3.13", "python:3.13-trixie", "python", "ghcr.io/astral-sh/uv:python3.13-trixie"] {
        let said = of(image);
        assert!(
            said.contains(&format!("{image} has compilers and headers, but wheels are installed")),
            "{said}"
        );
    }
    for image in ["python:3.13-slim", "python:3.13-alpine"] {
        assert!(!of(image).contains("has compilers"), "{image}");
    }
}

/// An EXPOSE whose variable nothing sets opens no port.
#[test]
fn an_expose_without_a_value_is_told() {
    for (lines, word) in [
        ("EXPOSE ${PORT}", "${PORT}"),
        ("EXPOSE $PORT/tcp 8000", "$PORT/tcp"),
        ("EXPOSE ${OTHER:-}", "${OTHER:-}"),
        ("ENV PORT=\"\"\nEXPOSE $PORT", "$PORT"),
        ("ARG PORT\nEXPOSE ${PORT}", "PORT"),
    ] {
        let end = END.replace("EXPOSE 8000", lines);
        let said = read(&format!("{START}{REQUIREMENTS}{end}{APP}")).unwrap();
        assert!(said.contains(&format!("EXPOSE has no value for `{word}`")), "{lines}: {said}");
    }
    let end = END.replace("EXPOSE 8000", "ENV PORT=8001\nEXPOSE ${PORT} ${OTHER:-8002}");
    let said = read(&format!("{START}{REQUIREMENTS}{end}{APP}")).unwrap();
    assert!(!said.contains("EXPOSE has no value") && said.contains("8001, 8002"), "{said}");
}

/// What pip installs for a program of another language is told, too.
#[test]
fn what_only_another_kind_has_a_key_for_is_told() {
    let file =
        "FROM redis:7.2\nRUN apt-get update && pip install redis-tools && npm ci\nCMD [\"redis-server\"]\n";
    let said = read(file).unwrap();
    assert!(said.contains("`pip install redis-tools` is not imported: only the kind `python`"), "{said}");
    assert!(said.contains("`npm ci` is not imported: only the kind `node`"), "{said}");
}

/// A refusal names what is wrong, and not what the Dockerfile says well.
#[test]
fn a_refusal_names_its_true_reason() {
    for (file, message) in [
        (
            "FROM node:22-slim\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD [\"node\", \"dist/index.js\"]\n",
            "`node dist/index.js` starts a program of Node.js, but there is no package.json",
        ),
        (
            "FROM mambaorg/micromamba:2\nWORKDIR /app\nCOPY app app\nRUN micromamba install -y -f env.yml\nCMD [\"micromamba\", \"run\", \"-n\", \"base\", \"python\", \"app/main.py\"]\n",
            "`micromamba install -y -f env.yml` installs the packages",
        ),
        (
            "FROM continuumio/miniconda3\nWORKDIR /app\nCOPY app app\nRUN conda env create -f env.yml\nCMD [\"conda\", \"run\", \"--no-capture-output\", \"-n\", \"env\", \"server\"]\n",
            "`conda env create -f env.yml` installs the packages",
        ),
        (
            "ARG VERSION\nFROM example/server:${VERSION}\nCMD [\"/opt/server\"]\n",
            "the image of FROM is unknown: `VERSION` is not known",
        ),
        (
            "FROM python:3.13-slim\nRUN pip install https://example.org/datasette.zip\nCMD [\"datasette\"]\n",
            "pip installs `https://example.org/datasette.zip`, which services.toml cannot express",
        ),
        (
            "FROM debian:13\nCOPY a/b/c.json /init\nRUN echo init > /x\nCMD [\"/init\"]\n",
            "`/init` is a script (`#!/bin/sh`), which is not read",
        ),
        (
            "FROM node:22-slim\nRUN npx tool install-deps\nCMD [\"npx\", \"tool\"]\n",
            "`npx tool` starts a program of Node.js, but there is no package.json",
        ),
    ] {
        let refused = read(file).unwrap_err();
        assert!(refused.contains(message), "{refused}");
    }
}

#[test]
fn a_time_zone_becomes_a_variable() {
    let zone = "ln -snf /usr/share/zoneinfo/Europe/Rome /etc/localtime && echo Europe/Rome > /etc/timezone";
    let text = beside(zone);
    assert!(text.contains("TZ = \"Europe/Rome\"") && !text.contains("zoneinfo"), "{text}");
    let of_a_variable = zone.replace("Europe/Rome", "$TZ");
    let text = beside(&format!("true\nENV TZ=Europe/Rome\nRUN {of_a_variable}"));
    assert!(text.contains("TZ = \"Europe/Rome\"") && !text.contains("zoneinfo"), "{text}");
    let text = beside(&of_a_variable);
    assert!(text.contains("zoneinfo/$TZ") && !text.contains("TZ ="), "{text}");
}
