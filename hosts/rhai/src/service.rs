//! The HTTP side.
//!
//! | request | answer |
//! |---|---|
//! | `POST /decide/{rule}` | the decision of that rule for the JSON in the body |
//! | `POST /decide` | the same of the rule `heating` |
//! | `GET /rules` | the names of all rules |
//! | `POST /reload` | reads the scripts again |
//! | `GET /health` | `ok`, whatever stands still |
//! | `POST /debug/start` | starts the debugger, and says where it listens |

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use rhai::{Dynamic, Engine, EvalAltResult, Scope};
use serde_json::json;

use crate::rules::{Library, LoadError, Rule};
use crate::script_engine;

/// What all requests share.
#[derive(Debug)]
pub struct Service {
    library: Arc<Library>,
    engine: Engine,
    #[cfg(feature = "debugger")]
    debug: crate::debug::Debug,
}

impl Service {
    /// Loads the scripts. Nothing is served yet, and the debugger is dormant.
    ///
    /// # Errors
    ///
    /// [`LoadError`].
    pub fn load(scripts: impl AsRef<std::path::Path>) -> Result<Arc<Self>, LoadError> {
        let engine = script_engine::new();
        let library = Arc::new(Library::load(scripts, &engine)?);
        Ok(Arc::new(Self {
            #[cfg(feature = "debugger")]
            debug: crate::debug::Debug::new(library.clone()),
            library,
            engine,
        }))
    }

    /// Returns the debugger of this service.
    #[cfg(feature = "debugger")]
    pub fn debug(&self) -> &crate::debug::Debug {
        &self.debug
    }

    /// Returns its HTTP side, to be served by [`axum::serve()`].
    pub fn router(self: &Arc<Self>) -> Router {
        let router = Router::new()
            .route("/decide", post(decide_heating))
            .route("/decide/{rule}", post(decide))
            .route("/rules", get(rules))
            .route("/reload", post(reload))
            .route("/health", get(async || "ok\n"));
        #[cfg(feature = "debugger")]
        let router = router.route("/debug/start", post(start_debugger));
        router.with_state(self.clone())
    }

    /// Lets a rule decide. Blocks until it has, or for as long as somebody holds it at a breakpoint.
    ///
    /// # Errors
    ///
    /// What the script threw, or did wrong.
    pub fn run(&self, rule: &Arc<Rule>, path: &str, input: Dynamic) -> Result<Dynamic, Box<EvalAltResult>> {
        let mut scope = Scope::new();
        scope.push_constant_dynamic("input", input);
        #[cfg(feature = "debugger")]
        if self.debug.wants(rule) {
            return self.debug.run(rule, path, &mut scope);
        }
        let _ = path;
        self.engine.eval_ast_with_scope(&mut scope, &rule.ast)
    }
}

async fn decide_heating(state: State<Arc<Service>>, uri: Uri, body: Bytes) -> Response {
    decide(state, Path("heating".to_owned()), uri, body).await
}

async fn decide(State(service): State<Arc<Service>>, Path(rule): Path<String>, uri: Uri, body: Bytes) -> Response {
    let Some(rule) = service.library.rule(&rule) else {
        return refuse(StatusCode::NOT_FOUND, &format_args!("there is no rule `{rule}`"));
    };
    let input = match serde_json::from_slice::<Dynamic>(&body) {
        Ok(input) => input,
        Err(error) => return refuse(StatusCode::BAD_REQUEST, &format_args!("the body is not JSON: {error}")),
    };
    // A script that stands still at a breakpoint has a thread to itself, so it holds up nobody else.
    let decided = tokio::task::spawn_blocking(move || service.run(&rule, uri.path(), input)).await;
    match decided {
        Ok(Ok(decision)) => answer(&decision),
        Ok(Err(error)) => refuse(StatusCode::UNPROCESSABLE_ENTITY, &error),
        Err(error) => refuse(StatusCode::INTERNAL_SERVER_ERROR, &error),
    }
}

async fn rules(State(service): State<Arc<Service>>) -> Response {
    answer(&service.library.rules().keys().collect::<Vec<_>>())
}

async fn reload(State(service): State<Arc<Service>>) -> Response {
    let read = tokio::task::spawn_blocking(move || {
        #[cfg(feature = "debugger")]
        let rules = service.debug.reload(&service.engine)?;
        #[cfg(not(feature = "debugger"))]
        let rules = service.library.reload(&service.engine)?;
        Ok::<_, LoadError>(rules.keys().cloned().collect::<Vec<_>>())
    });
    match read.await {
        Ok(Ok(names)) => answer(&json!({ "rules": names })),
        Ok(Err(error)) => refuse(StatusCode::UNPROCESSABLE_ENTITY, &error),
        Err(error) => refuse(StatusCode::INTERNAL_SERVER_ERROR, &error),
    }
}

#[cfg(feature = "debugger")]
async fn start_debugger(State(service): State<Arc<Service>>) -> Response {
    match service.debug.start().await {
        Ok(started) => answer(&json!({
            "address": started.address.to_string(),
            "status": if started.already { "already running" } else { "started" },
        })),
        Err(error) => refuse(StatusCode::INTERNAL_SERVER_ERROR, &error),
    }
}

fn answer(value: &impl serde::Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => ([(CONTENT_TYPE, "application/json")], body).into_response(),
        Err(error) => refuse(StatusCode::INTERNAL_SERVER_ERROR, &error),
    }
}

fn refuse(status: StatusCode, error: &dyn core::fmt::Display) -> Response {
    let body = json!({ "error": error.to_string() }).to_string();
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}
