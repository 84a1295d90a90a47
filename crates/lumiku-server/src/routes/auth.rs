//! Setting up, registering, signing in and out.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::cookie::Cookie;
use lumiku_accounts::{NewUser, SessionKind, User};
use lumiku_core::Tx;
use lumiku_core::config::{Environment, Registration};
use lumiku_ledger::GrantKind;
use lumiku_sdk::{ApiError, CurrentUser, Json, Routes};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::Studio;
use crate::edge::{clear_session_cookie, session_cookie};

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
    setup_token: String,
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
        needs_setup: studio.context.accounts.count_users(&studio.context.db).await? == 0,
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
    headers: HeaderMap,
    Json(request): Json<SetupRequest>,
) -> Result<Response, ApiError> {
    let account = request.account;
    let prepared = studio.context.accounts.prepare(new_user(&account)).await?;
    let worker = studio.clone();
    let user = committed(async move {
        let tx = worker.context.db.write_tx().await?;
        let user = worker.context.accounts.create_first_admin(&tx, &request.setup_token, prepared).await?;
        welcome(&worker, &tx, &user).await?;
        tx.commit().await?;
        Ok(user)
    })
    .await?;
    tracing::info!(user.id = %user.id, "the first account was made");
    sign_in(&studio, &headers, user, account.token, StatusCode::CREATED).await
}

/// Makes an account.
#[utoipa::path(post, path = "/auth/register", tag = "auth", request_body = RegisterRequest,
    responses((status = 201, body = AuthAnswer)))]
async fn register(
    State(studio): State<Studio>,
    headers: HeaderMap,
    Json(request): Json<RegisterRequest>,
) -> Result<Response, ApiError> {
    let accounts = &studio.context.accounts;
    accounts.check_registration_open(&studio.context.db, studio.context.config.server.registration).await?;
    let prepared = accounts.prepare(new_user(&request)).await?;
    let worker = studio.clone();
    let user = committed(async move {
        let tx = worker.context.db.write_tx().await?;
        let user = worker.context.accounts.insert_user(&tx, prepared).await?;
        welcome(&worker, &tx, &user).await?;
        tx.commit().await?;
        Ok(user)
    })
    .await?;
    sign_in(&studio, &headers, user, request.token, StatusCode::CREATED).await
}

/// Signs in with e-mail and password.
#[utoipa::path(post, path = "/auth/login", tag = "auth", request_body = LoginRequest,
    responses((status = 200, body = AuthAnswer)))]
async fn login(
    State(studio): State<Studio>,
    headers: HeaderMap,
    Json(request): Json<LoginRequest>,
) -> Result<Response, ApiError> {
    let user = studio.context.accounts.check_password(&request.email, &request.password).await?;
    sign_in(&studio, &headers, user, request.token, StatusCode::OK).await
}

/// Ends this session.
#[utoipa::path(post, path = "/auth/logout", tag = "auth", responses((status = 204)))]
async fn logout(State(studio): State<Studio>, current: CurrentUser) -> Result<Response, ApiError> {
    studio.context.accounts.revoke_session(current.id(), current.session.id).await?;
    Ok(with_cookie(StatusCode::NO_CONTENT.into_response(), &clear_session_cookie(&studio)))
}

fn new_user(request: &RegisterRequest) -> NewUser {
    NewUser { email: request.email.clone(), name: request.name.clone(), password: request.password.clone() }
}

/// Runs a money mutation to its end even when the client hangs up.
async fn committed<T: Send + 'static>(
    work: impl Future<Output = Result<T, ApiError>> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::spawn(work).await.map_err(|error| ApiError::internal(&error))?
}

/// A new account's ledger account and gift, in the transaction that makes it.
pub async fn welcome(studio: &Studio, tx: &Tx, user: &User) -> Result<(), ApiError> {
    let credits = &studio.context.config.credits;
    let ledger = &studio.context.ledger;
    ledger.open_account(tx, user.id).await?;
    if credits.billing && credits.welcome > 0 {
        let key = format!("welcome:{}", user.id);
        ledger.grant(tx, user.id, credits.welcome, GrantKind::Welcome, "Welcome credits", &key).await?;
    }
    Ok(())
}

async fn sign_in(
    studio: &Studio,
    headers: &HeaderMap,
    user: User,
    with_token: bool,
    status: StatusCode,
) -> Result<Response, ApiError> {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = if with_token { SessionKind::Token } else { SessionKind::Browser };
    let token = studio.context.accounts.open_session(user.id, kind, agent).await?;
    let cookie = session_cookie(studio, token.expose());
    let answer = AuthAnswer { user, token: with_token.then(|| token.expose().to_owned()) };
    Ok(with_cookie((status, Json(answer)).into_response(), &cookie))
}

fn with_cookie(mut response: Response, cookie: &Cookie<'_>) -> Response {
    crate::files::insert(response.headers_mut(), header::SET_COOKIE, &cookie.to_string());
    response
}
