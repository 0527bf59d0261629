//! Connections that stall, end, or bring too little or too much.

use super::*;

#[test]
fn a_server_that_stalls_costs_no_more_than_the_budget() {
    let server = servers::single();
    let proxy = Proxy::to(server.port());
    let client = hasty(&proxy.url());
    proxy.stall();
    let since = Instant::now();
    let (error, message) = error_of(set(&client, "key", "after"));
    assert!(since.elapsed() < Duration::from_secs(2), "{:?}", since.elapsed());
    assert!(error.is_store() && message.contains("in time"), "{message}");
    assert_eq!(idle(&client), 0, "a late answer must not meet the next question");
    let before = proxy.accepted();
    proxy.pass();
    eventually("the server answers", || run(&client, &ECHO, "a", "b").is_ok());
    assert!(proxy.accepted() > before);
}

#[test]
fn a_server_that_is_stopped_costs_no_more_than_the_budget() {
    let server = servers::single();
    for url in [server.url(), format!("unix:{}", server.socket().display())] {
        let client = hasty(&url);
        server.pause();
        let since = Instant::now();
        assert!(client.pop(b"queue", Duration::from_millis(100)).unwrap_err().is_store());
        assert!(set(&client, "key", "value").unwrap_err().is_store());
        assert!(since.elapsed() < Duration::from_secs(4), "{:?}", since.elapsed());
        server.resume();
        eventually("the server answers again", || set(&client, "key", "value").is_ok());
    }
}

#[test]
fn a_socket_whose_queue_is_full_costs_no_more_than_the_budget() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("socket");
    let listener = socket2::Socket::new(socket2::Domain::UNIX, socket2::Type::STREAM, None).unwrap();
    listener.bind(&socket2::SockAddr::unix(&path).unwrap()).unwrap();
    listener.listen(0).unwrap();
    let client = client(&format!("unix:{}?connect_timeout_ms=100&operation_timeout_ms=100", path.display()));
    let since = Instant::now();
    let _queued = std::os::unix::net::UnixStream::connect(&path).unwrap();
    assert!(error_of(set(&client, "key", "value")).1.contains("no connection in time"));
    assert!(since.elapsed() < Duration::from_secs(3), "{:?}", since.elapsed());
}

#[test]
fn a_reply_that_was_cut_is_never_used_and_the_call_is_made_again() {
    let server = servers::single();
    let proxy = Proxy::to(server.port());
    let client = client(&proxy.url());
    let answer = Value::Array(vec![text("key"), text("argument")]);
    // Every place at which a reply can break.
    for bytes in 0..35 {
        assert_eq!(run(&client, &ECHO, "key", "argument").unwrap(), answer);
        let before = proxy.accepted();
        proxy.cut_after(bytes);
        let cut = run(&client, &ECHO, "key", "argument");
        proxy.pass();
        // The second connection is cut as well while it logs in.
        assert!(
            cut.as_ref().is_err_and(Error::is_store) || cut.as_ref().is_ok_and(|value| *value == answer),
            "{cut:?}"
        );
        assert!(proxy.accepted() > before || cut.is_ok());
        assert_eq!(run(&client, &ECHO, "another", "x").unwrap(), Value::Array(vec![text("another"), text("x")]));
    }
}

#[test]
fn a_reply_that_was_late_is_never_taken_for_the_next_one() {
    let server = servers::single();
    let proxy = Proxy::to(server.port());
    let client = hasty(&proxy.url());
    for bytes in [0, 1, 5, 17] {
        eventually("the server answers", || run(&client, &ECHO, "mine", "1").is_ok());
        proxy.truncate_after(bytes);
        assert!(run(&client, &ECHO, "mine", "2").is_err());
        proxy.pass();
        let mut answer = None;
        eventually("the server answers", || {
            answer = run(&client, &ECHO, "yours", "3").ok();
            answer.is_some()
        });
        assert_eq!(answer.unwrap(), Value::Array(vec![text("yours"), text("3")]));
    }
}

/// Two answers to one question: the second one would be the answer to somebody else's.
#[test]
fn what_comes_behind_a_reply_ends_the_connection() {
    let server = servers::single();
    let proxy = Proxy::to(server.port());
    let client = client(&proxy.url());
    let stray = b"*2\r\n$5\r\nstray\r\n$1\r\n9\r\n";
    for whole in [&stray[..], &stray[..7]] {
        assert!(run(&client, &ECHO, "mine", "1").is_ok());
        let before = proxy.accepted();
        proxy.inject(whole);
        let answer = Value::Array(vec![text("mine"), text("2")]);
        assert_eq!(run(&client, &ECHO, "mine", "2").unwrap(), answer);
        let answer = Value::Array(vec![text("yours"), text("3")]);
        assert_eq!(run(&client, &ECHO, "yours", "3").unwrap(), answer);
        assert_eq!(proxy.accepted(), before + 1);
    }
}

#[test]
fn a_connection_that_the_server_ended_meanwhile_is_made_anew() {
    let mut server = servers::single();
    let client = client(&server.url());
    set(&client, "key", "value").unwrap();
    server.cli(&["CLIENT", "KILL", "TYPE", "normal"]);
    assert_eq!(set(&client, "key", "value").unwrap(), text("value"));
    server.restart();
    assert_eq!(set(&client, "key", "value").unwrap(), text("value"));
    server.kill();
    let (error, message) = error_of(set(&client, "key", "value"));
    assert!(error.is_store() && message.contains("no connection"), "{message}");
}
