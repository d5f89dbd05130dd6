//! Unix sockets: for the user of the process alone.
#![cfg(unix)]

mod support;

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};

use dapstub_tokio::{Address, Config, Debugger, Listener, StartFailure};
use support::{DEADLINE, Peer, Program, loopback, within};

on_both_runtimes! {
    async fn a_session_over_a_unix_socket() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("debug");
        let config = Config::default().with_host(&format!("unix:{}", path.display())).unwrap();
        let debugger = Debugger::new();
        let started = debugger.start(&config, Program::new().0).await.unwrap();
        assert_eq!(started.address, Address::Unix(Some(path.clone())));
        assert_eq!(started.address.to_string(), config.host.as_str());
        let metadata = fs::metadata(&path).unwrap();
        assert!(metadata.file_type().is_socket());
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
        for _ in 0..3 {
            let mut peer = Peer::connect(started.address.clone()).await;
            peer.attached().await;
            assert_eq!(debugger.client().unwrap().peer().to_string(), "unix");
            peer.disconnect().await;
        }
        assert!(within(debugger.shutdown(DEADLINE)).await);
        assert!(!path.exists(), "the file is removed");
    }

    async fn a_listener_that_is_there_already() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("given");
        let debugger = Debugger::new();
        let listener = tokio::net::UnixListener::bind(&path).unwrap();
        let started = debugger.start_on(listener, Config::default(), Program::new().0).await.unwrap();
        Peer::connect(started.address).await.attached().await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        assert!(debugger.start_on(listener, loopback(), Program::new().0).await.unwrap().already);
        assert!(within(debugger.shutdown(DEADLINE)).await);
        assert!(path.exists(), "it belongs to whoever made it");
    }
}

#[tokio::test]
async fn what_is_in_the_way() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("debug");
    fs::write(&path, "a file of somebody's").unwrap();
    assert_eq!(Listener::unix(&path).unwrap_err().kind(), ErrorKind::AddrInUse);
    assert_eq!(fs::read(&path).unwrap(), b"a file of somebody's");
    fs::remove_file(&path).unwrap();
    // A socket that a dead process has left.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(path.exists());
    let first = Listener::unix(&path).unwrap();
    // One on which somebody listens.
    assert_eq!(Listener::unix(&path).unwrap_err().kind(), ErrorKind::AddrInUse);
    // One that was replaced meanwhile is not ours to remove.
    fs::remove_file(&path).unwrap();
    let second = Listener::unix(&path).unwrap();
    drop(first);
    assert!(path.exists());
    drop(second);
    assert!(!path.exists());
    let config = Config::default().with_host("unix:/no/such/folder/x").unwrap();
    let error = Debugger::new().start(&config, Program::new().0).await.unwrap_err();
    assert_eq!(error.failure(), StartFailure::Bind);
}
