//! The interpreter of an image, and the one that comes along where the run image has none.

use crate::bases::CLibrary;
use crate::fleet::model::Base;

/// The Python that is taken from the build image.
pub(super) struct Brought {
    /// The path of the interpreter, the same in the builder and in the image.
    pub(super) path: String,
    /// The directory of the standard library.
    pub(super) library: String,
    /// The minor version: `3.11`.
    pub(super) minor: String,
}

impl Brought {
    /// What is taken of it: nothing of tests, of what needs a screen, and of what installs packages.
    pub(super) fn paths(&self) -> Vec<String> {
        const LEFT_OUT: [&str; 10] = [
            "*.pyc",
            "config-*",
            "ensurepip",
            "idlelib",
            "lib-dynload/_tkinter*",
            "lib2to3",
            "site-packages",
            "test",
            "tkinter",
            "turtledemo",
        ];
        let left_out = LEFT_OUT.iter().map(|name| format!("'!{}/{name}'", self.library));
        [self.path.clone(), self.library.clone()].into_iter().chain(left_out).collect()
    }

    /// The build image's Python, if the run image is one of glibc without an interpreter.
    pub(super) fn along(base: &Base) -> Option<Self> {
        if base.interpreter.is_some() || !matches!(base.libc, Some(CLibrary::Glibc(_))) {
            return None;
        }
        let python = base.build_interpreter.as_ref().filter(|found| found.name == "python")?;
        let minor = python.version.as_deref()?.splitn(3, '.').take(2).collect::<Vec<_>>().join(".");
        let (prefix, _) = python.path.rsplit_once("/bin/")?;
        // The plain name is a link; the versioned one is the program that a virtual environment refers to.
        Some(Self {
            path: format!("{prefix}/bin/python{minor}"),
            library: format!("{prefix}/lib/python{minor}"),
            minor,
        })
    }
}

/// The path of the run image's Python, or else of the one that is taken along.
pub(super) fn interpreter(base: &Base) -> Option<String> {
    let own = base.interpreter.as_ref().filter(|found| found.name == "python");
    own.map(|found| found.path.clone()).or_else(|| Brought::along(base).map(|python| python.path))
}
