//! npm, pnpm and Yarn: their files, and the commands that each has for the same thing.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::fleet::words::Script;
use crate::path::RelativePath;

/// The package manager that installs what the lock file lists.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Manager {
    /// npm, with package-lock.json.
    #[default]
    Npm,
    /// pnpm 10.14 or newer, with pnpm-lock.yaml. `packageManager` in package.json sets the version.
    Pnpm,
    /// Yarn 4 or newer, with yarn.lock. `packageManager` in package.json sets the version. Packages are installed into
    /// `node_modules`.
    Yarn,
    /// Yarn 1, with yarn.lock.
    YarnClassic,
}

/// The setting of Yarn 4 that names the platform. The shell puts the processor in.
const PLATFORM: &str = r#""{\"os\":[\"linux\"],\"cpu\":[\"$cpu\"],\"libc\":[\"glibc\"]}""#;

impl Manager {
    /// What people call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Pnpm => "pnpm",
            Self::Yarn | Self::YarnClassic => "Yarn",
        }
    }

    pub(super) fn lock(self) -> &'static str {
        match self {
            Self::Npm => "package-lock.json",
            Self::Pnpm => "pnpm-lock.yaml",
            Self::Yarn | Self::YarnClassic => "yarn.lock",
        }
    }

    /// How somebody makes the lock file.
    pub(super) fn makes_lock(self) -> &'static str {
        match self {
            Self::Npm => "`npm install --package-lock-only` writes it",
            Self::Pnpm => "`pnpm install --lockfile-only` writes it",
            Self::Yarn => "`yarn install --mode=update-lockfile` writes it",
            Self::YarnClassic => "`yarn install` writes it",
        }
    }

    /// Whose lock file this is, if it is that of another manager, and what to do.
    pub(super) fn is_other(self, lock: &str) -> Option<(&'static str, &'static str)> {
        let is_classic = lock.contains("# yarn lockfile v1");
        match self {
            Self::Yarn if is_classic => Some(("Yarn 1", "set `manager = \"yarn-classic\"`")),
            Self::YarnClassic if lock.contains("__metadata:") => {
                Some(("a newer Yarn", "set `manager = \"yarn\"`"))
            }
            _ => None,
        }
    }

    /// What `packageManager` of package.json has to begin with, and how somebody says it.
    pub(super) fn needs_version(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Npm | Self::YarnClassic => None,
            Self::Pnpm => Some(("pnpm@", "`npm pkg set packageManager=pnpm@$(pnpm --version)` sets it")),
            Self::Yarn => Some(("yarn@", "`npm pkg set packageManager=yarn@$(yarn --version)` sets it")),
        }
    }

    /// The package of npm that it is, and JavaScript for its version, beside package.json. The last Yarn 1 is the one of
    /// projects that name none.
    pub(super) fn package(self) -> (&'static str, &'static str) {
        const NAMED: &str = r#"require("./package.json").packageManager.split(/[@+]/)[1]"#;
        match self {
            Self::Npm => ("npm", NAMED),
            Self::Pnpm => ("pnpm", NAMED),
            Self::Yarn => ("@yarnpkg/cli-dist", NAMED),
            Self::YarnClassic => {
                ("yarn", r#"(require("./package.json").packageManager ?? "yarn@1.22.22").split(/[@+]/)[1]"#)
            }
        }
    }

    /// More files beside package.json that it reads, if they are there.
    pub(super) fn files(self) -> &'static [&'static str] {
        match self {
            Self::Npm => &[".npmrc"],
            Self::Pnpm => &["pnpm-workspace.yaml", ".npmrc"],
            Self::Yarn => &[".yarnrc.yml"],
            Self::YarnClassic => &[".yarnrc", ".npmrc"],
        }
    }

    /// Directories beside package.json that it reads, if they are there.
    pub(super) fn directories(self) -> &'static [&'static str] {
        match self {
            Self::Npm | Self::YarnClassic => &[],
            Self::Pnpm => &["patches"],
            Self::Yarn => &[".yarn"],
        }
    }

    /// The word that begins the ids of its caches, and the directory.
    pub(super) fn cache(self) -> (&'static str, &'static str) {
        match self {
            Self::Npm => ("npm", "/root/.npm"),
            Self::Pnpm => ("pnpm", "/root/.pnpm-store"),
            Self::Yarn => ("yarn", "/root/.yarn"),
            Self::YarnClassic => ("yarn-classic", "/root/.yarn"),
        }
    }

    /// Variables that it is told by.
    pub(super) fn env(self) -> &'static [&'static str] {
        match self {
            Self::Npm | Self::Pnpm => &[],
            Self::Yarn => &[
                "YARN_ENABLE_GLOBAL_CACHE=true",
                "YARN_ENABLE_TELEMETRY=false",
                "YARN_GLOBAL_FOLDER=/root/.yarn",
                "YARN_NODE_LINKER=node-modules",
            ],
            Self::YarnClassic => &["YARN_CACHE_FOLDER=/root/.yarn"],
        }
    }

    /// Installs all that the lock file names. Each line but the last ends as the shell continues one.
    pub(super) fn install(self, member: Option<&RelativePath>, is_flat: bool) -> Vec<String> {
        match self {
            Self::Npm => vec!["npm ci --no-audit --no-fund".to_owned()],
            Self::Pnpm => {
                let install = "pnpm install --frozen-lockfile --store-dir=/root/.pnpm-store";
                continued(install, pnpm_options(member, is_flat), None)
            }
            Self::Yarn => vec!["yarn install --immutable".to_owned()],
            Self::YarnClassic => vec!["yarn install --frozen-lockfile --non-interactive".to_owned()],
        }
    }

    /// Installs what a program needs when it runs, with the parts for the processor `$cpu`, and without install scripts.
    /// Each line but the last ends as the shell continues one.
    pub(super) fn production(self, member: Option<&RelativePath>, is_flat: bool) -> Vec<String> {
        const TARGET: &str = "--cpu=$cpu --os=linux --libc=glibc";
        match self {
            Self::Npm => {
                let ci = "npm ci --omit=dev --ignore-scripts --no-audit --no-fund";
                continued(ci, member.map(|member| format!("--workspace={member}")), Some(TARGET))
            }
            Self::Pnpm => {
                let install =
                    "pnpm install --frozen-lockfile --prod --ignore-scripts --store-dir=/root/.pnpm-store";
                continued(install, pnpm_options(member, is_flat), Some(TARGET))
            }
            Self::Yarn => vec![
                "cp yarn.lock /tmp/yarn.lock && \\".to_owned(),
                "yarn install --mode=update-lockfile && \\".to_owned(),
                "cmp yarn.lock /tmp/yarn.lock && \\".to_owned(),
                "yarn config set --json supportedArchitectures \\".to_owned(),
                format!("    {PLATFORM} && \\"),
                format!("YARN_ENABLE_SCRIPTS=false yarn {}workspaces focus --production", cwd(member)),
            ],
            Self::YarnClassic => vec![
                "NODE_OPTIONS=\"--import=data:text/javascript,Object.defineProperty(process,'arch',{value:'$cpu'})\" \\"
                    .to_owned(),
                "yarn install --frozen-lockfile --non-interactive --production --ignore-scripts && \\"
                    .to_owned(),
                "find . -type d -path '*/node_modules/*linux*musl*' -prune -exec rm -rf {} +".to_owned(),
            ],
        }
    }

    /// Runs a script of package.json, that of the member if there is one.
    pub(super) fn run(self, script: &Script, member: Option<&RelativePath>) -> String {
        match (self, member) {
            (Self::Npm, None) => format!("npm run {script}"),
            (Self::Npm, Some(member)) => format!("npm run {script} --workspace={member}"),
            (Self::Pnpm, None) => format!("pnpm run {script}"),
            // Members that it needs are built before it, if they have the script.
            (Self::Pnpm, Some(member)) => format!("pnpm --filter='{{./{member}}}...' run {script}"),
            (Self::Yarn | Self::YarnClassic, member) => format!("yarn {}run {script}", cwd(member)),
        }
    }
}

/// A command with options on lines of their own.
fn continued(command: &str, options: Option<String>, last: Option<&str>) -> Vec<String> {
    let options =
        options.into_iter().chain(last.map(ToOwned::to_owned)).map(|option| format!("    {option}"));
    let mut lines: Vec<String> = std::iter::once(command.to_owned()).chain(options).collect();
    let before_last = lines.len() - 1;
    for line in &mut lines[..before_last] {
        line.push_str(" \\");
    }
    lines
}

/// The options of pnpm that choose a member with those that it needs, and a directory without links.
fn pnpm_options(member: Option<&RelativePath>, is_flat: bool) -> Option<String> {
    let member = member.map(|member| format!("--filter='{{./{member}}}...'"));
    let flat = is_flat.then(|| "--config.node-linker=hoisted".to_owned());
    let options: Vec<String> = member.into_iter().chain(flat).collect();
    (!options.is_empty()).then(|| options.join(" "))
}

/// The option of Yarn that chooses a member.
fn cwd(member: Option<&RelativePath>) -> String {
    member.map(|member| format!("--cwd {member} ")).unwrap_or_default()
}
