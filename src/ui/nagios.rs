//! One line for monitoring systems, and their exit statuses.
//!
//! Source: the Monitoring Plugins development guidelines: `SERVICE STATUS: text | perfdata`, exit
//! 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.

use std::fmt;

use super::{Ui, sanitize};

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// All is well.
    Ok,
    /// Something needs a look.
    Warning,
    /// It could not be told.
    Unknown,
    /// Something is wrong.
    Critical,
}

impl Status {
    /// The exit status.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Warning => 1,
            Self::Critical => 2,
            Self::Unknown => 3,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ok => "OK",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
            Self::Unknown => "UNKNOWN",
        })
    }
}

/// One performance value: `'label'=value[unit];warn;crit`.
#[derive(Debug, Clone)]
pub struct Perf {
    /// The label; quotes and `=` in it are replaced.
    pub label: String,
    /// The value.
    pub value: String,
    /// `s`, `%`, `B`, `KB` or nothing.
    pub unit: &'static str,
    /// The warning threshold, as it was asked for.
    pub warn: Option<u64>,
    /// The critical threshold.
    pub crit: Option<u64>,
}

impl Perf {
    /// A value without thresholds.
    #[must_use]
    pub fn plain(label: &str, value: impl fmt::Display, unit: &'static str) -> Self {
        Self {
            label: label.to_owned(),
            value: value.to_string(),
            unit,
            warn: None,
            crit: None,
        }
    }
}

impl fmt::Display for Perf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let label = sanitize::text(&self.label).replace(['\'', '=', '|'], "_");
        write!(f, "'{label}'={}{}", self.value, self.unit)?;
        let threshold = |n: Option<u64>| n.map(|n| n.to_string()).unwrap_or_default();
        if self.warn.is_some() || self.crit.is_some() {
            write!(f, ";{};{}", threshold(self.warn), threshold(self.crit))?;
        }
        Ok(())
    }
}

/// The line. A `|` in the text would begin the performance data, so it is replaced.
#[must_use]
pub fn line(service: &str, status: Status, text: &str, perf: &[Perf]) -> String {
    let text = sanitize::text(text).replace('|', "/");
    let perf: Vec<String> = perf.iter().map(ToString::to_string).collect();
    let tail = if perf.is_empty() {
        String::new()
    } else {
        format!(" | {}", perf.join(" "))
    };
    format!("{service} {status}: {text}{tail}")
}

/// Writes the line as the answer.
pub fn write(ui: &Ui, service: &str, status: Status, text: &str, perf: &[Perf]) {
    ui.answer(&line(service, status, text, perf));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_text_and_perfdata_and_nobody_can_forge_the_latter() {
        let perf = Perf {
            warn: Some(80),
            crit: Some(90),
            ..Perf::plain("u=1 'x'\u{1b}", 12, "%")
        };
        assert_eq!(
            line("VMIMAP QUOTA", Status::Warning, "a|b\n", &[perf]),
            "VMIMAP QUOTA WARNING: a/b\\n | 'u_1 _x_\\u{1b}'=12%;80;90"
        );
    }

    #[test]
    fn the_worst_status_is_the_greatest() {
        let worst = [
            Status::Ok,
            Status::Critical,
            Status::Unknown,
            Status::Warning,
        ]
        .into_iter()
        .max();
        assert_eq!(worst, Some(Status::Critical));
        assert_eq!(Status::Critical.code(), 2);
    }
}
