//! What people call things, and what the platform calls them.
//!
//! One line each: the words that people use (apart by `|`), and what they may mean (apart by `;`, the likeliest first).
//! All are singular. Words that stand side by side (`audit log`) are one thing, however they are joined.

use std::collections::BTreeMap;
use std::sync::LazyLock;

#[rustfmt::skip]
const TABLE: &[(&str, &str)] = &[
    // Reporting.
    ("realtime | real time | live | now | active",    "observation; activity"),
    ("summary | stat | statistic | metric | kpi",      "aggregate; observation"),
    ("performance | productivity",                     "aggregate; observation"),
    ("report",                                         "reporting export; aggregate"),
    ("history | historical | log | record",            "detail query"),
    ("dashboard",                                      "reporting dashboard"),
    // People and what they may do.
    ("agent | employee | advisor",                     "user; member"),
    ("manager | supervisor",                           "superior"),
    ("permission | right | privilege | grant | access", "role; subject; permission"),
    ("security",                                       "authorization"),
    ("status | availability | state",                  "routing status; presence; state"),
    ("presence",                                       "presence; state"),
    ("skill",                                          "routing skill"),
    ("language",                                       "routing language"),
    ("phone",                                          "station; phone"),
    ("department | business unit",                     "division; business unit"),
    // Access to the API.
    ("app | application | oauth app",                  "oauth client; authorization"),
    ("service account | api key | api client | api user", "oauth client; user"),
    ("client",                                         "oauth client"),
    ("admin | administrator",                          "authorization; oauth"),
    ("introspect | introspection | validate token",    "token me"),
    ("logout | log out | signout | sign out",          "token me"),
    ("session | revoke",                               "token"),
    ("sso | saml | idp",                               "identity provider"),
    ("allowlist | allow list | whitelist | ip allow list", "whitelist; address authentication"),
    ("org | organization | tenant",                    "organization me; organization"),
    ("audit log | audit trail | audit",                "audit query; audit"),
    ("api usage",                                      "usage query; usage"),
    // Customers and conversations.
    ("customer | caller | client contact | contact",   "external contact"),
    ("interaction | engagement",                       "conversation"),
    ("chat | webchat",                                 "chat; message"),
    ("sms | text message",                             "message agentless; sms"),
    ("send",                                           "agentless"),
    ("recording",                                      "conversation recording"),
    ("screen recording",                               "screen session; recording"),
    ("transcript | transcription",                     "transcript url; transcript"),
    ("sentiment",                                      "sentiment"),
    ("insight | speech analytic | speech",            "speech and text analytic"),
    // Routing, flows and telephony.
    ("ivr | call flow",                                "ivr; flow"),
    ("workflow",                                       "flow"),
    ("wrapup | wrap up | disposition",                 "wrapup code"),
    ("wait time | ewt",                                "estimated wait time"),
    ("data table",                                     "datatable"),
    ("phone number | number",                          "did; phone number"),
    ("tag",                                            "label"),
    ("hour | holiday | calendar",                      "schedule; schedule group"),
    ("trunk | edge | site | extension | did",          "telephony provider edge"),
    // Outbound.
    ("dialer | dialing",                               "outbound"),
    ("list",                                           "contact list"),
    ("dnc | do not call",                              "dnc list"),
    // Workforce and quality.
    ("wfm | workforce",                                "workforce management"),
    ("shift | roster | schedule",                      "schedule; agent schedule"),
    ("time off | vacation | leave | pto",              "time off request"),
    ("forecast",                                       "short term forecast"),
    ("scorecard",                                      "evaluation form; evaluation"),
    ("course | training",                              "learning module; module"),
    ("coaching session",                               "coaching appointment"),
    // Integrations and events.
    ("webhook",                                        "notification channel; integration; trigger"),
    ("topic | event type | event",                     "availabletopic; topic; event"),
    ("subscription",                                   "notification channel subscription; notification channel"),
    ("data action | custom action",                    "integration action"),
    ("article",                                        "knowledge document"),
    ("canned response | template",                     "response management response; response"),
    ("messenger | widget | web messaging",             "web deployment"),
    // Actions, as permissions write them.
    ("read | get | query | see",                       "view; search"),
    ("write | manage | modify | change | update",      "edit; add"),
    ("create | new | insert",                          "add"),
    ("remove",                                         "delete"),
    ("run | trigger",                                  "execute"),
];

/// What words may mean.
pub(super) struct Synonym {
    /// The words that people write, one after another.
    pub written: Vec<String>,
    /// What the platform calls it, the likeliest first.
    pub meant: Vec<Vec<String>>,
}

/// The table, by the first word that is written; of those the longest first.
pub(super) static SYNONYMS: LazyLock<BTreeMap<String, Vec<Synonym>>> = LazyLock::new(|| {
    let words = |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
    let mut all: BTreeMap<String, Vec<Synonym>> = BTreeMap::new();
    for (written, meant) in TABLE {
        for written in written.split('|').map(words) {
            let meant = meant.split(';').map(words).filter(|meant| *meant != written).collect();
            if let Some(first) = written.first() {
                all.entry(first.clone()).or_default().push(Synonym { written, meant });
            }
        }
    }
    for list in all.values_mut() {
        list.sort_by_key(|synonym| std::cmp::Reverse(synonym.written.len()));
    }
    all
});
