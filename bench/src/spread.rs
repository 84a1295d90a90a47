//! Medians and percentiles of a handful of figures.

/// The value that `share` of the figures do not pass; 0 of none.
pub fn quantile(figures: &[f64], share: f64) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = (sorted.len().saturating_sub(1) as f64 * share).round() as usize;
    sorted.get(at).copied().unwrap_or_default()
}

pub fn median(figures: &[f64]) -> f64 {
    quantile(figures, 0.5)
}

/// `figure` with so many decimals, as JSON should show it.
pub fn rounded(figure: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    (figure * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_figures_that_occurred() {
        let figures = [5.0, 1.0, 3.0, 2.0, 4.0];
        let found = [median(&figures), quantile(&figures, 1.0), quantile(&[], 0.5), rounded(2.345_678, 2)];

        assert_eq!(found.map(|figure| figure.to_string()), ["3", "5", "0", "2.35"]);
    }
}
