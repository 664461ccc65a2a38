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
    pub fn of(samples: &[Sample], value: impl Fn(&Sample) -> f64) -> Option<Self> {
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

    /// As an object of three numbers.
    pub fn json(self) -> Value {
        json!({ "min": self.min, "median": self.median, "max": self.max })
    }
}
