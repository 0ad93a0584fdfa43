//! The list of allowed addresses that an OAuth client may carry.
//!
//! Announced on 2026-04-06 and in no published document yet, so that neither its name nor its form is known. Read is
//! whatever stands under one of the plausible names below, in any plausible form. What stands there and is not
//! understood is kept as such: it is not known, and never "no list".

use std::net::IpAddr;

use ipnet::{IpNet, IpSubnets, Ipv4Subnets, Ipv6Subnets};
use jiff::Timestamp;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::record;
use rolecall_base::allowed_addresses::{AllowedAddresses, plain};
use rolecall_base::coverage::ListingRecord;
use rolecall_base::oauth_client::OauthClient;

/// The names under which the field is looked for, without regard to case, `_` and `-`. `ipAddressAllowlist` is what the
/// published document calls the org-wide list (`OrgAuthSettings`), `networkWhitelist` an older one of it.
const NAMES: [&str; 29] = [
    "allowedaddress",
    "allowedaddresses",
    "allowedcidr",
    "allowedcidrblocks",
    "allowedcidrranges",
    "allowedcidrs",
    "allowedip",
    "allowedipaddress",
    "allowedipaddresses",
    "allowedipaddressranges",
    "allowedipcidrs",
    "allowedipranges",
    "allowedips",
    "allowednetworks",
    "allowedsourceips",
    "allowlist",
    "cidrallowlist",
    "cidrs",
    "ipaddressallowlist",
    "ipaddresses",
    "ipaddressesallowlist",
    "ipaddresswhitelist",
    "ipallowlist",
    "ipranges",
    "iprestrictions",
    "ipwhitelist",
    "networkallowlist",
    "networkwhitelist",
    "whitelistedips",
];

/// Keys that hold a range as text in an object, first the ones that say most.
const RANGE_KEYS: [&str; 9] = ["cidr", "iprange", "range", "ipaddress", "ip", "address", "network", "value", "block"];
/// Keys that hold the length or the mask that goes with an address.
const MASK_KEYS: [&str; 5] = ["prefixlength", "prefix", "netmask", "mask", "subnetmask"];
/// Keys of both ends of a range.
const ENDS: [(&str, &str); 4] =
    [("start", "end"), ("from", "to"), ("startip", "endip"), ("startaddress", "endaddress")];
/// Keys that hold a list in an object around it.
const LIST_KEYS: [&str; 8] = ["entries", "entities", "items", "ranges", "addresses", "values", "list", "allowed"];
/// Keys by which a list, or one entry of it, is switched off.
const SWITCHES: [&str; 3] = ["enabled", "active", "enforced"];
/// Words for every address.
const EVERYWHERE: [&str; 4] = ["*", "any", "all", "anywhere"];
/// Lists inside of lists are followed this far.
const DEEPEST: usize = 4;
/// Of what is not understood so many characters are kept.
const KEPT: usize = 60;

/// The field, wherever it stands in a client's answer; `None` where it does not.
#[derive(Debug, Default)]
pub(crate) struct Field(pub Option<AllowedAddresses>);

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Field;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("the fields of an OAuth client")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Field, A::Error> {
                let mut found: Option<AllowedAddresses> = None;
                while let Some(key) = map.next_key::<String>()? {
                    if NAMES.contains(&folded(&key).as_str()) {
                        // Of two such fields each counts: what either lets in may get in.
                        read(&map.next_value::<Value>()?, found.get_or_insert_default(), 0);
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(Field(found))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

/// The record of the lists of the clients that were read.
pub(crate) fn coverage(clients: &[OauthClient], at: Timestamp) -> ListingRecord {
    let listed = clients.iter().filter(|client| client.allowed_addresses.is_some()).count();
    let mut record = record::whole(listed, None, at);
    for client in clients {
        for text in client.allowed_addresses.iter().flat_map(|list| &list.not_understood) {
            let why = format!("the list of allowed addresses of `{}` holds `{text}`, which is no range", client.name);
            record::miss(&mut record, Some(client.id.as_str()), record::because(why));
        }
    }
    record
}

fn folded(key: &str) -> String {
    key.chars().filter(|c| !matches!(c, '_' | '-')).flat_map(char::to_lowercase).collect()
}

fn read(value: &Value, list: &mut AllowedAddresses, depth: usize) {
    match value {
        Value::Null => {}
        Value::Array(items) if depth < DEEPEST => items.iter().for_each(|item| read(item, list, depth + 1)),
        Value::String(text) => {
            let texts = text.split([',', ';', '\n']).map(str::trim).filter(|text| !text.is_empty());
            texts.for_each(|text| take(range(text), || text.to_owned(), list));
        }
        Value::Object(fields) if depth < DEEPEST => read_object(fields, value, list, depth),
        Value::Array(_) | Value::Object(_) | Value::Bool(_) | Value::Number(_) => {
            take(None, || value.to_string(), list);
        }
    }
}

fn read_object(fields: &Map<String, Value>, value: &Value, list: &mut AllowedAddresses, depth: usize) {
    let get = |wanted: &str| fields.iter().find(|(key, _)| folded(key) == wanted).map(|(_, value)| value);
    if SWITCHES.iter().any(|key| get(key) == Some(&Value::Bool(false))) {
        return;
    }
    let inner = LIST_KEYS.iter().chain(&NAMES).filter_map(|key| get(key)).find(|value| !value.is_string());
    if let Some(inner) = inner {
        return read(inner, list, depth + 1);
    }
    let text = |key: &str| get(key).and_then(Value::as_str).map(str::trim);
    let ends = ENDS.iter().find_map(|(from, to)| Some((text(from)?, text(to)?)));
    let mask =
        MASK_KEYS.iter().find_map(|key| get(key)).map(|mask| mask.as_str().map_or(mask.to_string(), str::to_owned));
    let read = match (ends, RANGE_KEYS.iter().find_map(|key| text(key)), mask) {
        (Some((from, to)), _, _) => between(from, to),
        (None, Some(range_text), Some(mask)) if !range_text.contains('/') => {
            range(&format!("{range_text}/{}", mask.trim_start_matches('/')))
        }
        (None, Some(range_text), _) => range(range_text),
        (None, None, _) => None,
    };
    take(read, || value.to_string(), list);
}

fn take(read: Option<Vec<IpNet>>, text: impl FnOnce() -> String, list: &mut AllowedAddresses) {
    match read {
        Some(ranges) => list.ranges.extend(ranges.into_iter().map(plain)),
        None => list.not_understood.push(text().chars().filter(|c| !c.is_control()).take(KEPT).collect()),
    }
}

/// A range as people write one: an address, an address with the length or the mask of its network, both ends, a word.
fn range(text: &str) -> Option<Vec<IpNet>> {
    let everything = || Some(vec![IpNet::V4(Default::default()), IpNet::V6(Default::default())]);
    if EVERYWHERE.contains(&text.to_ascii_lowercase().as_str()) {
        return everything();
    }
    if let Some((from, to)) = text.split_once('-') {
        return between(from.trim(), to.trim());
    }
    if let Some((address, mask)) = text.split_once('/') {
        let address: IpAddr = address.trim().parse().ok()?;
        let net = match mask.trim().parse::<u8>() {
            Ok(prefix) => IpNet::new(address, prefix).ok(),
            Err(_) => IpNet::with_netmask(address, mask.trim().parse().ok()?).ok(),
        };
        return net.map(|net| vec![net]);
    }
    let address: IpAddr = text.parse().ok()?;
    // Nobody calls from it: it stands for all.
    if address.is_unspecified() { everything() } else { Some(vec![IpNet::from(address)]) }
}

fn between(from: &str, to: &str) -> Option<Vec<IpNet>> {
    let subnets = match (from.parse().ok()?, to.parse().ok()?) {
        (IpAddr::V4(from), IpAddr::V4(to)) if from <= to => IpSubnets::V4(Ipv4Subnets::new(from, to, 0)),
        (IpAddr::V6(from), IpAddr::V6(to)) if from <= to => IpSubnets::V6(Ipv6Subnets::new(from, to, 0)),
        _ => return None,
    };
    Some(subnets.collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use rolecall_base::allowed_addresses::Limit;

    fn list(value: &Value) -> Option<AllowedAddresses> {
        serde_json::from_value::<Field>(value.clone()).unwrap().0
    }

    fn ranges(value: Value) -> Vec<String> {
        let list = list(&json!({ "ipAllowList": value })).unwrap();
        assert_eq!(list.not_understood, Vec::<String>::new(), "{value}");
        list.texts()
    }

    #[test]
    fn names_are_folded_sorted_and_each_there_once() {
        assert!(NAMES.is_sorted_by(|a, b| a < b));
        assert!(NAMES.iter().all(|name| folded(name) == *name));
    }

    #[test]
    fn field_is_found_under_every_plausible_name() {
        for name in [
            "allowedIpAddresses",
            "ipAllowList",
            "allowedIps",
            "allowedIpRanges",
            "ipAddressAllowList",
            "ipAddressAllowlist",
            "allowed_ip_addresses",
            "IPWhitelist",
            "allowed-cidrs",
            "networkWhitelist",
        ] {
            let found = list(&json!({ "name": "x", name: ["203.0.113.0/24"], "secret": "hush" })).unwrap();
            assert_eq!(found.texts(), ["203.0.113.0/24"], "{name}");
        }
        assert_eq!(list(&json!({ "name": "x", "description": "allowedIps", "scope": [] })), None);
    }

    #[test]
    fn range_is_read_in_every_plausible_form() {
        for value in [
            json!(["203.0.113.0/24"]),
            json!("203.0.113.0/24"),
            json!([" 203.0.113.9/24 "]),
            json!([{ "cidr": "203.0.113.0/24" }]),
            json!([{ "cidr": "203.0.113.0/24", "description": "office", "id": "1" }]),
            json!([{ "ipAddress": "203.0.113.0", "prefixLength": 24 }]),
            json!([{ "address": "203.0.113.0", "netmask": "255.255.255.0" }]),
            json!([{ "start": "203.0.113.0", "end": "203.0.113.255" }]),
            json!("203.0.113.0-203.0.113.255"),
            json!("203.0.113.0/255.255.255.0"),
            json!({ "enabled": true, "entries": ["203.0.113.0/24"] }),
            json!({ "cidrs": [{ "value": "203.0.113.0/24" }] }),
            json!([["203.0.113.0/24"]]),
            json!([{ "cidr": "203.0.113.0/24" }, { "cidr": "198.51.100.0/24", "enabled": false }]),
        ] {
            assert_eq!(ranges(value.clone()), ["203.0.113.0/24"], "{value}");
        }
        assert_eq!(ranges(json!("203.0.113.7, 2001:db8::1")), ["203.0.113.7/32", "2001:db8::1/128"]);
        assert_eq!(ranges(json!("203.0.113.7\n198.51.100.1")), ["198.51.100.1/32", "203.0.113.7/32"]);
        assert_eq!(ranges(json!("::ffff:203.0.113.7")), ["203.0.113.7/32"]);
    }

    #[test]
    fn field_without_a_range_is_no_list_and_one_that_is_absent_is_no_field() {
        for value in [json!(null), json!([]), json!(""), json!({ "enabled": false, "entries": ["203.0.113.0/24"] })] {
            let found = list(&json!({ "allowedIps": value })).unwrap();
            assert_eq!((found.limit(), found.texts().len()), (Limit::NoList, 0), "{value}");
        }
        assert_eq!(list(&json!({})), None);
    }

    #[test]
    fn what_is_not_understood_is_not_known_and_never_no_list() {
        for value in [
            json!([12]),
            json!(true),
            json!({}),
            json!([{}]),
            json!(["office"]),
            json!(["203.0.113.0/33"]),
            json!(["203.0.113.0/24", "1.2.3"]),
            json!([{ "start": "203.0.113.9", "end": "203.0.113.1" }]),
            json!([{ "cidr": 5 }]),
            json!([[[[[["203.0.113.0/24"]]]]]]),
            json!("203.0.113.0/24 (office)"),
        ] {
            let found = list(&json!({ "ipAllowList": value })).unwrap();
            assert_eq!(found.limit(), Limit::NotKnown, "{value}");
        }
    }

    #[test]
    fn every_way_to_write_everywhere_is_no_limit() {
        for value in
            ["0.0.0.0/0", "0.0.0.0", "*", "any", "ALL", "::/0", "::", "0.0.0.0/0.0.0.0", "0.0.0.0-255.255.255.255"]
        {
            let found = list(&json!({ "allowedIps": [value] })).unwrap();
            assert!(matches!(found.limit(), Limit::TooWide(_)), "{value}");
        }
    }

    #[test]
    fn of_two_fields_each_counts() {
        let found = list(&json!({ "allowedIps": null, "ipAllowList": ["203.0.113.0/24"] })).unwrap();
        assert_eq!(found.texts(), ["203.0.113.0/24"]);
    }
}
