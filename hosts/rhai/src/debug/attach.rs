//! The arguments of `attach`: the members of a launch.json.

use dapstub::Failure;
use dapstub::failure::id::BAD_ARGUMENTS;
use dapstub_host::PathMappings;
use serde::Deserialize;

/// What the client wants of its session. Members that are not listed are the editor's own.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Arguments {
    path_mappings: Option<Vec<Mapping>>,
    follow_all: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mapping {
    local_root: String,
    remote_root: String,
}

/// The options of one session.
#[derive(Debug, Default)]
pub(crate) struct Attach {
    /// Where the client has the folders of this side.
    pub(crate) mappings: PathMappings,
    /// `followAll`: every run can be paused at any time, and costs accordingly.
    pub(crate) follow_all: bool,
}

impl Attach {
    /// Reads the raw arguments.
    ///
    /// # Errors
    ///
    /// What is wrong with them, for the user.
    pub(crate) fn read(raw: &str) -> Result<Self, Failure> {
        let raw = if raw.trim().is_empty() { "{}" } else { raw };
        let wrong = |error| Failure::format(BAD_ARGUMENTS, format_args!("arguments of attach: {error}")).shown();
        let arguments: Arguments = serde_json::from_str(raw).map_err(wrong)?;
        let here = std::env::current_dir()
            .map(|path| path.to_string_lossy().into_owned())
            .unwrap_or_default();
        let pairs = arguments.path_mappings.unwrap_or_default();
        let pairs = pairs.into_iter().map(|pair| (pair.local_root, pair.remote_root));
        Ok(Self {
            mappings: PathMappings::new(pairs, &here),
            follow_all: arguments.follow_all.unwrap_or(false),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_the_editor_is_passed_over() {
        let raw = r#"{"type":"dapstub","connect":{"port":1},"pathMappings":[{"localRoot":"/a","remoteRoot":"/b"}]}"#;
        let attach = Attach::read(raw).unwrap();
        assert_eq!(attach.mappings.to_remote("/a/x.rhai"), "/b/x.rhai");
        assert!(!attach.follow_all);
        assert!(Attach::read("").unwrap().mappings.is_empty());
    }

    #[test]
    fn bad_members_are_named() {
        let error = Attach::read(r#"{"followAll":1}"#).unwrap_err();
        assert!(error.text().contains("expected a boolean"), "{error}");
        assert!(Attach::read(r#"{"pathMappings":[{"localRoot":"/a"}]}"#).is_err());
    }
}
