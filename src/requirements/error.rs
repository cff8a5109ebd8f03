//! What can be wrong with requirements, and where.

use std::fmt;

use super::link::redact;
use super::place::LoadError;

/// Characters of a line that an excerpt shows.
const WIDEST: usize = 120;

/// Requirements that cannot be read: what is wrong, and the place of it where there is one.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.rendered())]
pub struct RequirementsError {
    kind: Box<ErrorKind>,
    excerpt: Option<Box<Excerpt>>,
}

/// What is wrong with requirements. Texts in it have no credentials.
#[derive(Debug, thiserror::Error)]
pub enum ErrorKind {
    /// A requirement or marker that the grammar (PEP 508, PEP 440) does not allow.
    #[error("{message}")]
    Syntax {
        /// What was expected.
        message: String,
        /// What the user may have meant.
        hint: Option<String>,
    },
    /// snapenv cannot read this, pip may.
    #[error("{0}")]
    Unsupported(String),
    /// An option in a requirements file that is wrong in itself or in its value.
    #[error("{0}")]
    Option(String),
    /// A requirements or constraints file that cannot be opened.
    #[error("could not open {kind} file '{name}': {cause}")]
    Unreadable {
        /// `requirements` or `constraint`.
        kind: &'static str,
        /// The file as the user named it.
        name: String,
        /// Why.
        cause: LoadError,
    },
    /// A requirements file that is not text in the encoding that it says.
    #[error("'{name}' is not {encoding} text")]
    Undecodable {
        /// The file as the user named it.
        name: String,
        /// Python's name of the encoding.
        encoding: String,
    },
    /// Files that include each other.
    #[error("{last} recursively references itself ({})", chain.join(" -> "))]
    Cycle {
        /// The file that was included again.
        last: String,
        /// All files from the first to the last, as they include each other.
        chain: Vec<String>,
    },
    /// A constraint of a form that pip's resolver refuses.
    #[error("{0}")]
    Constraint(&'static str),
    /// A folder without a project in it.
    #[error("directory '{0}' is not installable. Neither 'setup.py' nor 'pyproject.toml' found")]
    NotInstallable(String),
    /// What follows `-e` is neither a folder nor a VCS URL.
    #[error("{0} is not a valid editable requirement. It should either be a path to a local project or a VCS URL")]
    NotEditable(String),
    /// An editable VCS URL that does not say which project it is.
    #[error("could not detect requirement name for '{0}', please specify one with your_package_name @ URL")]
    Nameless(String),
    /// A file called `.whl` whose name is none of a wheel (the binary distribution format).
    #[error("invalid wheel filename '{0}'")]
    WheelName(String),
}

/// The line that an error is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The file or URL as the user named it, empty for the command line.
    pub place: String,
    /// Number of the line in it, from 1; 0 for the command line.
    pub line: usize,
    /// The line, continuations joined, variables not expanded.
    pub text: String,
    /// Where in the line, in characters from 0.
    pub column: usize,
}

impl ErrorKind {
    pub(super) fn syntax(message: impl Into<String>) -> Self {
        Self::Syntax {
            message: message.into(),
            hint: None,
        }
    }

    /// The same with every text in it mapped.
    pub(super) fn map(self, text: impl Fn(String) -> String) -> Self {
        match self {
            Self::Syntax { message, hint } => Self::Syntax {
                message: text(message),
                hint: hint.map(text),
            },
            Self::Unsupported(message) => Self::Unsupported(text(message)),
            Self::Option(message) => Self::Option(text(message)),
            Self::NotInstallable(path) => Self::NotInstallable(text(path)),
            Self::NotEditable(given) => Self::NotEditable(text(given)),
            Self::Nameless(given) => Self::Nameless(text(given)),
            Self::WheelName(name) => Self::WheelName(text(name)),
            Self::Cycle { last, chain } => Self::Cycle {
                last: text(last),
                chain: chain.into_iter().map(text).collect(),
            },
            Self::Unreadable { kind, name, cause } => Self::Unreadable {
                kind,
                name: text(name),
                cause,
            },
            Self::Undecodable { name, encoding } => Self::Undecodable {
                name: text(name),
                encoding,
            },
            Self::Constraint(_) => self,
        }
    }

    /// The fault of this kind at byte `at` of the text being read.
    pub(super) fn at(self, at: usize) -> Fault {
        Fault { kind: self, at }
    }
}

impl RequirementsError {
    pub(super) fn new(kind: ErrorKind) -> Self {
        Self {
            kind: Box::new(kind.map(|text| redact(&text))),
            excerpt: None,
        }
    }

    pub(super) fn with_excerpt(kind: ErrorKind, excerpt: Excerpt) -> Self {
        Self {
            kind: Box::new(kind.map(|text| redact(&text))),
            excerpt: Some(Box::new(excerpt)),
        }
    }

    /// The error itself if it has an excerpt, else what is wrong.
    pub(super) fn located(self) -> Result<Self, ErrorKind> {
        if self.excerpt.is_some() { Ok(self) } else { Err(*self.kind) }
    }

    /// What is wrong.
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// The line it is about, where there is one.
    pub fn excerpt(&self) -> Option<&Excerpt> {
        self.excerpt.as_deref()
    }

    /// Whether snapenv cannot read this but pip may, so that the request should be handed to pip.
    pub fn is_unsupported(&self) -> bool {
        matches!(*self.kind, ErrorKind::Unsupported(_))
    }

    /// The next step for the user.
    pub fn hint(&self) -> Option<String> {
        match &*self.kind {
            ErrorKind::Syntax { hint, .. } => hint.clone(),
            ErrorKind::Unsupported(_) => Some("pip itself may understand it".to_owned()),
            ErrorKind::Undecodable { .. } => {
                Some("save the file as UTF-8, or name its encoding in the first line: `# -*- coding: ... -*-`".to_owned())
            }
            ErrorKind::Cycle { .. } => Some("remove one of these includes".to_owned()),
            ErrorKind::Constraint(_) => {
                Some("constraints are a project name and a version specifier; move other forms to the requirements".to_owned())
            }
            ErrorKind::NotEditable(_) => {
                Some("write `-e ./folder` or `-e name @ git+https://...`; environment markers go with the latter only".to_owned())
            }
            ErrorKind::WheelName(_) => Some("wheels are called name-version-python-abi-platform.whl".to_owned()),
            ErrorKind::Option(_) | ErrorKind::Unreadable { .. } | ErrorKind::NotInstallable(_) | ErrorKind::Nameless(_) => None,
        }
    }

    fn rendered(&self) -> String {
        match &self.excerpt {
            Some(excerpt) if excerpt.place.is_empty() => format!("{}\n{excerpt}", self.kind),
            Some(excerpt) => format!("{}:{}: {}\n{excerpt}", excerpt.place, excerpt.line, self.kind),
            None => self.kind.to_string(),
        }
    }
}

impl Excerpt {
    /// The excerpt of a line of which `read` (variables expanded) had its fault at byte `at`; `written` is the same line
    /// unexpanded.
    pub(super) fn new(place: &str, line: usize, written: &str, read: &str, at: usize) -> Self {
        let at = in_written(written, read, at);
        let before = written.get(..at).unwrap_or(written);
        let text = redact(written);
        let column = redact(before).chars().count().min(text.chars().count());
        let (text, column) = window(&text, column);
        Self {
            place: redact(place),
            line,
            text,
            column,
        }
    }
}

/// Cuts a long line (one with many hashes) down to the surroundings of its fault.
fn window(text: &str, column: usize) -> (String, usize) {
    let start = column.saturating_sub(WIDEST / 2);
    let length = text.chars().count();
    if length <= WIDEST {
        return (text.to_owned(), column);
    }
    let mut out: String = text.chars().skip(start).take(WIDEST).collect();
    let mut column = column - start;
    if start > 0 {
        out.insert_str(0, "... ");
        column += 4;
    }
    if start + WIDEST < length {
        out.push_str(" ...");
    }
    (out, column)
}

/// Maps an offset in the expanded line to the written one; inside of what was expanded, to the beginning of it.
fn in_written(written: &str, read: &str, at: usize) -> usize {
    let common = written.bytes().zip(read.bytes()).take_while(|(a, b)| a == b).count();
    let limit = written.len().min(read.len()) - common;
    let tail = written
        .bytes()
        .rev()
        .zip(read.bytes().rev())
        .take(limit)
        .take_while(|(a, b)| a == b)
        .count();
    let at = if at <= common {
        at
    } else if at >= read.len() - tail {
        written.len() - (read.len() - at.min(read.len()))
    } else {
        common
    };
    (0..=at.min(written.len()))
        .rev()
        .find(|&at| written.is_char_boundary(at))
        .unwrap_or(0)
}

impl fmt::Display for Excerpt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = if self.line == 0 {
            String::new()
        } else {
            self.line.to_string()
        };
        let margin = " ".repeat(number.len());
        let indent: String = self
            .text
            .chars()
            .take(self.column)
            .map(|c| if c == '\t' { '\t' } else { ' ' })
            .collect();
        write!(formatter, "  {number} | {}\n  {margin} | {indent}^", self.text)
    }
}

/// Something wrong at a byte of the text being read, before it is known which file and line that text is.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) kind: ErrorKind,
    pub(super) at: usize,
}

impl Fault {
    /// The same fault in a text that begins `by` bytes earlier.
    pub(super) fn moved(self, by: usize) -> Self {
        Self {
            at: self.at + by,
            ..self
        }
    }

    /// The error about a text that stands in no file.
    pub(super) fn alone(self, text: &str) -> RequirementsError {
        RequirementsError::with_excerpt(self.kind, Excerpt::new("", 0, text, text, self.at))
    }
}
