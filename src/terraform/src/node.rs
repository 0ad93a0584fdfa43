//! Attribute values of a Terraform object, of which only those that the audit needs are ever kept.
//!
//! Secrets are dropped here, while the text is parsed: a name that can hold one is skipped without being read into a
//! value, and so is every attribute of an object that is not in its type's list ([`super::object::Type::attributes`]).

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A value, or that it is not known.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Node {
    #[default]
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Node>),
    Fields(BTreeMap<String, Node>),
    /// Not known, and why.
    NotKnown(String),
}

/// Words of which one in an attribute's name is enough to drop it.
const SECRET_WORDS: [&str; 6] = ["secret", "password", "passwd", "token_value", "private_key", "credential"];

/// Whether an attribute of this name can hold a secret.
pub(super) fn may_be_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

/// Reads a value without its secrets; at the top only the attributes named, where any are.
#[derive(Clone, Copy)]
pub(super) struct Kept<'a> {
    pub(super) attributes: Option<&'a [&'a str]>,
}

impl<'a> Kept<'a> {
    /// Everything but what may be a secret.
    pub(super) const ALL: Kept<'static> = Kept { attributes: None };

    /// Reads JSON text. The error says nothing of the content.
    pub(super) fn read(self, text: &str) -> Option<Node> {
        let mut from = serde_json::Deserializer::from_str(text);
        self.deserialize(&mut from).ok()
    }

    fn keeps(&self, name: &str) -> bool {
        !may_be_secret(name) && self.attributes.is_none_or(|kept| kept.contains(&name))
    }
}

impl<'de> DeserializeSeed<'de> for Kept<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Node, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Kept<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Node, E> {
        self.visit_f64(value as f64)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Node, E> {
        self.visit_f64(value as f64)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Number(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        // A body may be written as a list of one: what is kept of it stays the same.
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Node, A::Error> {
        let mut map = BTreeMap::new();
        while let Some(name) = fields.next_key::<String>()? {
            if self.keeps(&name) {
                map.insert(name, fields.next_value_seed(Kept::ALL)?);
            } else {
                fields.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Node::Fields(map))
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Kept::ALL.deserialize(from)
    }
}

/// An attribute: there, left out (or null), or not known.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Stated<T> {
    Is(T),
    LeftOut,
    NotKnown(String),
}

impl<T> Stated<T> {
    pub(super) fn known(self) -> Option<T> {
        match self {
            Self::Is(value) => Some(value),
            Self::LeftOut | Self::NotKnown(_) => None,
        }
    }
}

impl Node {
    /// A field; null where there is none. Of something not known every field is not known.
    pub(super) fn get(&self, name: &str) -> &Self {
        match self {
            Self::Fields(fields) => fields.get(name).unwrap_or(&Self::Null),
            Self::NotKnown(_) => self,
            _ => &Self::Null,
        }
    }

    /// A text; an empty one counts as left out, as the provider does.
    pub(super) fn text(&self) -> Stated<&str> {
        match self {
            Self::Null => Stated::LeftOut,
            Self::Text(text) if text.is_empty() => Stated::LeftOut,
            Self::Text(text) => Stated::Is(text),
            Self::NotKnown(why) => Stated::NotKnown(why.clone()),
            _ => Stated::NotKnown("it is not a text".to_owned()),
        }
    }

    pub(super) fn boolean(&self) -> Stated<bool> {
        match self {
            Self::Null => Stated::LeftOut,
            Self::Bool(value) => Stated::Is(*value),
            Self::Text(text) if text == "true" || text == "false" => Stated::Is(text == "true"),
            Self::NotKnown(why) => Stated::NotKnown(why.clone()),
            _ => Stated::NotKnown("it is neither true nor false".to_owned()),
        }
    }

    pub(super) fn integer(&self) -> Stated<i64> {
        let number = match self {
            Self::Null => return Stated::LeftOut,
            Self::NotKnown(why) => return Stated::NotKnown(why.clone()),
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        };
        match number {
            Some(number) if number.fract() == 0.0 && number.abs() < 1e15 => Stated::Is(number as i64),
            _ => Stated::NotKnown("it is not a whole number".to_owned()),
        }
    }

    /// The items of a list or set; a single block may be written without the list around it.
    pub(super) fn items(&self) -> Stated<&[Self]> {
        match self {
            Self::Null => Stated::LeftOut,
            Self::List(items) => Stated::Is(items),
            Self::Fields(_) => Stated::Is(std::slice::from_ref(self)),
            Self::NotKnown(why) => Stated::NotKnown(why.clone()),
            _ => Stated::NotKnown("it is not a list".to_owned()),
        }
    }

    /// Puts "not known" wherever the mask, a tree of the same shape, says `true`.
    pub(super) fn mask(&mut self, mask: &Self, why: &str) {
        match (&mut *self, mask) {
            (_, Self::Bool(true)) => *self = Self::NotKnown(why.to_owned()),
            (Self::Fields(fields), Self::Fields(masks)) => {
                for (name, mask) in masks {
                    if mask.has_true() {
                        fields.entry(name.clone()).or_insert(Self::Null).mask(mask, why);
                    }
                }
            }
            (Self::List(items), Self::List(masks)) => {
                for (at, mask) in masks.iter().enumerate() {
                    match items.get_mut(at) {
                        Some(item) => item.mask(mask, why),
                        None if mask.has_true() => items.push(Self::NotKnown(why.to_owned())),
                        None => {}
                    }
                }
            }
            (_, mask) if mask.has_true() => {
                let empty =
                    if matches!(mask, Self::List(_)) { Self::List(Vec::new()) } else { Self::Fields(BTreeMap::new()) };
                *self = empty;
                self.mask(mask, why);
            }
            _ => {}
        }
    }

    /// Of a mask, what stands over fields that are there: what was never kept needs no mark.
    pub(super) fn only(&self, over: &Self) -> Self {
        match (self, over) {
            (Self::Fields(masks), Self::Fields(fields)) => {
                let there = masks.iter().filter(|(name, _)| fields.contains_key(*name));
                Self::Fields(there.map(|(name, mask)| (name.clone(), mask.clone())).collect())
            }
            (mask, _) => mask.clone(),
        }
    }

    /// Of a mask, what stands over these attributes.
    pub(super) fn among(&self, attributes: &[&str]) -> Self {
        match self {
            Self::Fields(masks) => {
                let kept = masks.iter().filter(|(name, _)| attributes.contains(&name.as_str()));
                Self::Fields(kept.map(|(name, mask)| (name.clone(), mask.clone())).collect())
            }
            mask => mask.clone(),
        }
    }

    fn has_true(&self) -> bool {
        match self {
            Self::Bool(value) => *value,
            Self::List(items) => items.iter().any(Self::has_true),
            Self::Fields(fields) => fields.values().any(Self::has_true),
            _ => false,
        }
    }

    /// Visits every "not known", with the path to it.
    pub(super) fn doubts(&self, path: &str, found: &mut Vec<(String, String)>) {
        match self {
            Self::NotKnown(why) => found.push((path.to_owned(), why.clone())),
            Self::List(items) => {
                for item in items {
                    item.doubts(path, found);
                }
            }
            Self::Fields(fields) => {
                for (name, value) in fields {
                    let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    value.doubts(&below, found);
                }
            }
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(text: &str) -> Node {
        Kept::ALL.read(text).unwrap()
    }

    #[test]
    fn secret_is_skipped_at_any_depth() {
        let text =
            r#"{"name":"x","client_secret":"hush","a":[{"password":"hush","b":{"Directory_Client_Secret":"hush"}}]}"#;
        let kept = node(text);
        assert!(!format!("{kept:?}").contains("hush"));
        assert_eq!(kept.get("name").text(), Stated::Is("x"));
    }

    #[test]
    fn only_named_attributes_are_kept_at_the_top() {
        let kept = Kept { attributes: Some(&["name"]) }.read(r#"{"name":{"x":1},"y":2}"#).unwrap();
        assert_eq!(kept, node(r#"{"name":{"x":1}}"#));
    }

    #[test]
    fn mask_marks_what_it_says_and_adds_what_is_not_there_yet() {
        let mut value = node(r#"{"name":"x","roles":[{"division_id":"*"}]}"#);
        value.mask(&node(r#"{"id":true,"name":false,"roles":[{"role_id":true}]}"#), "later");
        let mut doubts = Vec::new();
        value.doubts("", &mut doubts);
        let later = || "later".to_owned();
        assert_eq!(doubts, [("id".to_owned(), later()), ("roles.role_id".to_owned(), later())]);
        assert_eq!(value.get("name").text(), Stated::Is("x"));
    }

    #[test]
    fn value_of_another_kind_is_not_known_rather_than_guessed() {
        assert!(matches!(node("[1]").text(), Stated::NotKnown(_)));
        assert!(matches!(node("1.5").integer(), Stated::NotKnown(_)));
        assert_eq!(node("\"86400\"").integer(), Stated::Is(86400));
        assert_eq!(node("\"\"").text(), Stated::LeftOut);
    }
}
