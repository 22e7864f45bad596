//! A TCP proxy that does harm on demand: delays, stalls, cuts, half-open connections, slow ends, flipped bits, narrow lines.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use futures::future::join;
use rand::random_range;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinHandle,
    time::sleep,
};

/// What is wrong with the line. By default nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fault {
    /// Each piece waits so long.
    pub delay: Duration,
    /// And up to so much longer.
    pub jitter: Duration,
    /// Nothing gets to the server. It comes late, as after lost packets, once the line is well again.
    pub deaf: bool,
    /// Nothing gets back from the server. Both together are a black hole.
    pub mute: bool,
    /// New connections are closed at once.
    pub refuse: bool,
    /// An end of one side is told to the other so much later.
    pub slow_end: Duration,
    /// One piece in so many has a bit flipped; 0: none.
    pub flip: u32,
    /// How many bytes a second go through; 0: as many as may be.
    pub bytes_per_second: u64,
}

impl Fault {
    /// Nothing gets through, and nobody is told.
    #[must_use]
    pub fn black_hole() -> Self {
        Self { deaf: true, mute: true, ..Self::default() }
    }

    /// Everything takes longer.
    #[must_use]
    pub fn slow(delay: Duration) -> Self {
        Self { delay, jitter: delay / 4, ..Self::default() }
    }
}

/// A proxy before a server.
#[derive(Debug)]
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    line: Arc<Line>,
    accepting: JoinHandle<()>,
}

#[derive(Debug)]
struct Line {
    fault: watch::Sender<Fault>,
    /// Counts the cuts: connections of before end.
    cuts: watch::Sender<u64>,
    /// Counts the servers' silent deaths: connections of before have nobody at the other end any more.
    deaths: watch::Sender<u64>,
}

impl Proxy {
    /// A proxy before an address.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn before(server: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let line = Arc::new(Line {
            fault: watch::Sender::new(Fault::default()),
            cuts: watch::Sender::new(0),
            deaths: watch::Sender::new(0),
        });
        let address = listener.local_addr()?;
        let accepting = tokio::spawn(accept(listener, server, line.clone()));
        Ok(Self { address, line, accepting })
    }

    /// Has something be wrong from now on.
    pub fn set(&self, fault: Fault) {
        self.line.fault.send_replace(fault);
    }

    /// Has all be well again.
    pub fn heal(&self) {
        self.set(Fault::default());
    }

    /// Cuts every connection.
    pub fn cut(&self) {
        self.line.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Has the server be gone without a word: connections stay open, and nobody is at their other end.
    pub fn half_open(&self) {
        self.line.deaths.send_modify(|deaths| *deaths += 1);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut();
    }
}

async fn accept(listener: TcpListener, server: SocketAddr, line: Arc<Line>) {
    while let Ok((caller, _)) = listener.accept().await {
        if !line.fault.borrow().refuse {
            tokio::spawn(carry(caller, server, line.clone()));
        }
    }
}

/// Carries a connection until one side ends it, or a cut does.
async fn carry(caller: TcpStream, server: SocketAddr, line: Arc<Line>) {
    let (mut cuts, mut deaths) = (line.cuts.subscribe(), line.deaths.subscribe());
    let (mut from_caller, mut to_caller) = caller.into_split();
    let both = async {
        // A server behind a line that is not well is not reached before it is.
        line.until(|fault| !fault.deaf).await;
        let Ok(server) = TcpStream::connect(server).await else { return };
        let _ = server.set_nodelay(true);
        let (mut from_server, mut to_server) = server.into_split();
        join(
            pump(&mut from_caller, &mut to_server, &line, |fault| fault.deaf),
            pump(&mut from_server, &mut to_caller, &line, |fault| fault.mute),
        )
        .await;
    };
    tokio::select! {
        () = both => return,
        _ = cuts.changed() => return,
        _ = deaths.changed() => {}
    }
    // The server's half is gone, and the caller's stays open until the next cut.
    let _ = cuts.changed().await;
}

impl Line {
    async fn until(&self, well: impl FnMut(&Fault) -> bool) {
        // The sender lives as long as we do.
        let _ = self.fault.subscribe().wait_for(well).await;
    }
}

/// Carries the bytes of one direction.
async fn pump(from: &mut OwnedReadHalf, to: &mut OwnedWriteHalf, line: &Line, stalled: fn(&Fault) -> bool) {
    let mut piece = vec![0; 16 << 10];
    loop {
        let length = match from.read(&mut piece).await {
            Ok(0) | Err(_) => break,
            Ok(length) => length,
        };
        line.until(|fault| !stalled(fault)).await;
        let fault = *line.fault.borrow();
        hold(&fault, length).await;
        if fault.flip > 0 && random_range(0..fault.flip) == 0 {
            piece[random_range(0..length)] ^= 1 << random_range(0..8);
        }
        if to.write_all(&piece[..length]).await.is_err() {
            break;
        }
    }
    line.until(|fault| !stalled(fault)).await;
    let slow_end = line.fault.borrow().slow_end;
    sleep(slow_end).await;
    let _ = to.shutdown().await;
}

/// Waits as long as a piece takes.
async fn hold(fault: &Fault, length: usize) {
    let jitter = fault.jitter.mul_f64(random_range(0.0..1.0));
    let line = match fault.bytes_per_second {
        0 => Duration::ZERO,
        rate => Duration::from_secs_f64(length as f64 / rate as f64),
    };
    let time = fault.delay + jitter + line;
    if time > Duration::ZERO {
        sleep(time).await;
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{Instant, timeout};

    use super::*;

    /// A server that sends back what it gets, behind a proxy.
    async fn echo() -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = stream.into_split();
                    tokio::io::copy(&mut from, &mut to).await
                });
            }
        });
        Proxy::before(address).await.expect("a proxy")
    }

    async fn connect(proxy: &Proxy) -> TcpStream {
        TcpStream::connect(proxy.address).await.expect("connected")
    }

    async fn ask(stream: &mut TcpStream) -> std::io::Result<[u8; 4]> {
        stream.write_all(b"ping").await?;
        let mut answer = [0; 4];
        stream.read_exact(&mut answer).await?;
        Ok(answer)
    }

    async fn is_silent(stream: &mut TcpStream) -> bool {
        timeout(Duration::from_millis(100), stream.read_u8()).await.is_err()
    }

    #[tokio::test]
    async fn a_line_that_is_well_carries_everything_and_its_end() {
        let proxy = echo().await;
        let mut stream = connect(&proxy).await;
        assert_eq!(&ask(&mut stream).await.expect("an answer"), b"ping");
        stream.shutdown().await.expect("shut down");
        assert_eq!(stream.read(&mut [0; 4]).await.expect("the end"), 0);
    }

    #[tokio::test]
    async fn what_a_black_hole_or_a_mute_line_held_back_comes_once_it_is_well() {
        let proxy = echo().await;
        for fault in [Fault::black_hole(), Fault { mute: true, ..Fault::default() }] {
            let mut stream = connect(&proxy).await;
            ask(&mut stream).await.expect("an answer");
            proxy.set(fault);
            stream.write_all(b"late").await.expect("written");
            assert!(is_silent(&mut stream).await);
            let mut new = connect(&proxy).await;
            new.write_all(b"new!").await.expect("written");
            assert!(is_silent(&mut new).await);
            proxy.heal();
            let mut answer = [0; 4];
            stream.read_exact(&mut answer).await.expect("an answer");
            assert_eq!(&answer, b"late");
            new.read_exact(&mut answer).await.expect("an answer");
            assert_eq!(&answer, b"new!");
        }
    }

    #[tokio::test]
    async fn a_cut_ends_connections_and_refusal_new_ones() {
        let proxy = echo().await;
        let mut stream = connect(&proxy).await;
        ask(&mut stream).await.expect("an answer");
        proxy.set(Fault { refuse: true, ..Fault::default() });
        proxy.cut();
        assert!(ask(&mut stream).await.is_err());
        assert!(ask(&mut connect(&proxy).await).await.is_err());
        proxy.heal();
        ask(&mut connect(&proxy).await).await.expect("an answer");
    }

    #[tokio::test]
    async fn a_half_open_connection_says_nothing_any_more_and_new_ones_are_served() {
        let proxy = echo().await;
        let mut stream = connect(&proxy).await;
        ask(&mut stream).await.expect("an answer");
        proxy.half_open();
        stream.write_all(b"ping").await.expect("written");
        assert!(is_silent(&mut stream).await);
        ask(&mut connect(&proxy).await).await.expect("an answer");
        proxy.cut();
        assert!(timeout(Duration::from_secs(5), stream.read_u8()).await.expect("the end").is_err());
    }

    #[tokio::test]
    async fn delays_narrow_lines_slow_ends_and_flipped_bits() {
        let proxy = echo().await;
        let mut stream = connect(&proxy).await;
        proxy.set(Fault { delay: Duration::from_millis(40), bytes_per_second: 100, ..Fault::default() });
        let began = Instant::now();
        ask(&mut stream).await.expect("an answer");
        assert!(
            began.elapsed() >= Duration::from_millis(160),
            "four bytes at a hundred a second, twice, and two delays"
        );
        proxy.set(Fault { flip: 1, ..Fault::default() });
        let flipped = ask(&mut stream).await.expect("an answer");
        let bits: u32 = flipped.iter().zip(b"ping").map(|(one, other)| (one ^ other).count_ones()).sum();
        assert!(bits <= 2 && bits.is_multiple_of(2), "there and back: {bits}");
        proxy.set(Fault { slow_end: Duration::from_millis(300), ..Fault::default() });
        stream.shutdown().await.expect("shut down");
        assert!(is_silent(&mut stream).await);
        assert_eq!(stream.read(&mut [0; 4]).await.expect("the end"), 0);
    }
}
