//! Routes with their access policy in the type: a handler can only be added through a method that
//! says who may call it, so a route without a policy does not compile.

use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use utoipa::openapi::Paths;
use utoipa::openapi::security::SecurityRequirement;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use crate::context::AppContext;
use crate::error::ApiError;
use crate::extract::{CurrentUser, sign_in_first};

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody, signed in or not.
    Public,
    /// A signed-in person; the handler scopes every query to them.
    SignedIn,
    /// A person with the role admin.
    Admin,
}

/// A set of routes. An app's handlers see [`AppContext`]; the server's own see more.
pub struct Routes<S = AppContext>(OpenApiRouter<S>);

impl<S: Clone + Send + Sync + 'static> Default for Routes<S> {
    fn default() -> Self {
        Self(OpenApiRouter::default())
    }
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds handlers made by `utoipa_axum::routes!`.
    #[must_use]
    pub fn route(self, access: Access, handlers: UtoipaMethodRouter<S>) -> Self {
        let (schemas, mut paths, router) = handlers;
        declare(access, &mut paths);
        let router = match access {
            Access::Public => router,
            Access::SignedIn => router.layer(middleware::from_fn(require_user)),
            Access::Admin => router.layer(middleware::from_fn(require_admin)),
        };
        Self(self.0.routes((schemas, paths, router)))
    }

    #[must_use]
    pub fn public(self, handlers: UtoipaMethodRouter<S>) -> Self {
        self.route(Access::Public, handlers)
    }

    #[must_use]
    pub fn signed_in(self, handlers: UtoipaMethodRouter<S>) -> Self {
        self.route(Access::SignedIn, handlers)
    }

    /// For handlers that stream their body and bound it themselves.
    #[must_use]
    pub fn signed_in_streamed(self, handlers: UtoipaMethodRouter<S>) -> Self {
        let (schemas, paths, router) = handlers;
        self.signed_in((schemas, paths, router.layer(DefaultBodyLimit::disable())))
    }

    #[must_use]
    pub fn admin(self, handlers: UtoipaMethodRouter<S>) -> Self {
        self.route(Access::Admin, handlers)
    }

    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        Self(self.0.merge(other.0))
    }

    /// Puts the routes below `prefix`.
    #[must_use]
    pub fn nest(self, prefix: &str, other: Self) -> Self {
        Self(self.0.nest(prefix, other.0))
    }

    pub fn into_router(self) -> OpenApiRouter<S> {
        self.0
    }
}

/// Tells readers of the OpenAPI document what the middleware enforces.
fn declare(access: Access, paths: &mut Paths) {
    if access == Access::Public {
        return;
    }
    let nothing: [&str; 0] = [];
    let security =
        vec![SecurityRequirement::new("session", nothing), SecurityRequirement::new("token", nothing)];
    for item in paths.paths.values_mut() {
        let operations =
            [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete, &mut item.head];
        for operation in operations.into_iter().flatten() {
            operation.security = Some(security.clone());
        }
    }
}

async fn require_user(request: Request, next: Next) -> Response {
    if request.extensions().get::<CurrentUser>().is_none() {
        return sign_in_first().into_response();
    }
    next.run(request).await
}

async fn require_admin(request: Request, next: Next) -> Response {
    match request.extensions().get::<CurrentUser>() {
        None => sign_in_first().into_response(),
        Some(current) if !current.user().is_admin() => {
            ApiError::new(403, "auth.admin_only", "Only an administrator may do this.").into_response()
        }
        Some(_) => next.run(request).await,
    }
}
