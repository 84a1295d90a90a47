//! What a session is called in the list of devices, from the User-Agent header, and the part of an
//! address that is kept of where it came from.

use std::net::IpAddr;

/// Who is calling, as far as a session remembers it.
#[derive(Clone, Debug, Default)]
pub struct Client {
    pub user_agent: Option<String>,
    pub ip: Option<IpAddr>,
}

/// First match wins: every browser also names the ones it wants to be taken for.
const BROWSERS: &[(&str, &str)] = &[
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("UCBrowser/", "UC Browser"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Version/", "Safari"),
];

const SYSTEMS: &[(&str, &str)] = &[
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

const UNKNOWN: &str = "Unknown device";

/// "Chrome on Linux"; the program's own name for what is no browser; never raw header text.
pub(crate) fn device_name(user_agent: Option<&str>) -> String {
    let user_agent = user_agent.unwrap_or_default();
    let find = |table: &[(&str, &'static str)]| {
        table.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    if !user_agent.starts_with("Mozilla/") {
        return program_name(user_agent).unwrap_or_else(|| UNKNOWN.to_owned());
    }
    match (find(BROWSERS), find(SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => UNKNOWN.to_owned(),
    }
}

/// `curl/7.88.1` is curl.
fn program_name(user_agent: &str) -> Option<String> {
    let name: String = user_agent
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        .take(40)
        .collect();
    (!name.is_empty()).then_some(name)
}

/// The /24 of an IPv4 and the /56 of an IPv6 address: enough to tell a place, too little to tell a person.
pub(crate) fn ip_prefix(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(ip) => {
            let prefix = std::net::Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 72));
            format!("{prefix}/56")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_called_by_browser_and_system() {
        let chrome = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0";
        for (user_agent, expected) in [
            (format!("Mozilla/5.0 (X11; Linux x86_64) {chrome} Safari/537.36"), "Chrome on Linux"),
            (format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {chrome} Safari/537.36 Edg/141.0"), "Edge on Windows"),
            (format!("Mozilla/5.0 (Linux; Android 14; SM-A546E) {chrome} Mobile Safari/537.36"), "Chrome on Android"),
            (format!("Mozilla/5.0 (Linux; Android 14) SamsungBrowser/27.0 {chrome}"), "Samsung Internet on Android"),
            (format!("Mozilla/5.0 (X11; CrOS x86_64 14541) {chrome}"), "Chrome on ChromeOS"),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".into(), "Firefox on Linux"),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15".into(),
                "Safari on macOS",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile/15E148 Safari/604.1".into(),
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 18_1 like Mac OS X) AppleWebKit/605.1.15 CriOS/141.0 Mobile Safari/604.1".into(),
                "Chrome on iPad",
            ),
            ("curl/7.88.1".into(), "curl"),
            ("python-requests/2.31 CPython".into(), "python-requests"),
            ("Mozilla/5.0 (compatible)".into(), UNKNOWN),
            ("<script>alert(1)</script>".into(), UNKNOWN),
            (String::new(), UNKNOWN),
        ] {
            assert_eq!(device_name(Some(&user_agent)), expected, "{user_agent}");
        }
        assert_eq!(device_name(None), UNKNOWN);
        assert_eq!(device_name(Some(&"a".repeat(5000))).len(), 40);
    }

    #[test]
    fn addresses_are_cut_to_their_network() {
        for (ip, expected) in [
            ("203.0.113.77", "203.0.113.0/24"),
            ("::ffff:203.0.113.77", "203.0.113.0/24"),
            ("2001:db8:1:22ff:aaaa::1", "2001:db8:1:2200::/56"),
            ("::1", "::/56"),
        ] {
            assert_eq!(ip_prefix(ip.parse().unwrap()), expected);
        }
    }
}
