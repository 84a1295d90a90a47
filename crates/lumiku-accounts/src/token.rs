//! Secrets we hand out once and keep only as a hash.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lumiku_core::Ambient;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// The prefix lets secret scanners recognise a leaked token.
const SESSION_PREFIX: &str = "lmk_";
const SETUP_PREFIX: &str = "setup_";

/// 256 random bits for a session, and the hash to store.
pub(crate) fn session(ambient: &Ambient) -> (SecretString, String) {
    new(ambient, SESSION_PREFIX)
}

pub(crate) fn setup(ambient: &Ambient) -> (SecretString, String) {
    new(ambient, SETUP_PREFIX)
}

/// The form in which a token is stored and looked up. A plain hash is enough for a secret of 256
/// random bits: there is nothing to guess, and equal time is no concern for a lookup by hash.
pub(crate) fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token))
}

fn new(ambient: &Ambient, prefix: &str) -> (SecretString, String) {
    let token = SecretString::from(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(ambient.bytes::<32>())));
    let hash = hash(token.expose_secret());
    (token, hash)
}
