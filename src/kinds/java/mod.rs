//! Java: byte code, made on the builder's platform, and the virtual machine of the run image.
//!
//! Maven: docs.docker.com/guides/java/containerize, maven.apache.org/plugins/maven-dependency-plugin,
//! maven.apache.org/guides/mini/guide-reproducible-builds.html, and maven.apache.org/resolver/configuration.html for the
//! chained local repository. Gradle: `docs.gradle.org/current/userguide/gradle_wrapper.html`, `init_scripts.html` and
//! `working_with_files.html` (reproducible archives). Spring Boot:
//! docs.spring.io/spring-boot/reference/packaging/container-images/dockerfiles.html.

mod build;
mod checks;
pub(crate) mod release;

use askama::Template;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Accepts, Directory, Lack, Needs, Prober, Program, Takes};
use crate::context::{Image, Missing};
use crate::diagnostic::Diagnostic;
use crate::fleet::At;
use crate::fleet::model::{Base, Service};
use crate::fleet::words::{Argument, JavaClass};
use crate::path::RelativePath;
use crate::render::page::Page;
use build::{Build, Built, DATE, LIBRARIES, WRAPPER};

/// A Java program: built by Maven or Gradle, an existing jar, or classes compiled from `sources`. Without any of these,
/// the image is the Java runtime alone, which prints its version.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Java {
    /// The tool that builds the program in the service's directory. Tests are skipped.
    #[schemars(example = &"maven")]
    pub build: Option<At<Build>>,
    /// The directory of the module to run, in a build with several modules. Modules that it depends on are built too.
    #[schemars(example = &"orders-service")]
    pub module: Option<At<RelativePath>>,
    /// The jar to run: an existing file or, with `build`, one that the build creates. With `build`, it can be omitted
    /// if `target` or `build/libs` has only one jar that is not for sources, documentation or tests.
    #[schemars(example = &"target/orders.jar")]
    pub jar: Option<At<RelativePath>>,
    /// Whether to extract the jar, which must be of Spring Boot 3.3 or newer: dependencies get a layer of their own,
    /// and the program starts faster.
    #[schemars(example = true)]
    pub layers: bool,
    /// The class whose `main` is run. Without `build`, it is compiled from `sources` with the JDK. With `build`, the
    /// class path is the jar and all its dependencies (Maven's `dependency:copy-dependencies`, Gradle's `installDist`);
    /// an executable jar needs no `main`.
    #[schemars(example = &"org.example.Main")]
    pub main: Option<At<JavaClass>>,
    /// Options of the JVM.
    #[schemars(example = ["-XX:MaxRAMPercentage=75.0"])]
    pub options: Vec<Argument>,
    /// The jar of a Java agent (`-javaagent`): a file in the service's directory or, with `build`, one that the build
    /// creates.
    #[schemars(example = &"target/agent/opentelemetry-javaagent.jar")]
    pub agent: Option<At<RelativePath>>,
    /// The arguments of the program.
    #[schemars(example = ["--spring.profiles.active=docker"])]
    pub arguments: Vec<Argument>,
}

/// What is started.
#[derive(Clone, Copy)]
enum Start<'a> {
    /// The runtime alone.
    Version,
    /// Classes that are compiled from the sources, in a jar.
    Compiled(&'a At<JavaClass>),
    /// A jar that is in the build context.
    Jar(&'a At<RelativePath>),
    /// What a build leaves.
    Built,
}

impl Java {
    fn tool(&self) -> Option<Build> {
        self.build.as_ref().map(|build| build.value)
    }

    fn start(&self) -> Start<'_> {
        match (&self.build, &self.jar, &self.main) {
            (Some(_), ..) => Start::Built,
            (None, Some(jar), _) => Start::Jar(jar),
            (None, None, Some(main)) => Start::Compiled(main),
            (None, None, None) => Start::Version,
        }
    }

    /// Whether the jar is started by a class path instead of its manifest.
    fn has_libraries(&self) -> bool {
        self.build.is_some() && self.main.is_some()
    }
}

/// The Dockerfile of a Java service.
#[derive(Template)]
#[template(path = "java/java.dockerfile")]
struct Dockerfile<'a> {
    page: &'a Page<'a>,
    java: &'a Java,
}

impl Dockerfile<'_> {
    /// The class that is compiled with the JDK alone.
    fn compiled(&self) -> Option<&JavaClass> {
        if let Start::Compiled(main) = self.java.start() { Some(&main.value) } else { None }
    }

    /// The jar that is in the build context.
    fn there(&self) -> Option<RelativePath> {
        if let Start::Jar(jar) = self.java.start() { Some(self.page.path(&jar.value)) } else { None }
    }

    fn built(&self) -> Option<Built<'_>> {
        let tool = self.java.tool()?;
        Some(Built { tool, java: self.java, page: self.page })
    }

    fn has_program(&self) -> bool {
        !matches!(self.java.start(), Start::Version)
    }

    /// The Debian package with the compiler of the run image's Java.
    fn jdk_package(&self) -> String {
        let java = self.page.service.base.interpreter.as_ref();
        java.and_then(|java| java.version.as_deref()).map_or_else(
            || "default-jdk-headless".to_owned(),
            |version| format!("openjdk-{version}-jdk-headless"),
        )
    }
}

impl Program for Java {
    fn word(&self) -> &'static str {
        "java"
    }

    fn check(&self, service: &Service) -> Option<Diagnostic> {
        checks::of(self, service)
    }

    fn base(&self) -> &'static str {
        match self.tool() {
            Some(Build::Maven) => "java-maven",
            Some(Build::Gradle) => "java-jdk",
            None if self.layers => "java-jdk",
            None => "java",
        }
    }

    fn directory(&self) -> Directory {
        match self.start() {
            Start::Built => Directory::Project,
            Start::Compiled(_) => Directory::Code,
            Start::Jar(_) | Start::Version => Directory::Files,
        }
    }

    fn accepts(&self) -> Accepts {
        Accepts { programs: false, ..Accepts::ALL }
    }

    fn builder(&self, _: &Service) -> Option<&'static str> {
        matches!(self.start(), Start::Built | Start::Compiled(_)).then_some("build")
    }

    fn target_variables(&self) -> &'static [&'static str] {
        &[]
    }

    fn takes(&self) -> Takes {
        match self.start() {
            Start::Built => Takes::ByteCode,
            Start::Jar(_) if self.layers => Takes::ByteCode,
            Start::Jar(_) => Takes::Little,
            Start::Compiled(_) | Start::Version => Takes::Java,
        }
    }

    fn lacks(&self, base: &Base) -> Option<Lack> {
        super::checks::interpreter(base, "java")
    }

    fn context(&self, _: &Service) -> Vec<At<RelativePath>> {
        match &self.build {
            Some(build) if build.value == Build::Gradle => {
                WRAPPER.map(|path| At::new(path.parse().expect("a path"), build.span.clone())).to_vec()
            }
            Some(_) => Vec::new(),
            None => [&self.jar, &self.agent].into_iter().flatten().cloned().collect(),
        }
    }

    fn missing(&self, service: &Service, image: &Image<'_>) -> Vec<Missing> {
        let absent = build::absent_files(self, service, image);
        if absent.is_empty() { self.newer_release(service, image).into_iter().collect() } else { absent }
    }

    fn build_output(&self) -> &'static [&'static str] {
        match self.tool() {
            Some(Build::Maven) => &["target"],
            Some(Build::Gradle) => &["build", ".gradle"],
            None => &[],
        }
    }

    fn prober(&self, _: &Service) -> Prober {
        Prober::Static
    }

    fn needs(&self, _: &Service) -> Needs<'_> {
        Needs { probe: matches!(self.start(), Start::Version), ..Needs::default() }
    }

    fn env(&self, _: &Service) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn own_directory(&self) -> Option<(&'static str, &'static str)> {
        (self.has_libraries() || self.layers).then_some(("/app/lib", "the directory of the libraries"))
    }

    fn entrypoint(&self, _: &Service) -> Vec<String> {
        let agent = self.agent.as_ref().map(|_| "-javaagent:/app/agent.jar");
        let main = self.main.as_ref().map(|main| main.as_str());
        let end = match (self.start(), main) {
            (Start::Version, _) => vec!["-version"],
            (Start::Built, Some(main)) => vec!["-cp", "/app/app.jar:/app/lib/*", main],
            _ => vec!["-jar", "/app/app.jar"],
        };
        let words = std::iter::once("/usr/bin/java").chain(self.options.iter().map(Argument::as_str));
        let words = words.chain(agent).chain(end).chain(self.arguments.iter().map(Argument::as_str));
        words.map(str::to_owned).collect()
    }

    fn dockerfile(&self, page: &Page<'_>) -> askama::Result<String> {
        Dockerfile { page, java: self }.render()
    }
}
