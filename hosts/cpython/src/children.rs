//! Child processes, for the client: it is told of them, and attaches to each by a connection of its own to the same port.
//!
//! A client that announced `supportsStartDebuggingRequest` is asked by the request `startDebugging`, another gets debugpy's
//! event `debugpyAttach`. The configuration is the client's own, with the number of the child in it.

use core::sync::atomic::{AtomicBool, Ordering};
use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

use dapstub::protocol::Command;
use dapstub::session::Reply;
use dapstub_std::limits::MAX_LATE;
use dapstub_std::{Client, SendError};
use serde_json::{Map, Value, json};

use crate::attach::Defaults;
use crate::engine::{Engine, lock};

/// Members of the parent's configuration that mean nothing to a child, or something else.
const NOT_FOR_CHILDREN: [&str; 9] = [
    "args",
    "listen",
    "postDebugTask",
    "preLaunchTask",
    "processId",
    "processName",
    "pythonArgs",
    "request",
    "restart",
];

/// Whether children are debugged at all, until the program says otherwise.
static WANTED: AtomicBool = AtomicBool::new(true);

/// Lets children be debugged, or not.
pub(crate) fn enable(wanted: bool) {
    WANTED.store(wanted, Ordering::Relaxed);
}

/// Whether children are debugged.
pub(crate) fn are_wanted() -> bool {
    WANTED.load(Ordering::Relaxed)
}

/// What the attached client is told of children.
#[derive(Debug, Default)]
pub(crate) struct Offspring(Mutex<Option<Telling>>);

#[derive(Debug)]
struct Telling {
    client: u64,
    /// It is told by the children themselves, which call it.
    calling: bool,
    /// As the client sent it.
    configuration: Map<String, Value>,
    /// The client takes events.
    configured: bool,
    /// `subProcess`
    wanted: bool,
    /// `terminateChildProcesses`
    ends_children: bool,
    /// Still to be announced.
    waiting: VecDeque<u32>,
    /// The children that the client was asked to attach to, by the number of the request.
    asked: HashMap<u32, u32>,
}

impl Offspring {
    /// A client is let in, with these arguments, which have been found to be right. Returns whether it wants children.
    pub(crate) fn begin(&self, client: &Client, arguments: &str) -> bool {
        let configuration: Map<String, Value> = serde_json::from_str(arguments).unwrap_or_default();
        let flag = |name: &str| configuration.get(name).and_then(Value::as_bool).unwrap_or(true);
        let wanted = flag("subProcess");
        *lock(&self.0) = Some(Telling {
            client: client.id(),
            calling: client.is_dialled(),
            configured: false,
            wanted,
            ends_children: flag("terminateChildProcesses"),
            waiting: VecDeque::new(),
            asked: HashMap::new(),
            configuration,
        });
        wanted && are_wanted()
    }

    /// The client has finished its configuration: it hears of the children that there are.
    pub(crate) fn configured(&self, engine: &Engine, client: &Client) {
        let mut telling = lock(&self.0);
        let Some(telling) = telling.as_mut().filter(|telling| telling.client == client.id()) else {
            return;
        };
        telling.configured = true;
        if telling.calling {
            return;
        }
        #[cfg(unix)]
        for pid in engine.debugger.children() {
            if telling.wanted && !telling.waiting.contains(&pid) {
                telling.waiting.push_back(pid);
            }
        }
        telling.announce(engine, client);
    }

    /// A child has begun. Returns whether it is to wait for the client.
    pub(crate) fn began(&self, engine: &Engine, client: &Client, pid: u32) -> bool {
        let mut telling = lock(&self.0);
        let Some(telling) = telling.as_mut().filter(|telling| telling.client == client.id()) else {
            return false;
        };
        if !telling.wanted || !are_wanted() {
            return false;
        }
        if telling.calling {
            return engine.debugger.address().is_none();
        }
        telling.waiting.push_back(pid);
        if telling.configured {
            telling.announce(engine, client);
        }
        true
    }

    /// Another program is about to take the place of this one: the client hears of that as of a child, whose number is that
    /// of this process.
    #[cfg(unix)]
    pub(crate) fn succeeds(&self, engine: &Engine, client: &Client) {
        let mut telling = lock(&self.0);
        let telling = telling.as_mut().filter(|telling| telling.client == client.id());
        if let Some(telling) = telling.filter(|telling| telling.configured && telling.wanted) {
            // What still waits for it is not to be had from this program any more.
            telling.waiting.clear();
            telling.tell(engine, client, std::process::id());
        }
    }

    /// The client has answered, however late. A child that it does not want goes on.
    pub(crate) fn answered(&self, engine: &Engine, client: &Client, reply: &Reply<'_>) {
        let mut telling = lock(&self.0);
        let Some(telling) = telling.as_mut().filter(|telling| telling.client == client.id()) else {
            return;
        };
        if let Some(pid) = telling.asked.remove(&reply.request_seq())
            && !reply.success()
        {
            let_go(engine, pid);
        }
    }

    /// The client has gone.
    pub(crate) fn end(&self, client: u64) {
        let mut telling = lock(&self.0);
        if telling.as_ref().is_some_and(|telling| telling.client == client) {
            *telling = None;
        }
    }

    /// The client has asked for the end of the program: its descendants are asked to end.
    pub(crate) fn terminate(&self, engine: &Engine) {
        // A client that has gone meanwhile has said nothing else.
        let ends_children = lock(&self.0).as_ref().is_none_or(|telling| telling.ends_children);
        #[cfg(unix)]
        if ends_children && are_wanted() {
            engine.debugger.end_descendants();
            engine.debugger.flush_family(std::time::Instant::now() + FAREWELL);
        }
        #[cfg(not(unix))]
        let _ = (engine, ends_children);
    }
}

/// How long the end of a program waits until its descendants are told.
#[cfg(unix)]
const FAREWELL: core::time::Duration = core::time::Duration::from_millis(200);

/// Whether a child is still there, and has no client: it may have waited for long until the client could be asked.
fn is_free(engine: &Engine, pid: u32) -> bool {
    #[cfg(unix)]
    return engine.debugger.children().contains(&pid);
    #[cfg(not(unix))]
    {
        let _ = (engine, pid);
        false
    }
}

fn let_go(engine: &Engine, pid: u32) {
    #[cfg(unix)]
    engine.debugger.let_go(pid);
    #[cfg(not(unix))]
    let _ = (engine, pid);
}

impl Telling {
    /// Tells the client of those that wait, however many: clients differ in when they answer.
    fn announce(&mut self, engine: &Engine, client: &Client) {
        while let Some(pid) = self.waiting.pop_front() {
            if !is_free(engine, pid) {
                continue;
            }
            if !self.tell(engine, client, pid) {
                let_go(engine, pid);
            }
        }
    }

    /// Tells the client of a child; returns whether it could be told.
    fn tell(&mut self, engine: &Engine, client: &Client, pid: u32) -> bool {
        let mut configuration = self.configuration_for(engine, pid);
        let request = json!({"request": "attach", "configuration": configuration}).to_string();
        match client.request(Command::StartDebugging, request.as_bytes()) {
            Ok(number) => {
                if self.asked.len() > MAX_LATE {
                    // A client that answers nothing: only those that live can be let go.
                    self.asked.retain(|_, pid| is_free(engine, *pid));
                }
                self.asked.insert(number, pid);
                true
            }
            Err(SendError::NotWanted) => {
                configuration.insert("request".to_owned(), json!("attach"));
                let event = Value::Object(configuration).to_string();
                client.event("debugpyAttach", event.as_bytes()).is_ok()
            }
            Err(_) => false,
        }
    }

    /// What the client attaches to the child with: its own configuration, and the way by which it came.
    fn configuration_for(&self, engine: &Engine, pid: u32) -> Map<String, Value> {
        let mut all = self.configuration.clone();
        for name in NOT_FOR_CHILDREN {
            all.remove(name);
        }
        let (host, port) = (all.remove("host"), all.remove("port"));
        let here = engine.debugger.address();
        let here = here.map(|address| crate::api::endpoint(&address));
        let (own_host, own_port) = here.unwrap_or_default();
        let connect = all.entry("connect").or_insert_with(|| json!({}));
        if !connect.is_object() {
            *connect = json!({});
        }
        for (name, said, own) in [
            ("host", host, json!(reachable(&own_host))),
            ("port", port, json!(own_port)),
        ] {
            if connect[name].is_null() {
                connect[name] = said.filter(|said| !said.is_null()).unwrap_or(own);
            }
        }
        all.insert("name".to_owned(), json!(format!("Subprocess {pid}")));
        all.insert("subProcessId".to_owned(), json!(pid));
        all
    }
}

/// An address of this machine for a server that listens on all of them.
fn reachable(host: &str) -> &str {
    match host {
        "0.0.0.0" => "127.0.0.1",
        "::" => "::1",
        host => host,
    }
}

/// What the program's own configuration says, for its descendants.
pub(crate) fn pack(defaults: &Defaults) -> String {
    let Defaults {
        path_mappings,
        just_my_code,
    } = defaults;
    json!({"path_mappings": path_mappings, "just_my_code": just_my_code}).to_string()
}

/// Reads what [`pack`] has written.
#[cfg(unix)]
pub(crate) fn unpack(luggage: &str) -> Defaults {
    let all: Value = serde_json::from_str(luggage).unwrap_or_default();
    let pair = |pair: &Value| Some((pair[0].as_str()?.to_owned(), pair[1].as_str()?.to_owned()));
    let pairs = all["path_mappings"].as_array().into_iter().flatten();
    Defaults {
        path_mappings: pairs.filter_map(pair).collect(),
        just_my_code: all["just_my_code"].as_bool(),
    }
}
