//! Which hosts are this machine, so that plain text to them passes no network.

/// Whether a host, as it stands in a URL or alone, is this machine.
pub fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
