//! The tus checksum of one part.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::StorageError;

/// What a part must hash to. sha1 is there because the protocol demands it; it guards against accidents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksum {
    Sha256([u8; 32]),
    Sha1([u8; 20]),
}

impl Checksum {
    /// For the `Tus-Checksum-Algorithm` header.
    pub const ALGORITHMS: &'static str = "sha256,sha1";

    /// Reads an `Upload-Checksum` header: the algorithm, a space, the digest in base64.
    pub fn parse(header: &str) -> Result<Self, StorageError> {
        let invalid = StorageError::ChecksumInvalid;
        let (algorithm, digest) = header.trim().split_once(' ').ok_or(invalid("the digest is missing"))?;
        let digest = STANDARD.decode(digest.trim()).map_err(|_| invalid("the digest is not base64"))?;
        let length = |_| invalid("the digest has the wrong length");
        match algorithm {
            "sha256" => Ok(Self::Sha256(digest.try_into().map_err(length)?)),
            "sha1" => Ok(Self::Sha1(digest.try_into().map_err(length)?)),
            _ => Err(invalid("the algorithm is not known here")),
        }
    }

    pub(super) fn start(self) -> Running {
        match self {
            Self::Sha256(wanted) => Running::Sha256(Sha256::new(), wanted),
            Self::Sha1(wanted) => Running::Sha1(Sha1::new(), wanted),
        }
    }
}

/// A checksum being computed.
pub(super) enum Running {
    Sha256(Sha256, [u8; 32]),
    Sha1(Sha1, [u8; 20]),
}

impl Running {
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(hash, _) => hash.update(bytes),
            Self::Sha1(hash, _) => hash.update(bytes),
        }
    }

    pub fn matches(self) -> bool {
        match self {
            Self::Sha256(hash, wanted) => hash.finalize()[..] == wanted,
            Self::Sha1(hash, wanted) => hash.finalize()[..] == wanted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_and_compared() {
        let sha1 = Checksum::parse("sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=").expect("a valid header");
        let mut running = sha1.start();
        running.update(b"hello ");
        running.update(b"world");
        assert!(running.matches());

        let mut other = sha1.start();
        other.update(b"hello there");
        assert!(!other.matches());
    }

    #[test]
    fn headers_that_cannot_be_used_are_refused() {
        for header in
            ["", "sha1", "md5 Kq5sNclPz7QV2+lfQIuc6R7oRu0=", "sha1 !!", "sha256 Kq5sNclPz7QV2+lfQIuc6R7oRu0="]
        {
            assert!(matches!(Checksum::parse(header), Err(StorageError::ChecksumInvalid(_))), "{header:?}");
        }
    }
}
