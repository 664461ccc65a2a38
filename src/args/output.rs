//! Flags that choose how rows are written.

use clap::Args;

use crate::ui::sheet::Style;

/// Flags that choose how rows are written.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct SheetArgs {
    /// Write comma-separated values with a heading
    #[arg(long, conflicts_with_all = ["tsv", "json"])]
    pub csv: bool,

    /// Write tab-separated values with a heading
    #[arg(long, conflicts_with = "json")]
    pub tsv: bool,

    /// Show moments in UTC, not in this system's zone
    #[arg(long)]
    pub utc: bool,
}

impl SheetArgs {
    /// The style asked for.
    #[must_use]
    pub fn style(self) -> Style {
        match (self.csv, self.tsv) {
            (true, _) => Style::Csv,
            (_, true) => Style::Tsv,
            _ => Style::Table,
        }
    }
}
