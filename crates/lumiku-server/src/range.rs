//! The Range header of RFC 9110, section 14: one range is answered, several are answered with
//! the whole, and a header that cannot be read is treated as absent, as the RFC asks.

use std::ops::Range;

use http_range_header::{SyntacticallyCorrectRange as Spec, parse_range_header};

/// No byte of the range exists: answer 416 with `Content-Range: bytes */len`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the range lies outside the {len} bytes there are")]
pub struct Unsatisfiable {
    pub len: u64,
}

/// The bytes that `header` asks for of `len`; `None` asks for the whole (200, not 206).
pub fn parse_range(header: &str, len: u64) -> Result<Option<Range<u64>>, Unsatisfiable> {
    let Ok(parsed) = parse_range_header(header) else { return Ok(None) };
    let range = match parsed.into_ranges()[..] {
        [Spec::FromStart(start)] => start..len,
        [Spec::Indexed(start, last)] => start..last.saturating_add(1).min(len),
        [Spec::FromLast(0)] => return Err(Unsatisfiable { len }),
        // Satisfiable by definition, but no Content-Range can say "none of none".
        [Spec::FromLast(_)] if len == 0 => return Ok(None),
        [Spec::FromLast(count)] => len.saturating_sub(count)..len,
        _ => return Ok(None),
    };
    if range.start >= len { Err(Unsatisfiable { len }) } else { Ok(Some(range)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_rfc_9110_says() {
        let outside = Err(Unsatisfiable { len: 1000 });
        let cases = [
            ("bytes=0-499", Ok(Some(0..500))),
            ("bytes=500-", Ok(Some(500..1000))),
            ("bytes=-500", Ok(Some(500..1000))),
            ("bytes=0-0", Ok(Some(0..1))),
            ("bytes=999-5000", Ok(Some(999..1000))),
            ("bytes=-5000", Ok(Some(0..1000))),
            ("bytes=0-99999999999999999999999", Ok(Some(0..1000))),
            ("Bytes= 0-1", Ok(Some(0..2))),
            ("bytes=1000-", outside.clone()),
            ("bytes=1000-1001", outside.clone()),
            ("bytes=-0", outside),
            ("bytes=0-1,5-6", Ok(None)),
            ("bytes=9-5", Ok(None)),
            ("bytes=", Ok(None)),
            ("bytes=a-b", Ok(None)),
            ("bytes=-1-2", Ok(None)),
            ("bytes 0-1", Ok(None)),
            ("items=0-1", Ok(None)),
            ("", Ok(None)),
        ];
        for (header, expected) in cases {
            assert_eq!(parse_range(header, 1000), expected, "{header:?}");
        }
    }

    #[test]
    fn of_nothing_only_a_suffix_can_be_asked_and_it_is_the_whole() {
        assert_eq!(parse_range("bytes=-5", 0), Ok(None));
        assert_eq!(parse_range("bytes=0-", 0), Err(Unsatisfiable { len: 0 }));
    }
}
