//! Setting up, registering, signing in and out.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use cookie::Cookie;
use lumiku_accounts::{Client, Locale, RegistrationForm, SessionKind, SignedIn, User};
use lumiku_core::config::{CreditsConfig, Environment, Registration};
use lumiku_core::{Tx, UserId};
use lumiku_ledger::{GrantKind, Ledger, LedgerError};
use lumiku_sdk::{ApiError, AppContext, CurrentUser, Json, Routes};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::Studio;
use crate::edge::{ClientAddress, clear_session_cookie, session_cookie};

pub fn routes() -> Routes<Studio> {
    Routes::new()
        .public(routes!(setup_state))
        .public(routes!(setup))
        .public(routes!(register))
        .public(routes!(login))
        .signed_in(routes!(logout))
}

/// What a page needs to know before anybody signed in.
#[derive(Serialize, ToSchema)]
struct SetupState {
    /// No account exists yet: only the printed setup link makes one.
    needs_setup: bool,
    registration: Registration,
    /// False: no word about credits.
    billing: bool,
    environment: Environment,
    version: &'static str,
}

#[derive(Deserialize, ToSchema)]
struct SetupRequest {
    /// From the link that the server printed at its start.
    #[schema(value_type = String)]
    setup_token: SecretString,
    #[serde(flatten)]
    account: RegisterRequest,
}

#[derive(Deserialize, ToSchema)]
struct RegisterRequest {
    #[schema(example = "sari@example.com")]
    email: String,
    /// 8 to 128 characters.
    #[schema(value_type = String, format = Password)]
    password: SecretString,
    #[serde(default)]
    name: String,
    /// True: answer with a bearer token as well.
    #[serde(default)]
    token: bool,
}

#[derive(Deserialize, ToSchema)]
struct LoginRequest {
    email: String,
    #[schema(value_type = String, format = Password)]
    password: SecretString,
    #[serde(default)]
    token: bool,
}

#[derive(Serialize, ToSchema)]
struct AuthAnswer {
    user: User,
    /// For `Authorization: Bearer`; only when asked for. Shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

/// Whether the studio awaits its first account, and who may register.
#[utoipa::path(get, path = "/setup-state", tag = "auth", responses((status = 200, body = SetupState)))]
async fn setup_state(State(studio): State<Studio>) -> Result<Json<SetupState>, ApiError> {
    let config = &studio.context.config;
    Ok(Json(SetupState {
        needs_setup: studio.context.accounts.needs_setup().await?,
        registration: config.server.registration,
        billing: config.credits.billing,
        environment: config.environment,
        version: env!("CARGO_PKG_VERSION"),
    }))
}

/// Makes the first account, an administrator's, with the link printed at start.
#[utoipa::path(post, path = "/auth/setup", tag = "auth", request_body = SetupRequest,
    responses((status = 201, body = AuthAnswer)))]
async fn setup(
    State(studio): State<Studio>,
    caller: Caller,
    Json(request): Json<SetupRequest>,
) -> Result<Response, ApiError> {
    let form = form_of(&request.account, &caller);
    let new = studio.context.accounts.prepare_first_admin(&request.setup_token, &form).await?;
    let kind = kind_of(request.account.token);
    let context = studio.context.clone();
    let made = committed(async move {
        let tx = context.db.write_tx().await?;
        let user = context.accounts.create_first_admin(&tx, &request.setup_token, &new).await?;
        open(&context, tx, user, kind, &caller).await
    });
    Ok(signed_in(&studio, made.await?, request.account.token, StatusCode::CREATED))
}

/// Makes an account.
#[utoipa::path(post, path = "/auth/register", tag = "auth", request_body = RegisterRequest,
    responses((status = 201, body = AuthAnswer)))]
async fn register(
    State(studio): State<Studio>,
    caller: Caller,
    Json(request): Json<RegisterRequest>,
) -> Result<Response, ApiError> {
    let new = studio.context.accounts.prepare_registration(&form_of(&request, &caller)).await?;
    let kind = kind_of(request.token);
    let context = studio.context.clone();
    let made = committed(async move {
        let tx = context.db.write_tx().await?;
        let user = context.accounts.insert_user(&tx, &new).await?;
        open(&context, tx, user, kind, &caller).await
    });
    Ok(signed_in(&studio, made.await?, request.token, StatusCode::CREATED))
}

/// Signs in with e-mail and password.
#[utoipa::path(post, path = "/auth/login", tag = "auth", request_body = LoginRequest,
    responses((status = 200, body = AuthAnswer)))]
async fn login(
    State(studio): State<Studio>,
    caller: Caller,
    Json(request): Json<LoginRequest>,
) -> Result<Response, ApiError> {
    let kind = kind_of(request.token);
    let account = studio.limits.guess(&request.email)?;
    let accounts = &studio.context.accounts;
    let made = accounts.login(&request.email, &request.password, kind, &caller.client).await?;
    studio.limits.forgive_guess(&account);
    Ok(signed_in(&studio, made, request.token, StatusCode::OK))
}

/// Ends this session.
#[utoipa::path(post, path = "/auth/logout", tag = "auth", responses((status = 204)))]
async fn logout(State(studio): State<Studio>, current: CurrentUser) -> Result<Response, ApiError> {
    studio.context.accounts.logout(&current.session).await?;
    Ok(with_cookie(StatusCode::NO_CONTENT.into_response(), &clear_session_cookie(&studio)))
}

/// The device behind a request, for the list of sessions, and the language it asks for.
struct Caller {
    client: Client,
    locale: Locale,
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let user_agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        let ip = parts.extensions.get::<ClientAddress>().and_then(|address| address.0);
        let languages = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let locale =
            if languages.is_some_and(|list| list.starts_with("en")) { Locale::En } else { Locale::Id };
        Ok(Self { client: Client { user_agent: user_agent.map(str::to_owned), ip }, locale })
    }
}

fn form_of(request: &RegisterRequest, caller: &Caller) -> RegistrationForm {
    RegistrationForm {
        email: request.email.clone(),
        password: request.password.clone(),
        name: request.name.clone(),
        locale: caller.locale,
    }
}

fn kind_of(token: bool) -> SessionKind {
    if token { SessionKind::Token } else { SessionKind::Browser }
}

/// Runs a money mutation to its end even when the client hangs up.
async fn committed<T: Send + 'static>(
    work: impl Future<Output = Result<T, ApiError>> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::spawn(work).await.map_err(|error| ApiError::internal(&error))?
}

/// A new account's ledger account and gift, in the transaction that makes it.
pub async fn welcome(
    credits: &CreditsConfig,
    ledger: &Ledger,
    tx: &Tx,
    user: UserId,
) -> Result<(), LedgerError> {
    ledger.open_account(tx, user).await?;
    if credits.billing && credits.welcome > 0 {
        let key = format!("welcome:{user}");
        ledger.grant(tx, user, credits.welcome, GrantKind::Welcome, "Welcome credits", &key).await?;
    }
    Ok(())
}

/// The rest of a new account, and its first session.
async fn open(
    context: &AppContext,
    tx: Tx,
    user: User,
    kind: SessionKind,
    caller: &Caller,
) -> Result<SignedIn, ApiError> {
    welcome(&context.config.credits, &context.ledger, &tx, user.id).await?;
    let session = context.accounts.open_session(&tx, user.id, kind, &caller.client).await?;
    tx.commit().await?;
    tracing::info!(user.id = %user.id, user.role = ?user.role, "an account was made");
    Ok(SignedIn { user, session })
}

fn signed_in(studio: &Studio, made: SignedIn, with_token: bool, status: StatusCode) -> Response {
    let token = made.session.token.expose_secret();
    let cookie = session_cookie(studio, token);
    let answer = AuthAnswer { user: made.user, token: with_token.then(|| token.to_owned()) };
    with_cookie((status, Json(answer)).into_response(), &cookie)
}

fn with_cookie(mut response: Response, cookie: &Cookie<'_>) -> Response {
    crate::files::insert(response.headers_mut(), header::SET_COOKIE, &cookie.to_string());
    response
}
