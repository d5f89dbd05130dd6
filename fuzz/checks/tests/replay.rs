//! Every input that is kept, on any toolchain: the corpora and what was found once.

use std::fs;
use std::path::{Path, PathBuf};

use dapstub_fuzz_checks as checks;

/// The files below `fuzz/KIND/TARGET`, in order.
fn inputs(kind: &str, target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(kind).join(target);
    let Ok(entries) = fs::read_dir(&folder) else {
        return Vec::new();
    };
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("a folder can be listed").path())
        .collect();
    files.sort();
    files
}

fn replay(target: &str, check: fn(&[u8])) {
    let corpus = inputs("corpus", target);
    assert!(corpus.len() > 4, "fuzz/corpus/{target} is there");
    for file in corpus.iter().chain(&inputs("regressions", target)) {
        let input = fs::read(file).expect("an input can be read");
        let result = std::panic::catch_unwind(|| check(&input));
        assert!(
            result.is_ok(),
            "{} breaks a promise; the panic above says which",
            file.display()
        );
    }
    println!("{target}: {} inputs", corpus.len());
}

macro_rules! targets {
    ($($target:ident),*) => {
        $(#[test]
        fn $target() {
            replay(stringify!($target), checks::$target::check);
        })*

        #[test]
        fn every_folder_belongs_to_a_target() {
            let targets = [$(stringify!($target)),*];
            for kind in ["corpus", "regressions"] {
                for folder in inputs(kind, "") {
                    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
                    assert!(targets.contains(&&*name) || folder.is_file(), "{}", folder.display());
                }
            }
        }
    };
}

targets!(frame, json, lifecycle, request, serve, session, yaml);
