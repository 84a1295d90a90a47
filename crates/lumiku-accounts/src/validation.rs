//! The rules for what people type, and the sentence each broken rule gets.

use lumiku_core::FieldProblem;
use secrecy::{ExposeSecret, SecretString};

use crate::Email;

const PASSWORD_CHARS_MIN: usize = 8;
const PASSWORD_CHARS_MAX: usize = 128;
const NAME_CHARS_MAX: usize = 100;

/// What attackers try first, in lower case: the commonest of the world and of Indonesia.
const COMMON_PASSWORDS: &str = include_str!("common_passwords.txt");

fn problem(field: &str, code: &str, message: &str) -> FieldProblem {
    FieldProblem { field: field.into(), code: format!("auth.{code}"), message: message.into() }
}

/// The address, or what is wrong with it.
pub(crate) fn email(text: &str) -> Result<Email, FieldProblem> {
    Email::parse(text).ok_or_else(|| {
        problem("email", "email_invalid", "this is not an e-mail address; it looks like name@example.com")
    })
}

/// Length and being easily guessed; nothing else, and spaces and capitals count as typed.
pub(crate) fn password(password: &SecretString, email: &str) -> Result<(), FieldProblem> {
    let password = password.expose_secret();
    let fail = |code, message: &str| Err(problem("password", code, message));
    let chars = password.chars().count();
    if chars < PASSWORD_CHARS_MIN {
        return fail(
            "password_too_short",
            "use 8 characters or more; a few words in a row are easy to remember",
        );
    }
    if chars > PASSWORD_CHARS_MAX {
        return fail("password_too_long", "use 128 characters or fewer");
    }
    let lowered = password.to_lowercase();
    let email = Email::normalise(email);
    if lowered.trim() == email.as_str() || lowered.trim() == email.local_part() {
        return fail("password_is_email", "do not use your e-mail address as the password");
    }
    if COMMON_PASSWORDS.lines().any(|common| common == lowered) {
        return fail("password_common", "this is one of the most used passwords; choose one of your own");
    }
    Ok(())
}

/// The name, trimmed.
pub(crate) fn name(text: &str) -> Result<String, FieldProblem> {
    let name = text.trim();
    if name.chars().count() > NAME_CHARS_MAX {
        return Err(problem("name", "name_too_long", "use 100 characters or fewer"));
    }
    if name.chars().any(char::is_control) {
        return Err(problem("name", "name_invalid", "use one line of ordinary characters"));
    }
    Ok(name.to_owned())
}

/// Lower-case words with underscores, each once, sorted.
pub(crate) fn tags(tags: &[String]) -> Result<Vec<String>, FieldProblem> {
    let valid = |tag: &String| {
        (1..=40).contains(&tag.len())
            && tag.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    if !tags.iter().all(valid) {
        return Err(problem("tags", "tag_invalid", "a tag is 1 to 40 of a-z, 0-9 and _"));
    }
    let mut tags = tags.to_vec();
    tags.sort();
    tags.dedup();
    Ok(tags)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_refused_for_length_and_for_being_easily_guessed_only() {
        let long = "x".repeat(128);
        let too_long = "x".repeat(129);
        for (text, expected) in [
            ("kopi susu", None),
            ("ábçdéfgh", None),
            ("        ", None),
            (long.as_str(), None),
            ("ábçdéfg", Some("auth.password_too_short")),
            ("", Some("auth.password_too_short")),
            (too_long.as_str(), Some("auth.password_too_long")),
            ("password", Some("auth.password_common")),
            ("PassWord", Some("auth.password_common")),
            ("bismillah", Some("auth.password_common")),
            ("sayang123", Some("auth.password_common")),
            ("Rina.Wijaya@Example.com", Some("auth.password_is_email")),
            ("rina.wijaya", Some("auth.password_is_email")),
        ] {
            let found = password(&text.into(), " rina.wijaya@example.com").err().map(|problem| problem.code);
            assert_eq!(found.as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn every_common_password_is_long_enough_to_need_the_list() {
        let list: Vec<_> = COMMON_PASSWORDS.lines().collect();
        assert!(list.len() <= 1000 && list.is_sorted());
        assert!(
            list.iter()
                .all(|word| word.chars().count() >= PASSWORD_CHARS_MIN && word.to_lowercase() == **word)
        );
    }

    #[test]
    fn names_are_trimmed_and_stay_on_one_line() {
        assert_eq!(name("  Ibu Rina ").unwrap(), "Ibu Rina");
        assert_eq!(name("").unwrap(), "");
        assert_eq!(name("a\nb").unwrap_err().code, "auth.name_invalid");
        assert_eq!(name(&"é".repeat(100)).unwrap().chars().count(), 100);
        assert_eq!(name(&"é".repeat(101)).unwrap_err().code, "auth.name_too_long");
    }

    #[test]
    fn tags_are_plain_words_each_once() {
        let given = ["beta_tester", "a", "beta_tester"].map(str::to_owned);
        assert_eq!(tags(&given).unwrap(), ["a", "beta_tester"]);
        for bad in ["", "Beta", "a b", "ä"] {
            assert!(tags(&[bad.to_owned()]).is_err(), "{bad:?}");
        }
    }
}
