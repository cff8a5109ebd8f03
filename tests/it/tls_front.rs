//! An index behind TLS that speaks HTTP/2, and ends connections and streams in the middle if told to.
//!
//! Its certificate is of a CA of its own, made by the `openssl` program. Requests go on to a plain index.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

use bytes::Bytes;
use h2::Reason;
use h2::server::SendResponse;
use http::{Request, Response};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::index::Index;
use crate::sandbox::Sandbox;
use crate::skipped::skipped;

/// What happens to streams and connections.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Nothing.
    #[default]
    None,
    /// Each connection is ended (GOAWAY) after so many requests, those under way being answered.
    GoAway(usize),
    /// Each connection is ended at once after so many requests, whatever is under way.
    Abrupt(usize),
    /// The first request for each path is reset before it is answered.
    Refused,
    /// The first answer for each path is reset in the middle.
    Reset,
}

/// What was seen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    /// Connections that agreed on HTTP/2.
    pub(crate) shared: usize,
    /// Connections that agreed on HTTP/1.1.
    pub(crate) apart: usize,
    /// Paths that were asked for over HTTP/2, in order.
    pub(crate) paths: Vec<String>,
    /// Connections and streams that were ended in the middle.
    pub(crate) ended: usize,
}

#[derive(Debug, Default)]
struct State {
    trouble: Trouble,
    seen: Seen,
}

/// A running front; it runs until the tests end.
pub(crate) struct TlsFront {
    port: u16,
    /// The certificate of its CA.
    pub(crate) ca: PathBuf,
    state: Arc<Mutex<State>>,
}

impl TlsFront {
    /// Puts TLS before an index; says for `what` why that cannot be.
    pub(crate) fn start(sandbox: &Sandbox, index: &Index, what: &str) -> Option<Self> {
        let folder = sandbox.work("tls");
        let Some(config) = certified(sandbox, &folder) else {
            skipped(what, "there is no openssl program that makes certificates");
            return None;
        };
        let plain: SocketAddr = index.url()["http://".len()..].split('/').next().unwrap().parse().unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0))).unwrap();
        let port = listener.local_addr().unwrap().port();
        let front = Front {
            plain,
            acceptor: TlsAcceptor::from(Arc::new(config)),
            state: Arc::clone(&state),
        };
        thread::spawn(move || runtime.block_on(front.accept(listener)));
        Some(Self {
            port,
            ca: folder.join("ca.pem"),
            state,
        })
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}/simple/", self.port)
    }

    /// What happens from now on.
    pub(crate) fn trouble(&self, trouble: Trouble) {
        *self.state.lock().unwrap() = State {
            trouble,
            seen: Seen::default(),
        };
    }

    /// What was seen since then.
    pub(crate) fn seen(&self) -> Seen {
        self.state.lock().unwrap().seen.clone()
    }
}

/// A CA, and a certificate of its for `localhost`, in `folder`.
fn certified(sandbox: &Sandbox, folder: &Path) -> Option<ServerConfig> {
    std::fs::create_dir_all(folder).unwrap();
    sandbox.write("tls/leaf.cnf", "subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n");
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    let made = [
        format!("req -x509 {key} -keyout ca.key -out ca.pem -days 2 -subj /CN=tests"),
        format!("req {key} -keyout leaf.key -out leaf.csr -subj /CN=localhost"),
        "x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out leaf.pem -days 2 -extfile leaf.cnf".to_owned(),
    ]
    .iter()
    .all(|arguments| {
        let mut command = sandbox.command("openssl", arguments.split(' '));
        command.current_dir(folder);
        command.output().is_ok_and(|output| output.status.success())
    });
    made.then(|| {
        let certificate = CertificateDer::from_pem_file(folder.join("leaf.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_file(folder.join("leaf.key")).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider);
        let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        let mut config = builder.with_single_cert(vec![certificate], key).unwrap();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config
    })
}

#[derive(Clone)]
struct Front {
    plain: SocketAddr,
    acceptor: TlsAcceptor,
    state: Arc<Mutex<State>>,
}

impl Front {
    async fn accept(self, listener: TcpListener) {
        let tasks = tokio::task::LocalSet::new();
        let accepting = async {
            while let Ok((stream, _)) = listener.accept().await {
                let front = self.clone();
                tokio::task::spawn_local(async move {
                    // A client that goes away in the middle is no failure of the test.
                    let Ok(stream) = front.acceptor.accept(stream).await else {
                        return;
                    };
                    if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                        front.state.lock().unwrap().seen.shared += 1;
                        front.share(stream).await;
                    } else {
                        front.state.lock().unwrap().seen.apart += 1;
                        front.pass_on(stream).await;
                    }
                });
            }
        };
        tasks.run_until(accepting).await;
    }

    /// HTTP/1.1, byte by byte.
    async fn pass_on(&self, mut stream: TlsStream<TcpStream>) {
        if let Ok(mut plain) = TcpStream::connect(self.plain).await {
            let _ = tokio::io::copy_bidirectional(&mut stream, &mut plain).await;
        }
    }

    /// One connection of HTTP/2.
    async fn share(&self, stream: TlsStream<TcpStream>) {
        let Ok(mut connection) = h2::server::handshake(stream).await else {
            return;
        };
        let mut requests = 0;
        while let Some(Ok((request, respond))) = connection.accept().await {
            requests += 1;
            let path = request.uri().path().to_owned();
            let (trouble, is_first) = {
                let mut state = self.state.lock().unwrap();
                let is_first = !state.seen.paths.contains(&path);
                state.seen.paths.push(path);
                let ends = match state.trouble {
                    Trouble::None => false,
                    Trouble::GoAway(after) | Trouble::Abrupt(after) => requests == after,
                    Trouble::Refused | Trouble::Reset => is_first,
                };
                state.seen.ended += usize::from(ends);
                (state.trouble, is_first)
            };
            match trouble {
                Trouble::GoAway(after) if requests == after => connection.graceful_shutdown(),
                Trouble::Abrupt(after) if requests == after => connection.abrupt_shutdown(Reason::ENHANCE_YOUR_CALM),
                _ => {}
            }
            let front = self.clone();
            tokio::task::spawn_local(async move { front.answer(request, respond, (trouble, is_first)).await });
        }
    }

    async fn answer(
        &self,
        request: Request<h2::RecvStream>,
        mut respond: SendResponse<Bytes>,
        (trouble, is_first): (Trouble, bool),
    ) {
        if trouble == Trouble::Refused && is_first {
            return respond.send_reset(Reason::INTERNAL_ERROR);
        }
        let Some((status, headers, body)) = self.ask(&request).await else {
            return respond.send_reset(Reason::INTERNAL_ERROR);
        };
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(name, value);
        }
        let Ok(mut stream) = respond.send_response(response.body(()).unwrap(), body.is_empty()) else {
            return;
        };
        if trouble == Trouble::Reset && is_first {
            let half = body[..body.len() / 2].to_vec();
            let _ = stream.send_data(half.into(), false);
            // What was sent goes out before the stream is ended.
            tokio::task::yield_now().await;
            return stream.send_reset(Reason::INTERNAL_ERROR);
        }
        if !body.is_empty() {
            let _ = stream.send_data(body.into(), true);
        }
    }

    /// What the plain index answers.
    async fn ask(&self, request: &Request<h2::RecvStream>) -> Option<(u16, Vec<(String, String)>, Vec<u8>)> {
        let mut plain = TcpStream::connect(self.plain).await.ok()?;
        let mut head = format!(
            "{} {} HTTP/1.1\r\nConnection: close\r\n",
            request.method(),
            request.uri().path()
        );
        for (name, value) in request.headers() {
            write!(head, "{name}: {}\r\n", value.to_str().ok()?).unwrap();
        }
        plain.write_all(format!("{head}\r\n").as_bytes()).await.ok()?;
        let mut answer = Vec::new();
        plain.read_to_end(&mut answer).await.ok()?;
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        let (first, lines) = head.split_once("\r\n")?;
        let status = first.split(' ').nth(1)?.parse().ok()?;
        let headers = lines.lines().filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
        Some((status, headers, answer.split_off(end + 4)))
    }
}
