//! The client at real servers: every kind of them, and everything that breaks.

#![allow(clippy::disallowed_methods)] // A budget is of real time.

mod broken;

use std::net::TcpListener;
use std::time::{Duration, Instant};

use redis::{Cmd, Value};
use sidereal_test_servers::{self as servers, Forked, Proxy, Server, eventually};

use super::*;
use crate::error::Error;
use crate::store::redis::password::Password;

static ECHO: Script = Script::new("echo", "return {KEYS[1], ARGV[1]}");
static SET: Script = Script::new("set", "redis.call('SET', KEYS[1], ARGV[1]) return redis.call('GET', KEYS[1])");
static GET: Script = Script::new("get", "return redis.call('GET', KEYS[1])");

fn client(url: &str) -> Client {
    Client::new(Address::parse(url, None).unwrap())
}

/// With time for a failover on a busy machine.
fn patient(url: &str) -> Client {
    client(&format!("{url}?total_timeout_ms=30000"))
}

fn run(client: &Client, script: &'static Script, key: &str, argument: &str) -> Result<Value> {
    client.run(Call { script, keys: &[key.as_bytes()], arguments: &[argument.as_bytes()] })
}

fn set(client: &Client, key: &str, value: &str) -> Result<Value> {
    run(client, &SET, key, value)
}

fn text(text: &str) -> Value {
    Value::BulkString(text.into())
}

/// A client that gives up soon, after a call that did not have to.
fn hasty(url: &str) -> Client {
    let timeouts = "connect_timeout_ms=300&operation_timeout_ms=300&total_timeout_ms=700";
    let client = client(&format!("{url}?{timeouts}"));
    eventually("the server answers", || set(&client, "key", "before").is_ok());
    client
}

fn idle(client: &Client) -> usize {
    client.pool.get().idle()
}

fn error_of<T: std::fmt::Debug>(answer: Result<T>) -> (Error, String) {
    let error = answer.unwrap_err();
    let message = error.to_string();
    (error, message)
}

/// Everything that a client can do, at any kind of server.
fn round_trips(client: &Client) {
    let hostile = "\r\n{tag}\0$-1\r\n*";
    let answer = Value::Array(vec![text(hostile), text("\r\n")]);
    assert_eq!(run(client, &ECHO, hostile, "\r\n").unwrap(), answer);
    assert_eq!(run(client, &ECHO, hostile, "\r\n").unwrap(), answer);
    let large = "x".repeat(300_000);
    assert_eq!(set(client, "large", &large).unwrap(), text(&large));

    let keys: Vec<String> = (0..20).map(|i| format!("key{i}")).collect();
    let of_each: Vec<[&[u8]; 1]> = keys.iter().map(|key| [key.as_bytes()]).collect();
    let calls: Vec<Call<'_>> = of_each.iter().map(|key| Call { script: &SET, keys: key, arguments: key }).collect();
    assert_eq!(client.run_all(&calls).unwrap(), keys.iter().map(|key| text(key)).collect::<Vec<_>>());
    assert_eq!(client.run_all(&[]).unwrap(), []);

    assert_eq!(client.pop(b"queue", Duration::ZERO).unwrap(), None);
    client.push(b"queue", b"first", Duration::from_secs(60)).unwrap();
    client.push(b"queue", b"first", Duration::from_secs(60)).unwrap();
    let ttl = client.command(Cmd::new().arg("PTTL").arg("queue")).unwrap();
    assert!(matches!(ttl, Value::Int(1..=60_000)), "{ttl:?}");
    assert_eq!(client.pop(b"queue", Duration::from_secs(5)).unwrap(), Some(b"first".to_vec()));
    let since = Instant::now();
    assert_eq!(client.pop(b"queue", Duration::from_millis(200)).unwrap(), None, "pushed twice, there once");
    assert!(since.elapsed() >= Duration::from_millis(200));
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| client.pop(b"queue", Duration::from_secs(20)));
        client.push(b"queue", b"second", Duration::from_secs(60)).unwrap();
        assert_eq!(waiter.join().unwrap().unwrap(), Some(b"second".to_vec()));
    });
    assert_eq!(client.command(Cmd::new().arg("GET").arg("key3")).unwrap(), text("key3"));
    assert!(matches!(client.command(Cmd::new().arg("DBSIZE")).unwrap(), Value::Int(_)));
    assert!(idle(client) > 0);
}

fn durably(client: &Client) -> Copied {
    let (answer, copied) =
        client.run_durably(Call { script: &SET, keys: &[b"durable"], arguments: &[b"value"] }).unwrap();
    assert_eq!(answer, text("value"));
    copied
}

#[test]
fn a_single_server_is_reached_over_tcp_and_over_its_socket() {
    let server = servers::single();
    round_trips(&client(&server.url()));
    round_trips(&client(&format!("unix:{}?database=3", server.socket().display())));
    assert_eq!(server.cli(&["-n", "3", "GET", "key3"]), "key3");
    assert_eq!(durably(&client(&server.url())), Copied::NoReplica);
    assert!(
        server.cli(&["CLIENT", "LIST"]).lines().all(|line| !line.contains("name= ") || line.contains("cmd=client"))
    );
}

#[test]
fn a_server_with_tls_and_its_client_trust_each_other_or_nobody() {
    let tls = servers::tls();
    let (ca, cert, key) = (tls.ca.display(), tls.certificate.display(), tls.key.display());
    let url = tls.url();
    round_trips(&client(&format!("{url}?ca={ca}&cert={cert}&key={key}")));
    round_trips(&client(&format!("{url}?ca={ca}&cert={cert}&key={key}&tls_name=localhost")));
    for options in [
        format!("ca={ca}"),
        format!("ca={}&cert={cert}&key={key}", tls.other_ca.display()),
        format!("ca={ca}&cert={cert}&key={key}&tls_name=example.org"),
    ] {
        let (error, message) = error_of(set(&client(&format!("{url}?{options}")), "key", "value"));
        assert!(error.is_store() && message.contains("no trust between them"), "{options}: {message}");
    }
    let (_, message) = error_of(set(&client(&format!("{url}?ca=/nowhere&cert={cert}&key={key}")), "key", "value"));
    assert!(message.contains("/nowhere (option ca"), "{message}");
    // Without TLS, and without an end in sight.
    let plain = format!("redis://127.0.0.1:{}", tls.server.port());
    assert!(set(&client(&plain), "key", "value").unwrap_err().is_store());
}

#[test]
fn sentinels_lead_to_the_primary_and_to_the_next_one() {
    let all = servers::sentinels();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let with_another = |port: u16| all.url().replace("://", &format!("://127.0.0.1:{port},"));
    let client = patient(&with_another(silent.local_addr().unwrap().port()));
    round_trips(&client);
    assert_eq!(durably(&client), Copied::Yes);
    let (_, message) = error_of(set(&self::client(&all.url().replace("/main", "/other")), "key", "value"));
    assert!(message.contains("no primary of that name"), "{message}");

    let old = all.primary().port();
    all.primary().kill();
    assert_eq!(set(&client, "after", "the failover").unwrap(), text("the failover"));
    let new = all.await_another(old);
    assert_ne!(new.port(), old);
    assert_eq!(new.cli(&["GET", "after"]), "the failover");
    assert_eq!(new.cli(&["GET", "durable"]), "value");
    // Who does not answer is asked once, and again only where nobody else answers.
    silent.set_nonblocking(true).unwrap();
    assert_eq!(std::iter::from_fn(|| silent.accept().ok()).count(), 1);
    // One Sentinel less is none too few.
    all.await_word_of(new);
    all.sentinels()[0].kill();
    assert_eq!(set(&self::client(&all.url()), "key", "value").unwrap(), text("value"));
    // Nor does one that is cut off from the others, and goes on naming a primary that is dead, hide what they know.
    let cut_off = all.cut_off(old);
    assert_eq!(set(&self::client(&with_another(cut_off.port())), "key", "another").unwrap(), text("another"));
}

#[test]
fn a_primary_that_is_demoted_is_left_for_the_new_one() {
    let all = servers::sentinels();
    let client = patient(&all.url());
    set(&client, "key", "before").unwrap();
    let old = all.primary().port();
    all.fail_over();
    assert_eq!(set(&client, "key", "after").unwrap(), text("after"));
    assert_ne!(client.pool.get().server(b"key").unwrap().to_string(), format!("127.0.0.1:{old}"));
}

#[test]
fn a_cluster_is_reached_wherever_a_key_is() {
    let all = servers::cluster();
    let client = patient(&all.url());
    round_trips(&client);
    assert_eq!(durably(&client), Copied::Yes);

    // A key whose slot moves is asked for where it is, at every step.
    for key in ["stays", "{stays}new"] {
        set(&client, key, "before").unwrap();
    }
    let to = all.another("stays");
    all.begin_move("stays", to);
    assert_eq!(set(&client, "{stays}created", "on the way").unwrap(), text("on the way"), "ASK");
    assert_eq!(run(&client, &GET, "stays", "").unwrap(), text("before"));
    all.move_keys("stays", to);
    assert_eq!(run(&client, &GET, "stays", "").unwrap(), text("before"), "ASK");
    all.end_move("stays", to);
    assert_eq!(set(&client, "stays", "after").unwrap(), text("after"), "MOVED");
    assert_eq!(client.pool.get().server(b"stays").unwrap().to_string(), format!("127.0.0.1:{}", to.port()));
    let keys: [[&[u8]; 1]; 3] = [[b"stays"], [b"{stays}new"], [b"{stays}created"]];
    let calls = keys.each_ref().map(|key| Call { script: &GET, keys: key, arguments: &[] });
    assert_eq!(client.run_all(&calls).unwrap(), [text("after"), text("before"), text("on the way")]);

    // Who knows nothing of the move is sent on, one call at a time or many.
    all.move_slot("elsewhere");
    assert_eq!(set(&client, "elsewhere", "value").unwrap(), text("value"));
    all.move_slot("elsewhere");
    let call = Call { script: &GET, keys: &[b"elsewhere"], arguments: &[] };
    assert_eq!(client.run_all(&[call, call]).unwrap(), [text("value"), text("value")]);

    // A primary that dies is replaced.
    let owner = all.owner("durable").port();
    all.owner("durable").kill();
    assert_eq!(run(&client, &GET, "durable", "").unwrap(), text("value"));
    all.await_another("durable", owner);
}

#[test]
fn keys_that_are_split_between_two_nodes_are_waited_for() {
    let all = servers::cluster();
    let client = patient(&all.url());
    for key in ["{tag}one", "{tag}two"] {
        set(&client, key, "value").unwrap();
    }
    let (from, to) = (all.owner("{tag}"), all.another("{tag}"));
    all.begin_move("{tag}", to);
    let moved = from.cli(&["MIGRATE", "127.0.0.1", &to.port().to_string(), "{tag}one", "0", "5000"]);
    assert_eq!(moved, "OK");
    std::thread::scope(|scope| {
        let both: [&[u8]; 2] = [b"{tag}one", b"{tag}two"];
        let waiter = scope.spawn(move || client.run(Call { script: &GET, keys: &both, arguments: &[] }));
        all.move_keys("{tag}", to);
        all.end_move("{tag}", to);
        assert_eq!(waiter.join().unwrap().unwrap(), text("value"));
    });
}

#[test]
fn a_script_that_was_flushed_is_loaded_again() {
    let server = servers::single();
    let client = client(&server.url());
    for _ in 0..2 {
        assert_eq!(set(&client, "key", "value").unwrap(), text("value"));
        server.flush_scripts();
    }
    let call = Call { script: &GET, keys: &[b"key"], arguments: &[] };
    assert_eq!(client.run_all(&[call, call]).unwrap(), [text("value"), text("value")]);
    server.flush_scripts();
    assert_eq!(durably(&client), Copied::NoReplica);
    assert_eq!(idle(&client), 1, "a refusal leaves the connection as good as it was");
}

#[test]
fn a_server_that_became_a_replica_takes_no_calls() {
    let (server, primary) = (servers::single(), servers::single());
    let client = client(&server.url());
    set(&client, "key", "value").unwrap();
    server.follow(&primary);
    for _ in 0..2 {
        let (error, message) = error_of(set(&client, "key", "value"));
        assert!(error.is_store() && message.contains("a replica"), "{message}");
    }
    server.promote();
    set(&client, "key", "value").unwrap();
    assert_eq!(durably(&client), Copied::NoReplica);
    primary.follow(&server);
    assert_eq!(durably(&client), Copied::Yes);
    primary.pause();
    assert_eq!(durably(&client), Copied::NotInTime);
    primary.resume();
}

#[test]
fn a_server_without_memory_is_full_and_still_reads() {
    let server = servers::single();
    let client = client(&server.url());
    set(&client, "key", "value").unwrap();
    server.set_max_memory(1);
    let (error, message) = error_of(set(&client, "other", "value"));
    assert!(error.is_full() && message.contains("maxmemory"), "{message}");
    assert_eq!(run(&client, &GET, "key", "").unwrap(), text("value"));
    assert_eq!(idle(&client), 1);
    server.set_max_memory(0);
    set(&client, "other", "value").unwrap();
}

#[test]
fn a_wrong_password_is_told_and_not_shown() {
    let server = servers::single_with_password("correct horse");
    let with = |user: &str, password: &str| {
        let url = format!("redis://{user}127.0.0.1:{}", server.port());
        Client::new(Address::parse(&url, Password::new(password.into())).unwrap())
    };
    round_trips(&with("", "correct horse"));
    let (_, message) = error_of(set(&with("", "battery staple"), "key", "value"));
    assert!(message.contains("another password") && !message.contains("battery"), "{message}");
    let (_, message) = error_of(set(&with("nobody@", "correct horse"), "key", "value"));
    assert!(
        message.contains("another password") && !message.contains("nobody") && !message.contains("correct"),
        "{message}"
    );
    let (_, message) = error_of(set(&client(&server.url()), "key", "value"));
    assert!(message.contains("asks for a password") && message.contains("sidereal.store_password_file"), "{message}");

    server.cli(&[
        "ACL",
        "SETUSER",
        "app",
        "on",
        ">secret",
        "~sidereal:*",
        "+hello",
        "+select",
        "+evalsha",
        "+eval",
        "+get",
    ]);
    let app = with("app@", "secret");
    assert_eq!(run(&app, &GET, "sidereal:key", "").unwrap(), Value::Nil);
    let refusals =
        [run(&app, &GET, "elsewhere", ""), set(&app, "sidereal:key", "value"), app.command(Cmd::new().arg("INFO"))];
    for refused in refusals {
        let (_, message) = error_of(refused);
        assert!(message.contains("may not do") && !message.contains("elsewhere"), "{message}");
    }
}

#[test]
fn servers_of_another_kind_are_told_apart() {
    let single = servers::single();
    for (url, says) in [
        (format!("redis+cluster://127.0.0.1:{}", single.port()), "runs as 'standalone'"),
        (format!("redis+sentinel://127.0.0.1:{}/main", single.port()), "runs as 'standalone'"),
        (format!("redis://127.0.0.1:{}/99", single.port()), "no such database"),
        (format!("redis://127.0.0.1:{}", 1), "no connection"),
        ("redis://does-not-exist.invalid".to_owned(), "no connection"),
        ("unix:/does/not/exist".to_owned(), "no connection"),
    ] {
        let client = client(&format!("{url}?total_timeout_ms=200"));
        let (error, message) = error_of(set(&client, "key", "value"));
        assert!(error.is_store() && message.contains(says), "{url}: {message}");
    }
    let node = Server::start(&[("cluster-enabled", "yes")]);
    assert!(error_of(set(&client(&node.url()), "key", "value")).1.contains("runs as 'cluster'"));
    let cluster = client(&format!("redis+cluster://127.0.0.1:{}?total_timeout_ms=200", node.port()));
    assert!(error_of(set(&cluster, "key", "value")).1.contains("no node has the key's slot"));
}

#[test]
fn another_program_s_data_and_a_script_s_own_faults_are_told() {
    static FAULTY: Script = Script::new("faulty", "return redis.call('GET', KEYS[1]) + {}");
    let server = servers::single();
    let client = client(&server.url());
    server.cli(&["LPUSH", "key", "foreign"]);
    assert!(error_of(run(&client, &GET, "key", "secret")).1.contains("another program"));
    server.cli(&["SET", "key", "secret"]);
    let (error, message) = error_of(run(&client, &FAULTY, "key", "secret"));
    assert!(error.is_store() && !message.contains("secret"), "{message}");
}

/// The number that a server gave to the connection of the next call.
fn connection(client: &Client) -> Value {
    client.command(Cmd::new().arg("CLIENT").arg("ID")).unwrap()
}

fn echoes(client: &Client, who: &str) -> bool {
    (0..300).all(|i| {
        let argument = format!("{i}");
        run(client, &ECHO, who, &argument).is_ok_and(|answer| answer == Value::Array(vec![text(who), text(&argument)]))
    })
}

#[test]
fn a_child_leaves_the_connections_of_its_parent_alone() {
    let (server, tls) = (servers::single(), servers::tls());
    let (ca, cert, key) = (tls.ca.display(), tls.certificate.display(), tls.key.display());
    for url in [server.url(), format!("{}?ca={ca}&cert={cert}&key={key}", tls.url())] {
        let client = client(&url);
        let own = connection(&client);
        let child = Forked::run(|| {
            let inherited = idle(&client);
            let other = connection(&client);
            // A grandchild leaves its parent's alone, too.
            let grandchild = Forked::run(|| idle(&client) == 0 && echoes(&client, "grandchild"));
            inherited == 0
                && other != own
                && echoes(&client, "child")
                && grandchild.succeeds()
                && connection(&client) == other
        });
        assert!(echoes(&client, "parent"));
        assert!(child.succeeds());
        assert_eq!(connection(&client), own, "the child has closed its copy, and nothing else");
    }
}

#[test]
fn threads_share_a_client() {
    let server = servers::single();
    let client = client(&server.url());
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let client = &client;
            scope.spawn(move || {
                for i in 0..200 {
                    let (key, argument) = (format!("{thread}"), format!("{i}"));
                    let answer = run(client, &ECHO, &key, &argument).unwrap();
                    assert_eq!(answer, Value::Array(vec![text(&key), text(&argument)]));
                }
            });
        }
    });
    assert!(idle(&client) <= 8);
}
