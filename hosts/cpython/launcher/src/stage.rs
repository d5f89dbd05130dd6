//! The Python package, laid out in the target folder.

use core::{error, fmt};
use std::env;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// The package's files: the path inside the package, with `/`, and the content.
const PACKAGE: &[(&str, &[u8])] = &include!(concat!(env!("OUT_DIR"), "/package.rs"));

/// The native module, as Cargo names it.
const BUILT: &str = if cfg!(windows) {
    "_dapstub.dll"
} else if cfg!(target_os = "macos") {
    "lib_dapstub.dylib"
} else {
    "lib_dapstub.so"
};

/// The native module, as Python wants it named.
const MODULE: &str = if cfg!(windows) {
    "_dapstub.pyd"
} else {
    "_dapstub.abi3.so"
};

/// Why the package could not be laid out.
#[derive(Debug)]
#[non_exhaustive]
pub enum StageError {
    /// The native module lies in none of the folders where a Cargo build puts it. Build the workspace, or
    /// install the package with pip.
    NoModule {
        /// The executable that asked.
        executable: PathBuf,
    },
    /// A file could not be read or written.
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

impl fmt::Display for StageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoModule { executable } => {
                write!(
                    f,
                    "no {BUILT} in the folders around {}: it is built by Cargo with the workspace",
                    executable.display()
                )
            }
            Self::File { path, error } => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl error::Error for StageError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::NoModule { .. } => None,
            Self::File { error, .. } => Some(error),
        }
    }
}

/// Lays the Python package out in the target folder, and returns its path: `target/<profile>/python/dapstub`.
///
/// The path can be run as a script (`python <path> --listen 5678 program.py`); the folder above it can stand in
/// `sys.path`. The Python files are part of the executable; the native module is looked for beside it, and in the
/// `deps` folder beside it or above it, so that tests find it too.
///
/// Only what has changed is written, each file as a whole and at once: any number of processes may do this at the
/// same time, also while programs run from the folder.
///
/// # Errors
///
/// [`StageError::NoModule`] when the executable was copied away from its build; [`StageError::File`] when the
/// target folder is not writable.
pub fn stage() -> Result<PathBuf, StageError> {
    let executable = env::current_exe().map_err(|error| StageError::File {
        path: PathBuf::new(),
        error,
    })?;
    let (profile, module) = locate(&executable).ok_or(StageError::NoModule { executable })?;
    let package = profile.join("python").join("dapstub");
    lay_out(&package, &module)?;
    Ok(package)
}

/// The folder of the build profile, and the native module in it. `executable` lies in the profile's folder, or, for
/// tests and examples, in a folder of that.
fn locate(executable: &Path) -> Option<(PathBuf, PathBuf)> {
    executable.ancestors().skip(1).take(2).find_map(|folder| {
        let modules = [folder.join("deps").join(BUILT), folder.join(BUILT)];
        let module = modules.into_iter().find(|path| path.is_file())?;
        // Found in `deps` itself, the profile is one above.
        let profile = if folder.ends_with("deps") {
            folder.parent()?
        } else {
            folder
        };
        Some((profile.to_owned(), module))
    })
}

fn lay_out(package: &Path, module: &Path) -> Result<(), StageError> {
    for (name, content) in PACKAGE {
        let path = package.join(name);
        if fs::read(&path).ok().as_deref() != Some(content) {
            replace(&path, |file| file.write_all(content))?;
        }
    }
    let target = package.join(MODULE);
    if !same_file(module, &target) {
        replace(&target, |file| copy(module, file))?;
    }
    remove_strangers(package, "")
}

/// Writes a file beside `path` and then puts it in its place: nobody sees half a file, and who has the old one
/// open or mapped keeps it.
fn replace(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> Result<(), StageError> {
    let folder = path.parent().unwrap_or(path);
    let attempt = || -> io::Result<()> {
        fs::create_dir_all(folder)?;
        let mut file = new_file(folder)?;
        write(file.as_file_mut())?;
        file.persist(path)?;
        Ok(())
    };
    attempt().map_err(|error| StageError::File {
        path: path.to_owned(),
        error,
    })
}

#[cfg(unix)]
fn new_file(folder: &Path) -> io::Result<NamedTempFile> {
    use std::os::unix::fs::PermissionsExt;

    // As any other file in the target folder; the umask counts.
    tempfile::Builder::new()
        .permissions(fs::Permissions::from_mode(0o666))
        .tempfile_in(folder)
}

#[cfg(not(unix))]
fn new_file(folder: &Path) -> io::Result<NamedTempFile> {
    NamedTempFile::new_in(folder)
}

/// Copies the native module with its time, by which [`same_file`] knows it again.
fn copy(module: &Path, file: &mut File) -> io::Result<()> {
    let mut source = File::open(module)?;
    let built = source.metadata()?.modified()?;
    io::copy(&mut source, file)?;
    file.set_modified(built)
}

fn same_file(module: &Path, staged: &Path) -> bool {
    let (Ok(module), Ok(staged)) = (fs::metadata(module), fs::metadata(staged)) else {
        return false;
    };
    module.len() == staged.len() && matches!((module.modified(), staged.modified()), (Ok(a), Ok(b)) if a == b)
}

/// Removes the modules that an earlier version of the package had and this one has not. `prefix` is the way to
/// `folder` inside the package, with `/` at its end.
fn remove_strangers(folder: &Path, prefix: &str) -> Result<(), StageError> {
    let failed = |path: &Path, error| StageError::File {
        path: path.to_owned(),
        error,
    };
    for entry in fs::read_dir(folder).map_err(|error| failed(folder, error))? {
        let path = entry.map_err(|error| failed(folder, error))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        let name = format!("{prefix}{name}");
        if path.is_dir() {
            remove_strangers(&path, &format!("{name}/"))?;
        } else if name.ends_with(".py") && !PACKAGE.iter().any(|(known, _)| *known == name) {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(&path, error)),
                _ => {}
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
