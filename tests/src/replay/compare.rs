//! What of an answer is compared with the recorded one, and what is learned from it.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::talk::Talk;
use crate::client::Response;

/// Names whose values depend on the time.
const TIMED: [&str; 2] = ["k", "end"];

impl Talk {
    pub(super) fn compare(&mut self, command: &str, asked: i64, response: &Response, recorded: &Value) {
        let ours = response.body();
        match command {
            "setBreakpoints" | "setFunctionBreakpoints" => {
                self.lengths(ours, recorded, "breakpoints");
                for (ours, recorded) in pairs(ours, recorded, "breakpoints") {
                    for member in ["verified", "line"] {
                        if !recorded[member].is_null() {
                            self.same(member, &ours[member], &recorded[member]);
                        }
                    }
                    if recorded["source"]["path"].is_string() {
                        self.same(
                            "path",
                            &self.their_path(&ours["source"]["path"]),
                            &recorded["source"]["path"],
                        );
                    }
                    if let (Some(theirs), Some(id)) = (recorded["id"].as_i64(), ours["id"].as_i64()) {
                        self.ids.breakpoints.insert(theirs, id);
                    }
                }
            }
            "threads" => {
                let names = |body: &Value| -> HashSet<String> {
                    let threads = body["threads"].as_array().into_iter().flatten();
                    threads
                        .filter_map(|thread| thread["name"].as_str().map(str::to_owned))
                        .collect()
                };
                // Before the first stop it is a matter of time which threads have begun.
                let missing: Vec<String> = names(recorded).difference(&names(ours)).cloned().collect();
                assert!(
                    missing.is_empty() || self.stopped.is_none_or(|stop| response.seq() < stop),
                    "{}",
                    self.say(&format!("no thread {missing:?}"))
                );
                for theirs in recorded["threads"].as_array().into_iter().flatten() {
                    let same = ours["threads"]
                        .as_array()
                        .into_iter()
                        .flatten()
                        .find(|thread| thread["name"] == theirs["name"]);
                    if let (Some(theirs), Some(id)) =
                        (theirs["id"].as_i64(), same.and_then(|thread| thread["id"].as_i64()))
                    {
                        self.ids.threads.insert(theirs, id);
                    }
                }
            }
            "stackTrace" if self.anywhere => self.learn_frames(ours, recorded),
            "stackTrace" => {
                self.same("totalFrames", &ours["totalFrames"], &recorded["totalFrames"]);
                self.lengths(ours, recorded, "stackFrames");
                for (ours, recorded) in pairs(ours, recorded, "stackFrames") {
                    let name = recorded["name"]
                        .as_str()
                        .unwrap_or_default()
                        .trim_end_matches(" (Current frame)");
                    self.same("name", &ours["name"], &json!(name));
                    let further = ours["line"]
                        .as_i64()
                        .zip(recorded["line"].as_i64())
                        .map(|(ours, theirs)| ours - theirs);
                    // debugpy stops for a function breakpoint on the line of `def`; the first line of the body is as
                    // good. For a call of `breakpoint()` it goes on to the next line; here the call itself waits.
                    if !(self.at_function && further == Some(1) || self.at_call && further == Some(-1)) {
                        self.same("line", &ours["line"], &recorded["line"]);
                    }
                    (self.at_function, self.at_call) = (false, false);
                    self.same(
                        "path",
                        &self.their_path(&ours["source"]["path"]),
                        &recorded["source"]["path"],
                    );
                }
                self.learn_frames(ours, recorded);
            }
            "scopes" => {
                self.lengths(ours, recorded, "scopes");
                for (ours, recorded) in pairs(ours, recorded, "scopes") {
                    self.same("name", &ours["name"], &recorded["name"]);
                    self.learn(&ours["variablesReference"], &recorded["variablesReference"]);
                }
            }
            "variables" if self.anywhere => {}
            "variables" => self.variables(asked, ours, recorded),
            "evaluate" => {
                let expression = self.requests[&asked]["arguments"]["expression"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned();
                if !recorded["type"].is_null() {
                    self.same("type", &ours["type"], &recorded["type"]);
                }
                if compared(&expression, recorded, "type") {
                    self.same(&expression, &ours["result"], &recorded["result"]);
                }
                self.learn(&ours["variablesReference"], &recorded["variablesReference"]);
            }
            "exceptionInfo" => {
                self.same("breakMode", &ours["breakMode"], &recorded["breakMode"]);
                self.same("description", &ours["description"], &recorded["description"]);
            }
            "setVariable" | "setExpression" => {
                self.same("type", &ours["type"], &recorded["type"]);
                self.same("value", &ours["value"], &recorded["value"]);
            }
            "gotoTargets" => {
                self.lengths(ours, recorded, "targets");
                for (ours, recorded) in pairs(ours, recorded, "targets") {
                    self.same("line", &ours["line"], &recorded["line"]);
                    self.same("label", &self.their_path(&ours["label"]), &recorded["label"]);
                }
            }
            "completions" => self.completions(ours, recorded),
            // debugpy lists what was shown, ours everything that is loaded.
            "modules" => {
                for theirs in recorded["modules"].as_array().into_iter().flatten() {
                    let list = ours["modules"].as_array().into_iter().flatten();
                    let same = list
                        .filter(|ours| ours["name"] == theirs["name"])
                        .any(|ours| self.their_path(&ours["path"]) == theirs["path"]);
                    assert!(same, "{}", self.say(&format!("no module {}", theirs["name"])));
                }
            }
            "continue" => self.same(
                "allThreadsContinued",
                &ours["allThreadsContinued"],
                &recorded["allThreadsContinued"],
            ),
            "setExceptionBreakpoints" => self.same("body", &Value::Null, recorded),
            // The others have no body.
            _ => self.same("body", ours, recorded),
        }
    }

    /// Everything that debugpy offers is offered in the same place; what every object has counts as debugpy's own.
    fn completions(&self, ours: &Value, recorded: &Value) {
        for theirs in recorded["targets"].as_array().into_iter().flatten() {
            let label = theirs["label"].as_str().unwrap_or_default();
            let found = ours["targets"].as_array().into_iter().flatten();
            match found.into_iter().find(|ours| ours["label"] == theirs["label"]) {
                Some(ours) => {
                    self.same("start", &ours["start"], &theirs["start"]);
                    self.same("length", &ours["length"], &theirs["length"]);
                }
                None => assert!(
                    label.starts_with("__"),
                    "{}",
                    self.say(&format!("no completion {label}"))
                ),
            }
        }
    }

    fn variables(&mut self, asked: i64, ours: &Value, recorded: &Value) {
        let ours = ours["variables"].as_array().cloned().unwrap_or_default();
        if let Some(count) = self.requests[&asked]["arguments"]["count"]
            .as_i64()
            .filter(|count| *count > 0)
        {
            // debugpy answers with everything, whatever part is asked for.
            assert!(
                ours.len() as i64 <= count,
                "{}",
                self.say(&format!("{} variables instead of {count}", ours.len()))
            );
            return;
        }
        for theirs in recorded["variables"].as_array().into_iter().flatten() {
            let name = theirs["name"].as_str().unwrap_or_default();
            // Groups of methods and the like, and values that a step saw returned, are debugpy's own additions.
            if name.ends_with(" variables") || name.starts_with("(return)") || name == "len()" {
                continue;
            }
            let found = ours.iter().find(|variable| variable["name"] == name);
            let found = found.unwrap_or_else(|| panic!("{}", self.say(&format!("no variable {name}"))));
            self.same(&format!("type of {name}"), &found["type"], &theirs["type"]);
            if compared(name, theirs, "type") {
                self.same(name, &found["value"], &theirs["value"]);
            }
            self.learn(&found["variablesReference"], &theirs["variablesReference"]);
        }
    }

    fn learn_frames(&mut self, ours: &Value, recorded: &Value) {
        for (ours, recorded) in pairs(ours, recorded, "stackFrames") {
            if let (Some(theirs), Some(id)) = (recorded["id"].as_i64(), ours["id"].as_i64()) {
                self.ids.frames.insert(theirs, id);
            }
        }
    }

    fn learn(&mut self, ours: &Value, recorded: &Value) {
        if let (Some(theirs), Some(id)) = (recorded.as_i64().filter(|id| *id > 0), ours.as_i64()) {
            self.ids.references.insert(theirs, id);
        }
    }

    /// Our path as the recording would name it.
    pub(super) fn their_path(&self, ours: &Value) -> Value {
        json!(ours.as_str().unwrap_or_default().replace(&self.folder, "/app"))
    }

    fn lengths(&self, ours: &Value, recorded: &Value, list: &str) {
        let length = |body: &Value| body[list].as_array().map_or(0, Vec::len);
        self.same(
            &format!("number of {list}"),
            &json!(length(ours)),
            &json!(length(recorded)),
        );
    }

    pub(super) fn same(&self, what: &str, ours: &Value, recorded: &Value) {
        assert!(
            ours == recorded,
            "{}",
            self.say(&format!("{what}: {ours} instead of {recorded}"))
        );
    }
}

fn pairs<'v>(ours: &'v Value, recorded: &'v Value, list: &str) -> impl Iterator<Item = (&'v Value, &'v Value)> {
    let items = |body: &'v Value| body[list].as_array().into_iter().flatten();
    items(ours).zip(items(recorded)).collect::<Vec<_>>().into_iter()
}

/// Whether the value itself is compared: that of plain types, unless time decides it.
fn compared(name: &str, recorded: &Value, kind: &str) -> bool {
    let plain = ["int", "str", "bool", "NoneType"]
        .iter()
        .any(|plain| recorded[kind] == *plain);
    plain && !TIMED.contains(&name)
}
