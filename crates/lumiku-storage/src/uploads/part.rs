//! Bytes from a connection to the end of a file, in small pieces and under every limit.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

use super::checksum::Running;

/// What is kept in memory of one upload, besides the piece the connection delivered.
const BUFFER_BYTES: usize = 128 * 1024;

pub(super) type Body<'a> = BoxStream<'a, Result<Bytes, String>>;

/// How the receiving ended. `bytes` of the body are in the file, synced to the disk.
pub(super) struct Received {
    pub bytes: u64,
    pub end: End,
}

pub(super) enum End {
    Complete,
    /// The connection broke or fell silent.
    Interrupted,
    /// There was more than `bytes_max`.
    TooLong,
}

pub(super) async fn receive(
    file: std::fs::File,
    mut body: Body<'_>,
    bytes_max: u64,
    idle: Duration,
    mut checksum: Option<&mut Running>,
) -> io::Result<Received> {
    let mut file = File::from_std(file);
    file.set_max_buf_size(BUFFER_BYTES);
    let mut bytes = 0;
    let end = loop {
        match tokio::time::timeout(idle, body.next()).await {
            Ok(Some(Ok(piece))) => {
                if piece.len() as u64 > bytes_max - bytes {
                    break End::TooLong;
                }
                if let Some(checksum) = checksum.as_deref_mut() {
                    checksum.update(&piece);
                }
                file.write_all(&piece).await?;
                bytes += piece.len() as u64;
            }
            Ok(Some(Err(reason))) => {
                tracing::debug!(reason, "an upload was interrupted");
                break End::Interrupted;
            }
            Ok(None) => break End::Complete,
            Err(_silent) => break End::Interrupted,
        }
    };
    file.flush().await?;
    file.sync_all().await?;
    Ok(Received { bytes, end })
}
