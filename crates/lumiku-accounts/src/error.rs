use lumiku_core::{DbError, Explain, FieldProblem, Problem};

/// What accounts refuse. No variant carries an address, a password or a token.
#[derive(Debug, thiserror::Error)]
pub enum AccountsError {
    #[error("a field is not valid")]
    Invalid(Vec<FieldProblem>),
    #[error("the e-mail address or the password is wrong")]
    WrongCredentials,
    #[error("the e-mail address is taken")]
    EmailTaken,
    #[error("registration is closed")]
    RegistrationClosed,
    #[error("the first account exists already")]
    SetupDone,
    #[error("the setup token is wrong or has expired")]
    SetupTokenInvalid,
    #[error("there is no such session")]
    SessionNotFound,
    #[error("there is no such user")]
    UserNotFound,
    #[error("the password could not be hashed: {0}")]
    Hash(String),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Explain for AccountsError {
    fn problem(&self) -> Problem {
        match self {
            Self::Invalid(fields) => Problem::invalid(fields.clone()),
            Self::WrongCredentials => Problem::new(
                401,
                "auth.wrong_credentials",
                "The e-mail address or the password is not right. Check both and try again.",
            ),
            Self::EmailTaken => Problem::new(
                409,
                "auth.email_taken",
                "An account with this e-mail address exists. Sign in, or use another address.",
            ),
            Self::RegistrationClosed => Problem::new(
                403,
                "auth.registration_closed",
                "New accounts cannot be made here right now. Ask the administrator of this studio for one.",
            ),
            Self::SetupDone => Problem::new(
                409,
                "setup.already_done",
                "The first account exists already. Sign in, or ask its owner for an account.",
            ),
            Self::SetupTokenInvalid => Problem::new(
                403,
                "setup.invalid_token",
                "This setup link is wrong or older than 30 minutes. Restart the server to get a new one from its log.",
            ),
            Self::SessionNotFound => Problem::not_found("session"),
            Self::UserNotFound => Problem::not_found("user"),
            Self::Hash(_) | Self::Db(_) => Problem::internal(self),
        }
    }
}
