//! Addresses from which a client may ask for tokens, and how far a list of them limits anything.

use std::collections::BTreeSet;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};

/// A list that lets in more IPv4 addresses than this (a `/8`) is no limit.
const MOST_V4: u64 = 1 << 24;
/// A list that lets in more IPv6 networks of 64 bits than this (a `/32`, what a whole provider gets) is no limit.
const MOST_V6: u128 = 1 << 32;

/// The list of allowed addresses of a client, as far as it could be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
pub struct AllowedAddresses {
    /// The ranges, sorted, each once. None, where everything was understood: there is no list.
    #[schemars(with = "Vec<String>")]
    pub ranges: BTreeSet<IpNet>,
    /// What stands in the list and could not be understood. While there is any, the list is not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_understood: Vec<String>,
}

/// How far a list limits from where tokens can be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Limit {
    /// There is no list.
    NoList,
    /// There is one, so wide that it is none: the widest ranges.
    TooWide(Vec<IpNet>),
    /// There is one.
    Limited,
    /// The list could not be understood.
    NotKnown,
}

/// What another list lets in beside this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compared {
    /// The same addresses.
    Same,
    /// Addresses that this one does not let in. It may also lack some.
    Wider,
    /// Only some of those that this one lets in.
    Narrower,
    /// One of the lists could not be understood.
    NotKnown,
}

impl AllowedAddresses {
    /// How far it limits.
    pub fn limit(&self) -> Limit {
        if !self.not_understood.is_empty() {
            return Limit::NotKnown;
        }
        if self.ranges.is_empty() {
            return Limit::NoList;
        }
        let merged = self.merged();
        let v4: u64 = merged.iter().map(v4_size).sum();
        let v6: u128 = merged.iter().map(v6_size).sum();
        if v4 <= MOST_V4 && v6 <= MOST_V6 {
            return Limit::Limited;
        }
        let too_many = |net: &&IpNet| (v4 > MOST_V4 && v4_size(net) > 0) || (v6 > MOST_V6 && v6_size(net) > 0);
        let mut wide: Vec<IpNet> = merged.iter().filter(too_many).copied().collect();
        wide.sort_by_key(|net| (net.prefix_len(), *net));
        Limit::TooWide(wide)
    }

    /// Compares what `other` lets in with what `self` does. No list lets in everything.
    pub fn compare(&self, other: &Self) -> Compared {
        if !self.not_understood.is_empty() || !other.not_understood.is_empty() {
            return Compared::NotKnown;
        }
        let (mine, theirs) = (self.let_in(), other.let_in());
        let within =
            |inner: &[IpNet], outer: &[IpNet]| inner.iter().all(|one| outer.iter().any(|net| net.contains(one)));
        match (within(&theirs, &mine), within(&mine, &theirs)) {
            (true, true) => Compared::Same,
            (true, false) => Compared::Narrower,
            (false, _) => Compared::Wider,
        }
    }

    /// The ranges as texts, sorted.
    pub fn texts(&self) -> Vec<String> {
        self.ranges.iter().map(ToString::to_string).collect()
    }

    /// The ranges put together: none lies in another, and two halves are one.
    fn merged(&self) -> Vec<IpNet> {
        IpNet::aggregate(&self.ranges.iter().copied().collect())
    }

    /// Everything that is let in. The platform takes IPv4 addresses alone, so that a list of all of these is all.
    fn let_in(&self) -> Vec<IpNet> {
        let all = IpNet::V4(Ipv4Net::default());
        let merged = self.merged();
        if merged.is_empty() || merged.contains(&all) { vec![all, IpNet::V6(Ipv6Net::default())] } else { merged }
    }
}

/// A network as it is meant: its own address, and an IPv4 network that is written as an IPv6 one as what it is.
pub fn plain(net: IpNet) -> IpNet {
    let net = net.trunc();
    let IpNet::V6(v6) = net else { return net };
    let (Some(v4), Some(prefix)) = (v6.addr().to_ipv4_mapped(), v6.prefix_len().checked_sub(96)) else { return net };
    Ipv4Net::new(v4, prefix).map_or(net, |v4| IpNet::V4(v4.trunc()))
}

fn v4_size(net: &IpNet) -> u64 {
    match net {
        IpNet::V4(net) => 1 << (32 - u32::from(net.prefix_len())),
        IpNet::V6(_) => 0,
    }
}

/// Networks of 64 bits in one; none in a smaller one.
fn v6_size(net: &IpNet) -> u128 {
    match net {
        IpNet::V6(net) if net.prefix_len() <= 64 => 1 << (64 - u32::from(net.prefix_len())),
        IpNet::V4(_) | IpNet::V6(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(ranges: &[&str]) -> AllowedAddresses {
        let ranges = ranges.iter().map(|text| plain(text.parse().unwrap())).collect();
        AllowedAddresses { ranges, not_understood: Vec::new() }
    }

    #[test]
    fn list_that_lets_in_most_of_the_world_is_no_limit() {
        for ranges in [
            &["0.0.0.0/0"][..],
            &["1.2.3.4/0"],
            &["0.0.0.0/1", "128.0.0.0/1"],
            &["203.0.113.7/32", "64.0.0.0/2"],
            &["8.0.0.0/7"],
            &["10.0.0.0/8", "11.0.0.0/32"],
            &["::/0"],
            &["2000::/3"],
            &["2001:db8::/32", "2001:db9::/32"],
            &["::ffff:0.0.0.0/96"],
        ] {
            assert!(matches!(list(ranges).limit(), Limit::TooWide(wide) if !wide.is_empty()), "{ranges:?}");
        }
        for ranges in
            [&["203.0.113.7/32"][..], &["10.0.0.0/8"], &["10.0.0.0/8", "10.1.0.0/16"], &["2001:db8::/32"], &["::1/128"]]
        {
            assert_eq!(list(ranges).limit(), Limit::Limited, "{ranges:?}");
        }
        assert_eq!(list(&[]).limit(), Limit::NoList);
        let unread = AllowedAddresses { not_understood: vec!["x".to_owned()], ..list(&["0.0.0.0/0"]) };
        assert_eq!(unread.limit(), Limit::NotKnown);
    }

    #[test]
    fn two_lists_are_compared_by_the_addresses_that_they_let_in() {
        let cases: [(&[&str], &[&str], Compared); 9] = [
            (&["203.0.113.0/24"], &["203.0.113.0/25", "203.0.113.128/25"], Compared::Same),
            (&["203.0.113.0/24"], &["203.0.112.0/23"], Compared::Wider),
            (&["203.0.113.0/24"], &["203.0.113.7/32"], Compared::Narrower),
            (&["203.0.113.0/24"], &["198.51.100.0/24"], Compared::Wider),
            (&["203.0.113.0/24"], &[], Compared::Wider),
            (&[], &["203.0.113.0/24"], Compared::Narrower),
            (&[], &[], Compared::Same),
            (&[], &["0.0.0.0/0"], Compared::Same),
            (&["203.0.113.0/24"], &["203.0.113.0/24", "2001:db8::/64"], Compared::Wider),
        ];
        for (left, right, expected) in cases {
            assert_eq!(list(left).compare(&list(right)), expected, "{left:?} {right:?}");
        }
        let unread = AllowedAddresses { not_understood: vec!["x".to_owned()], ..AllowedAddresses::default() };
        assert_eq!(unread.compare(&list(&[])), Compared::NotKnown);
        assert_eq!(list(&[]).compare(&unread), Compared::NotKnown);
    }
}
