//! Which domain a region's name stands for.

use rolecall_base::nearest::nearest;
use rolecall_base::regions::{PLATFORM_DOMAINS, REGIONS};

/// Why a region was refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum RegionError {
    /// Neither a known name nor a domain; known names that are near.
    Unknown(Vec<&'static str>),
    /// A domain that differs by a letter or two from a known one. Credentials would be sent to it.
    AlmostKnown(&'static str),
    /// Has a dot and is no domain name.
    NotADomain,
}

/// The domain of a region, from its AWS name, its short name, its domain, or a domain that is not known yet.
pub(super) fn domain_of(region: &str) -> Result<String, RegionError> {
    let wanted = region.to_ascii_lowercase();
    let host = ["login.", "api.", "apps."].iter().find_map(|prefix| wanted.strip_prefix(prefix)).unwrap_or(&wanted);
    let known = REGIONS.iter().find(|(aws, short, domain)| wanted == *aws || wanted == *short || host == *domain);
    if let Some((_, _, domain)) = known {
        return Ok((*domain).to_owned());
    }
    if !host.contains('.') {
        let names = REGIONS.iter().flat_map(|(aws, short, _)| [*short, *aws]);
        return Err(RegionError::Unknown(nearest(&wanted, names, 3)));
    }
    if !is_domain(host) {
        return Err(RegionError::NotADomain);
    }
    if PLATFORM_DOMAINS.iter().any(|ending| host.ends_with(ending)) {
        return Ok(host.to_owned());
    }
    match REGIONS.iter().find(|(_, _, domain)| strsim::damerau_levenshtein(host, domain) <= 2) {
        Some((_, _, domain)) => Err(RegionError::AlmostKnown(domain)),
        None => Ok(host.to_owned()),
    }
}

fn is_domain(text: &str) -> bool {
    let label_is_good = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    text.len() <= 240
        && text.split('.').all(label_is_good)
        // The last label of an address such as 10.0.0.1 is a number, that of a domain never.
        && text.rsplit('.').next().is_some_and(|last| last.bytes().any(|byte| byte.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derived_short_name(aws: &str) -> Option<String> {
        let mut parts = aws.split('-');
        let (area, side, number) = (parts.next()?, parts.next()?, parts.next()?);
        let side = match side {
            "northeast" => "ne",
            "southeast" => "se",
            other => &other[..1],
        };
        parts.next().is_none().then(|| format!("{area}{side}{number}"))
    }

    #[test]
    fn short_names_follow_from_the_aws_names() {
        for (aws, short, domain) in REGIONS {
            if let Some(derived) = derived_short_name(aws) {
                assert_eq!(short, derived);
            }
            if domain.ends_with("pure.cloud") {
                assert!(domain.starts_with(&format!("{short}.")), "{domain}");
            }
            for written in [aws, short, domain, &format!("login.{domain}"), &aws.to_uppercase()] {
                assert_eq!(domain_of(written).as_deref(), Ok(domain));
            }
        }
    }

    #[test]
    fn unknown_word_names_the_nearest_and_a_free_domain_is_taken() {
        let Err(RegionError::Unknown(near)) = domain_of("euw3") else { panic!("`euw3` is no region") };
        assert!(["euw1", "euw2"].contains(&near[0]), "{near:?}");
        assert_eq!(domain_of("example.pure.cloud").as_deref(), Ok("example.pure.cloud"));
        assert_eq!(domain_of("usw3.pure.cloud").as_deref(), Ok("usw3.pure.cloud"));
        assert_eq!(domain_of("genesys.example.com").as_deref(), Ok("genesys.example.com"));
    }

    #[test]
    fn domain_that_is_almost_a_known_one_is_refused() {
        assert_eq!(domain_of("mypurecluod.ie"), Err(RegionError::AlmostKnown("mypurecloud.ie")));
        assert_eq!(domain_of("euw2.pure.clod"), Err(RegionError::AlmostKnown("euw2.pure.cloud")));
    }

    #[test]
    fn addresses_and_urls_are_no_domains() {
        for text in ["10.0.0.1", "https://login.mypurecloud.ie", "a..b", "user@x.y", "x.y:8080", "-a.b", "é.com"] {
            assert_eq!(domain_of(text), Err(RegionError::NotADomain), "{text}");
        }
    }
}
