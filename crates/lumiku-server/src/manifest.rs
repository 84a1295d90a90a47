//! `manifest.csv` of a download: what each file is made of, for spreadsheets and ad reports.

use lumiku_sdk::generation::store::OutputRow;

/// One line a file; `parts` names what it was put together from, in order.
pub fn csv(rows: &[OutputRow]) -> String {
    let mut text = String::from("file,index,duration_s,width,height,size_bytes,stars,review,parts\n");
    for row in rows {
        let parts = row.recipe["segments"].as_array().map_or_else(String::new, |parts| {
            parts.iter().filter_map(|part| part["clip_name"].as_str()).collect::<Vec<_>>().join(" | ")
        });
        let fields = [
            row.name.clone(),
            row.position.to_string(),
            format!("{:.3}", row.duration_ms.unwrap_or_default() as f64 / 1000.0),
            row.width.unwrap_or_default().to_string(),
            row.height.unwrap_or_default().to_string(),
            row.size_bytes.unwrap_or_default().to_string(),
            row.stars.to_string(),
            row.review.to_string(),
            parts,
        ];
        text.push_str(&fields.map(|field| quoted(&field)).join(","));
        text.push('\n');
    }
    text
}

/// Quotes a field, and defuses those that a spreadsheet would run as a formula.
fn quoted(field: &str) -> String {
    let field =
        if field.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{field}") } else { field.into() };
    if field.contains([',', '"', '\n', '\r']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn fields_cannot_break_the_table_or_run_as_formulas() {
        assert_eq!(quoted("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(quoted("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        assert_eq!(quoted("plain.mp4"), "plain.mp4");
    }
}
