//! A proxy between a client and a server that breaks what goes through it.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

/// What happens to the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Mode {
    /// They arrive.
    Pass,
    /// They wait.
    Stall,
    /// So many more of the server's arrive, then they wait.
    Truncate(usize),
    /// So many more of the server's arrive, then the connection ends.
    CutAfter(usize),
    /// The same, and other connections pass.
    CutOnceAfter(usize),
    /// These follow the server's next ones.
    Inject(Vec<u8>),
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    mode: Mode,
    connections: Vec<(TcpStream, TcpStream)>,
    accepted: usize,
    ended: bool,
}

/// A running proxy. It ends, and with it all its connections, when it goes out of scope.
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

impl Proxy {
    /// A proxy to the server at `port` of 127.0.0.1.
    pub fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let own = listener.local_addr().unwrap().port();
        let state = State { mode: Mode::Pass, connections: Vec::new(), accepted: 0, ended: false };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let serving = Arc::clone(&shared);
        thread::spawn(move || serve(&listener, port, &serving));
        Self { port: own, shared }
    }

    /// Its own port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address of its port.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Lets everything through, also what has waited.
    pub fn pass(&self) {
        self.set(Mode::Pass);
    }

    /// Holds everything back; connections stay open, and new ones are accepted.
    pub fn stall(&self) {
        self.set(Mode::Stall);
    }

    /// Lets `bytes` more of the server's through, and holds back what follows.
    pub fn truncate_after(&self, bytes: usize) {
        self.set(Mode::Truncate(bytes));
    }

    /// Lets `bytes` more of the server's through, then ends the connection.
    pub fn cut_after(&self, bytes: usize) {
        self.set(Mode::CutAfter(bytes));
    }

    /// Lets `bytes` more of the server's through, then ends the connection, and lets everything through on others.
    pub fn cut_once_after(&self, bytes: usize) {
        self.set(Mode::CutOnceAfter(bytes));
    }

    /// Sends `bytes` to the client right behind what the server says next.
    pub fn inject(&self, bytes: &[u8]) {
        self.set(Mode::Inject(bytes.to_vec()));
    }

    /// Ends all connections; new ones are served.
    pub fn cut(&self) {
        let connections = std::mem::take(&mut self.shared.state.lock().unwrap().connections);
        connections.iter().for_each(end);
    }

    /// Connections so far.
    pub fn accepted(&self) -> usize {
        self.shared.state.lock().unwrap().accepted
    }

    fn set(&self, mode: Mode) {
        self.shared.state.lock().unwrap().mode = mode;
        self.shared.changed.notify_all();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        {
            let mut state = self.shared.state.lock().unwrap();
            state.ended = true;
            state.mode = Mode::Pass;
            state.connections.iter().for_each(end);
        }
        self.shared.changed.notify_all();
        // The listener wakes up and sees that it has ended.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn end((client, server): &(TcpStream, TcpStream)) {
    let _ = client.shutdown(Shutdown::Both);
    let _ = server.shutdown(Shutdown::Both);
}

fn serve(listener: &TcpListener, port: u16, shared: &Arc<Shared>) {
    for client in listener.incoming().map_while(Result::ok) {
        let mut state = shared.state.lock().unwrap();
        if state.ended {
            return;
        }
        state.accepted += 1;
        // A server that is down ends the connection, as it would without a proxy.
        let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else { continue };
        client.set_nodelay(true).unwrap();
        server.set_nodelay(true).unwrap();
        let twice = |stream: &TcpStream| stream.try_clone().unwrap();
        state.connections.push((twice(&client), twice(&server)));
        let (towards, back) = ((twice(&client), twice(&server)), (server, client));
        let (one, other) = (Arc::clone(shared), Arc::clone(shared));
        thread::spawn(move || carry(towards, &one, Shared::let_question));
        thread::spawn(move || carry(back, &other, Shared::let_answer));
    }
}

/// Carries bytes from one end to the other until either ends.
fn carry(
    (mut from, mut to): (TcpStream, TcpStream),
    shared: &Shared,
    let_through: fn(&Shared, &[u8], &mut TcpStream) -> bool,
) {
    let mut bytes = [0; 4096];
    while let Ok(n @ 1..) = from.read(&mut bytes) {
        if !let_through(shared, &bytes[..n], &mut to) {
            break;
        }
    }
    end(&(from, to));
}

impl Shared {
    fn let_question(&self, bytes: &[u8], to: &mut TcpStream) -> bool {
        let state = self.state.lock().unwrap();
        drop(self.changed.wait_while(state, |state| state.mode == Mode::Stall).unwrap());
        to.write_all(bytes).is_ok()
    }

    fn let_answer(&self, mut bytes: &[u8], to: &mut TcpStream) -> bool {
        let mut state = self.state.lock().unwrap();
        loop {
            match &mut state.mode {
                Mode::Pass => return to.write_all(bytes).is_ok(),
                Mode::Inject(more) => {
                    let all = [bytes, more].concat();
                    state.mode = Mode::Pass;
                    return to.write_all(&all).is_ok();
                }
                Mode::Truncate(left) | Mode::CutAfter(left) | Mode::CutOnceAfter(left) if *left > 0 => {
                    let now = bytes.len().min(*left);
                    *left -= now;
                    if to.write_all(&bytes[..now]).is_err() {
                        return false;
                    }
                    bytes = &bytes[now..];
                    if bytes.is_empty() {
                        return true;
                    }
                }
                Mode::CutAfter(_) => return false,
                Mode::CutOnceAfter(_) => {
                    state.mode = Mode::Pass;
                    return false;
                }
                Mode::Stall | Mode::Truncate(_) => state = self.changed.wait(state).unwrap(),
            }
        }
    }
}
