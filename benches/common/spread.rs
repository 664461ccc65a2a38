//! A figure over several rounds: its minimum, median and maximum.

use serde_json::{Value, json};

use crate::measure::Sample;

/// The smallest, the middle and the largest of a figure over all rounds.
#[derive(Debug, Clone, Copy)]
pub struct Spread {
    pub min: f64,
    pub median: f64,
    pub max: f64,
}

impl Spread {
    /// `None` where there is no sample.
    fn of(samples: &[Sample], value: impl Fn(&Sample) -> f64) -> Option<Self> {
        let mut values: Vec<f64> = samples.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        let median = if values.len() % 2 == 1 {
            *values.get(middle)?
        } else {
            f64::midpoint(*values.get(middle.checked_sub(1)?)?, *values.get(middle)?)
        };
        Some(Self {
            min: *values.first()?,
            median,
            max: *values.last()?,
        })
    }

    /// Wall time, seconds.
    pub fn wall(samples: &[Sample]) -> Option<Self> {
        Self::of(samples, |sample| sample.wall.as_secs_f64())
    }

    /// Processor time, seconds.
    pub fn cpu(samples: &[Sample]) -> Option<Self> {
        Self::of(samples, |sample| {
            (sample.user + sample.system).as_secs_f64()
        })
    }

    /// Peak resident memory, MiB.
    pub fn peak(samples: &[Sample]) -> Option<Self> {
        #[allow(clippy::cast_precision_loss)]
        Self::of(samples, |sample| sample.peak_kib as f64 / 1024.0)
    }

    /// As an object of three numbers.
    pub fn json(self) -> Value {
        json!({ "min": self.min, "median": self.median, "max": self.max })
    }
}
