/// An enum that is one word in JSON, in the database and in the API's documentation.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $variant:ident = $word:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        pub enum $name { $($(#[$word_doc])* #[serde(rename = $word)] #[schema(rename = $word)] $variant),+ }

        impl $name {
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl From<$name> for sea_orm::Value {
            fn from(value: $name) -> Self { value.as_str().into() }
        }

        impl sea_orm::TryGetable for $name {
            fn try_get_by<I: sea_orm::ColIdx>(
                row: &sea_orm::QueryResult,
                index: I,
            ) -> Result<Self, sea_orm::TryGetError> {
                let word = String::try_get_by(row, index)?;
                match word.as_str() {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(sea_orm::DbErr::Type(format!("{word:?} is no {}", stringify!($name))).into()),
                }
            }
        }
    )+};
}

pub(crate) use words;
