//! Octets for people.

use std::fmt;

/// Octets in binary units, three digits or so: `999 B`, `5.8 KiB`, `74 KiB`.
#[derive(Debug, Clone, Copy)]
pub struct Octets(pub u64);

impl fmt::Display for Octets {
    #[allow(clippy::cast_precision_loss)] // shown with three digits
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut value = self.0 as f64;
        for unit in ["B", "KiB", "MiB", "GiB"] {
            if value < 999.5 {
                let digits = usize::from(unit != "B" && value < 9.95);
                return write!(f, "{value:.digits$} {unit}");
            }
            value /= 1024.0;
        }
        write!(f, "{value:.1} TiB")
    }
}
