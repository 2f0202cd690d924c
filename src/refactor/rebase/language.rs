//! The languages of files with references to images, by the names of the files.

/// The languages that references are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// A Dockerfile.
    Dockerfile,
    /// A Compose file.
    Compose,
    /// A bake file, in HCL or JSON.
    Bake,
    /// Any other YAML: of CI, Kubernetes, a task runner.
    Yaml,
    /// The description of a development container.
    DevContainer,
    /// The variables of a Compose project.
    Environment,
    /// A file that starts programs: a shell script, a Makefile.
    Script,
    /// The version of an interpreter for the tools of a directory: `.python-version`.
    Version,
}

impl Language {
    /// The language that a file of this name is in; `None` if it holds no references.
    ///
    /// `Dockerfile`, `Dockerfile.api`, `api.Dockerfile`, `Containerfile`, in any case, but nothing that
    /// an ending says to be a document, a table, a script or an ignore file.
    pub fn of(name: &str) -> Option<Self> {
        const OTHERS: [&str; 28] = [
            "md",
            "markdown",
            "rst",
            "txt",
            "csv",
            "tsv",
            "py",
            "js",
            "ts",
            "rs",
            "go",
            "json",
            "dockerignore",
            "bak",
            "orig",
            "rej",
            "swp",
            "svg",
            "png",
            "jpg",
            "jpeg",
            "gif",
            "webp",
            "ico",
            "pdf",
            "drawio",
            "puml",
            "html",
        ];
        let name = name.to_ascii_lowercase();
        let (stem, ending) = name.rsplit_once('.').unwrap_or((&name, ""));
        let is_yaml = matches!(ending, "yaml" | "yml");
        if is_yaml && ["compose", "docker-compose"].iter().any(|start| is_or_continues(stem, start)) {
            return Some(Self::Compose);
        }
        if matches!(ending, "hcl" | "json") && (stem == "bake" || is_or_continues(stem, "docker-bake")) {
            return Some(Self::Bake);
        }
        let is_named = ["dockerfile", "containerfile"].iter().any(|start| {
            name.strip_prefix(start)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', ' ', '-', '_']))
                || ending == *start
        });
        match name.as_str() {
            _ if is_yaml => Some(Self::Yaml),
            "devcontainer.json" | ".devcontainer.json" => Some(Self::DevContainer),
            ".env" => Some(Self::Environment),
            ".python-version" | ".nvmrc" | ".node-version" | ".tool-versions" | "runtime.txt" => {
                Some(Self::Version)
            }
            _ if ending == "env" || stem == ".env" => Some(Self::Environment),
            "jenkinsfile" | "makefile" | "gnumakefile" | "justfile" | "earthfile" | "tiltfile" => {
                Some(Self::Script)
            }
            _ if matches!(ending, "sh" | "bash" | "mk" | "tf" | "hcl" | "nomad") => Some(Self::Script),
            _ if is_template(&name) || OTHERS.contains(&ending) || name.ends_with('~') => None,
            _ => is_named.then_some(Self::Dockerfile),
        }
    }

    /// Whether files in it say what images are built and started from.
    pub fn is_of_builds(self) -> bool {
        matches!(self, Self::Dockerfile | Self::Compose | Self::Bake)
    }
}

/// Whether a file makes a Dockerfile, a Compose or a bake file, and is none itself: `Dockerfile.j2`.
pub fn is_template(name: &str) -> bool {
    const ENDINGS: [&str; 10] =
        ["j2", "jinja", "jinja2", "tmpl", "tpl", "template", "erb", "mustache", "hbs", "gotmpl"];
    let name = name.to_ascii_lowercase();
    let Some((stem, ending)) = name.rsplit_once('.') else { return false };
    ENDINGS.contains(&ending)
        && ["dockerfile", "containerfile", "compose", "docker-compose", "docker-bake"]
            .iter()
            .any(|start| is_or_continues(stem, start) || stem.ends_with(&format!(".{start}")))
}

fn is_or_continues(stem: &str, start: &str) -> bool {
    stem.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_']))
}
