//! E-mail addresses as a type, so that one can neither be compared unnormalised nor logged.

use std::fmt;

use sea_orm::{ColIdx, QueryResult, TryGetError, TryGetable};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A valid address, trimmed and in lower case. Its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = "email", examples("rina@example.com"))]
pub struct Email(String);

impl Email {
    /// `None` when the text is no address. 254 is what SMTP can carry.
    pub fn parse(text: &str) -> Option<Self> {
        let normalised = Self::normalise(text);
        let valid = normalised.0.len() <= 254 && garde::rules::email::parse_email(&normalised.0).is_ok();
        valid.then_some(normalised)
    }

    /// For looking an address up: what is no address is found nowhere.
    pub(crate) fn normalise(text: &str) -> Self {
        Self(text.trim().to_lowercase())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the `@`.
    pub fn local_part(&self) -> &str {
        self.0.split('@').next().unwrap_or_default()
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(..)")
    }
}

impl TryGetable for Email {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        String::try_get_by(row, index).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_trimmed_lowered_and_checked() {
        for (text, expected) in [
            ("  Rina@Example.COM ", Some("rina@example.com")),
            ("a.b+c@mail.co.id", Some("a.b+c@mail.co.id")),
            ("admin@localhost", Some("admin@localhost")),
            ("", None),
            ("rina", None),
            ("@example.com", None),
            ("rina@", None),
            ("ri na@example.com", None),
            ("rina@example.com\nBcc: x@example.com", None),
        ] {
            assert_eq!(Email::parse(text).as_ref().map(Email::as_str), expected, "{text:?}");
        }
        assert!(Email::parse(&format!("a@{}.com", "b".repeat(300))).is_none());
    }

    #[test]
    fn an_address_does_not_show_in_debug_output() {
        let email = Email::parse("rina@example.com").unwrap();
        assert!(!format!("{email:?}").contains("rina"));
    }
}
