//! Maven and Gradle: what they are told, and where they leave the jar.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Java, release};
use crate::context::{Image, Missing};
use crate::fleet::Service;
use crate::kinds::toolchain;
use crate::path::RelativePath;
use crate::render::page::Page;

/// The tool that builds a Java program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Build {
    /// Maven from the build image. `.mvn` is read; the wrapper (`mvnw`) is not used.
    Maven,
    /// The project's Gradle wrapper (`gradlew`), which sets the version. The build image has only the JDK.
    Gradle,
}

/// The date in archives, so that the same sources give the same bytes: the first that all of them can hold.
pub(super) const DATE: &str = "-Dproject.build.outputTimestamp=1980-01-01T00:00:02Z";

/// Copies the libraries that the class path needs. The version is fixed here because projects seldom fix it.
pub(super) const LIBRARIES: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";

/// Gradle's wrapper: the program, and the directory that says which Gradle it fetches.
pub(super) const WRAPPER: [&str; 2] = ["gradlew", "gradle/wrapper"];

/// The file that a build begins with, in the service's directory and in that of the module.
pub(super) fn absent_files(java: &Java, service: &Service, image: &Image<'_>) -> Vec<Missing> {
    let Some(build) = java.build.as_ref().filter(|_| image.is_whole()) else { return Vec::new() };
    let names: &[&str] = match build.value {
        Build::Maven => &["pom.xml"],
        Build::Gradle => &["build.gradle", "build.gradle.kts"],
    };
    let module = java.module.as_ref().map(|module| (format!("{}/", module.value), module.span.clone()));
    // Gradle's root project may have settings alone.
    let root = (build.value == Build::Maven || module.is_none()).then(|| (String::new(), build.span.clone()));
    let places = root.into_iter().chain(module);
    let is_there =
        |below: &str| names.iter().any(|name| image.find(&format!("/app/{below}{name}")).is_some());
    places
        .filter(|(below, _)| !is_there(below))
        .map(|(below, span)| {
            let path = service.directory.join(&format!("{below}{}", names[0]).parse().expect("a path"));
            Missing {
                span,
                what: format!("there is no `{path}` in the build context: the build file of"),
                hint: "check `directory`, `sources` and `module`".to_owned(),
                is_certain: true,
            }
        })
        .collect()
}

impl Java {
    /// A release that the build asks its compiler for, and that the build image does not have.
    pub(super) fn newer_release(&self, service: &Service, image: &Image<'_>) -> Option<Missing> {
        let module = self.module.as_ref().map(|module| format!("{}/", module.value));
        let places: Vec<String> = module.into_iter().chain([String::new()]).collect();
        let read = |name: &str| {
            places.iter().filter_map(|place| image.text(&format!("/app/{place}{name}"))).collect::<Vec<_>>()
        };
        let (file, release) = match self.build.as_ref()?.value {
            Build::Maven => {
                let texts = read("pom.xml");
                let poms: Vec<&str> = texts.iter().map(String::as_str).collect();
                ("pom.xml", poms.iter().find_map(|pom| release::of_pom(pom, &poms)))
            }
            Build::Gradle => {
                let texts = ["build.gradle", "build.gradle.kts"].map(read);
                ("the Gradle build", texts.iter().flatten().find_map(|text| release::of_gradle(text)))
            }
        };
        let base = &service.base;
        let compiler = base
            .build_interpreter
            .as_ref()
            .or(base.interpreter.as_ref())
            .filter(|found| found.name == "java")?;
        let version: u32 = compiler.version.as_ref()?.parse().ok()?;
        let release = release.filter(|release| *release > version)?;
        let has = format!("Java {version} of {}", base.build);
        Some(toolchain::unmet(service, file, &format!("Java {release}"), &has, false))
    }
}

/// A service that Maven or Gradle builds, as the template sees it.
pub(super) struct Built<'a> {
    pub(super) tool: Build,
    pub(super) java: &'a Java,
    pub(super) page: &'a Page<'a>,
}

impl Built<'_> {
    pub(super) fn is_maven(&self) -> bool {
        self.tool == Build::Maven
    }

    /// Where Gradle's wrapper is in the build context, and where it goes below /src.
    pub(super) fn wrapper(&self) -> [(RelativePath, &'static str); 2] {
        WRAPPER.map(|path| (self.page.path(&path.parse().expect("a path")), path))
    }

    /// The task that Gradle runs.
    pub(super) fn gradle(&self) -> String {
        let task = if self.java.has_libraries() { "installDist" } else { "assemble" };
        match &self.java.module {
            Some(module) => format!(":{}:{task}", module.value.as_str().replace('/', ":")),
            None => task.to_owned(),
        }
    }

    /// A directory of the module's, below that of the service.
    pub(super) fn output(&self, directory: &str) -> String {
        match &self.java.module {
            Some(module) => format!("{}/{directory}", module.value),
            None => directory.to_owned(),
        }
    }

    /// The jar, if services.toml names it.
    pub(super) fn jar(&self) -> Option<&str> {
        self.java.jar.as_ref().map(|jar| jar.value.as_str())
    }
}
