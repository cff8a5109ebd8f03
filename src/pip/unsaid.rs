//! What pip does not print because it logs it: the output of a build that failed.

/// How the line begins, behind its time, that says what is run.
const BEGIN: &str = "Running command ";
/// How the line ends, but for the exit code, that says that it failed.
const END: &str = " exited with ";

/// The output of the last command that failed, from a log of pip's. With `--log`, pip only says of it "See above for output".
pub fn unsaid(log: &str) -> Option<String> {
    // `2026-01-31T12:00:00,123   text`
    let lines: Vec<&str> = log
        .lines()
        .map(|line| line.split_once(' ').map_or("", |(_, text)| text))
        .collect();
    let failed = |line: &&str| line.contains(END) && line.trim_start().starts_with("ERROR: ");
    let end = lines.iter().rposition(failed)?;
    let begin = lines[..end].iter().rposition(|line| line.trim_start().starts_with(BEGIN))?;
    let said: Vec<&str> = lines[begin + 1..end].to_vec();
    Some(said.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_output_of_the_command_that_failed_is_found() {
        let log = "2026-11-23T04:36:01,071   Running command Getting requirements to build wheel\n\
                   2026-11-23T04:36:01,100   fine\n\
                   2026-11-23T04:36:01,180   Running command Preparing metadata (pyproject.toml)\n\
                   2026-11-23T04:36:01,263   Error: pg_config executable not found.\n\
                   2026-11-23T04:36:01,264 \n\
                   2026-11-23T04:36:01,270   ERROR: [present-rich] Preparing metadata (pyproject.toml) exited with 1\n\
                   2026-11-23T04:36:01,279 Traceback (most recent call last):\n";
        assert_eq!(unsaid(log).as_deref(), Some("  Error: pg_config executable not found.\n\n"));
        assert_eq!(unsaid("2026-11-23T04:36:01,071 ERROR: No matching distribution\n"), None);
        assert_eq!(unsaid(""), None);
    }
}
