//! `pathMappings`: the client and the debuggee know the same file under different paths.

use std::borrow::Cow;

/// The folders of the client (`localRoot`) and where the debuggee sees each of them (`remoteRoot`).
///
/// The two sides may run on different systems: a path is read by its own form, so `C:\work\app.py` of a client on
/// Windows meets `/srv/work/app.py` of a debuggee on Linux.
///
/// ```
/// use dapstub_host::PathMappings;
///
/// let mappings = PathMappings::new([(r"c:\work".into(), ".".into())], "/srv/app");
/// assert_eq!(mappings.to_remote(r"C:\work\lib\tools.py"), "/srv/app/lib/tools.py");
/// assert_eq!(mappings.to_local("/srv/app/lib/tools.py"), r"c:\work\lib\tools.py");
/// ```
///
/// # How a path is mapped
///
/// - Only whole components match: `/x` is a root of `/x/y` and of `/x`, never of `/xy`.
/// - The root with the most components wins; among equal ones, that which stands first.
/// - `.`, `..`, doubled and trailing separators are resolved by the text alone; no file is looked at.
/// - A path that no root contains, that is relative, or that is no path (`<string>`) is handed back unchanged.
/// - Windows paths (a drive or `\\server\share`) match without regard to case and kind of slash; all others exactly.
/// - A mapped path is written with the separator of the side that it goes to, below the root as that side wrote it.
#[derive(Clone, Debug, Default)]
pub struct PathMappings {
    /// In the order given, which decides between equally long roots.
    roots: Vec<(AbsolutePath, AbsolutePath)>,
}

impl PathMappings {
    /// Takes the pairs `(localRoot, remoteRoot)` as the client sent them.
    ///
    /// A `remoteRoot` that is relative, most often `.`, is below `working_directory`: the debuggee's own, absolute.
    /// Pairs with nothing to map are left out: a blank root, or a `localRoot` that is not absolute.
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>, working_directory: &str) -> Self {
        let working_directory = AbsolutePath::parse(working_directory);
        let roots = pairs.into_iter().filter_map(|(local, remote)| {
            if remote.trim().is_empty() {
                return None;
            }
            let remote = AbsolutePath::parse(&remote).or_else(|| working_directory.as_ref()?.joined(&remote))?;
            Some((AbsolutePath::parse(&local)?, remote))
        });
        Self { roots: roots.collect() }
    }

    /// Whether there is nothing to map: every path is handed back unchanged.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.roots.is_empty()
    }

    /// The debuggee's path for a path that the client sent. `Cow::Borrowed` means that no mapping applied.
    #[must_use]
    pub fn to_remote<'p>(&self, local: &'p str) -> Cow<'p, str> {
        moved(local, self.roots.iter().map(|(local, remote)| (local, remote)))
    }

    /// The client's path for a path of the debuggee. `Cow::Borrowed` means that no mapping applied.
    #[must_use]
    pub fn to_local<'p>(&self, remote: &'p str) -> Cow<'p, str> {
        moved(remote, self.roots.iter().map(|(local, remote)| (remote, local)))
    }
}

fn moved<'p, 'r>(path: &'p str, roots: impl Iterator<Item = (&'r AbsolutePath, &'r AbsolutePath)>) -> Cow<'p, str> {
    let Some(parsed) = AbsolutePath::parse(path) else {
        return Cow::Borrowed(path);
    };
    let mut best: Option<(&[String], &AbsolutePath)> = None;
    for (from, to) in roots {
        if let Some(rest) = parsed.below(from)
            && best.is_none_or(|(shortest, _)| rest.len() < shortest.len())
        {
            best = Some((rest, to));
        }
    }
    best.map_or(Cow::Borrowed(path), |(rest, to)| Cow::Owned(to.written_with(rest)))
}

/// An absolute path, resolved by its text.
#[derive(Clone, Debug)]
struct AbsolutePath {
    /// `Some("c:")` or `Some(r"\\server\share")` on Windows, `None` where paths begin with a slash.
    volume: Option<String>,
    components: Vec<String>,
}

impl AbsolutePath {
    /// `None` for a path that is relative, blank, or none at all.
    fn parse(path: &str) -> Option<Self> {
        if path.starts_with('/') && !path.starts_with("//") {
            return Some(
                Self {
                    volume: None,
                    components: Vec::new(),
                }
                .descended(path.split('/')),
            );
        }
        let slash = |character| character == '/' || character == '\\';
        let bytes = path.as_bytes();
        if let [letter, b':', rest @ ..] = bytes
            && letter.is_ascii_alphabetic()
            && matches!(rest.first(), None | Some(b'/' | b'\\'))
        {
            let volume = Some(path[..2].to_owned());
            return Some(
                Self {
                    volume,
                    components: Vec::new(),
                }
                .descended(path[2..].split(slash)),
            );
        }
        if let Some(share) = path.strip_prefix(r"\\") {
            let mut parts = share.split(slash).filter(|part| !part.is_empty());
            let volume = Some(format!(r"\\{}\{}", parts.next()?, parts.next()?));
            return Some(
                Self {
                    volume,
                    components: Vec::new(),
                }
                .descended(parts),
            );
        }
        // POSIX leaves the meaning of exactly two slashes open; in practice they are one.
        path.starts_with("//").then(|| {
            Self {
                volume: None,
                components: Vec::new(),
            }
            .descended(path.split('/'))
        })
    }

    /// This folder and then `relative`, which is written in the same system's form.
    fn joined(&self, relative: &str) -> Option<Self> {
        let windows = self.volume.is_some();
        let parts = relative.split(|character| character == '/' || (windows && character == '\\'));
        // `\x` and `c:x` depend on a current drive that nobody here knows.
        let depends_on_drive = windows && (relative.starts_with('\\') || relative.contains(':'));
        (!depends_on_drive).then(|| self.clone().descended(parts))
    }

    fn descended<'p>(mut self, parts: impl Iterator<Item = &'p str>) -> Self {
        for part in parts {
            match part {
                "" | "." => {}
                // Above the top there is only the top.
                ".." => drop(self.components.pop()),
                name => self.components.push(name.to_owned()),
            }
        }
        self
    }

    /// What is left of this path below `root`, or `None` if it is not there.
    fn below(&self, root: &Self) -> Option<&[String]> {
        let same = |own: &str, other: &str| {
            own == other || (self.volume.is_some() && own.to_lowercase() == other.to_lowercase())
        };
        let same_volume = match (&self.volume, &root.volume) {
            (None, None) => true,
            (Some(own), Some(other)) => same(own, other),
            _ => false,
        };
        let (front, rest) = self.components.split_at_checked(root.components.len())?;
        let inside = same_volume && front.iter().zip(&root.components).all(|(own, other)| same(own, other));
        inside.then_some(rest)
    }

    /// The text of this folder followed by `rest`, with the separator of its own system.
    fn written_with(&self, rest: &[String]) -> String {
        let (mut text, separator) = match &self.volume {
            Some(volume) => (volume.clone(), '\\'),
            None => (String::new(), '/'),
        };
        for component in self.components.iter().chain(rest) {
            text.push(separator);
            text.push_str(component);
        }
        let only_the_top = self.components.is_empty() && rest.is_empty();
        if only_the_top {
            text.push(separator);
        }
        text
    }
}

#[cfg(test)]
mod tests;
