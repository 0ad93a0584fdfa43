//! The configuration as JSON Schema, for editors; and the keys that it knows, for whoever reads it.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::job::MatrixChoice;
use super::{defaults, words};
use rolecall_base::regions::REGIONS;
use rolecall_findings::parameters::{Configurable, Parameter};
use rolecall_findings::severity::Severity;

/// The schema, as indented JSON. Draft 7, which is what editors of TOML understand.
/// It knows the ids and parameters of these checks.
pub fn schema(checks: &[Configurable]) -> String {
    format!("{:#}\n", value(checks))
}

/// A section and its keys.
type Section = (String, Vec<String>);

/// The sections of the file, as people write them (`[gate]`, `[[org]]`; the first is the file itself), each with its keys.
/// What is set of single checks is not among them: the checks say that.
pub(super) fn sections() -> &'static [Section] {
    static SECTIONS: LazyLock<Vec<Section>> = LazyLock::new(|| {
        let schema = value(&[]);
        let mut sections = vec![(String::new(), keys(&schema))];
        for (name, of) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            match of.get("items") {
                Some(entry) => sections.push((format!("[[{name}]]"), keys(entry))),
                None => sections.push((format!("[{name}]"), keys(of))),
            }
        }
        sections.retain(|(_, keys)| !keys.is_empty());
        sections
    });
    &SECTIONS
}

fn keys(schema: &Value) -> Vec<String> {
    let properties = schema.get("properties").and_then(Value::as_object);
    properties.into_iter().flat_map(Map::keys).cloned().collect()
}

/// The keys of a section.
pub(super) fn keys_of(section: &str) -> Vec<&'static str> {
    let found = sections().iter().find(|(name, _)| name == section);
    found.into_iter().flat_map(|(_, keys)| keys).map(String::as_str).collect()
}

/// The section that does know a key, for a key that was written in the wrong one.
pub(super) fn section_of(key: &str) -> Option<&'static str> {
    sections().iter().skip(1).find(|(_, keys)| keys.iter().any(|known| known == key)).map(|(name, _)| name.as_str())
}

fn value(checks: &[Configurable]) -> Value {
    let secret_forms = json!([
        { "type": "object", "required": ["env"], "additionalProperties": false, "properties": {
            "env": { "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$", "description": "Name of an environment variable." } } },
        { "type": "object", "required": ["file"], "additionalProperties": false, "properties": {
            "file": { "type": "string", "minLength": 1, "description": "A file that holds nothing else; its last line end is left out." } } },
        { "type": "object", "required": ["command"], "additionalProperties": false, "properties": {
            "command": { "type": "array", "minItems": 1, "items": { "type": "string" },
                "description": "A program and its arguments, run without a shell, with 30 seconds to print the value." } } },
    ]);
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Rolecall configuration",
        "type": "object",
        "additionalProperties": false,
        "required": ["org"],
        "definitions": {
            "secret": { "description": "Where a credential comes from; never the value itself.", "oneOf": secret_forms },
            "severity": { "type": "string", "enum": Severity::WORST_FIRST.map(Severity::as_str) },
            "texts": { "type": "array", "items": { "type": "string", "minLength": 1 } },
        },
        "properties": {
            "org": { "type": "array", "minItems": 1, "items": org(), "description": "The orgs to audit." },
            "drift": { "type": "array", "items": drift(), "description": "Pairs of orgs to compare." },
            "separation": { "type": "array", "items": separation(),
                "description": "Duties that nobody should hold together; none: the built-in pairs." },
            "needs": section("Which calls must work.", json!({
                "files": texts("Needs files: principal,method,path,division,note[,org]."),
                "observed_days": number(0, 365, defaults::OBSERVED_DAYS, "Days of API usage to learn needs from; 0 is off."),
            })),
            "service_users": section("Which users are service users: any rule that matches.", json!({
                "names": texts("Globs over names; upper and lower case do not count."),
                "emails": texts("Globs over e-mail addresses; upper and lower case do not count."),
                "groups": texts("Names of groups whose members are service users."),
                "ids": texts("User ids."),
            })),
            "matrix": section("Which endpoint needs which permission.", json!({
                "source": text(word(&[("org", MatrixChoice::Org), ("bundled", MatrixChoice::Bundled)], &defaults::MATRIX_SOURCE),
                    "`org` (the document of the org's own region, cached), `bundled`, or the path of a Swagger document or a matrix CSV."),
                "max_age_days": number(0, 3650, defaults::MATRIX_MAX_AGE_DAYS, "A matrix older than this is warned about."),
                "cache_dir": { "type": "string", "minLength": 1,
                    "description": "Folder for fetched documents; by default `matrix` in the history folder." },
                "overrides": { "type": "string", "minLength": 1,
                    "description": "Overlay file: reviewed corrections of the matrix, each with evidence, owner and end." },
            })),
            "collect": section("How to read the orgs.", json!({
                "requests_per_minute": number(1, 100_000, defaults::REQUESTS_PER_MINUTE,
                    "Ceiling for each OAuth token; the platform's own limits are kept in any case."),
                "users": choice(&words::USERS, &defaults::USERS, "Which users a snapshot holds."),
                "grant_dates": { "type": "boolean", "default": defaults::GRANT_DATES,
                    "description": "Whether to read when grants were made: one more listing for each division." },
                "default_roles": { "type": "boolean", "default": defaults::DEFAULT_ROLES,
                    "description": "Whether to compare default roles with the platform's: one call for each." },
                "third_party_apps": { "type": "boolean", "default": defaults::THIRD_PARTY_APPS,
                    "description": "Whether to list authorized apps of others. The list asks for `oauth:client:authorize`, which can also approve apps: the auditor's client is then no longer view-only." },
                "audit_days": number(0, 365, defaults::AUDIT_DAYS, "Days of the audit log to read; 0 is off."),
            })),
            "checks": { "type": "object", "description": "Overrides by check id.", "additionalProperties": false,
                "properties": Value::Object(checks.iter().map(|one| (one.id.to_owned(), check(one))).collect()) },
            "gate": section("When a run ends with exit code 1.", json!({
                "fail_on": { "$ref": "#/definitions/severity", "default": defaults::FAIL_ON,
                    "description": "Findings of this severity or a worse one end the run with 1." },
            })),
            "waivers": section("Accepted findings.", json!({
                "file": { "type": "string", "minLength": 1, "description": "The waiver file." },
            })),
            "report": section("What is written.", json!({
                "formats": { "type": "array", "items": { "type": "string", "enum": words::FORMATS },
                    "default": defaults::FORMATS, "description": "Report formats; summary.md and run.json are always written." },
                "access": choice(&words::ACCESS, &defaults::ACCESS, "Which rows access.csv holds."),
                "csv_bom": { "type": "boolean", "default": defaults::CSV_BOM,
                    "description": "Whether CSV files begin with a byte order mark, for Excel." },
                "dataset": { "type": "string", "minLength": 1,
                    "description": "Folder of a lasting dataset of Parquet files to which every night is added." },
                "base_url": { "type": "string", "minLength": 1,
                    "description": "Address at which people open the folder of reports; messages link to it." },
            })),
            "notify": { "type": "array", "items": notify(), "description": "Who is notified of a run." },
            "probe": { "type": "array", "items": probe(), "description": "Whose own credentials `probe` may use." },
            "history": section("Earlier nights.", json!({
                "dir": text(defaults::HISTORY_DIR, "Folder for snapshots and findings of earlier nights."),
                "keep_nights": number(0, 100_000, defaults::KEEP_NIGHTS,
                    "Records of nights that are kept, tonight's among them; 0 keeps all, 1 counts as 2."),
                "keep_snapshots": number(0, 100_000, defaults::KEEP_SNAPSHOTS,
                    "Snapshots that are kept of each org, tonight's among them; 0 keeps all, 1 counts as 2."),
            })),
        },
    })
}

fn check(check: &Configurable) -> Value {
    let mut keys = Map::new();
    keys.insert("enabled".to_owned(), json!({ "type": "boolean", "default": true }));
    keys.insert("severity".to_owned(), json!({ "$ref": "#/definitions/severity" }));
    for parameter in check.parameters {
        let schema = match parameter {
            Parameter::Number(of) => number(of.least, of.most, of.default, of.what),
            Parameter::Globs(of) => {
                json!({ "$ref": "#/definitions/texts", "default": of.default, "description": of.what })
            }
        };
        keys.insert(parameter.key().to_owned(), schema);
    }
    json!({ "description": check.title, "oneOf": [
        { "type": "boolean", "description": "false turns the check off." },
        { "$ref": "#/definitions/severity" },
        { "type": "object", "additionalProperties": false, "properties": keys },
    ] })
}

fn org() -> Value {
    let regions = REGIONS.map(|(aws, short, domain)| format!("{short} ({aws}, {domain})")).join(", ");
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["name", "client_id", "client_secret"],
        "oneOf": [
            { "required": ["region"], "not": { "anyOf": [{ "required": ["api_url"] }, { "required": ["login_url"] }] } },
            { "required": ["api_url", "login_url"], "not": { "required": ["region"] } },
        ],
        "properties": {
            "name": { "type": "string", "minLength": 1, "description": "Its name in reports and on the command line." },
            "environment": { "type": "string", "default": "", "description": "Free text, shown in reports." },
            "region": { "type": "string", "minLength": 1,
                "description": format!("A region's short name, AWS name or domain: {regions}.") },
            "api_url": { "type": "string", "minLength": 1, "description": "Base of the API, instead of a region; http only for loopback." },
            "login_url": { "type": "string", "minLength": 1, "description": "Base of the login service, with api_url." },
            "client_id": { "$ref": "#/definitions/secret" },
            "client_secret": { "$ref": "#/definitions/secret" },
            "scopes_enforced": { "enum": [true, false, "unknown"], "default": "unknown",
                "description": "Whether the org enforces OAuth scopes; no API tells." },
        },
    })
}

fn drift() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["from", "to"],
        "properties": {
            "from": { "type": "string", "minLength": 1, "description": "Left side: the name of an org." },
            "to": { "type": "string", "minLength": 1, "description": "Right side: the name of an org." },
            "ignore": texts(&format!("Globs over kind:name that are left out; kinds: {}.", words::DRIFT_KINDS.join(", "))),
            "map": { "type": "array", "default": [],
                "description": "Things that are the same although their names do not say so.",
                "items": { "type": "object", "additionalProperties": false, "required": words::MAP_KEYS, "properties": {
                    "kind": { "type": "string", "enum": words::MAPPED_KINDS },
                    "from": { "type": "string", "minLength": 1, "description": "Name, id or e-mail address on the left." },
                    "to": { "type": "string", "minLength": 1, "description": "Name, id or e-mail address on the right." } } } },
        },
    })
}

fn separation() -> Value {
    let side = |description: &str| {
        json!({ "type": "array", "minItems": 1, "items": { "type": "string", "minLength": 1 },
        "description": description })
    };
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["name", "left", "right"],
        "properties": {
            "name": { "type": "string", "minLength": 1, "description": "What people call the pair; unique." },
            "left": side("Permissions of the one duty, or globs over them."),
            "right": side("Permissions of the other duty, or globs over them."),
        },
    })
}

fn probe() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["principal"],
        "oneOf": [
            { "required": ["client_id", "client_secret"], "not": { "required": ["token"] } },
            { "required": ["token"],
              "not": { "anyOf": [{ "required": ["client_id"] }, { "required": ["client_secret"] }] } },
        ],
        "properties": {
            "principal": { "type": "string", "minLength": 1, "description": "Name or id of the principal." },
            "org": { "type": "string", "minLength": 1, "description": "Its org; not needed where there is only one." },
            "client_id": { "$ref": "#/definitions/secret" },
            "client_secret": { "$ref": "#/definitions/secret" },
            "token": { "$ref": "#/definitions/secret" },
        },
    })
}

fn notify() -> Value {
    let [webhook, email] = words::CHANNEL_KEYS;
    let none_of =
        |keys: &[&str]| json!({ "anyOf": keys.iter().map(|key| json!({ "required": [key] })).collect::<Vec<_>>() });
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["name", "kind"],
        "oneOf": [
            { "properties": { "kind": { "enum": ["webhook"] } }, "required": ["url"], "not": none_of(email) },
            { "properties": { "kind": { "enum": ["email"] } }, "required": ["server", "from", "to"],
                "not": none_of(webhook) },
        ],
        "properties": {
            "name": { "type": "string", "minLength": 1, "description": "Its name in messages and in errors." },
            "kind": { "type": "string", "enum": words::CHANNEL_KINDS, "description": "Where it leads." },
            "shape": choice(&words::SHAPES, &defaults::SHAPE, "What a webhook is sent."),
            "url": { "$ref": "#/definitions/secret" },
            "server": { "type": "string", "minLength": 1, "description": "Host name of the mail server." },
            "port": { "type": "integer", "minimum": 1, "maximum": 65_535,
                "description": "Its port; by default 587, with security tls 465, with none 25." },
            "security": choice(&words::SECURITIES, &defaults::SECURITY,
                "How the connection is kept secret; none is for loopback only."),
            "username": { "type": "string", "minLength": 1, "description": "The user, where the server asks for one." },
            "password": { "$ref": "#/definitions/secret" },
            "from": { "type": "string", "minLength": 1, "description": "Who the mail is from." },
            "to": { "type": "array", "minItems": 1, "items": { "type": "string", "minLength": 1 },
                "description": "Who gets it." },
            "min_severity": { "$ref": "#/definitions/severity", "default": defaults::MIN_SEVERITY,
                "description": "New findings below this severity are not reported." },
            "heartbeat": choice(&words::HEARTBEATS, &defaults::HEARTBEAT,
                "Whether it speaks once a week although nothing is new."),
        },
    })
}

fn section(description: &str, properties: Value) -> Value {
    json!({ "type": "object", "additionalProperties": false, "description": description, "properties": properties })
}

fn texts(description: &str) -> Value {
    json!({ "$ref": "#/definitions/texts", "default": [], "description": description })
}

fn text(default: &str, description: &str) -> Value {
    json!({ "type": "string", "minLength": 1, "default": default, "description": description })
}

fn number(least: u32, most: u32, default: u32, description: &str) -> Value {
    json!({ "type": "integer", "minimum": least, "maximum": most, "default": default, "description": description })
}

fn choice<T: PartialEq>(words: &[(&str, T)], default: &T, description: &str) -> Value {
    let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    json!({ "type": "string", "enum": all, "default": word(words, default), "description": description })
}

fn word<'a, T: PartialEq>(words: &[(&'a str, T)], wanted: &T) -> &'a str {
    words.iter().find(|(_, value)| value == wanted).map_or("", |(word, _)| word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rolecall_findings::parameters::{Globs, WholeNumber};

    static HOURS: WholeNumber = WholeNumber { key: "hours", what: "Hours.", least: 1, most: 9, default: 3 };
    static NAMES: Globs = Globs { key: "names", what: "Names.", default: &[] };
    static CHECKS: [Configurable; 2] = [
        Configurable { id: "grant.implicit", title: "A check", parameters: &[] },
        Configurable {
            id: "a.b",
            title: "Another",
            parameters: &[Parameter::Number(&HOURS), Parameter::Globs(&NAMES)],
        },
    ];

    /// As much of JSON Schema as the schema above uses; a word it does not know is a failure, not a pass.
    fn complaints(schema: &Value, value: &Value, root: &Value) -> Vec<String> {
        let fails = |schema: &Value| !complaints(schema, value, root).is_empty();
        let list = |word: &Value| word.as_array().unwrap().clone();
        let mut found = Vec::new();
        for (word, argument) in schema.as_object().unwrap() {
            let wrong = match word.as_str() {
                "$schema" | "title" | "description" | "default" | "definitions" => false,
                "$ref" => fails(root.pointer(argument.as_str().unwrap().trim_start_matches('#')).unwrap()),
                "type" => match argument.as_str().unwrap() {
                    "object" => !value.is_object(),
                    "array" => !value.is_array(),
                    "string" => !value.is_string(),
                    "boolean" => !value.is_boolean(),
                    "integer" => !value.is_i64(),
                    other => panic!("type {other}"),
                },
                "enum" => !list(argument).contains(value),
                "minimum" => value.as_i64() < argument.as_i64(),
                "maximum" => value.as_i64() > argument.as_i64(),
                "minLength" => value.as_str().is_some_and(|text| text.is_empty()),
                "minItems" => value.as_array().is_some_and(|items| items.is_empty()),
                "pattern" => !value.as_str().is_some_and(crate::config::hidden_secrets::is_variable_name),
                "oneOf" => list(argument).iter().filter(|option| !fails(option)).count() != 1,
                "anyOf" => list(argument).iter().all(fails),
                "not" => !fails(argument),
                "required" => list(argument).iter().any(|key| value.get(key.as_str().unwrap()).is_none()),
                "items" => {
                    let items = value.as_array().into_iter().flatten();
                    found.extend(items.flat_map(|item| complaints(argument, item, root)));
                    false
                }
                "properties" | "additionalProperties" => {
                    for (key, inner) in value.as_object().into_iter().flatten() {
                        let known = schema.get("properties").and_then(|known| known.get(key));
                        match (word.as_str(), known, argument) {
                            ("properties", Some(known), _) => found.extend(complaints(known, inner, root)),
                            ("additionalProperties", None, Value::Bool(false)) => found.push(format!("unknown {key}")),
                            ("additionalProperties", None, schema) => found.extend(complaints(schema, inner, root)),
                            _ => {}
                        }
                    }
                    false
                }
                other => panic!("the schema uses `{other}`"),
            };
            if wrong {
                found.push(format!("{word}: {value}"));
            }
        }
        found
    }

    fn complaints_about(toml: &str) -> Vec<String> {
        let value: Value = toml::from_str(toml).unwrap();
        complaints(&super::value(&CHECKS), &value, &super::value(&CHECKS))
    }

    #[test]
    fn full_example_fits_the_schema() {
        assert_eq!(complaints_about(include_str!("../../../../fixtures/configs/full.toml")), Vec::<String>::new());
    }

    #[test]
    fn parameters_of_a_check_fit_the_schema() {
        let set = "[[org]]\nname='a'\nregion='euw1'\nclient_id={env='A'}\nclient_secret={file='b'}\n\
                   [checks]\n'a.b' = { hours = 9, names = ['x*'], severity = 'low' }\n";
        assert_eq!(complaints_about(set), Vec::<String>::new());
    }

    #[test]
    fn faults_that_a_schema_can_see_are_seen() {
        let org = "[[org]]\nname='a'\nregion='euw1'\nclient_id={env='A'}\nclient_secret={file='b'}\n";
        assert_eq!(complaints_about(org), Vec::<String>::new());
        for fault in [
            "[colect]\n",
            "[collect]\nrequests_per_minute = 0\n",
            "[collect]\nusers = 'some'\n",
            "[needs]\nfiles = 'needs.csv'\n",
            "[checks]\n'a.b' = 'hi'\n",
            "[checks]\n'a.c' = 'high'\n",
            "[checks]\n'a.b' = { hours = 10 }\n",
            "[checks]\n'a.b' = { names = 'x' }\n",
            "[checks]\n'grant.implicit' = { hours = 2 }\n",
            "[report]\nformats = ['pdf']\n",
            "[[drift]]\nfrom = 'a'\n",
            "[[notify]]\nname = 'a'\nkind = 'webhook'\n",
            "[[notify]]\nname = 'a'\nkind = 'webhook'\nurl = 'https://x'\n",
            "[[notify]]\nname = 'a'\nkind = 'webhook'\nurl = {env = 'A'}\nserver = 'x'\n",
            "[[notify]]\nname = 'a'\nkind = 'email'\nserver = 'x'\nfrom = 'a@b'\nto = []\n",
        ] {
            assert_ne!(complaints_about(&format!("{org}{fault}")), Vec::<String>::new(), "{fault}");
        }
        for (right, wrong) in [
            ("region='euw1'", "api_url='https://x'"),
            ("region='euw1'", "region='euw1'\napi_url='https://x'\nlogin_url='https://x'"),
            ("{env='A'}", "{env='A', file='b'}"),
            ("{env='A'}", "'written out'"),
        ] {
            assert_ne!(complaints_about(&org.replace(right, wrong)), Vec::<String>::new(), "{wrong}");
        }
    }
}
