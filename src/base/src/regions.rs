//! The domains of the platform's regions.

/// AWS name, short name, domain. The API is at `api.`, the login service at `login.`, the user interface at `apps.` of
/// the domain.
pub const REGIONS: [(&str, &str, &str); 18] = [
    ("us-east-1", "use1", "mypurecloud.com"),
    ("us-east-2", "use2", "use2.us-gov-pure.cloud"),
    ("us-west-2", "usw2", "usw2.pure.cloud"),
    ("ca-central-1", "cac1", "cac1.pure.cloud"),
    ("sa-east-1", "sae1", "sae1.pure.cloud"),
    ("mx-central-1", "mxc1", "mxc1.pure.cloud"),
    ("eu-west-1", "euw1", "mypurecloud.ie"),
    ("eu-west-2", "euw2", "euw2.pure.cloud"),
    ("eu-central-1", "euc1", "mypurecloud.de"),
    ("eu-central-2", "euc2", "euc2.pure.cloud"),
    ("eusc-de-east-1", "edee1", "edee1.eusc-pure.cloud"),
    ("me-central-1", "mec1", "mec1.pure.cloud"),
    ("ap-south-1", "aps1", "aps1.pure.cloud"),
    ("ap-northeast-1", "apne1", "mypurecloud.jp"),
    ("ap-northeast-2", "apne2", "apne2.pure.cloud"),
    ("ap-northeast-3", "apne3", "apne3.pure.cloud"),
    ("ap-southeast-1", "apse1", "apse1.pure.cloud"),
    ("ap-southeast-2", "apse2", "mypurecloud.com.au"),
];

/// Domains under which the platform opens new regions: any name below them is taken as it is.
pub const PLATFORM_DOMAINS: [&str; 3] = [".pure.cloud", ".us-gov-pure.cloud", ".eusc-pure.cloud"];

/// Whether a host, such as `apps.mypurecloud.ie`, belongs to the platform.
pub fn is_platform_host(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let below = |domain: &str| host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    PLATFORM_DOMAINS.iter().any(|ending| host.ends_with(ending)) || REGIONS.iter().any(|(_, _, domain)| below(domain))
}

/// Whether a redirect address lies on one of the platform's domains.
pub fn is_platform_uri(uri: &str) -> bool {
    url::Url::parse(uri).is_ok_and(|uri| uri.scheme() == "https" && uri.host_str().is_some_and(is_platform_host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_belongs_to_the_platform_only_below_one_of_its_domains() {
        for host in ["apps.mypurecloud.ie", "mypurecloud.com.au", "APPS.MyPureCloud.COM", "login.euc2.pure.cloud"] {
            assert!(is_platform_host(host), "{host}");
        }
        for host in ["evilmypurecloud.ie", "mypurecloud.ie.example.com", "pure.cloud.example", "evilpure.cloud", ""] {
            assert!(!is_platform_host(host), "{host}");
        }
    }
}
