//! The pool of workers.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use super::error::BytecodeError;
use super::worker::{Manner, Worker};

/// Sources that a worker gets at once: enough to hide the round trip, few enough to spread the work.
const BATCH: usize = 16;

/// A source and where its bytecode goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The source; it is read by the worker.
    pub path: PathBuf,
    /// The bytecode file to write; its folder exists.
    pub target: PathBuf,
    /// `co_filename`: a path within the environment, the same on every machine.
    pub name: String,
    /// The source's modification time in seconds, for the header.
    pub mtime: i64,
    /// The source's size in bytes; the largest are compiled first.
    pub size: u64,
}

/// Compiles sources with as many persistent workers as there are cores. Workers start with the first source.
pub struct Compiler {
    jobs: Sender<Job>,
}

struct Job {
    sources: Vec<Source>,
    answer: Sender<Result<Vec<(PathBuf, bool)>, BytecodeError>>,
}

impl Compiler {
    /// A pool of `workers` processes that compile in this manner.
    pub fn new(manner: &Manner, workers: usize) -> Self {
        let (jobs, queue) = channel();
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..workers.max(1) {
            let queue = Arc::clone(&queue);
            let manner = manner.clone();
            thread::spawn(move || serve(&queue, &manner));
        }
        Self { jobs }
    }

    /// Compiles all `sources`; answers with the targets that were written. A source that does not compile has none, as with pip.
    ///
    /// # Errors
    /// When the interpreter does not start, or a worker keeps ending over a source.
    pub fn compile(&self, mut sources: Vec<Source>) -> Result<Vec<PathBuf>, BytecodeError> {
        sources.sort_by(|a, b| b.size.cmp(&a.size).then_with(|| a.path.cmp(&b.path)));
        let (answer, answers) = channel();
        for batch in sources.chunks(BATCH) {
            let job = Job {
                sources: batch.to_vec(),
                answer: answer.clone(),
            };
            if self.jobs.send(job).is_err() {
                break;
            }
        }
        drop(answer);
        let mut written = Vec::with_capacity(sources.len());
        for batch in answers {
            written.extend(batch?.into_iter().filter_map(|(target, compiled)| compiled.then_some(target)));
        }
        Ok(written)
    }
}

fn serve(queue: &Mutex<Receiver<Job>>, manner: &Manner) {
    let mut worker = None;
    loop {
        let next = match queue.lock() {
            Ok(queue) => queue.recv(),
            Err(_) => return,
        };
        let Ok(job) = next else { return };
        // The asker may have given up; there is nobody to tell then.
        let _ = job.answer.send(run(&mut worker, manner, &job.sources));
    }
}

/// Workers in a row that may crash over one source: the second one proves that the source is at fault, and not the machine.
const CRASHES: usize = 2;

/// Runs one batch. A source that crashes workers (a compiler's stack is finite) goes without bytecode; a worker that ends for any other
/// reason is an error, for what it left out would be missing from the archive forever.
fn run(worker: &mut Option<Worker>, manner: &Manner, sources: &[Source]) -> Result<Vec<(PathBuf, bool)>, BytecodeError> {
    let mut done: Vec<(PathBuf, bool)> = Vec::with_capacity(sources.len());
    let mut crashes = 0;
    while done.len() < sources.len() {
        let rest = &sources[done.len()..];
        let mut current = match worker.take() {
            Some(running) => running,
            None => Worker::start(manner)?,
        };
        let compiled = current.compile(rest);
        done.extend(
            rest.iter()
                .zip(&compiled)
                .map(|(source, compiled)| (source.target.clone(), *compiled)),
        );
        let Some(culprit) = rest.get(compiled.len()) else {
            *worker = Some(current);
            break;
        };
        crashes = if compiled.is_empty() { crashes + 1 } else { 1 };
        let end = current.end();
        if !end.is_crash() || crashes == 2 * CRASHES {
            return Err(BytecodeError::Ended {
                interpreter: manner.interpreter.clone(),
                source_path: culprit.path.clone(),
                reason: end.to_string(),
            });
        }
        if crashes == CRASHES {
            done.push((culprit.target.clone(), false));
        }
    }
    Ok(done)
}
