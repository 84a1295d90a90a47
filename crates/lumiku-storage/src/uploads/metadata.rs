//! The tus `Upload-Metadata` header: pairs of a key and a base64 value, separated by commas.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lumiku_core::{GroupId, ProjectId};

use crate::StorageError;

/// What a client says about the file it is going to send.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UploadMetadata {
    /// As the user calls it; empty when not said.
    pub filename: String,
    pub project_id: Option<ProjectId>,
    pub role: Option<String>,
    pub group_id: Option<GroupId>,
}

impl UploadMetadata {
    /// Unknown keys are left alone, as the protocol wants it.
    pub fn parse(header: &str) -> Result<Self, StorageError> {
        let mut metadata = Self::default();
        for pair in header.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once(' ').unwrap_or((pair, ""));
            let value = || {
                let bytes = STANDARD.decode(value.trim());
                let bytes = bytes.map_err(|_| invalid(key, "is not base64"))?;
                Ok::<_, StorageError>(String::from_utf8_lossy(&bytes).into_owned())
            };
            match key {
                "filename" => metadata.filename = value()?,
                "project_id" => metadata.project_id = Some(id(key, &value()?)?),
                "group_id" => metadata.group_id = Some(id(key, &value()?)?),
                "role" => metadata.role = Some(value()?),
                _ => {}
            }
        }
        Ok(metadata)
    }
}

fn id<T: std::str::FromStr>(key: &str, value: &str) -> Result<T, StorageError> {
    value.parse().map_err(|_| invalid(key, "is not an id"))
}

fn invalid(key: &str, why: &str) -> StorageError {
    StorageError::MetadataInvalid(format!("{key} {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(pairs: &[(&str, &str)]) -> String {
        pairs
            .iter()
            .map(|(key, value)| format!("{key} {}", STANDARD.encode(value)))
            .collect::<Vec<_>>()
            .join(",")
    }

    #[test]
    fn what_a_client_says_is_read() {
        let id = "0198f2f4-0000-7000-8000-000000000001";
        let text =
            header(&[("filename", "hook ②.mp4"), ("project_id", id), ("role", "clip"), ("other", "x")]);

        let metadata = UploadMetadata::parse(&format!("{text},is_confidential")).expect("a valid header");

        assert_eq!(metadata.filename, "hook ②.mp4");
        assert_eq!(metadata.project_id.map(|id| id.to_string()).as_deref(), Some(id));
        assert_eq!(metadata.role.as_deref(), Some("clip"));
        assert_eq!(metadata.group_id, None);
        assert_eq!(UploadMetadata::parse("").expect("an empty header"), UploadMetadata::default());
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (text, key) in
            [("filename ***".to_owned(), "filename"), (header(&[("project_id", "x")]), "project_id")]
        {
            let error = UploadMetadata::parse(&text).expect_err("must be refused");
            assert!(error.to_string().contains(key), "{error}");
        }
    }
}
