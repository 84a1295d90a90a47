//! The first of the two steps to a new user: validate and hash, outside any transaction.

use lumiku_core::config::Registration;
use secrecy::SecretString;

use crate::{Accounts, AccountsError, Email, Locale, Role, validation};

/// What a newcomer types.
#[derive(Clone, Debug)]
pub struct RegistrationForm {
    pub email: String,
    pub password: SecretString,
    /// Empty: what stands before the `@`.
    pub name: String,
    pub locale: Locale,
}

/// A user ready to be inserted: valid, and with the password hashed.
#[derive(Clone, Debug)]
pub struct NewUser {
    pub(crate) email: Email,
    pub(crate) password_hash: SecretString,
    pub(crate) name: String,
    pub(crate) locale: Locale,
    pub(crate) role: Role,
}

impl NewUser {
    #[must_use]
    pub fn with_role(self, role: Role) -> Self {
        Self { role, ..self }
    }
}

impl Accounts {
    /// For somebody who registers: allowed when registration is open and the first account exists.
    pub async fn prepare_registration(&self, form: &RegistrationForm) -> Result<NewUser, AccountsError> {
        if self.settings.registration == Registration::Closed || self.needs_setup().await? {
            return Err(AccountsError::RegistrationClosed);
        }
        self.prepare_user(form).await
    }

    /// For an operator who makes an account for somebody; asks nobody's leave.
    pub async fn prepare_user(&self, form: &RegistrationForm) -> Result<NewUser, AccountsError> {
        let email = validation::email(&form.email);
        let password = validation::password(&form.password, &form.email);
        let name = validation::name(&form.name);
        let (Ok(email), Ok(()), Ok(name)) = (&email, &password, &name) else {
            let problems = [email.err(), password.err(), name.err()];
            return Err(AccountsError::Invalid(problems.into_iter().flatten().collect()));
        };
        let password_hash = self.passwords.hash(&form.password, self.ambient.bytes()).await?;
        Ok(NewUser {
            name: if name.is_empty() { email.local_part().to_owned() } else { name.clone() },
            email: email.clone(),
            password_hash: password_hash.into(),
            locale: form.locale,
            role: Role::User,
        })
    }
}
