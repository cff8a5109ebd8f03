//! Which proxy a request goes through, as requests decides it.

use std::collections::BTreeMap;
use std::fmt;
use std::net::Ipv4Addr;

use url::Url;

use super::FetchError;

/// Proxies by scheme, and the hosts that are reached without.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    by_scheme: BTreeMap<String, String>,
    direct: String,
}

impl Proxies {
    /// The proxy of `--proxy`, for every host; the empty text switches proxies off.
    pub fn explicit(proxy: &str) -> Self {
        let mut proxies = Self::default();
        if !proxy.is_empty() {
            for scheme in ["http", "https"] {
                proxies.by_scheme.insert(scheme.to_owned(), proxy.to_owned());
            }
        }
        proxies
    }

    /// The proxies of `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`; lower case wins, and when empty it removes.
    ///
    /// Under CGI (`REQUEST_METHOD`) the upper-case `HTTP_PROXY` is a request header and is ignored.
    pub fn from_environment(env: &BTreeMap<String, String>) -> Self {
        let mut found: BTreeMap<String, String> = BTreeMap::new();
        let named = |name: &str| name.to_lowercase().strip_suffix("_proxy").map(str::to_owned);
        for (name, value) in env.iter().filter(|(_, value)| !value.is_empty()) {
            if let Some(scheme) = named(name) {
                found.insert(scheme, value.clone());
            }
        }
        if env.contains_key("REQUEST_METHOD") {
            found.remove("http");
        }
        for (name, value) in env {
            match name.strip_suffix("_proxy") {
                Some(scheme) if value.is_empty() => found.remove(&scheme.to_lowercase()),
                Some(scheme) => found.insert(scheme.to_lowercase(), value.clone()),
                None => None,
            };
        }
        let direct = found.remove("no").unwrap_or_default();
        Self {
            by_scheme: found,
            direct,
        }
    }

    /// Parses the proxies; one without a scheme is an HTTP proxy.
    pub(super) fn parse(&self) -> Result<ParsedProxies, FetchError> {
        let mut parsed = ParsedProxies {
            by_scheme: BTreeMap::new(),
            direct: self.direct.clone(),
        };
        for (scheme, proxy) in &self.by_scheme {
            let with_scheme = if proxy.contains("://") {
                proxy.clone()
            } else {
                format!("http://{proxy}")
            };
            let url = Url::parse(&with_scheme).map_err(|error| FetchError::Client {
                detail: format!("the proxy for {scheme} is no URL: {error}"),
            })?;
            parsed.by_scheme.insert(scheme.clone(), url);
        }
        Ok(parsed)
    }
}

impl fmt::Debug for Proxies {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let schemes: Vec<&String> = self.by_scheme.keys().collect();
        write!(formatter, "Proxies({schemes:?}, direct: {:?})", self.direct)
    }
}

/// Proxies, ready to choose from.
pub(super) struct ParsedProxies {
    by_scheme: BTreeMap<String, Url>,
    direct: String,
}

impl ParsedProxies {
    /// The proxy for `url`, if it is to go through one.
    pub(super) fn choose(&self, url: &Url) -> Option<Url> {
        let proxy = self.by_scheme.get(url.scheme()).or_else(|| self.by_scheme.get("all"))?;
        (!self.reached_directly(url)).then(|| proxy.clone())
    }

    fn reached_directly(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else {
            return true;
        };
        if self.direct.trim() == "*" {
            return true;
        }
        let host = host.trim_start_matches('[').trim_end_matches(']').to_lowercase();
        let with_port = url.port().map(|port| format!("{host}:{port}"));
        let entries = self.direct.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let address: Option<Ipv4Addr> = host.parse().ok();
        for entry in entries {
            if address.is_some_and(|address| in_network(address, entry)) {
                return true;
            }
            let entry = entry.trim_start_matches('.').to_lowercase();
            if matches_name(&host, &entry) || with_port.as_deref().is_some_and(|name| matches_name(name, &entry)) {
                return true;
            }
        }
        false
    }
}

fn matches_name(host: &str, entry: &str) -> bool {
    host.strip_suffix(entry)
        .is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

/// Whether `address` lies in `network` (CIDR notation).
fn in_network(address: Ipv4Addr, network: &str) -> bool {
    let Some((base, bits)) = network.split_once('/') else {
        return false;
    };
    let (Ok(base), Ok(bits)) = (base.parse::<Ipv4Addr>(), bits.parse::<u32>()) else {
        return false;
    };
    let Some(shift) = 32_u32.checked_sub(bits).filter(|_| bits > 0) else {
        return false;
    };
    let mask = u32::MAX.checked_shl(shift).unwrap_or(0);
    address.to_bits() & mask == base.to_bits() & mask
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(env: &[(&str, &str)], url: &str) -> Option<String> {
        let env = env
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let proxies = Proxies::from_environment(&env).parse().unwrap();
        proxies.choose(&Url::parse(url).unwrap()).map(String::from)
    }

    #[test]
    fn schemes_choose_and_lower_case_wins() {
        let env = [
            ("HTTPS_PROXY", "http://upper:1"),
            ("https_proxy", "lower:2"),
            ("ALL_PROXY", "socks5://all:3"),
        ];
        assert_eq!(choose(&env, "https://a/").as_deref(), Some("http://lower:2/"));
        assert_eq!(choose(&env, "http://a/").as_deref(), Some("socks5://all:3"));
        assert_eq!(choose(&[("HTTP_PROXY", "http://a:1"), ("http_proxy", "")], "http://a/"), None);
        assert_eq!(
            choose(&[("HTTP_PROXY", "http://a:1"), ("REQUEST_METHOD", "GET")], "http://a/"),
            None
        );
    }

    #[test]
    fn no_proxy_knows_suffixes_ports_and_networks() {
        let direct = |list: &str, url: &str| choose(&[("all_proxy", "http://p:1"), ("no_proxy", list)], url).is_none();
        assert!(direct("*", "https://a/"));
        assert!(direct("example.org", "https://example.org/"));
        assert!(direct(".Example.org", "https://sub.example.org/"));
        assert!(direct("a, example.org:81", "http://example.org:81/"));
        assert!(direct("10.0.0.0/8", "http://10.1.2.3/"));
        assert!(direct("127.0.0.1", "http://127.0.0.1:5/"));
        assert!(!direct("ample.org", "https://example.org/"));
        assert!(!direct("example.org:82", "http://example.org:81/"));
        assert!(!direct("10.0.0.0/8", "http://11.1.2.3/"));
        assert!(!direct("", "http://11.1.2.3/"));
    }

    #[test]
    fn an_explicit_proxy_serves_all_hosts_and_the_empty_one_none() {
        let url = Url::parse("https://a/").unwrap();
        let chosen = |proxy| Proxies::explicit(proxy).parse().unwrap().choose(&url);
        assert_eq!(chosen("u:p@proxy:3128").unwrap().as_str(), "http://u:p@proxy:3128/");
        assert_eq!(chosen(""), None);
        let shown = format!("{:?}", Proxies::explicit("http://u:s3cr3t@p"));
        assert!(!shown.contains("s3cr3t"), "{shown}");
    }
}
