//! Ids as newtypes, so that a project's id cannot be passed where a user's is wanted.

/// Declares id newtypes over [`uuid::Uuid`] that bind, decode, serialise and document like it.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord,
                 serde::Serialize, serde::Deserialize, utoipa::ToSchema, utoipa::IntoParams)]
        #[serde(transparent)]
        #[schema(value_type = uuid::Uuid)]
        #[into_params(names("id"))]
        pub struct $name(pub uuid::Uuid);

        impl From<uuid::Uuid> for $name {
            fn from(id: uuid::Uuid) -> Self { Self(id) }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { self.0.fmt(f) }
        }
        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> { text.parse().map(Self) }
        }
        impl From<$name> for sea_orm::Value {
            fn from(id: $name) -> Self { id.0.into() }
        }
        impl sea_orm::TryGetable for $name {
            fn try_get_by<I: sea_orm::ColIdx>(row: &sea_orm::QueryResult, index: I) -> Result<Self, sea_orm::TryGetError> {
                uuid::Uuid::try_get_by(row, index).map(Self)
            }
        }
        impl sea_orm::sea_query::Nullable for $name {
            fn null() -> sea_orm::Value { <uuid::Uuid as sea_orm::sea_query::Nullable>::null() }
        }
    )+};
}

ids! {
    /// A person's account.
    UserId,
    /// A signed-in device or an API client.
    SessionId,
    /// A user's project in one app.
    ProjectId,
    /// An immutable stored file.
    AssetId,
    /// A group of assets inside a project.
    GroupId,
    /// A resumable upload under way.
    UploadId,
    /// One run and its outputs.
    GenerationId,
    /// One file a run makes.
    OutputId,
    /// A row of the job queue.
    JobId,
    /// Credits set aside for a run.
    HoldId,
    /// An immutable ledger entry.
    EntryId,
    /// A realtime event.
    EventId,
}
