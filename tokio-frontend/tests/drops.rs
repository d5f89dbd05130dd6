//! Whatever waits may be dropped while it does: by a client that leaves, or by the program. Each place is tried.

mod support;

use core::future::poll_fn;
use core::task::Poll;

use dapstub::protocol::{Command, OutputEvent};
use dapstub_tokio::limits::READ_PAUSE;
use dapstub_tokio::{Client, Disconnect, SendError};
use socket2::SockRef;
use support::{Note, Server, alive, dropped_after, until, within};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A session whose requests wait: in `attach`, in `evaluate`, for the client's reply.
const SESSION: [&str; 8] = [
    r#"{"seq":1,"type":"request","command":"initialize","arguments":{"adapterID":"x","supportsRunInTerminalRequest":true}}"#,
    r#"{"seq":2,"type":"request","command":"attach","arguments":{"name":"refuse"}}"#,
    r#"{"seq":3,"type":"request","command":"attach","arguments":{"name":"yield 3"}}"#,
    r#"{"seq":4,"type":"request","command":"configurationDone"}"#,
    r#"{"seq":5,"type":"request","command":"evaluate","arguments":{"expression":"never"}}"#,
    r#"{"seq":6,"type":"request","command":"evaluate","arguments":{"expression":"keep"}}"#,
    r#"{"seq":7,"type":"request","command":"evaluate","arguments":{"expression":"yield 2"}}"#,
    r#"{"seq":8,"type":"request","command":"disconnect"}"#,
];

fn frame(body: &str) -> Vec<u8> {
    format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Leave {
    /// Closes its end.
    Close,
    /// Resets the connection.
    Reset,
    /// Sends no more, and reads until the server closes.
    Finish,
}

const WAYS: [Leave; 3] = [Leave::Close, Leave::Reset, Leave::Finish];

async fn leave(mut stream: TcpStream, how: Leave) {
    match how {
        Leave::Close => drop(stream),
        Leave::Reset => {
            SockRef::from(&stream)
                .set_linger(Some(core::time::Duration::ZERO))
                .unwrap();
            drop(stream);
        }
        Leave::Finish => {
            let _ = stream.shutdown().await;
            let mut all = Vec::new();
            let _ = within(stream.read_to_end(&mut all)).await;
        }
    }
}

/// The place is free, and the next client gets in. Takes what the program was told until then.
async fn next_client_gets_in(server: &mut Server, what: &str) {
    // Connections are accepted in their order: once this one is over, the one before it was accepted as well.
    let mut probe = server.peer().await;
    probe.raw(b"GET / HTTP/1.1\r\n\r\n").await;
    probe.expect_end().await;
    drop(probe);
    until(what, || alive() == 1).await;
    assert!(!server.debugger.is_client_connected(), "{what}");
    while server.notes.try_recv().is_ok() {}
    assert!(server.debugger.client().is_none(), "{what}");
    server.program.kept.lock().unwrap().clear();
    server.serves_a_session().await;
}

on_both_runtimes! {
    /// Cut off behind every byte of a session that is sent in one go.
    async fn a_client_that_drops_behind_any_byte() {
        let mut server = Server::start().await;
        let wire: Vec<u8> = SESSION.iter().flat_map(|body| frame(body)).collect();
        for end in (0..=wire.len()).step_by(3) {
            let mut stream = TcpStream::connect(server.debugger.address().unwrap().tcp().unwrap()).await.unwrap();
            stream.write_all(&wire[..end]).await.unwrap();
            let how = WAYS[end / 3 % WAYS.len()];
            leave(stream, how).await;
            next_client_gets_in(&mut server, &format!("{how:?} behind {end} bytes")).await;
        }
        server.ends().await;
    }

    /// Cut off behind every message, after the server has done everything that this one wants.
    async fn a_client_that_drops_at_any_stage() {
        let mut server = Server::start().await;
        for how in WAYS {
            for stage in 0..=SESSION.len() {
                let mut stream = TcpStream::connect(server.debugger.address().unwrap().tcp().unwrap()).await.unwrap();
                let mut waiting = false;
                for body in &SESSION[..stage] {
                    stream.write_all(&frame(body)).await.unwrap();
                    let mut bytes = [0; 4096];
                    if body.contains("keep") || body.contains("never") {
                        waiting = true;
                        while !matches!(server.note().await, Note::Request(Command::Evaluate)) {}
                    } else {
                        within(stream.read(&mut bytes)).await.unwrap();
                    }
                }
                leave(stream, how).await;
                while waiting {
                    waiting = !matches!(server.note().await, Note::Dropped("evaluate"));
                }
                next_client_gets_in(&mut server, &format!("{how:?} at stage {stage}")).await;
            }
        }
        server.ends().await;
    }

    /// The program's `attach` waits any number of times; the client leaves meanwhile.
    async fn an_attach_whose_client_leaves() {
        let mut server = Server::start().await;
        for how in [Leave::Close, Leave::Reset] {
            for name in ["never", "yield 1", "yield 2", "yield 100"] {
                let mut peer = TcpStream::connect(server.debugger.address().unwrap().tcp().unwrap()).await.unwrap();
                peer.write_all(&frame(SESSION[0])).await.unwrap();
                let attach = format!(r#"{{"seq":2,"type":"request","command":"attach","arguments":{{"name":"{name}"}}}}"#);
                peer.write_all(&frame(&attach)).await.unwrap();
                server.attaches().await;
                leave(peer, how).await;
                let mut notes = Vec::new();
                loop {
                    match server.note().await {
                        Note::Disconnected(how) => break assert!(matches!(how, Disconnect::Lost), "{how:?}"),
                        note => notes.push(note),
                    }
                }
                assert!(name != "never" || matches!(notes[..], [Note::Dropped("attach")]), "{notes:?}");
                server.no_note();
                next_client_gets_in(&mut server, name).await;
            }
        }
        server.ends().await;
    }

    /// A client may disconnect while its `attach` still waits.
    async fn a_disconnect_during_attach() {
        let mut server = Server::start().await;
        let mut peer = server.peer().await;
        peer.initialize().await;
        let attach = peer.request("attach", r#"{"name":"never"}"#).await;
        server.attaches().await;
        let disconnect = peer.request("disconnect", "{}").await;
        let first = peer.message().await;
        assert_eq!((first["request_seq"].as_i64(), first["message"].as_str()), (Some(attach), Some("cancelled")));
        assert_eq!(peer.message().await["request_seq"], disconnect);
        peer.expect_end().await;
        drop(peer);
        server.dropped("attach").await;
        assert!(matches!(server.disconnected().await, Disconnect::Requested { .. }));
        next_client_gets_in(&mut server, "disconnected").await;
        server.ends().await;
    }

    /// The program drops what it waits for, after any number of polls.
    async fn what_the_program_waits_for_may_be_dropped() {
        let mut server = Server::start().await;
        for polls in 0..6 {
            let (mut peer, client) = server.attach().await;
            // A wait for a client that is there, and one for one that is not.
            let _ = dropped_after(polls, server.debugger.wait()).await;
            // A reverse request: its answer comes, and belongs to nobody.
            let asked = dropped_after(polls, client.request(Command::RunInTerminal, b"{}")).await;
            assert!(asked.is_none());
            if polls > 0 {
                let request = peer.message().await;
                let body = format!(
                    r#"{{"seq":90,"type":"response","request_seq":{},"success":true,"command":"runInTerminal"}}"#,
                    request["seq"]
                );
                peer.frame(&body).await;
            }
            // An event that is sent whole or not at all.
            let sent = dropped_after(polls, client.send(OutputEvent::default())).await;
            assert_eq!(sent.is_some(), polls > 0);
            let _ = dropped_after(polls, client.closed()).await;
            let answer = peer.ask("threads", "{}").await;
            assert_eq!(answer["success"], true);
            server.requested(Command::Threads).await;
            peer.disconnect().await;
            server.disconnected().await;
            let _ = dropped_after(polls, server.debugger.wait()).await;
            assert_eq!(dropped_after(polls, client.closed()).await.is_some(), polls > 0);
        }
        server.serves_a_session().await;
        // A shutdown that nobody waits for ends the server all the same.
        let _ = dropped_after(1, server.debugger.shutdown(support::DEADLINE)).await;
        until("no task is left", || alive() == 0).await;
    }

    /// Whoever waits for room hears that the client is gone.
    async fn a_client_that_leaves_while_the_program_waits_for_it() {
        let mut server = Server::start().await;
        for how in [Leave::Close, Leave::Reset] {
            let mut stream = TcpStream::connect(server.debugger.address().unwrap().tcp().unwrap()).await.unwrap();
            for body in [SESSION[0], r#"{"seq":2,"type":"request","command":"attach"}"#, SESSION[3]] {
                stream.write_all(&frame(body)).await.unwrap();
            }
            let client = server.attaches().await;
            server.requested(Command::ConfigurationDone).await;
            let text = "x".repeat(READ_PAUSE / 4);
            let event = || OutputEvent { output: text.as_str().into(), ..Default::default() };
            // Until the system and the queue are full.
            while poll_once(client.send(event())).await.is_some() {
                tokio::task::yield_now().await;
            }
            let waiting: Vec<_> = (0..3).map(|_| tokio::spawn(full(client.clone()))).collect();
            let asked = tokio::spawn({
                let client = client.clone();
                async move { client.request(Command::RunInTerminal, b"{}").await }
            });
            tokio::task::yield_now().await;
            leave(stream, how).await;
            for task in waiting {
                assert_eq!(within(task).await.unwrap(), SendError::Closed);
            }
            assert_eq!(within(asked).await.unwrap().unwrap_err(), SendError::Closed);
            assert_eq!(server.disconnected().await, Disconnect::Lost);
            next_client_gets_in(&mut server, "full").await;
        }
        server.ends().await;
    }
}

on_both_runtimes! {
    /// The last bytes wait to be sent, or the peer to be read empty; there the client leaves.
    async fn a_client_that_leaves_while_it_is_being_closed() {
        let mut server = Server::start().await;
        for how in [Leave::Close, Leave::Reset] {
            for much in [true, false] {
                let mut stream = TcpStream::connect(server.debugger.address().unwrap().tcp().unwrap()).await.unwrap();
                for body in [SESSION[0], r#"{"seq":2,"type":"request","command":"attach"}"#, SESSION[3]] {
                    stream.write_all(&frame(body)).await.unwrap();
                }
                let client = server.attaches().await;
                server.requested(Command::ConfigurationDone).await;
                let text = "x".repeat(READ_PAUSE / 4);
                let event = || OutputEvent { output: text.as_str().into(), ..Default::default() };
                while much && poll_once(client.send(event())).await.is_some() {
                    tokio::task::yield_now().await;
                }
                client.close();
                assert_eq!(server.disconnected().await, Disconnect::Closed);
                within(client.closed()).await;
                assert_eq!(alive(), 2, "the server, and the connection that is being closed");
                leave(stream, how).await;
                next_client_gets_in(&mut server, "closing").await;
            }
        }
        server.ends().await;
    }

    /// So many messages at once that the others have their turn in between; there the client leaves.
    async fn a_client_that_leaves_between_two_turns() {
        let mut server = Server::start().await;
        let address = server.debugger.address().unwrap().tcp().unwrap();
        let many = frame(r#"{"seq":9,"type":"request","command":"threads","arguments":{}}"#).repeat(20_000);
        for how in [Leave::Close, Leave::Reset] {
            let mut stream = TcpStream::connect(address).await.unwrap();
            for body in [SESSION[0], r#"{"seq":2,"type":"request","command":"attach"}"#, SESSION[3]] {
                stream.write_all(&frame(body)).await.unwrap();
            }
            server.attaches().await;
            let _ = within(async { tokio::select! {
                result = stream.write_all(&many) => result,
                () = async { for _ in 0..2_000 { server.note().await; } } => Ok(()),
            } }).await;
            leave(stream, how).await;
            next_client_gets_in(&mut server, "between turns").await;
        }
        server.ends().await;
    }
}

async fn full(client: Client) -> SendError {
    loop {
        let text = "x".repeat(READ_PAUSE / 4);
        let event = OutputEvent {
            output: text.as_str().into(),
            ..Default::default()
        };
        if let Err(error) = client.send(event).await {
            return error;
        }
    }
}

async fn poll_once<F: Future>(future: F) -> Option<F::Output> {
    let mut future = core::pin::pin!(future);
    poll_fn(|context| {
        Poll::Ready(match future.as_mut().poll(context) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        })
    })
    .await
}
