//! Where a request comes from, as far as that can be believed.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request};

/// The client's address; absent when the request did not come over a socket.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub Option<IpAddr>);

/// The address `trusted_proxies` hops from the right of `X-Forwarded-For`: what stands further left
/// was written by the client and means nothing.
pub fn client_address(request: &Request, trusted_proxies: u8) -> Option<IpAddr> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    if trusted_proxies == 0 {
        return peer;
    }
    let hops: Vec<&str> = request
        .headers()
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .collect();
    let told = hops.len().checked_sub(usize::from(trusted_proxies)).and_then(|at| hops[at].parse().ok());
    told.or(peer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn request(forwarded: &str) -> Request {
        let mut request =
            Request::builder().header("x-forwarded-for", forwarded).body(Body::empty()).expect("builds");
        let peer: SocketAddr = "10.0.0.9:1234".parse().expect("parses");
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    }

    fn address(forwarded: &str, proxies: u8) -> String {
        client_address(&request(forwarded), proxies).expect("an address").to_string()
    }

    #[test]
    fn only_what_our_own_proxies_wrote_is_believed() {
        assert_eq!(address("1.1.1.1", 0), "10.0.0.9");
        assert_eq!(address("6.6.6.6, 2.2.2.2", 1), "2.2.2.2");
        assert_eq!(address("6.6.6.6, 2.2.2.2, 10.0.0.8", 2), "2.2.2.2");
        assert_eq!(address("garbage", 1), "10.0.0.9");
        assert_eq!(address("2.2.2.2", 3), "10.0.0.9");
    }
}
