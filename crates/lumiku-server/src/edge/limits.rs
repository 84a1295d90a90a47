//! How often one client may call. Generic cell rate algorithm, in this process.
//!
//! A refused call is not counted, so a client that waits recovers.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use lumiku_core::{Ambient, Problem};
use lumiku_sdk::ApiError;
use sha2::{Digest, Sha256};

use super::client::{ClientAddress, client_address};
use crate::Studio;

/// So many calls in so long, all of which may come at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    pub name: &'static str,
    pub calls: u32,
    pub period: Duration,
}

const fn policy(name: &'static str, calls: u32, period_s: u64) -> Policy {
    Policy { name, calls, period: Duration::from_secs(period_s) }
}

const LOGIN: Policy = policy("login", 5, 15 * 60);
/// Wrong passwords for one account, whatever addresses they come from. It passes again by itself:
/// nobody can lock somebody else out for good.
const GUESS: Policy = policy("login-account", 30, 60 * 60);
const REGISTER: Policy = policy("register", 3, 60 * 60);
const HEALTH: Policy = policy("health", 60, 60);
const HEALTH_DETAIL: Policy = policy("health-detail", 30, 60);
/// tus parts come often; this bounds only how many uploads begin.
const UPLOAD: Policy = policy("upload", 120, 60);

/// The limit of a route, by client address.
fn policy_of(method: &Method, path: &str) -> Option<Policy> {
    match (method.as_str(), path) {
        ("POST", "/api/v1/auth/login") => Some(LOGIN),
        ("POST", "/api/v1/auth/register" | "/api/v1/auth/setup") => Some(REGISTER),
        ("POST", "/api/v1/uploads" | "/api/v1/assets") => Some(UPLOAD),
        ("GET", "/health") => Some(HEALTH_DETAIL),
        ("GET", "/health/liveness" | "/health/readiness") => Some(HEALTH),
        _ => None,
    }
}

/// Requests from this machine itself share one counter.
const LOCAL: &str = "local";

/// What a decision came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Allowed { remaining: u32 },
    Refused { retry_after: Duration },
}

/// The counters of this process.
#[derive(Clone, Debug)]
pub struct Limits {
    ambient: Ambient,
    /// Theoretical arrival time per policy and client, in microseconds.
    arrivals: Arc<Mutex<HashMap<(&'static str, String), i64>>>,
}

/// Beyond this many clients the counters of the recovered ones are dropped.
const CLIENTS_MAX: usize = 100_000;

impl Limits {
    pub fn new(ambient: Ambient) -> Self {
        Self { ambient, arrivals: Arc::default() }
    }

    pub fn check(&self, policy: Policy, client: &str) -> Decision {
        let now = self.ambient.now().timestamp_micros();
        let period = policy.period.as_micros() as i64;
        let each = period / i64::from(policy.calls);
        let mut arrivals = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        if arrivals.len() > CLIENTS_MAX {
            arrivals.retain(|_, arrival| *arrival > now);
        }
        let arrival = arrivals.entry((policy.name, client.to_owned())).or_insert(now);
        let next = (*arrival).max(now) + each;
        let over = next - now - period;
        if over > 0 {
            return Decision::Refused { retry_after: Duration::from_micros(over as u64) };
        }
        *arrival = next;
        Decision::Allowed { remaining: ((period - (next - now)) / each) as u32 }
    }

    /// Counts a try at an account's password, or refuses it. The answer is for [`Self::forgive_guess`].
    pub fn guess(&self, email: &str) -> Result<String, ApiError> {
        let account = hex::encode(Sha256::digest(email.trim().to_lowercase()));
        match self.check(GUESS, &account) {
            Decision::Allowed { .. } => Ok(account),
            Decision::Refused { retry_after } => Err(too_many(retry_after)),
        }
    }

    /// The password was right, so the try was no guess.
    pub fn forgive_guess(&self, account: &str) {
        self.forgive(GUESS, account);
    }

    /// Gives one call back: a login that succeeded was no guess.
    pub fn forgive(&self, policy: Policy, client: &str) {
        let each = policy.period.as_micros() as i64 / i64::from(policy.calls);
        let mut arrivals = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(arrival) = arrivals.get_mut(&(policy.name, client.to_owned())) {
            *arrival -= each;
        }
    }
}

pub async fn apply(State(studio): State<Studio>, mut request: Request, next: Next) -> Response {
    let address = client_address(&request, studio.context.config.server.trusted_proxies);
    request.extensions_mut().insert(ClientAddress(address));
    let Some(policy) = policy_of(request.method(), request.uri().path()) else {
        return next.run(request).await;
    };
    let client = client_of(address);
    // Probes of the machine itself must not be shut out by their own diligence.
    if policy.name.starts_with("health") && client == LOCAL {
        return next.run(request).await;
    }
    match studio.limits.check(policy, &client) {
        Decision::Allowed { remaining } => {
            let mut response = next.run(request).await;
            if policy == LOGIN && response.status().is_success() {
                studio.limits.forgive(policy, &client);
            }
            describe(response.headers_mut(), policy, remaining);
            response
        }
        Decision::Refused { retry_after } => {
            let mut response = too_many(retry_after).into_response();
            describe(response.headers_mut(), policy, 0);
            response
        }
    }
}

fn too_many(retry_after: Duration) -> ApiError {
    let seconds = retry_after.as_secs() + 1;
    let detail = format!("Too many tries. Wait {seconds} seconds and try again.");
    Problem::new(429, "request.too_many", detail).with_retry_after(seconds).into()
}

/// `RateLimit` and `RateLimit-Policy` as in draft-ietf-httpapi-ratelimit-headers-09.
fn describe(headers: &mut HeaderMap, policy: Policy, remaining: u32) {
    let limit = format!("\"{}\";q={};w={}", policy.name, policy.calls, policy.period.as_secs());
    let state = format!("\"{}\";r={remaining}", policy.name);
    for (name, value) in [("ratelimit-policy", limit), ("ratelimit", state)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
}

/// Whom to count: IPv6 by /56, because that much is one household's.
fn client_of(address: Option<IpAddr>) -> String {
    match address {
        None => LOCAL.to_owned(),
        Some(address) if address.is_loopback() => LOCAL.to_owned(),
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => {
            let mut octets = address.octets();
            octets[7..].fill(0);
            Ipv6Addr::from(octets).to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lumiku_core::{DateTime, ManualClock};

    fn limits() -> (Limits, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::starting_at(DateTime::UNIX_EPOCH + Duration::from_secs(1_000_000)));
        (Limits::new(Ambient::seeded(clock.clone(), 1)), clock)
    }

    #[test]
    fn a_burst_of_the_limit_passes_and_one_more_is_refused() {
        let (limits, _) = limits();

        let passed = (0..6).filter(|_| matches!(limits.check(LOGIN, "a"), Decision::Allowed { .. })).count();

        assert_eq!(passed, 5);
        assert!(matches!(limits.check(LOGIN, "b"), Decision::Allowed { remaining: 4 }));
    }

    #[test]
    fn an_account_takes_thirty_wrong_passwords_an_hour_however_it_is_spelled() {
        let (limits, clock) = limits();
        for _ in 0..30 {
            limits.guess("rina@example.com").expect("a try is left");
        }
        limits.guess("dewi@example.com").expect("another account");

        assert_eq!(limits.guess(" Rina@Example.com").expect_err("too many").0.status, 429);
        clock.advance(chrono::TimeDelta::minutes(2));
        let account = limits.guess("rina@example.com").expect("one try has come back");
        limits.forgive_guess(&account);
        limits.guess("rina@example.com").expect("a right password does not count");
    }

    #[test]
    fn a_refused_call_is_not_counted_and_the_wait_told_is_enough() {
        let (limits, clock) = limits();
        for _ in 0..5 {
            limits.check(LOGIN, "a");
        }
        let mut wait = Duration::ZERO;
        for _ in 0..100 {
            if let Decision::Refused { retry_after } = limits.check(LOGIN, "a") {
                wait = retry_after;
            }
        }

        clock.advance(chrono::TimeDelta::from_std(wait).expect("a short wait"));

        assert!(matches!(limits.check(LOGIN, "a"), Decision::Allowed { .. }));
    }
}
