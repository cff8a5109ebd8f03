//! A package index on the loopback interface: simple repository API (PEP 503, 592, 658, 691, 700), conditional and range requests,
//! compression, basic authentication, a log of requests, and failures on demand.

mod answer;
mod page;
mod server;

use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::artifact::Artifact;
use crate::{interpreters, known_pip, seed};

/// Which pips an index offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Pips {
    /// The one of `known_pip`.
    Known,
    /// One of the same version, with nothing in it.
    Hollow,
    /// Those of this machine.
    Real,
}

/// What the index does wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Nothing.
    #[default]
    None,
    /// It closes every connection unanswered.
    Down,
    /// It answers everything with this status.
    Status(u16),
    /// It waits before every answer.
    Slow(Duration),
    /// It waits before it sends a wheel.
    SlowWheels(Duration),
    /// It serves files of the right length with wrong bytes.
    CorruptFiles,
    /// It closes the connection in the middle of a file.
    TruncatedFiles,
}

/// Whether METADATA is served beside wheels (PEP 658).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum MetadataFiles {
    /// Announced and served.
    #[default]
    Served,
    /// Neither announced nor served: a client has to fetch the wheel.
    Absent,
}

/// The form of project pages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum PageForm {
    /// PEP 503.
    #[default]
    Html,
    /// PEP 691, to those who accept it.
    Json,
}

/// Whether parts of files are served.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Ranges {
    /// To everybody who asks.
    #[default]
    Served,
    /// Whoever asks gets the whole.
    Ignored,
}

/// One request, as the log keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    /// Path, such as `/simple/demo/`.
    pub(crate) path: String,
    /// Status of the answer; 0 for none.
    pub(crate) status: u16,
    /// Whether it carried the right credentials.
    pub(crate) authorized: bool,
}

/// What the index is about to serve, shared with its threads.
#[derive(Debug, Default)]
struct State {
    projects: BTreeMap<String, Vec<Artifact>>,
    credentials: Option<(String, String)>,
    failure: Failure,
    metadata: MetadataFiles,
    form: PageForm,
    ranges: Ranges,
    /// By how paths begin: a status to answer with.
    failing: BTreeMap<String, u16>,
    /// By how paths begin: where the rest is.
    moved: BTreeMap<String, String>,
    /// Paths that were asked for, answered or not.
    begun: Vec<String>,
    log: Vec<Request>,
}

/// A running index; it ends when it is dropped.
pub(crate) struct Index {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    stopping: Arc<AtomicBool>,
    listener: Option<JoinHandle<TcpListener>>,
}

impl Index {
    /// An index with a pip whose rules the native search knows, as it is for users: real pip is asked only what snapenv cannot answer.
    pub(crate) fn start() -> Self {
        Self::offering(Pips::Known)
    }

    /// An index with the pip wheels of the machine's interpreters, for tests of real pip and of what is handed to it: where the newest
    /// of them has other rules than the native search, pip is asked whatever is not known yet, which takes seconds.
    pub(crate) fn of_real_pips() -> Self {
        Self::offering(Pips::Real)
    }

    /// An index whose pip is nothing but a name and a version: whoever runs it fails. For tests that make many environments, or stores, and
    /// of which no command may end in pip.
    pub(crate) fn of_hollow_pip() -> Self {
        Self::offering(Pips::Hollow)
    }

    fn offering(pips: Pips) -> Self {
        Self::offering_at(pips, seed::take_address(pips).unwrap_or_else(any_address))
    }

    /// The same at a given address.
    pub(crate) fn offering_at(pips: Pips, listener: TcpListener) -> Self {
        let index = Self::at(listener);
        match pips {
            Pips::Known => index.publish(known_pip::wheel()),
            Pips::Hollow => index.publish(known_pip::hollow()),
            Pips::Real => interpreters::pip_wheels()
                .iter()
                .for_each(|wheel| index.publish(wheel.clone())),
        }
        index
    }

    /// An index that serves nothing yet.
    pub(crate) fn empty() -> Self {
        Self::at(any_address())
    }

    fn at(listener: TcpListener) -> Self {
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let stopping = Arc::new(AtomicBool::new(false));
        let (shared, stop) = (Arc::clone(&state), Arc::clone(&stopping));
        let accepting = thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let state = Arc::clone(&shared);
                thread::spawn(move || server::serve(connection, &state));
            }
            listener
        });
        Self {
            address,
            state,
            stopping,
            listener: Some(accepting),
        }
    }

    /// Adds a file, seen from the next request on.
    pub(crate) fn publish(&self, artifact: Artifact) {
        self.state()
            .projects
            .entry(artifact.project.clone())
            .or_default()
            .push(artifact);
    }

    /// Takes a project from the index.
    pub(crate) fn withdraw(&self, project: &str) {
        self.state().projects.remove(project);
    }

    /// From now on, answers only those who know the password.
    pub(crate) fn protect(&self, user: &str, password: &str) {
        self.state().credentials = Some((user.to_owned(), password.to_owned()));
    }

    /// From now on, fails as told.
    pub(crate) fn fail(&self, failure: Failure) {
        self.state().failure = failure;
    }

    /// From now on, answers with `status` where the path begins like this.
    pub(crate) fn fail_at(&self, path: &str, status: u16) {
        self.state().failing.insert(path.to_owned(), status);
    }

    /// From now on, redirects to `target` (a URL) with the rest, where the path begins like this.
    pub(crate) fn redirect(&self, path: &str, target: &str) {
        self.state().moved.insert(path.to_owned(), target.to_owned());
    }

    /// The form of project pages from now on.
    pub(crate) fn speak(&self, form: PageForm) {
        self.state().form = form;
    }

    /// Whether parts of files are served.
    pub(crate) fn ranges(&self, ranges: Ranges) {
        self.state().ranges = ranges;
    }

    /// Whether METADATA is served beside wheels.
    pub(crate) fn metadata_files(&self, metadata: MetadataFiles) {
        self.state().metadata = metadata;
    }

    /// The index' address, without credentials.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/simple/", self.address)
    }

    /// The index' address with credentials in it.
    pub(crate) fn url_as(&self, user: &str, password: &str) -> String {
        format!("http://{user}:{password}@{}/simple/", self.address)
    }

    /// A page that links to all files, for `--find-links`.
    pub(crate) fn links_url(&self) -> String {
        format!("http://{}/links/", self.address)
    }

    /// The address of one file.
    pub(crate) fn file_url(&self, artifact: &Artifact) -> String {
        format!("http://{}/files/{}", self.address, artifact.filename)
    }

    /// Requests since the last call, in the order of their answers.
    pub(crate) fn take_requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.state().log)
    }

    /// Paths of all requests that have come, in their order; answers may be due.
    pub(crate) fn begun(&self) -> Vec<String> {
        self.state().begun.clone()
    }

    /// Demands that nobody asked anything since the last call of [`Index::take_requests`].
    #[track_caller]
    pub(crate) fn assert_not_asked(&self) {
        let requests = self.take_requests();
        assert!(requests.is_empty(), "the index was asked: {requests:#?}");
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for connections.
        drop(TcpStream::connect(self.address));
        if let Some(Ok(listener)) = self.listener.take().map(JoinHandle::join) {
            seed::give_back(listener);
        }
    }
}

fn any_address() -> TcpListener {
    TcpListener::bind(("127.0.0.1", 0)).unwrap()
}

/// A GET with nothing but the standard library; the index' own tests need no client.
fn get(url: &str, header: &str) -> io::Result<String> {
    use std::io::{Read as _, Write as _};
    let (host, path) = url.trim_start_matches("http://").split_once('/').unwrap();
    let mut stream = TcpStream::connect(host)?;
    write!(
        stream,
        "GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{header}\r\n"
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

mod tests;
