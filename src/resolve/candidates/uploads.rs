//! `--uploaded-prior-to`

use crate::index::simple::Uploaded;

/// `--uploaded-prior-to`: before which instant a file must have been uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadedBefore {
    earliest: Uploaded,
    latest: Uploaded,
}

/// What `--uploaded-prior-to` says of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UploadVerdict {
    InTime,
    TooLate,
    /// That depends on the time zone.
    Unclear,
}

/// No offset from UTC is as long.
const DAY: i64 = 86_400_000_000;

impl UploadedBefore {
    /// Reads a date, or a date and time. Without an offset from UTC it is one of the local time zone: where it matters which that is, pip has to say.
    ///
    /// What counts from now (`P7D`) is nothing, as is any other text.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(instant) = Uploaded::parse(text) {
            return Some(Self {
                earliest: instant,
                latest: instant,
            });
        }
        let local = Uploaded::parse(&format!("{text}Z")).or_else(|| Uploaded::parse(&format!("{text}T00:00Z")))?;
        Some(Self {
            earliest: Uploaded::from_micros(local.micros().saturating_sub(DAY)),
            latest: Uploaded::from_micros(local.micros().saturating_add(DAY)),
        })
    }

    pub(super) fn judge(self, uploaded: Uploaded) -> UploadVerdict {
        if uploaded < self.earliest {
            UploadVerdict::InTime
        } else if uploaded >= self.latest {
            UploadVerdict::TooLate
        } else {
            UploadVerdict::Unclear
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(limit: &str, uploaded: &str) -> UploadVerdict {
        let uploaded = Uploaded::parse(uploaded).expect("an instant");
        UploadedBefore::parse(limit).expect("a limit").judge(uploaded)
    }

    #[test]
    fn an_instant_leaves_no_doubt() {
        let limit = "2025-01-01T01:00:00+01:00";
        assert_eq!(judged(limit, "2024-12-31T23:59:59Z"), UploadVerdict::InTime);
        assert_eq!(judged(limit, "2025-01-01T00:00:00Z"), UploadVerdict::TooLate);
    }

    #[test]
    fn local_time_is_in_doubt_for_a_day_before_and_after() {
        for limit in ["2025-01-01", "2025-01-01T00:00", "2025-01-01 00:00:00"] {
            assert_eq!(judged(limit, "2024-12-30T23:59:59Z"), UploadVerdict::InTime, "{limit}");
            assert_eq!(judged(limit, "2024-12-31T12:00:00Z"), UploadVerdict::Unclear, "{limit}");
            assert_eq!(judged(limit, "2025-01-01T23:59:59Z"), UploadVerdict::Unclear, "{limit}");
            assert_eq!(judged(limit, "2025-01-02T00:00:00Z"), UploadVerdict::TooLate, "{limit}");
        }
    }

    #[test]
    fn what_counts_from_now_is_for_pip() {
        for text in ["P7D", "", "yesterday", "2025-01", "2025-01-01Z"] {
            assert_eq!(UploadedBefore::parse(text), None, "{text}");
        }
    }
}
