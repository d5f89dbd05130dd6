//! The rules: scripts of a folder, compiled.

use core::fmt;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rhai::{AST, Engine, ParseError};

/// One script, compiled. It is never changed: a reload makes a new one, and runs of the old one end as they began.
#[derive(Debug)]
pub struct Rule {
    /// Its name: that of the file, without `.rhai`.
    pub name: String,
    /// Where it was read from, absolute.
    pub path: PathBuf,
    /// What was read.
    pub text: String,
    /// What runs.
    pub ast: AST,
    /// What the debugger knows of it.
    #[cfg(feature = "debugger")]
    pub debug: crate::debug::OfRule,
}

/// All rules, by name.
pub type Rules = BTreeMap<String, Arc<Rule>>;

/// The folder of scripts, and what was read from it last.
#[derive(Debug)]
pub struct Library {
    folder: PathBuf,
    rules: RwLock<Arc<Rules>>,
}

impl Library {
    /// Reads and compiles every `.rhai` file of `folder`.
    ///
    /// # Errors
    ///
    /// [`LoadError`]: the first file that can't be read or compiled.
    pub fn load(folder: impl AsRef<Path>, engine: &Engine) -> Result<Self, LoadError> {
        let folder = folder.as_ref();
        let unreadable = |error| LoadError::Unreadable(folder.to_owned(), error);
        let folder = folder.canonicalize().map_err(unreadable)?;
        let rules = RwLock::new(Arc::new(read(&folder, engine)?));
        Ok(Self { folder, rules })
    }

    /// Reads the folder again. Requests that come from now on use the new rules.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load); the old rules stay.
    pub fn reload(&self, engine: &Engine) -> Result<Arc<Rules>, LoadError> {
        let rules = Arc::new(read(&self.folder, engine)?);
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = rules.clone();
        Ok(rules)
    }

    /// Returns all rules as they are now.
    pub fn rules(&self) -> Arc<Rules> {
        self.rules.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the rule of that name.
    pub fn rule(&self, name: &str) -> Option<Arc<Rule>> {
        self.rules
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
            .cloned()
    }
}

fn read(folder: &Path, engine: &Engine) -> Result<Rules, LoadError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |error| LoadError::Unreadable(path, error)
    };
    let mut rules = Rules::new();
    for entry in folder.read_dir().map_err(unreadable(folder))? {
        let path = entry.map_err(unreadable(folder))?.path();
        let name = path.file_stem().and_then(|name| name.to_str());
        let (Some(name), Some("rhai")) = (name, path.extension().and_then(|extension| extension.to_str())) else {
            continue;
        };
        let text = std::fs::read_to_string(&path).map_err(unreadable(&path))?;
        let ast = engine
            .compile(&text)
            .map_err(|error| LoadError::Wrong(path.clone(), error))?;
        let rule = Rule {
            name: name.to_owned(),
            #[cfg(feature = "debugger")]
            debug: crate::debug::OfRule::of(&ast),
            text,
            ast,
            path: path.clone(),
        };
        rules.insert(rule.name.clone(), Arc::new(rule));
    }
    Ok(rules)
}

/// Why rules were not loaded.
#[derive(Debug)]
#[non_exhaustive]
pub enum LoadError {
    /// The folder or a file in it.
    Unreadable(PathBuf, io::Error),
    /// A script does not compile.
    Wrong(PathBuf, ParseError),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(path, error) => write!(f, "can't read {}: {error}", path.display()),
            Self::Wrong(path, error) => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl core::error::Error for LoadError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Unreadable(_, error) => Some(error),
            Self::Wrong(_, error) => Some(error),
        }
    }
}
