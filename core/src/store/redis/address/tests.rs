use proptest::prelude::*;

use super::*;

fn parse(text: &str) -> Address {
    Address::parse(text, None).unwrap_or_else(|refused| panic!("{text}: {refused}"))
}

fn refusal(text: &str) -> String {
    let refused = Address::parse(text, None).err().unwrap_or_else(|| panic!("{text} was accepted"));
    assert!(refused.is_config(), "{refused}");
    refused.to_string()
}

fn tcp(host: &str, port: u16) -> Server {
    Server::Tcp { host: host.into(), port }
}

fn password(login: &Login) -> Option<&str> {
    login.password.as_ref().map(Password::reveal)
}

#[test]
fn a_url_has_what_redis_cli_reads_in_it() {
    let address = parse("redis://localhost");
    assert_eq!(address.topology, Topology::Single(tcp("localhost", 6379)));
    assert_eq!((address.database, address.prefix.as_str(), address.tls.is_none()), (0, "sidereal:", true));
    assert_eq!(address.timeouts, Timeouts::default());
    assert_eq!(address.login, Login::default());

    let address = parse(
        "valkeys://app:p%40ss%2Fword@[::1]:6380/3?prefix=shop:&total_timeout_ms=1500&ca=/etc/ca.pem&tls_name=db.example",
    );
    assert_eq!(address.topology, Topology::Single(tcp("::1", 6380)));
    assert_eq!((address.login.user.as_deref(), password(&address.login)), (Some("app"), Some("p@ss/word")));
    assert_eq!((address.database, address.prefix.as_str()), (3, "shop:"));
    assert_eq!(address.timeouts.total, Duration::from_millis(1500));
    let tls = address.tls.clone().unwrap();
    assert_eq!((tls.ca, tls.name), (Some("/etc/ca.pem".into()), Some("db.example".into())));
    assert_eq!(address.to_string(), "rediss://[::1]:6380/3");

    let address = parse("redis://:only@h");
    assert_eq!((address.login.user.as_deref(), password(&address.login)), (None, Some("only")));
}

#[test]
fn sockets_sentinels_and_clusters_have_addresses() {
    let address = parse("unix:/run/redis%20x.sock?database=2");
    assert_eq!(address.topology, Topology::Single(Server::Unix("/run/redis x.sock".into())));
    assert_eq!(address.to_string(), "unix:/run/redis x.sock?database=2");

    let address = parse("redis+sentinel://u:p@s1,s2:5000,[::1]:5001/main/4?sentinel_auth=s");
    let sentinels = vec![tcp("s1", 26379), tcp("s2", 5000), tcp("::1", 5001)];
    assert_eq!(address.topology, Topology::Sentinels { sentinels, primary: "main".into() });
    assert_eq!((password(&address.login), password(&address.sentinel_login)), (Some("p"), Some("s")));
    assert_eq!(address.to_string(), "redis+sentinel://s1:26379,s2:5000,[::1]:5001/main/4");

    let address = parse("rediss+cluster://n1:7000,n2");
    assert_eq!(address.topology, Topology::Cluster(vec![tcp("n1", 7000), tcp("n2", 6379)]));
    assert!(address.tls.is_some());
    assert_eq!(address.to_string(), "rediss+cluster://n1:7000,n2:6379");
}

#[test]
fn what_phpredis_takes_is_taken() {
    let address = parse(
        " tcp://127.0.0.1:6379?auth=a+b%2Bc&database=5&timeout=2.5&read_timeout=0&prefix=app_&weight=1&persistent=1 ",
    );
    assert_eq!(address.topology, Topology::Single(tcp("127.0.0.1", 6379)));
    assert_eq!((password(&address.login), address.database, address.prefix.as_str()), (Some("a b+c"), 5, "app_"));
    assert_eq!(address.timeouts.connect, Duration::from_millis(2500));
    assert_eq!(address.timeouts.operation, Duration::from_secs(1), "0 is none there, and here what it is by default");
    assert_eq!(address.timeouts.total, Duration::from_millis(3500));

    for text in [
        "tcp://h?auth[]=u&auth[]=p",
        "tcp://h?auth%5B%5D=u&auth%5B%5D=p",
        "tcp://h?auth[user]=u&auth[pass]=p",
        "tcp://h?auth[0]=u&auth[1]=p",
    ] {
        let login = parse(text).login;
        assert_eq!((login.user.as_deref(), password(&login)), (Some("u"), Some("p")), "{text}");
    }
    assert_eq!(password(&parse("tcp://h?auth[]=p").login), Some("p"));

    let address = parse("unix:///run/redis.sock?auth=p@ss&database=1");
    assert_eq!(address.topology, Topology::Single(Server::Unix("/run/redis.sock".into())));
    assert_eq!(password(&address.login), Some("p@ss"));

    let address = parse("seed[]=n1:7000&seed[]=n2:7001&timeout=2&read_timeout=2&failover=error&persistent=1&auth=p");
    assert_eq!(address.topology, Topology::Cluster(vec![tcp("n1", 7000), tcp("n2", 7001)]));
    assert_eq!(address.timeouts.total, Duration::from_secs(4));
    assert_eq!(password(&address.login), Some("p"));

    let address = parse("tls://h:6380?stream[cafile]=/ca.pem&stream[local_cert]=/both.pem&stream[verify_peer]=1");
    let tls = address.tls.unwrap();
    assert_eq!((tls.ca, tls.client), (Some("/ca.pem".into()), Some(("/both.pem".into(), "/both.pem".into()))));
    assert!(parse("seed[]=tls://n1:7000&seed[]=tls://n2:7000").tls.is_some());
}

#[test]
fn a_password_comes_from_one_place() {
    let elsewhere = || Password::new("elsewhere".into());
    let address = Address::parse("redis://app@h", elsewhere()).unwrap();
    assert_eq!((address.login.user.as_deref(), password(&address.login)), (Some("app"), Some("elsewhere")));
    let refused = Address::parse("redis://app:here@h", elsewhere()).unwrap_err().to_string();
    assert!(refused.contains("keep one") && !refused.contains("here@"), "{refused}");
    assert!(refusal("redis://app@h").contains("sidereal.store_password_file"));
}

#[test]
fn what_cannot_be_meant_is_refused() {
    for (text, says) in [
        ("sqlite:/x", "no scheme"),
        ("redis://", "a host"),
        ("redis://h:0", "a port"),
        ("redis://h:x", "a port"),
        ("redis://[::1", "bracket"),
        ("redis://h_/x", "a database"),
        ("redis://h/1?database=1", "in the path"),
        ("redis://h?prefix=", "a prefix"),
        ("redis://h?prefix={x}", "a prefix"),
        ("redis://h?prefix=a%20b", "a prefix"),
        ("redis://h?nonsense=1", "not known"),
        ("redis://h?prefix", "without a value"),
        ("redis://h?prefix=a&prefix=b", "twice"),
        ("redis://:p@h?auth=q", "keep one"),
        ("redis://h?total_timeout_ms=0", "out of range"),
        ("redis://h?total_timeout_ms=86400000", "out of range"),
        ("tcp://h?timeout=86400", "out of range"),
        ("tcp://h?timeout=nan", "out of range"),
        ("redis://h?ca=/x", "rediss://"),
        ("rediss://h?ca=x", "not absolute"),
        ("rediss://h?key=/x", "its certificate"),
        ("tls://h?stream[verify_peer]=0", "verified"),
        ("tcp://h1:1, tcp://h2:2", "several servers"),
        ("tcp://h1:1,tcp://h2:2", "several servers"),
        ("redis://h1,h2", "neither a name"),
        ("redis+sentinel://h1,h2", "no name of a primary"),
        ("redis+cluster://h1,h2/1", "database 0"),
        ("redis+cluster://h1,,h2", "a host"),
        ("redis://h?sentinel_auth=x", "redis+sentinel://"),
        ("redis://h?seed[]=x", "seed[]"),
        ("unix:run/redis.sock", "not absolute"),
        ("seed[]=h:1&database=1", "database 0"),
        ("seed[]=h:1&seed[]=tls://h:2", "all of them or none"),
        ("redis://h\n", ""),
        ("redis://h\r\nFLUSHALL", "control characters"),
    ] {
        if says.is_empty() {
            parse(text);
        } else {
            assert!(refusal(text).contains(says), "{text}: {}", refusal(text));
        }
    }
    assert!(refusal(&format!("redis://{}", "h,".repeat(20_000))).contains("too long"));
}

#[test]
fn an_address_is_known_by_its_beginning() {
    for text in
        ["redis://h", "valkeys+cluster://h", "unix:/x", "tcp://h", "seed[]=h", " tcp://h", "redis://nonsense nonsense"]
    {
        assert!(Address::is_one(text), "{text}");
    }
    for text in ["", "/var/lib/php/sessions", "2;/tmp", "sqlite:/x", "memory:", "localhost:11211", "redis:/x"] {
        assert!(!Address::is_one(text), "{text}");
    }
}

/// Percent-encodes everything.
fn encoded(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02X}")).collect()
}

/// Everything that a message could show of an address.
fn shown(text: &str, elsewhere: Option<&str>) -> String {
    match Address::parse(text, elsewhere.and_then(|text| Password::new(text.into()))) {
        Ok(address) => {
            format!("{address} {address:?} {:?} {:?}", address.login.password, address.sentinel_login.password)
        }
        Err(refused) => format!("{refused} {refused:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    /// A password that was forgotten to be encoded may be taken apart, but no part of it is shown.
    #[test]
    fn no_password_is_ever_shown(words in proptest::collection::vec("[A-Z]{6,9}", 2..4), cuts in "[@/?&=:,;#%+\\[\\] ]{3}", junk in ".{0,12}") {
        let secret: String = words.iter().zip(cuts.chars()).flat_map(|(word, cut)| [word.clone(), cut.to_string()]).collect();
        let coded = encoded(&secret);
        for text in [
            format!("redis://:{coded}@host/1?prefix=x"),
            format!("redis://app:{coded}@host{junk}"),
            format!("redis://host?auth={coded}&{junk}"),
            format!("redis+sentinel://:{coded}@host/main?sentinel_auth={coded}{junk}"),
            format!("tcp://host?auth[]=u&auth[]={coded}&auth[]={coded}"),
            format!("seed[]=h:1&auth={coded}&{junk}=1"),
            format!("redis://:{secret}@host/1{junk}"),
            format!("redis+cluster://u:{secret}@host"),
            format!("unix:/x?auth={secret}"),
            format!("tcp://host?auth={secret}{junk}"),
        ] {
            let shown = shown(&text, None);
            for word in words.iter().chain([&coded]) {
                prop_assert!(!shown.contains(word.as_str()), "{} shows {}", text, shown);
            }
        }
        for text in ["redis://host", "redis://app@host", "redis://app:x@host", "nonsense"] {
            let shown = shown(text, Some(&secret));
            prop_assert!(words.iter().all(|word| !shown.contains(word.as_str())), "{} shows {}", text, shown);
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in ".{0,60}", scheme in prop_oneof![Just("redis://"), Just("unix:"), Just("seed[]="), Just("redis+sentinel://"), Just("tcp://")]) {
        let _ = Address::parse(&format!("{scheme}{text}"), None);
        let _ = Address::is_one(&text);
    }
}
