//! The kinds of service. A service's kind is the name of the table that describes its program:
//! `[services.NAME.python]` makes it a Python service.
//!
//! A new kind is a struct here and a line in [`Kind`]; the compiler then asks for its template.

use schemars::JsonSchema;
use serde::Deserialize;

use super::at::At;
use super::words::{App, DebianPackage, JavaClass, Line, Module, Requirement, Script};
use crate::path::{AbsolutePath, RelativePath};

/// What kind of program the service is, and what only that kind has to say.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A Python program in a virtual environment.
    Python(Python),
    /// A Java program, or the Java runtime alone.
    Java(Java),
    /// A front end built with npm, and the small server that serves it.
    Node(Node),
    /// Programs of an upstream image or of Debian packages.
    Native(Native),
    /// The run image with the static probe, for other images to stand on.
    Bare(Bare),
}

/// A Python program in a virtual environment. One of `app`, `module` and `command` says what it starts.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Python {
    /// Requirements files in the build context.
    #[schemars(example = ["auth/requirements.txt"])]
    pub requirements: Vec<RelativePath>,
    /// More distributions to install.
    #[schemars(example = ["orjson==3.10.7"])]
    pub packages: Vec<Requirement>,
    /// Debian packages that only building the distributions needs. The shared libraries that the result is linked
    /// against go into the image.
    #[schemars(example = ["gcc", "libffi-dev"])]
    pub build_packages: Vec<At<DebianPackage>>,
    /// An ASGI application that uvicorn serves on the first of `ports`.
    #[schemars(example = &"admin.main:app")]
    pub app: Option<At<App>>,
    /// A module that is run: `python -m`.
    #[schemars(example = &"sessions.recorder.main")]
    pub module: Option<At<Module>>,
    /// Other arguments of the interpreter.
    #[schemars(example = ["-c", "import fastapi"])]
    pub command: Option<At<Vec<Line>>>,
}

/// A Java program, compiled from `sources`, or the Java runtime alone.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Java {
    /// The class whose `main` is run. Without it the image holds the runtime alone and prints its version.
    #[schemars(example = &"org.example.Main")]
    pub main: Option<At<JavaClass>>,
    /// Options of the virtual machine.
    #[schemars(example = ["-XX:MaxRAMPercentage=75.0"])]
    pub options: Vec<Line>,
}

/// A front end built with npm, and the small server that serves it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// The directory with package.json and package-lock.json.
    #[schemars(example = &"electron-gui")]
    pub directory: RelativePath,
    /// The script of package.json that builds the front end.
    #[serde(default = "build_script")]
    #[schemars(example = &"build")]
    pub script: Script,
    /// The directory that the script writes to, below `directory`.
    #[schemars(example = &"dist")]
    pub output: RelativePath,
    /// The program that serves it, below `directory`.
    #[schemars(example = &"server.js")]
    pub server: RelativePath,
}

fn build_script() -> Script {
    "build".parse().expect("a script")
}

/// Programs of an upstream image or of Debian packages; `programs` names them.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Native {
    /// The command that is run: an absolute program and its arguments.
    #[schemars(example = ["/usr/bin/mongod", "--config", "/etc/mongod.conf"])]
    pub command: At<Vec<Line>>,
    /// The directory it is started in; the root if it does not say.
    #[schemars(example = &"/usr/share/elasticsearch")]
    pub workdir: Option<AbsolutePath>,
}

/// The run image with the static probe, for other images to stand on.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bare {}
