//! `justMyCode`: which files are the user's, and which belong to Python, to installed packages and to dapstub.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::program_paths::{is_name, tidied};

/// Folders that package installers fill, wherever they are.
const PACKAGE_FOLDERS: [&str; 2] = ["site-packages", "dist-packages"];

/// Code without a file that a library made up. Everything else without a file (`<string>`, `<stdin>`, a notebook's cell)
/// may be what the user typed.
const GENERATED: [&str; 6] = [
    "<frozen ",
    "<built",
    "<attrs ",
    "<decorator-gen",
    "<__array_function__",
    "<dapstub",
];

/// Where library code lives. Filled once, with the GIL; asked afterwards from anywhere, without it.
#[derive(Debug)]
pub(crate) struct LibraryPaths {
    library: Vec<PathBuf>,
    own: Vec<PathBuf>,
    /// What a relative `co_filename` is relative to.
    folder: PathBuf,
}

impl LibraryPaths {
    /// Asks the interpreter where its library and its packages are.
    ///
    /// That is the standard library (by the prefixes, and by where `os` really came from), the folders
    /// for packages of the installation and of the user, and the zipped library on `sys.path`. A prefix itself is never
    /// a root: with the prefix `/usr`, a program in `/usr/src/app` is still the user's.
    ///
    /// # Errors
    ///
    /// Only if `sys` cannot be read; an interpreter without `site` has fewer folders.
    pub(crate) fn discover(py: Python<'_>) -> PyResult<Self> {
        let sys = py.import(interned!(py, "sys"))?;
        let folder = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"));
        let mut prefixes = Vec::new();
        for name in ["prefix", "base_prefix", "exec_prefix", "base_exec_prefix"] {
            prefixes.extend(sys.getattr(name)?.extract::<Option<String>>().ok().flatten());
        }
        let (major, minor, ..): (u8, u8, Bound<'_, PyAny>, Bound<'_, PyAny>, Bound<'_, PyAny>) =
            sys.getattr(interned!(py, "version_info"))?.extract()?;
        let mut found = Vec::new();
        for prefix in &prefixes {
            let platform: Option<String> = sys.getattr("platlibdir").and_then(|name| name.extract()).ok();
            for lib in platform.as_deref().into_iter().chain(["lib"]) {
                let lib = Path::new(prefix).join(lib);
                found.push(lib.join(format!("python{major}.{minor}")));
                found.push(lib.join(format!("python{major}{minor}.zip")));
            }
        }
        let zip = format!("python{major}{minor}.zip");
        let entries = sys.getattr(interned!(py, "path"))?.try_iter()?.flatten();
        found.extend(
            entries
                .filter_map(|path| path.extract::<PathBuf>().ok())
                .filter(|path| path.ends_with(&zip)),
        );
        found.extend(of_site(py));
        found.extend(of_os(py).ok().flatten());

        let prefixes: Vec<_> = prefixes
            .iter()
            .flat_map(|prefix| spellings(&folder, Path::new(prefix)))
            .collect();
        let mut library: Vec<_> = found.iter().flat_map(|path| spellings(&folder, path)).collect();
        library.retain(|root| !prefixes.iter().any(|prefix| prefix.starts_with(root)));
        library.sort();
        library.dedup();
        let own = of_this_package(py).unwrap_or_default();
        let mut own: Vec<_> = own.iter().flat_map(|path| spellings(&folder, path)).collect();
        own.sort();
        own.dedup();
        Ok(Self { library, own, folder })
    }

    /// Whether `justMyCode` hides the code of this `co_filename`.
    pub(crate) fn is_library(&self, co_filename: &str) -> bool {
        if is_name(co_filename) {
            return GENERATED.iter().any(|made| co_filename.starts_with(made));
        }
        let path = self.absolute(co_filename);
        let folders = path.parent().into_iter().flat_map(Path::components);
        let mut installed = folders.map(|component| component.as_os_str());
        installed.any(|name| PACKAGE_FOLDERS.iter().any(|folder| name == *folder))
            || self.library.iter().any(|root| path.starts_with(root))
            || self.own.iter().any(|root| path.starts_with(root))
    }

    /// Whether this is dapstub's own code, which is never shown, `justMyCode` or not.
    pub(crate) fn is_own(&self, co_filename: &str) -> bool {
        if is_name(co_filename) {
            return co_filename.starts_with("<dapstub");
        }
        let path = self.absolute(co_filename);
        self.own.iter().any(|root| path.starts_with(root))
    }

    /// Roots are tidied, so a path must be as well; most are, and are not copied.
    fn absolute<'p>(&self, co_filename: &'p str) -> Cow<'p, Path> {
        let path = Path::new(co_filename);
        let is_tidy = path.is_absolute() && !co_filename.contains("/.") && !co_filename.contains("//");
        if is_tidy && !cfg!(windows) {
            Cow::Borrowed(path)
        } else {
            Cow::Owned(tidied(&self.folder.join(path)))
        }
    }
}

/// A root as it is written and as it is without symbolic links; `co_filename` may have either.
fn spellings(folder: &Path, root: &Path) -> impl Iterator<Item = PathBuf> {
    // Nothing at all would be the working directory.
    let written = (!root.as_os_str().is_empty()).then(|| tidied(&folder.join(root)));
    let real = written
        .as_ref()
        .and_then(|written| Some(tidied(&written.canonicalize().ok()?)));
    [written, real].into_iter().flatten()
}

/// The folders for installed packages; old virtual environments have a `site` without these functions.
fn of_site(py: Python<'_>) -> Vec<PathBuf> {
    let Ok(site) = py.import(interned!(py, "site")) else {
        return Vec::new();
    };
    let shared = site
        .call_method0(interned!(py, "getsitepackages"))
        .and_then(|paths| paths.extract::<Vec<PathBuf>>());
    let personal = site
        .call_method0(interned!(py, "getusersitepackages"))
        .and_then(|path| path.extract::<PathBuf>());
    shared.unwrap_or_default().into_iter().chain(personal).collect()
}

/// Where the standard library really came from, whatever the installation says of itself.
fn of_os(py: Python<'_>) -> PyResult<Option<PathBuf>> {
    let file: PathBuf = py
        .import(interned!(py, "os"))?
        .getattr(interned!(py, "__file__"))?
        .extract()?;
    Ok(file.parent().map(Path::to_path_buf))
}

/// The folder of the Python package around this module, if it was imported as a part of one.
fn of_this_package(py: Python<'_>) -> PyResult<Vec<PathBuf>> {
    let modules = py.import(interned!(py, "sys"))?.getattr(interned!(py, "modules"))?;
    let Some(package) = modules.cast::<PyDict>()?.get_item(interned!(py, "dapstub"))? else {
        return Ok(Vec::new());
    };
    let folders = package.getattr(interned!(py, "__path__"))?.try_iter()?;
    folders.map(|folder| folder?.extract()).collect()
}
