//! Argon2id off the async threads. Each hash takes 19 MiB and tens of milliseconds, so two slots
//! bound what a burst of sign-ins can take from everybody else.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use crate::AccountsError;

const SLOTS: usize = 2;

/// How dear a guess is. The default is OWASP's minimum for argon2id; only tests go below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCost {
    pub memory_kib: u32,
    pub passes: u32,
}

impl Default for PasswordCost {
    fn default() -> Self {
        Self { memory_kib: 19_456, passes: 2 }
    }
}

impl PasswordCost {
    fn argon2(self) -> Result<Argon2<'static>, AccountsError> {
        let params = Params::new(self.memory_kib, self.passes, 1, Some(Params::DEFAULT_OUTPUT_LEN));
        Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params.map_err(failed)?))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Wrong,
    Right,
    /// Right, but hashed at another cost than today's: hash it anew.
    Outdated,
}

#[derive(Clone, Debug)]
pub(crate) struct Passwords {
    cost: PasswordCost,
    slots: Arc<Semaphore>,
}

impl Passwords {
    pub(crate) fn new(cost: PasswordCost) -> Self {
        Self { cost, slots: Arc::new(Semaphore::new(SLOTS)) }
    }

    /// The PHC string to store.
    pub(crate) async fn hash(
        &self,
        password: &SecretString,
        salt: [u8; 16],
    ) -> Result<String, AccountsError> {
        let (cost, password) = (self.cost, password.clone());
        self.in_a_slot(move || hash(cost, &password, &salt)).await
    }

    /// Compares with a stored hash. Without one it spends the same time and says wrong, so that the
    /// clock does not tell which addresses have an account.
    pub(crate) async fn check(
        &self,
        password: &SecretString,
        stored: Option<String>,
    ) -> Result<Verdict, AccountsError> {
        let (cost, password) = (self.cost, password.clone());
        self.in_a_slot(move || match stored {
            Some(stored) => verify(cost, &password, &stored),
            None => hash(cost, &password, b"nobody's account").map(|_| Verdict::Wrong),
        })
        .await
    }

    async fn in_a_slot<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, AccountsError> + Send + 'static,
    ) -> Result<T, AccountsError> {
        let slot = Arc::clone(&self.slots).acquire_owned().await.map_err(failed)?;
        // The slot goes with the work: a caller that hangs up must not free it while the work goes on.
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(slot);
            result
        });
        done.await.map_err(failed)?
    }
}

fn hash(cost: PasswordCost, password: &SecretString, salt: &[u8]) -> Result<String, AccountsError> {
    let hash = cost.argon2()?.hash_password_with_salt(password.expose_secret().as_bytes(), salt);
    Ok(hash.map_err(failed)?.to_string())
}

fn verify(cost: PasswordCost, password: &SecretString, stored: &str) -> Result<Verdict, AccountsError> {
    let stored = PasswordHash::new(stored).map_err(failed)?;
    let argon2 = cost.argon2()?;
    if argon2.verify_password(password.expose_secret().as_bytes(), &stored).is_err() {
        return Ok(Verdict::Wrong);
    }
    let current = stored.algorithm == Algorithm::Argon2id.ident()
        && Params::try_from(&stored).is_ok_and(|params| params == *argon2.params());
    Ok(if current { Verdict::Right } else { Verdict::Outdated })
}

fn failed(error: impl std::fmt::Display) -> AccountsError {
    AccountsError::Hash(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_compared_byte_for_byte() {
        let passwords = Passwords::new(PasswordCost { memory_kib: 64, passes: 1 });
        let stored = passwords.hash(&"  Kopi tubruk ☕ ".into(), [1; 16]).await.unwrap();

        for (attempt, verdict) in [
            ("  Kopi tubruk ☕ ", Verdict::Right),
            ("Kopi tubruk ☕", Verdict::Wrong),
            ("  kopi tubruk ☕ ", Verdict::Wrong),
            ("", Verdict::Wrong),
        ] {
            assert_eq!(passwords.check(&attempt.into(), Some(stored.clone())).await.unwrap(), verdict);
        }
        assert_eq!(passwords.check(&"anything".into(), None).await.unwrap(), Verdict::Wrong);
    }

    #[tokio::test]
    async fn a_hash_of_another_cost_is_outdated() {
        let old = Passwords::new(PasswordCost { memory_kib: 64, passes: 1 });
        let stored = old.hash(&"nasi goreng".into(), [1; 16]).await.unwrap();

        let now = Passwords::new(PasswordCost { memory_kib: 128, passes: 1 });
        let verdict = now.check(&"nasi goreng".into(), Some(stored)).await.unwrap();

        assert_eq!(verdict, Verdict::Outdated);
    }

    #[tokio::test]
    async fn the_cost_in_use_is_owasps_minimum() {
        let stored =
            Passwords::new(PasswordCost::default()).hash(&"nasi goreng".into(), [1; 16]).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
    }
}
