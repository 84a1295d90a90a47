//! The OpenAPI document, generated from the handlers and completed with what all of them share.

use std::sync::Arc;

use lumiku_core::Problem;
use lumiku_sdk::App;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, InfoBuilder, OpenApi, Ref, ResponseBuilder};
use utoipa::{PartialSchema, ToSchema};

/// The document of the platform and these apps.
pub fn document(apps: &[Arc<dyn App>]) -> OpenApi {
    let mut document = crate::routes::platform().into_openapi();
    for app in apps {
        let part = app.routes().into_router().into_openapi();
        document = document.nest(format!("/api/v1/apps/{}", app.manifest().id), part);
    }
    document.info = InfoBuilder::new()
        .title("Lumiku")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Errors are RFC 9457 problem details with a stable `code`. Lists are cursor pages. Unsafe calls that cost \
             money or create work take an `Idempotency-Key`. Sign in with a session cookie or a bearer token.",
        ))
        .build();
    let components = document.components.get_or_insert_default();
    components.schemas.insert(Problem::name().into_owned(), Problem::schema());
    for (name, schema) in problem_parts() {
        components.schemas.insert(name, schema);
    }
    components.add_security_scheme(
        "session",
        SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(crate::edge::SESSION_COOKIE))),
    );
    components.add_security_scheme(
        "token",
        SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()),
    );
    let problem = ResponseBuilder::new()
        .description("What went wrong, and what to do about it")
        .content(
            "application/problem+json",
            ContentBuilder::new().schema(Some(Ref::from_schema_name(Problem::name()))).build(),
        )
        .build();
    for item in document.paths.paths.values_mut() {
        let operations =
            [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete, &mut item.head];
        for operation in operations.into_iter().flatten() {
            operation.responses.responses.entry("default".into()).or_insert_with(|| problem.clone().into());
        }
    }
    document
}

fn problem_parts() -> Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)> {
    let mut parts = Vec::new();
    Problem::schemas(&mut parts);
    parts
}
