//! Whether documents of every shape are read truthfully, or refused by name.

use std::io::Write;

use super::*;
use crate::{Match, Provenance, UserContext};

const SMALL: &[u8] = include_bytes!("../../../fixtures/matrices/small.json");
const OLD: &[u8] = include_bytes!("../../../fixtures/matrices/year-2018.json");
const ODD: &[u8] = include_bytes!("../../../fixtures/matrices/odd.json");

fn of<'a>(imported: &'a Imported, endpoint: &str) -> &'a Operation {
    imported.matrix.get(&endpoint.parse().unwrap()).unwrap_or_else(|| panic!("{endpoint}")).1
}

fn words<T: ToString>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn published_facts_are_read_as_they_stand() {
    let small = read("small", SMALL, Some(jiff::civil::date(2026, 7, 19))).unwrap();
    assert_eq!((small.published, small.matrix.operations().len(), small.unread.len()), (8, 8, 0), "{:?}", small.unread);
    let list = of(&small, "GET /api/v2/routing/queues");
    assert_eq!(list.requirement.permissions_match, Match::Any);
    assert_eq!(words(&list.requirement.permissions), "routing:queue:view routing:queue:search");
    assert_eq!(words(&list.requirement.scopes), "routing routing:readonly");
    assert_eq!(list.requirement.scopes_known, Provenance::Published);
    assert_eq!((list.requirement.user_context, list.deprecated), (UserContext::Unknown, Some(false)));
    assert_eq!(&*list.source, "swagger 2026-07-19");
    let add = of(&small, "POST /api/v2/routing/queues");
    assert_eq!((add.requirement.permissions_match, add.deprecated), (Match::All, Some(true)));
    assert_eq!(
        words(&of(&small, "DELETE /api/v2/users/{userId}").requirement.permissions),
        "directory:user:delete admin"
    );
    assert_eq!(of(&small, "GET /api/v2/date").requirement.permissions_match, Match::None);
}

#[test]
fn user_context_is_read_from_error_code_and_from_description() {
    let small = read("small", SMALL, None).unwrap();
    for endpoint in ["GET /api/v2/users/me", "GET /api/v2/users/chats/me"] {
        assert_eq!(of(&small, endpoint).requirement.user_context, UserContext::Yes, "{endpoint}");
    }
}

#[test]
fn user_context_is_not_needed_where_client_credentials_are_asked_for() {
    let text = br#"{"swagger":"2.0","paths":{"/a":{"post":{"description":
        "you will need OAuth token generated using OAuth client credentials authorized with at least messaging scope"}}}}"#;
    let read = read("m", text, None).unwrap();
    assert_eq!(of(&read, "POST /a").requirement.user_context, UserContext::No);
}

#[test]
fn missing_scope_keeps_its_reason() {
    let small = read("small", SMALL, None).unwrap();
    for (endpoint, reason) in [
        ("GET /api/v2/date", "empty scope list: any token"),
        ("GET /api/v2/languages", "no security block: no token needed"),
        ("GET /api/v2/webchat/guest/conversations/{conversationId}/members", "scheme Guest Chat JWT"),
    ] {
        let operation = of(&small, endpoint);
        assert!(operation.requirement.scopes.is_empty(), "{endpoint}");
        assert_eq!(operation.requirement.scopes_known, Provenance::Published);
        assert!(operation.source.ends_with(reason), "{endpoint}: {}", operation.source);
    }
}

#[test]
fn older_spelling_is_understood() {
    let old = read("old", OLD, None).unwrap();
    assert!(old.unread.is_empty(), "{:?}", old.unread);
    let list = &of(&old, "GET /api/v2/groups").requirement;
    assert_eq!(
        (list.permissions_match, words(&list.permissions)),
        (Match::Any, "directory:group:view group_administration".into())
    );
    assert_eq!(words(&list.scopes), "groups groups:readonly");
    assert_eq!(of(&old, "GET /api/v2/groups/{groupId}").requirement.permissions_match, Match::None);
}

#[test]
fn what_cannot_be_read_is_named_and_makes_the_requirement_unknown() {
    let odd = read("odd", ODD, None).unwrap();
    for (part, why) in [
        ("prose", "`They are enforced by the backend` is not a permission"),
        ("half", "`and whatever else` is not a permission"),
        ("null", "is null, not an object"),
        ("type", "`type` is `MOST`"),
        ("notype", "2 permissions without `type`"),
        ("list", "is a list, not an object"),
        ("numbers", "a permission is a number"),
        ("pattern", "`a:b:*` is not a permission"),
    ] {
        let endpoint = format!("GET /api/v2/{part}");
        let requirement = &of(&odd, &endpoint).requirement;
        assert_eq!((requirement.permissions_match, requirement.permissions.len()), (Match::Unknown, 0), "{endpoint}");
        let named = |line: &String| line.starts_with(&format!("`{endpoint}`:")) && line.contains(why);
        assert!(odd.unread.iter().any(named), "{endpoint} {why}: {:#?}", odd.unread);
    }
    for part in ["security", "scopes"] {
        let requirement = &of(&odd, &format!("GET /api/v2/{part}")).requirement;
        assert_eq!(requirement.scopes_known, Provenance::Unknown, "{part}");
    }
    assert_eq!(of(&odd, "GET /api/v2/deprecated").deprecated, None);
    for line in [
        "`GET /api/v2/ref`: the operation stands elsewhere (`$ref`)",
        "`/api/v2/refs`: refers to operations elsewhere by `$ref`",
        "`GET /api/v2/text`: the operation is not an object",
        "`OPTIONS /api/v2/methods`: is not a known method",
        "`TRACE /api/v2/methods`: is not a known method",
        "`SUMMARY /api/v2/methods`: is not a known method",
        "`/api/v2/item`: is not an object of operations",
        "`no/slash`: is not a path",
        "`/api/v2/with space`: is not a path",
        "`GET /api/v2/twice`: stands twice in the document; the first is taken",
    ] {
        assert!(odd.unread.iter().any(|unread| unread == line), "{line}: {:#?}", odd.unread);
    }
    assert_eq!(of(&odd, "GET /api/v2/twice").deprecated, Some(false));
    assert_eq!((odd.published, odd.matrix.operations().len()), (22, 12));
}

#[test]
fn other_documents_are_refused_by_name() {
    let broken = |name: &str| {
        let path = format!("{}/../../fixtures/matrices/broken/{name}", env!("CARGO_MANIFEST_DIR"));
        read(name, &std::fs::read(path).unwrap(), None).unwrap_err().to_string()
    };
    for (name, said) in [
        ("openapi3.json", "it is OpenAPI 3.0.1; the platform publishes Swagger 2.0"),
        ("swagger12.json", "it is Swagger 1.2"),
        ("other.json", "it has no `swagger`, only `name`, `version`"),
        ("list.json", "a JSON list"),
        ("cut.json", "it ends in the middle"),
        ("paths-list.json", "expected `paths` to be an object"),
        ("no-paths.json", "it has no `paths`"),
        ("empty.json", "it holds no operation"),
        ("comma.json", "it is not JSON"),
        ("page.json", "a web page"),
        ("yaml.json", "it is not JSON"),
        ("broken.json.gz", "gzip that cannot be unpacked"),
    ] {
        let message = broken(name);
        assert!(message.contains(said) && message.contains(name), "{name}: {message}");
    }
    assert!(read("x", b"", None).unwrap_err().to_string().contains("it is empty"));
    assert!(read("x", b"PK\x03\x04", None).unwrap_err().to_string().contains("zip"));
}

#[test]
fn gzip_reads_the_same_and_a_bomb_is_refused() {
    let packed = read("small", &gzip(SMALL), None).unwrap();
    assert_eq!(packed.matrix.operations(), read("small", SMALL, None).unwrap().matrix.operations());
    let bomb = gzip(&vec![b' '; 4 << 20]);
    assert!(bomb.len() < 1 << 20);
    assert!(unpack("bomb", &bomb, 1 << 20).unwrap_err().to_string().contains("larger than 1 MB unpacked"));
    assert_eq!(unpack("whole", &bomb, 4 << 20).unwrap().len(), 4 << 20);
    assert!(unpack("plain", &[b' '; 9], 8).is_err());
}

#[test]
fn document_cut_or_spoilt_anywhere_never_panics() {
    for end in (0..SMALL.len() - 3).step_by(37) {
        assert!(read("cut", &SMALL[..end], None).is_err(), "{end}");
    }
    for at in (0..ODD.len()).step_by(11) {
        let mut spoilt = ODD.to_vec();
        spoilt[at] = b'{';
        let _ = read("spoilt", &spoilt, None);
    }
    let deep = format!(r#"{{"swagger":"2.0","paths":{}1"#, r#"{"a":"#.repeat(100_000));
    assert!(read("deep", deep.as_bytes(), None).is_err());
}

#[test]
fn base_path_is_put_in_front_where_it_is_missing() {
    let text = br#"{"swagger":"2.0","basePath":"/api/v2","paths":{"/users":{"get":{}},"/api/v2/groups":{"get":{}}}}"#;
    let read = read("m", text, None).unwrap();
    let paths: Vec<&str> = read.matrix.operations().iter().map(|o| &*o.endpoint.path).collect();
    assert_eq!(paths, ["/api/v2/groups", "/api/v2/users"]);
}

#[test]
fn security_of_the_whole_document_holds_where_an_operation_has_none() {
    let text = br#"{"swagger":"2.0","security":[{"PureCloud OAuth":["users"]}],"paths":{"/a":{"get":{},"put":{"security":[]}}}}"#;
    let read = read("m", text, None).unwrap();
    assert_eq!(words(&of(&read, "GET /a").requirement.scopes), "users");
    assert_eq!(words(&of(&read, "PUT /a").requirement.scopes), "");
}
