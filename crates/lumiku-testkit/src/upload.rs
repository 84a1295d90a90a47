//! The two ways a file comes in: by form, and by tus.

use axum::body::Body;
use axum::http::Method;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::{Actor, Answer};

const TUS: (&str, &str) = ("tus-resumable", "1.0.0");
/// Parts of a test's upload: small, so that a small file takes several.
const PART_BYTES: usize = 16 * 1024;

impl Actor {
    /// Sends a file by `multipart/form-data`.
    pub async fn upload(&self, project: &str, name: &str, content: &[u8], fields: &[(&str, &str)]) -> Answer {
        const BOUNDARY: &str = "lumiku-test-boundary";
        let mut body = Vec::new();
        for (field, value) in [("project_id", project)].iter().chain(fields) {
            let part = format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n"
            );
            body.extend_from_slice(part.as_bytes());
        }
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        self.call(Method::POST, "/api/v1/assets", &[("content-type", &kind)], Body::from(body)).await
    }

    /// Begins a tus upload; the answer's `Location` is where its parts go.
    pub async fn tus_create(
        &self,
        project: &str,
        name: &str,
        length: usize,
        fields: &[(&str, &str)],
    ) -> Answer {
        let pairs = [("filename", name), ("project_id", project)];
        let metadata: Vec<String> = pairs
            .iter()
            .chain(fields)
            .map(|(key, value)| format!("{key} {}", STANDARD.encode(value)))
            .collect();
        let (length, metadata) = (length.to_string(), metadata.join(","));
        let headers = [TUS, ("upload-length", &length), ("upload-metadata", &metadata)];
        self.call(Method::POST, "/api/v1/uploads", &headers, Body::empty()).await
    }

    /// Sends one part.
    pub async fn tus_append(
        &self,
        location: &str,
        offset: usize,
        part: &[u8],
        more: &[(&str, &str)],
    ) -> Answer {
        let offset = offset.to_string();
        let kind = ("content-type", "application/offset+octet-stream");
        let headers = [&[TUS, kind, ("upload-offset", &offset)], more].concat();
        self.call(Method::PATCH, location, &headers, Body::from(part.to_vec())).await
    }

    /// Sends a file by tus in parts; the answer to the last one, or the first refusal.
    pub async fn tus_upload(
        &self,
        project: &str,
        name: &str,
        content: &[u8],
        fields: &[(&str, &str)],
    ) -> Answer {
        let created = self.tus_create(project, name, content.len(), fields).await;
        if created.status != 201 {
            return created;
        }
        let location = created.header("location").to_owned();
        if content.is_empty() {
            return self.tus_append(&location, 0, content, &[]).await;
        }
        let mut answer = created;
        for (index, part) in content.chunks(PART_BYTES).enumerate() {
            answer = self.tus_append(&location, index * PART_BYTES, part, &[]).await;
            if answer.status != 204 {
                break;
            }
        }
        answer
    }
}
