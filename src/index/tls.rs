//! TLS: certificate authorities, client certificate, and the hosts that are not checked.

use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::{Certificates, FetchError, Network};

/// Where distributions keep the bundle of their CA certificates.
const SYSTEM_BUNDLES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/cert.pem",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
];

/// Whether certificates of servers are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Checking {
    /// As they should be.
    Strict,
    /// Not at all: `--trusted-host`.
    Trusting,
}

/// Makes the TLS configuration, without a choice of protocol; reads every certificate file that it needs.
pub(super) fn configure(network: &Network, checking: Checking) -> Result<ClientConfig, FetchError> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| setup(&error))?;
    let builder = match checking {
        // Without any roots every handshake fails, and pip is asked, which has a bundle of its own.
        Checking::Strict => builder.with_root_certificates(roots(&network.certificates)?),
        Checking::Trusting => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Unchecked(provider))),
    };
    Ok(match &network.client_cert {
        Some(path) => {
            let (chain, key) = client_certificate(path)?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| unusable(path, &error))?
        }
        None => builder.with_no_client_auth(),
    })
}

fn setup(error: &rustls::Error) -> FetchError {
    FetchError::Client {
        detail: error.to_string(),
    }
}

fn unusable(path: &Path, error: &impl ToString) -> FetchError {
    FetchError::Certificates {
        path: path.to_owned(),
        detail: error.to_string(),
    }
}

/// The union that pip's truststore makes. OpenSSL's default folder stays in force beside `SSL_CERT_FILE`; the distribution's
/// bundle holds the same certificates.
fn roots(certificates: &Certificates) -> Result<RootCertStore, FetchError> {
    let mut roots = RootCertStore::empty();
    // OpenSSL passes over what is missing or unreadable in these two.
    if let Some(file) = &certificates.system_file {
        let _ = add_file(&mut roots, file);
    }
    if let Some(folder) = &certificates.system_folder {
        let _ = add_folder(&mut roots, folder);
    }
    if certificates.system_folder.is_none() || roots.is_empty() {
        let bundle = SYSTEM_BUNDLES.iter().map(Path::new).find(|path| path.is_file());
        if let Some(bundle) = bundle {
            let _ = add_file(&mut roots, bundle);
        }
    }
    if let Some(extra) = &certificates.extra {
        if extra.is_dir() {
            add_folder(&mut roots, extra)?;
        } else {
            add_file(&mut roots, extra)?;
        }
    }
    Ok(roots)
}

fn add_file(roots: &mut RootCertStore, path: &Path) -> Result<(), FetchError> {
    let found = CertificateDer::pem_file_iter(path).map_err(|error| unusable(path, &error))?;
    let found: Vec<_> = found.collect::<Result<_, _>>().map_err(|error| unusable(path, &error))?;
    if found.is_empty() {
        return Err(unusable(path, &"no certificate in it"));
    }
    // Bundles hold the odd certificate that webpki cannot use as an anchor.
    roots.add_parsable_certificates(found);
    Ok(())
}

/// Adds the certificates that OpenSSL would look up in `folder`: those named by subject hash, `0123abcd.0`.
fn add_folder(roots: &mut RootCertStore, folder: &Path) -> Result<(), FetchError> {
    let entries = std::fs::read_dir(folder).map_err(|error| unusable(folder, &error))?;
    for entry in entries.flatten() {
        if entry.file_name().to_str().is_some_and(is_hashed) {
            let _ = add_file(roots, &entry.path());
        }
    }
    Ok(())
}

fn is_hashed(name: &str) -> bool {
    name.split_once('.').is_some_and(|(hash, index)| {
        hash.len() == 8
            && hash.chars().all(|digit| digit.is_ascii_hexdigit())
            && index.len() == 1
            && index.chars().all(|digit| digit.is_ascii_digit())
    })
}

type ClientCertificate = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn client_certificate(path: &Path) -> Result<ClientCertificate, FetchError> {
    let chain: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|error| unusable(path, &error))?;
    let key = PrivateKeyDer::from_pem_file(path).map_err(|error| unusable(path, &error))?;
    Ok((chain, key))
}

/// Accepts every certificate, but still checks that the server holds its key.
#[derive(Debug)]
struct Unchecked(Arc<CryptoProvider>);

impl ServerCertVerifier for Unchecked {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_openssl_looks_up_are_hashed() {
        assert!(is_hashed("0123abCD.0"));
        for name in ["ca-certificates.crt", "0123abcd.r0", "0123abcd", "0123abcg.0", "123abcd.0"] {
            assert!(!is_hashed(name), "{name}");
        }
    }

    #[test]
    fn a_bundle_that_is_missing_or_empty_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let empty = folder.path().join("empty.pem");
        std::fs::write(&empty, "").unwrap();
        for path in [empty, folder.path().join("missing.pem")] {
            let certificates = Certificates {
                extra: Some(path.clone()),
                ..Certificates::default()
            };
            let error = roots(&certificates).unwrap_err();
            assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
        }
    }
}
