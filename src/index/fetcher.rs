//! Fetching artifacts and small files, from the network or from disk.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use reqwest::blocking::Response;
use reqwest::header::CONTENT_TYPE;
use url::Url;

use super::client::Clients;
use super::request::Ask;
use super::retry::{self, Failure};
use super::transfer::{self, Destination, Watch};
use super::{Artifact, Body, Connections, Credentials, Download, FetchError, Fetched, Network, PipReason, RedactedUrl, request};
use crate::report::Progress;

/// How many artifacts are fetched at the same time.
const PARALLEL: usize = 8;

/// Fetches files; cheap to make, as nothing is set up before the first URL that needs the network.
pub struct Fetcher {
    pub(super) clients: Arc<Clients>,
    pub(super) credentials: Credentials,
    /// How often a request is repeated after the first failure.
    pub(super) retries: u32,
}

/// Where a URL leads.
enum Place {
    Network,
    File(PathBuf),
}

impl Fetcher {
    /// A fetcher that reaches the network as `network` says, with `credentials`.
    pub fn new(network: Network, credentials: Credentials) -> Self {
        Connections::default().fetcher(network, credentials)
    }

    /// Who is known to which host.
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// How the network is reached.
    pub(super) fn network(&self) -> &Network {
        self.clients.network()
    }

    /// Fetches `artifact` into the temporary file `into`, which is created or overwritten; nothing partial is left there on
    /// failure.
    ///
    /// The file is complete but not synced.
    ///
    /// # Errors
    /// See [`FetchError`]; [`FetchError::NeedsPip`] where real pip may succeed.
    pub fn fetch(&self, artifact: &Artifact, into: &Path, progress: &dyn Progress) -> Result<Fetched, FetchError> {
        self.fetch_until(artifact, into, progress, &AtomicBool::new(false))
    }

    /// Fetches several artifacts at a time, large ones first; one result per download, in their order.
    ///
    /// Wrong content or a full disk stops the rest, which then fail with [`FetchError::Stopped`].
    pub fn fetch_all(&self, downloads: &[Download], progress: &dyn Progress) -> Vec<Result<Fetched, FetchError>> {
        let mut order: Vec<usize> = (0..downloads.len()).collect();
        order.sort_by_key(|&index| std::cmp::Reverse(downloads[index].artifact.size));
        let stop = AtomicBool::new(false);
        let next = AtomicUsize::new(0);
        let results = Mutex::new(vec![Err(FetchError::Stopped); downloads.len()]);
        let work = || {
            while let Some(&index) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let Download { artifact, into } = &downloads[index];
                let result = self.fetch_until(artifact, into, progress, &stop);
                if result.as_ref().is_err_and(FetchError::stops_batch) {
                    stop.store(true, Ordering::Relaxed);
                }
                results.lock().unwrap_or_else(PoisonError::into_inner)[index] = result;
            }
        };
        thread::scope(|scope| {
            for _ in 1..downloads.len().min(PARALLEL) {
                scope.spawn(work);
            }
            work();
        });
        results.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads a small file, such as a requirements file, of at most `limit` bytes.
    ///
    /// # Errors
    /// [`FetchError::TooLarge`] beyond the limit, otherwise as for [`Fetcher::fetch`].
    pub fn read(&self, url: &Url, limit: u64) -> Result<Body, FetchError> {
        let limited = |bytes: Option<Vec<u8>>| bytes.ok_or_else(|| FetchError::TooLarge { url: url.into(), limit });
        match place(url)? {
            Place::File(path) => {
                let read = File::open(&path).and_then(|file| transfer::read_limited(file, limit));
                Ok(Body {
                    bytes: limited(read.map_err(|error| unreadable(&path, error))?)?,
                    content_type: None,
                })
            }
            Place::Network => retry::repeat(
                self.retries,
                |_, pause| thread::sleep(pause),
                || {
                    let response = self.get(url)?;
                    let content_type = content_type(&response);
                    let read = transfer::read_limited(response, limit).map_err(|error| broken(url, &error))?;
                    Ok(Body {
                        bytes: limited(read)?,
                        content_type,
                    })
                },
            ),
        }
    }

    /// The same, which ends with [`FetchError::Stopped`] once `stop` is set.
    ///
    /// # Errors
    /// As for [`Fetcher::fetch`].
    pub fn fetch_until(
        &self,
        artifact: &Artifact,
        into: &Path,
        progress: &dyn Progress,
        stop: &AtomicBool,
    ) -> Result<Fetched, FetchError> {
        let url = &artifact.url;
        if let Some(algorithm) = artifact.hashes.uncheckable() {
            return Err(FetchError::NeedsPip {
                url: url.into(),
                reason: PipReason::Hash(algorithm.to_owned()),
            });
        }
        match place(url)? {
            Place::File(path) => {
                let source = File::open(&path).map_err(|error| unreadable(&path, error))?;
                let bar = progress.bar(&artifact.filename, artifact.size);
                let watch = Watch { bar: &*bar, stop };
                let mut destination = Destination::create(into)?;
                let broken = |error| Failure::Final(unreadable(&path, error));
                let fetched = transfer::copy(source, &mut destination, artifact, &watch, broken);
                finish(fetched, destination).map_err(|failure| match failure {
                    Failure::Final(error) | Failure::Passing { error, .. } => error,
                })
            }
            Place::Network => {
                let between = |error: &FetchError, pause| {
                    progress.detail(&format!("{error}; trying again"));
                    sleep_unless(stop, pause);
                };
                retry::repeat(self.retries, between, || {
                    if stop.load(Ordering::Relaxed) {
                        return Err(FetchError::Stopped.into());
                    }
                    let response = self.get(url)?;
                    let bar = progress.bar(&artifact.filename, artifact.size.or(response.content_length()));
                    let watch = Watch { bar: &*bar, stop };
                    let mut destination = Destination::create(into)?;
                    let broken = |error| broken(url, &error);
                    let fetched = transfer::copy(response, &mut destination, artifact, &watch, broken);
                    finish(fetched, destination)
                })
            }
        }
    }

    fn get(&self, url: &Url) -> Result<Response, Failure> {
        request::get(&self.clients, &self.credentials, url, &Ask::file())
    }
}

/// Sleeps for `pause`, or until nobody wants the outcome any more.
fn sleep_unless(stop: &AtomicBool, pause: Duration) {
    const SLICE: Duration = Duration::from_millis(100);
    let mut left = pause;
    while !left.is_zero() && !stop.load(Ordering::Relaxed) {
        let slice = left.min(SLICE);
        thread::sleep(slice);
        left -= slice;
    }
}

fn finish(fetched: Result<Fetched, Failure>, destination: Destination<'_>) -> Result<Fetched, Failure> {
    if fetched.is_ok() {
        destination.keep();
    }
    fetched
}

fn place(url: &Url) -> Result<Place, FetchError> {
    let unknown = || FetchError::Scheme { url: url.into() };
    match url.scheme() {
        "http" | "https" => Ok(Place::Network),
        "file" => url.to_file_path().map(Place::File).map_err(|()| unknown()),
        _ => Err(unknown()),
    }
}

fn unreadable(path: &Path, error: io::Error) -> FetchError {
    FetchError::Read {
        path: path.to_owned(),
        source: Arc::new(error),
    }
}

pub(super) fn broken(url: &Url, error: &io::Error) -> Failure {
    Failure::Passing {
        error: FetchError::Connection {
            url: RedactedUrl::new(url),
            detail: format!("the transfer broke off: {}", request::describe(error)),
        },
        wait: None,
    }
}

fn content_type(response: &Response) -> Option<String> {
    let value = response.headers().get(CONTENT_TYPE)?;
    value.to_str().ok().map(str::to_owned)
}

#[cfg(test)]
mod tests;
