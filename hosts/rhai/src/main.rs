#![forbid(unsafe_code)]
//! The program: reads its options, starts the debugger if the configuration says so, and serves until it is told to end.

use core::error::Error;
use core::time::Duration;
use std::process::ExitCode;

use clap::Parser;
use dapstub_rhai::Service;
use dapstub_rhai::command_line::Options;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

/// How long requests and clients have to come to their end once the program is told to.
const GRACE: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    match run(Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("dapstub-rhai: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: Options) -> Result<(), Box<dyn Error>> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .init();
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if let Some(workers) = options.workers {
        runtime.worker_threads(workers.max(1));
    }
    let runtime = runtime.enable_all().build()?;
    let ended = runtime.block_on(serve(options));
    // A script that still runs is not waited for.
    runtime.shutdown_background();
    ended
}

async fn serve(options: Options) -> Result<(), Box<dyn Error>> {
    let service = Service::load(&options.scripts)?;
    let ending = CancellationToken::new();
    tokio::spawn({
        let (told, ending) = (told_to_end()?, ending.clone());
        async move {
            told.await;
            ending.cancel();
        }
    });
    let listener = tokio::net::TcpListener::bind(options.listen).await?;
    #[cfg(feature = "debugger")]
    start_debugger(&service, &options, &ending).await?;
    if !ending.is_cancelled() {
        tracing::info!(address = %listener.local_addr()?, "serving");
        let serving = axum::serve(listener, service.router()).with_graceful_shutdown(ending.clone().cancelled_owned());
        let mut serving = tokio::spawn(serving.into_future());
        tokio::select! {
            served = &mut serving => served??,
            () = ending.cancelled() => {}
        }
        // First the debugger: whatever stands still runs on then, so that its request can be answered.
        #[cfg(feature = "debugger")]
        service.debug().shutdown(GRACE).await;
        if !serving.is_finished() && tokio::time::timeout(GRACE, &mut serving).await.is_err() {
            tracing::warn!("requests are still open; not waiting for them");
        }
    }
    Ok(())
}

/// Returns what is over when the system, or the user, wants the program to end. Heard from now on, not only when it is awaited.
#[cfg(unix)]
fn told_to_end() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn told_to_end() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

#[cfg(feature = "debugger")]
async fn start_debugger(
    service: &Service,
    options: &Options,
    ending: &CancellationToken,
) -> Result<(), Box<dyn Error>> {
    use dapstub_tokio::{Config, config};

    let settings = match &options.config {
        Some(path) => config::load(path)?,
        None => Config::default().with_host("127.0.0.1")?.into(),
    };
    service.debug().configure(&settings);
    if settings.config.start {
        let started = service.debug().start().await?;
        if started.hold.is_some() {
            tracing::info!(address = %started.address, "waiting for a debugger");
        }
        tokio::select! {
            () = started.wait() => {}
            () = ending.cancelled() => {}
        }
    }
    Ok(())
}
