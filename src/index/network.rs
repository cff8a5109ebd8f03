//! How the network is reached: the settings of pip's session as values.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use url::{Host, Url};

use super::Proxies;

/// What command line and configuration say about the network; `None` is pip's default.
#[derive(Clone, Default)]
pub struct NetworkOptions {
    /// `--proxy`; when given, even empty, the environment's proxies and CA bundles are not read.
    pub proxy: Option<String>,
    /// `--no-proxy-env`.
    pub no_proxy_env: bool,
    /// `--cert`: a CA bundle, or a folder of certificates with OpenSSL's hashed names.
    pub cert: Option<PathBuf>,
    /// `--client-cert`: private key and certificate in one PEM file.
    pub client_cert: Option<PathBuf>,
    /// `--trusted-host`, each `HOST` or `HOST:PORT`.
    pub trusted_hosts: Vec<String>,
    /// `--timeout`.
    pub timeout: Option<Duration>,
    /// `--retries`.
    pub retries: Option<u32>,
}

/// Everything that decides how a request is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// The proxies.
    pub proxies: Proxies,
    /// The certificate authorities.
    pub certificates: Certificates,
    /// Private key and certificate to authenticate with, in one PEM file.
    pub client_cert: Option<PathBuf>,
    /// Hosts whose certificates are not checked and that may be reached without TLS.
    pub trusted_hosts: Vec<TrustedHost>,
    /// The longest time for a connection, an answer, and each read.
    pub timeout: Duration,
    /// How often a request is repeated after the first failure.
    pub retries: u32,
    /// The `User-Agent` header.
    pub user_agent: String,
}

/// Where CA certificates come from: pip's truststore joins the system's with a bundle given by the user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Certificates {
    /// Bundle or folder that is trusted besides the system's.
    pub extra: Option<PathBuf>,
    /// `SSL_CERT_FILE`: the system's bundle is elsewhere.
    pub system_file: Option<PathBuf>,
    /// `SSL_CERT_DIR`: the system's hashed certificates are elsewhere.
    pub system_folder: Option<PathBuf>,
}

/// A host, or one port of it, that is trusted without valid TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedHost {
    host: String,
    port: Option<u16>,
}

impl Network {
    /// Puts options and environment together as pip does for its session.
    pub fn new(options: NetworkOptions, env: &BTreeMap<String, String>, user_agent: String) -> Self {
        let proxies = match &options.proxy {
            Some(proxy) => Proxies::explicit(proxy),
            None if options.no_proxy_env => Proxies::default(),
            None => Proxies::from_environment(env),
        };
        let reads_env = options.proxy.is_none() && !options.no_proxy_env;
        let path = |name: &str| env.get(name).filter(|path| !path.is_empty()).map(PathBuf::from);
        let bundle = || {
            path("REQUESTS_CA_BUNDLE")
                .or_else(|| path("CURL_CA_BUNDLE"))
                .filter(|_| reads_env)
        };
        Self {
            proxies,
            certificates: Certificates {
                extra: options.cert.or_else(bundle),
                system_file: path("SSL_CERT_FILE"),
                system_folder: path("SSL_CERT_DIR"),
            },
            client_cert: options.client_cert,
            trusted_hosts: options.trusted_hosts.iter().map(|host| TrustedHost::new(host)).collect(),
            timeout: timeout(options.timeout),
            retries: options.retries.unwrap_or(5),
            user_agent,
        }
    }

    /// Whether pip would look for links at `url`: over TLS, on this machine, or on a trusted host.
    pub(super) fn is_secure(&self, url: &Url) -> bool {
        let here = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => url.scheme() == "file",
        };
        url.scheme() == "https" || here || self.trusts(url)
    }

    /// Whether the host of `url` is trusted without valid TLS.
    pub(super) fn trusts(&self, url: &Url) -> bool {
        self.trusted_hosts.iter().any(|trusted| trusted.covers(url))
    }
}

/// pip's default of 15 seconds; zero switches the limit off in pip, for which a day stands here, and nothing is longer.
fn timeout(option: Option<Duration>) -> Duration {
    const DAY: Duration = Duration::from_hours(24);
    match option {
        None => Duration::from_secs(15),
        Some(Duration::ZERO) => DAY,
        Some(timeout) => timeout.min(DAY),
    }
}

impl TrustedHost {
    /// Parses `HOST`, `HOST:PORT`, `[IPv6]` or `[IPv6]:PORT`.
    pub fn new(text: &str) -> Self {
        let bare_v6 = text.matches(':').count() > 1 && !text.contains(']');
        let split = text.rsplit_once(':').filter(|_| !bare_v6);
        let (host, port) = match split.map(|(host, port)| (host, port.parse())) {
            Some((host, Ok(port))) => (host, Some(port)),
            _ => (text, None),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_lowercase();
        Self { host, port }
    }

    fn covers(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        host == self.host && (self.port.is_none() || self.port == url.port_or_known_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(options: NetworkOptions, env: &[(&str, &str)]) -> Network {
        let env = env
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Network::new(options, &env, "snapenv".to_owned())
    }

    #[test]
    fn the_option_wins_over_the_bundles_of_the_environment() {
        let env = [
            ("CURL_CA_BUNDLE", "/curl"),
            ("REQUESTS_CA_BUNDLE", ""),
            ("SSL_CERT_DIR", "/dir"),
        ];
        let plain = network(NetworkOptions::default(), &env).certificates;
        assert_eq!(plain.extra, Some(PathBuf::from("/curl")));
        assert_eq!(plain.system_folder, Some(PathBuf::from("/dir")));
        let cert = Some(PathBuf::from("/cert"));
        let options = NetworkOptions {
            cert: cert.clone(),
            ..NetworkOptions::default()
        };
        assert_eq!(network(options, &env).certificates.extra, cert);
    }

    #[test]
    fn an_explicit_proxy_shuts_out_the_environment() {
        let env = [("CURL_CA_BUNDLE", "/curl"), ("https_proxy", "http://a")];
        let options = NetworkOptions {
            proxy: Some(String::new()),
            ..NetworkOptions::default()
        };
        let network = network(options, &env);
        assert_eq!(network.certificates.extra, None);
        assert_eq!(network.proxies, Proxies::default());
    }

    #[test]
    fn timeouts_are_bounded() {
        let of = |seconds| timeout(Some(Duration::from_secs(seconds))).as_secs();
        assert_eq!((timeout(None).as_secs(), of(3), of(0), of(u64::MAX)), (15, 3, 86_400, 86_400));
    }

    #[test]
    fn places_without_tls_are_secure_only_here_or_by_trust() {
        let options = NetworkOptions {
            trusted_hosts: vec!["trusted:81".to_owned()],
            ..NetworkOptions::default()
        };
        let network = network(options, &[]);
        let secure = |url: &str| network.is_secure(&Url::parse(url).unwrap());
        for url in [
            "https://a/",
            "http://localhost:8/",
            "http://127.1.2.3/",
            "http://[::1]/",
            "http://trusted:81/",
        ] {
            assert!(secure(url), "{url}");
        }
        for url in ["http://a/", "http://trusted/", "http://128.0.0.1/", "http://localhost.a/"] {
            assert!(!secure(url), "{url}");
        }
    }

    #[test]
    fn trusted_hosts_cover_their_ports() {
        let covers = |host, url| TrustedHost::new(host).covers(&Url::parse(url).unwrap());
        assert!(covers("Example.org", "http://example.org:81/x"));
        assert!(covers("example.org:443", "https://example.org/"));
        assert!(covers("[::1]:8080", "https://[::1]:8080/"));
        assert!(covers("::1", "https://[::1]:8080/"));
        assert!(!covers("example.org:81", "https://example.org/"));
        assert!(!covers("example.org", "https://sub.example.org/"));
    }
}
