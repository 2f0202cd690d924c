//! Programs of Python: what is installed, and what starts.

use super::{described, entries};

#[test]
fn hashes_are_required_where_every_requirements_file_has_them() {
    let hashed = "uvicorn==0.30 \\\n    --hash=sha256:00\n";
    let files = |requirements| {
        entries(&[
            ("web/Dockerfile", "FROM python:3.13\nEXPOSE 8000\nCMD [\"uvicorn\", \"main:app\"]\n"),
            ("web/main.py", "app = FastAPI()\n"),
            ("web/requirements.txt", requirements),
        ])
    };
    assert!(files(hashed).contains("\nrequire_hashes = true\n"), "{}", files(hashed));
    assert!(!files("uvicorn==0.30\n").contains("require_hashes"));
    // What is guessed beside them has no hash.
    let text = files("fastapi==0.1 --hash=sha256:00\n");
    assert!(text.contains("packages ") && !text.contains("require_hashes"), "{text}");
}

#[test]
fn an_application_that_no_file_starts_is_a_guess() {
    let files = [
        ("api/main.py", "from fastapi import FastAPI\napp = FastAPI()\n"),
        ("api/requirements.txt", "fastapi\n"),
    ];
    let text = entries(&files);
    assert!(text.contains("app          = \"main:app\"  # guessed: main.py makes the application"), "{text}");
    assert!(text.contains("packages     = [\"uvicorn\"]  # guessed: "), "{text}");
    assert!(text.contains("ports     = [8000]  # guessed: uvicorn's own default"), "{text}");
}

#[test]
fn a_lock_file_is_preferred() {
    let files = [
        ("api/Dockerfile", "FROM python:3\nEXPOSE 80\nCMD uv run python -m api.main\n"),
        ("api/api/main.py", ""),
        ("api/pyproject.toml", "[project]\nname = \"api\"\n"),
        ("api/uv.lock", "version = 1\n"),
        ("api/requirements.txt", "x\n"),
    ];
    let text = entries(&files);
    assert!(text.contains("lock   = \"uv.lock\"\nmodule = \"api.main\"\n"), "{text}");
}

#[test]
fn a_package_with_a_main_file_is_a_module() {
    let main = "import uvicorn\nuvicorn.run(\"orders.web:make\", factory=True, port=7070)\n";
    let files = [
        ("orders/requirements.txt", "uvicorn\n"),
        ("orders/orders/__init__.py", ""),
        ("orders/orders/__main__.py", main),
        ("orders/main.py", "if __name__ == '__main__': pass\n"),
    ];
    let text = entries(&files);
    let module = "module       = \"orders\"  # guessed: `python -m` runs its __main__.py\n";
    assert!(text.contains(module), "{text}");
    assert!(text.contains("ports     = [7070]  # guessed: orders/__main__.py names it"), "{text}");

    let of_dockerfile = |command: &str| {
        let dockerfile = format!("FROM python:3\nWORKDIR /app\nCOPY . .\nCMD {command}\n");
        let mut files = files.to_vec();
        files.push(("orders/Dockerfile", &dockerfile));
        entries(&files)
    };
    let text = of_dockerfile("[\"python\", \"-m\", \"orders\"]");
    assert!(text.contains("module       = \"orders\"\n"), "{text}");
    let text = of_dockerfile("python orders --quiet");
    assert!(text.contains("command      = [\"orders/__main__.py\", \"--quiet\"]\n"), "{text}");
}

#[test]
fn a_package_below_src_needs_its_project() {
    let files = [
        ("orders/pyproject.toml", "[project]\nname = \"orders\"\ndependencies = [\"aiohttp\"]\n"),
        ("orders/src/orders/__main__.py", "web.run_app(app, port=7070)\n"),
    ];
    let text = entries(&files);
    assert!(text.contains("module       = \"orders\"  # guessed: "), "{text}");
    assert!(
        text.contains("project      = true  # guessed: orders lies in src, where Python does not look"),
        "{text}"
    );
}

#[test]
fn members_of_a_uv_workspace_start_at_its_root() {
    let text = entries(&[
        (
            "pyproject.toml",
            "[project]\nname = \"all\"\n[tool.uv.workspace]\nmembers = [\"apps/*\", \"libs/*\"]\n",
        ),
        ("uv.lock", "name = \"uvicorn\"\n"),
        ("apps/api/pyproject.toml", "[project]\nname = \"shop-api\"\ndependencies = [\"fastapi\"]\n"),
        ("apps/api/main.py", "app = FastAPI()\n"),
        (
            "apps/jobs/pyproject.toml",
            "[project]\nname = \"shop-jobs\"\n[project.scripts]\njobs = \"jobs:main\"\n[build-system]\nrequires = \
             [\"hatchling\"]\n[tool.uv.sources]\ncore = { workspace = true }\n",
        ),
        ("apps/jobs/src/jobs/__init__.py", "def main(): pass\n"),
        ("libs/core/pyproject.toml", "[project]\nname = \"core\"\n"),
        ("libs/core/src/core/__init__.py", ""),
    ]);
    let api = "[services.api.python]\nlock    = \"uv.lock\"\npackage = \"shop-api\"\napp     = \"main:app\"";
    assert!(
        text.contains(api) && text.contains("sources    = [{ from = \"apps/api\", to = \".\" }]\n"),
        "{text}"
    );
    let jobs = "[services.jobs.python]\nlock    = \"uv.lock\"\npackage = \"shop-jobs\"\nproject = true\nscript  = \
                [\"jobs\"]  # guessed: ";
    assert!(text.contains(jobs), "{text}");
    assert!(!text.contains("[services.core") && !text.contains("[services.shop"), "{text}");
}

#[test]
fn files_above_a_project_belong_to_its_build() {
    let text = entries(&[
        ("Directory.Packages.props", "<Project/>"),
        ("src/api/api.csproj", "<Project Sdk=\"Microsoft.NET.Sdk.Web\"></Project>"),
    ]);
    assert!(
        text.contains("directory  = \".\"\n") && text.contains("project = \"src/api/api.csproj\"\n"),
        "{text}"
    );
}

#[test]
fn another_python_than_that_of_the_base_is_said() {
    let (_, unknowns) = described(&[
        ("a/pyproject.toml", "[project]\nname = \"a\"\nrequires-python = \">=3.14\"\n"),
        ("a/main.py", "app = FastAPI()\n"),
        ("b/Dockerfile", "FROM python:3.9-slim\nCMD [\"python\", \"main.py\"]\n"),
        ("b/main.py", "print(1)\n"),
        ("c/Dockerfile", "FROM python:3.13\nCMD [\"python\", \"main.py\"]\n"),
        ("c/main.py", "print(1)\n"),
    ]);
    let said: Vec<&str> = unknowns.iter().filter_map(|line| line.split(", and the").next()).collect();
    assert!(said.contains(&"a: base: pyproject.toml wants Python >=3.14"), "{unknowns:?}");
    assert!(said.contains(&"b: base: its Dockerfile has Python 3.9"), "{unknowns:?}");
    assert!(!unknowns.iter().any(|line| line.starts_with("c: base")), "{unknowns:?}");
}

#[test]
fn what_has_to_be_compiled_and_what_writes_to_tmp_is_known_by_name() {
    let (text, unknowns) = described(&[
        ("a/requirements.txt", "Flask==3\nuWSGI==2.0.28\n"),
        ("a/app.py", "app = Flask(__name__)\n"),
        ("b/requirements.txt", "gradio==5\npsycopg2-binary\n"),
        ("b/main.py", "if __name__ == '__main__': launch()\n"),
    ]);
    // Every image has a /tmp of that size.
    assert!(!text.text.contains("tmp "), "{}", text.text);
    let compiled: Vec<&String> = unknowns.iter().filter(|line| line.contains("has no wheels")).collect();
    assert_eq!(compiled.len(), 1, "{unknowns:?}");
    assert!(compiled[0].starts_with("a: python.compile: uwsgi"), "{unknowns:?}");
}

#[test]
fn code_and_requirements_above_a_service_come_along() {
    let dockerfile = "FROM python:3.13\nWORKDIR /app\nCOPY shared/requirements.txt shared.txt\nCOPY services/api/requirements.txt requirements.txt\nRUN pip install -r shared.txt -r requirements.txt\nCOPY shared shared\nCOPY services/api .\nCMD [\"python\", \"main.py\"]\n";
    let files = [
        (
            "compose.yaml",
            "services:\n  api:\n    build:\n      context: .\n      dockerfile: services/api/Dockerfile\n",
        ),
        ("services/api/Dockerfile", dockerfile),
        ("services/api/requirements.txt", "flask\n"),
        ("services/api/main.py", "import shared.log\n"),
        ("shared/requirements.txt", "structlog\n"),
        ("shared/log.py", ""),
    ];
    let text = entries(&files);
    for line in [
        "directory  = \".\"\n",
        "sources    = [{ from = \"services/api\", to = \".\" }]\n",
        "COPY shared/ /app/shared/",
        "requirements = [\"shared/requirements.txt\", \"services/api/requirements.txt\"]\n",
        "command      = [\"main.py\"]\n",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
}

#[test]
fn code_above_a_service_comes_along_if_the_whole_tree_was_copied() {
    let compose =
        "services:\n  api:\n    build:\n      context: .\n      dockerfile: services/api/Dockerfile\n";
    let dockerfile = |command: &str| {
        format!(
            "FROM python:3.13\nWORKDIR /app\nCOPY . .\nRUN pip install -r services/api/requirements.txt\nCMD {command}\n"
        )
    };
    let text_of = |command: &str| {
        entries(&[
            ("compose.yaml", compose),
            ("services/api/Dockerfile", &dockerfile(command)),
            ("services/api/requirements.txt", "flask\n"),
            ("services/api/main.py", "from shared import log\nimport os\n"),
            ("shared/log.py", ""),
            ("other/log.py", ""),
        ])
    };
    let text = text_of("python services/api/main.py");
    assert!(text.contains("directory = \"services/api\"\n"), "{text}");
    assert!(text.contains("extra     = { final = [\"COPY shared/ /app/shared/\"] }  # guessed: "), "{text}");
    // A module that is named from the root needs the root.
    let text = text_of("python -m services.api.main");
    assert!(text.contains("directory  = \".\"\n"), "{text}");
    assert!(text.contains("module       = \"services.api.main\"\n"), "{text}");
}

#[test]
fn requirements_of_directories_are_no_entry_yet() {
    let files = [
        ("api/Dockerfile", "FROM python:3.13\nCMD [\"python\", \"main.py\"]\n"),
        ("api/requirements.txt", "shop-library @ ../library\n"),
        ("api/main.py", ""),
    ];
    let (text, _) = described(&files);
    assert!(text.added.is_empty(), "{}", text.text);
    assert!(text.text.contains("# not yet: its requirements name the directory ../library"), "{}", text.text);
}
