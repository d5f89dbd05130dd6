//! Writes a table of the Python package's files, which becomes part of the launcher.

use std::fs;
use std::path::{Path, PathBuf};
use std::{env, io};

fn main() -> io::Result<()> {
    let package = Path::new(&required("CARGO_MANIFEST_DIR")).join("../python/dapstub");
    println!("cargo::rerun-if-changed={}", package.display());
    let mut files = Vec::new();
    collect(&package, "", &mut files)?;
    files.sort();

    let mut table = String::from("[\n");
    for (name, path) in files {
        println!("cargo::rerun-if-changed={}", path.display());
        let path = path.canonicalize()?;
        table.push_str(&format!(
            "    ({name:?}, include_bytes!({:?})),\n",
            path.display().to_string()
        ));
    }
    table.push_str("]\n");
    fs::write(Path::new(&required("OUT_DIR")).join("package.rs"), table)
}

/// Finds what belongs to the package in `folder`. `prefix` is the way there, with `/` at its end.
fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        if path.is_dir() && name != "__pycache__" {
            collect(&path, &format!("{prefix}{name}/"), files)?;
        } else if name == "py.typed" || name.ends_with(".py") || name.ends_with(".pyi") {
            files.push((format!("{prefix}{name}"), path));
        }
    }
    Ok(())
}

fn required(variable: &str) -> String {
    env::var(variable).unwrap_or_else(|_| panic!("cargo sets {variable}"))
}
