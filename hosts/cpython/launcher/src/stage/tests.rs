use std::sync::Barrier;
use std::thread;

use tempfile::TempDir;

use super::*;

/// A target folder with a native module in it.
fn built() -> (TempDir, PathBuf) {
    let target = TempDir::new().unwrap();
    let deps = target.path().join("release").join("deps");
    fs::create_dir_all(&deps).unwrap();
    let module = deps.join(BUILT);
    fs::write(&module, "native, first build").unwrap();
    (target, module)
}

#[test]
fn the_package_is_part_of_the_executable() {
    for name in ["__init__.py", "__main__.py", "_dapstub.pyi", "py.typed"] {
        assert!(PACKAGE.iter().any(|(known, _)| *known == name), "{name}");
    }
    assert!(
        PACKAGE
            .iter()
            .all(|(name, _)| !name.contains("__pycache__") && !name.contains('\\'))
    );
}

#[test]
fn a_binary_finds_the_module_in_deps() {
    let (target, module) = built();
    let profile = target.path().join("release");
    assert_eq!(
        locate(&profile.join("dapstub")),
        Some((profile.clone(), module.clone()))
    );
    assert_eq!(
        locate(&profile.join("deps").join("suite-0123")),
        Some((profile.clone(), module.clone()))
    );
    assert_eq!(
        locate(&profile.join("examples").join("example")),
        Some((profile, module))
    );
}

#[test]
fn a_module_beside_the_binary_is_found() {
    let folder = TempDir::new().unwrap();
    let module = folder.path().join(BUILT);
    fs::write(&module, "").unwrap();
    assert_eq!(
        locate(&folder.path().join("dapstub")),
        Some((folder.path().to_owned(), module))
    );
}

#[test]
fn a_copied_binary_finds_nothing_and_says_so() {
    let folder = TempDir::new().unwrap();
    let executable = folder.path().join("bin").join("dapstub");
    assert_eq!(locate(&executable), None);
    let text = StageError::NoModule { executable }.to_string();
    assert!(text.contains(BUILT) && text.contains("dapstub"), "{text}");
}

#[test]
fn everything_is_laid_out() {
    let (target, module) = built();
    let package = target.path().join("python").join("dapstub");
    lay_out(&package, &module).unwrap();
    for (name, content) in PACKAGE {
        assert_eq!(fs::read(package.join(name)).unwrap(), *content, "{name}");
    }
    assert_eq!(fs::read(package.join(MODULE)).unwrap(), b"native, first build");
    assert_eq!(leftovers(&package), [""; 0]);
}

#[test]
fn what_has_not_changed_is_left_alone() {
    let (target, module) = built();
    let package = target.path().join("python").join("dapstub");
    lay_out(&package, &module).unwrap();
    let times = || {
        let modified = |name: &str| fs::metadata(package.join(name)).unwrap().modified().unwrap();
        (modified("__init__.py"), modified(MODULE))
    };
    let before = times();
    lay_out(&package, &module).unwrap();
    assert_eq!(times(), before);
}

#[test]
fn what_has_changed_is_replaced() {
    let (target, module) = built();
    let package = target.path().join("python").join("dapstub");
    lay_out(&package, &module).unwrap();
    fs::write(&module, "native, second build").unwrap();
    fs::write(package.join("__init__.py"), "edited").unwrap();
    fs::write(package.join("_renamed_since.py"), "").unwrap();
    lay_out(&package, &module).unwrap();
    assert_eq!(fs::read(package.join(MODULE)).unwrap(), b"native, second build");
    assert_ne!(fs::read(package.join("__init__.py")).unwrap(), b"edited");
    assert!(!package.join("_renamed_since.py").exists());
}

#[test]
fn many_processes_may_stage_at_once() {
    let (target, module) = built();
    let package = target.path().join("python").join("dapstub");
    let barrier = Barrier::new(8);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                barrier.wait();
                lay_out(&package, &module).unwrap();
                // Whole as soon as one's own call is over, whatever the others still do.
                for (name, content) in PACKAGE {
                    assert_eq!(fs::read(package.join(name)).unwrap(), *content, "{name}");
                }
            });
        }
    });
    assert_eq!(leftovers(&package), [""; 0]);
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let (_target, module) = built();
    let error = lay_out(Path::new("/dev/null/python/dapstub"), &module).unwrap_err();
    assert!(error.to_string().starts_with("/dev/null/python/dapstub/"), "{error}");
}

/// Temporary files that were not cleared away.
fn leftovers(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with(".tmp")).collect()
}
