//! Metrics for Prometheus' textfile collector: written whole, then renamed, so that no reader ever
//! sees half a file.
//!
//! Source: the Prometheus text exposition format 0.0.4.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde::Serialize;

/// Metric families in the making.
#[derive(Debug, Default)]
pub struct Metrics {
    text: String,
}

impl Metrics {
    /// Begins a gauge family.
    pub fn gauge(&mut self, name: &str, help: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} gauge");
    }

    /// Adds a sample of the family begun last.
    pub fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        self.text.push_str(name);
        for (at, (label, text)) in labels.iter().enumerate() {
            let begin = if at == 0 { '{' } else { ',' };
            let _ = write!(self.text, "{begin}{label}=\"{}\"", escape(text));
        }
        let end = if labels.is_empty() { "" } else { "}" };
        let _ = writeln!(self.text, "{end} {value}");
    }

    /// Adds all families of another.
    pub fn append(&mut self, other: &Self) {
        self.text.push_str(&other.text);
    }

    /// The counts of a verb's run, under the names they have in its JSON summary (docs/json.md).
    #[must_use]
    pub fn of_counts(verb: &str, counts: &impl Serialize) -> Self {
        let mut metrics = Self::default();
        let name = format!("vmimap_{verb}_count");
        metrics.gauge(&name, "Numbers of the last run, as in its JSON summary.");
        // Counts are a flat record of numbers; anything else would only be missing here.
        let counts = serde_json::to_value(counts).unwrap_or_default();
        for (what, count) in counts.as_object().into_iter().flatten() {
            if let Some(count) = count.as_u64() {
                metrics.sample(&name, &[("what", what)], count);
            }
        }
        metrics
    }

    /// The text so far.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Writes the file anew, readable by all.
    ///
    /// # Errors
    /// The system's; the old file then stays as it was.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty());
        let mut file = tempfile::NamedTempFile::new_in(dir.unwrap_or(Path::new(".")))?;
        file.write_all(self.text.as_bytes())?;
        file.as_file()
            .set_permissions(std::fs::Permissions::from_mode(0o644))?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    }
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_cannot_break_out_of_its_quotes() {
        let mut metrics = Metrics::default();
        metrics.gauge("x_bytes", "Octets.");
        metrics.sample("x_bytes", &[("a", "q\"\\\n"), ("b", "2")], 7);
        metrics.sample("x_bytes", &[], 1.5);
        assert_eq!(
            metrics.text(),
            "# HELP x_bytes Octets.\n# TYPE x_bytes gauge\n\
             x_bytes{a=\"q\\\"\\\\\\n\",b=\"2\"} 7\nx_bytes 1.5\n"
        );
    }

    #[test]
    fn counts_keep_their_names() {
        let counts = std::collections::BTreeMap::from([("appended", 3), ("failed", 0)]);
        let metrics = Metrics::of_counts("migrate", &counts);
        let samples: Vec<&str> = metrics.text().lines().skip(2).collect();
        assert_eq!(
            samples,
            [
                "vmimap_migrate_count{what=\"appended\"} 3",
                "vmimap_migrate_count{what=\"failed\"} 0"
            ]
        );
    }

    #[test]
    fn the_file_is_replaced_whole_and_leaves_nothing_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("vmimap.prom");
        for text in ["one", "two"] {
            let mut metrics = Metrics::default();
            metrics.sample(text, &[], 1);
            metrics.write(&path).unwrap();
            assert_eq!(
                std::fs::read_to_string(&path).unwrap(),
                format!("{text} 1\n")
            );
        }
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
        assert!(
            Metrics::default()
                .write(&dir.path().join("no/such"))
                .is_err()
        );
    }
}
