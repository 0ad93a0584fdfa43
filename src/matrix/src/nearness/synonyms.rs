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
    ("statistic | metric | kpi",                       "stat; aggregate; observation"),
    ("summary | stat",                                 "aggregate; observation"),
    ("performance | productivity",                     "aggregate; observation"),
    ("report",                                         "reporting export; aggregate"),
    ("reporting",                                      "aggregate; observation; reporting export"),
    ("monitor | monitoring | waiting | backlog",       "observation"),
    ("history | historical",                           "detail query"),
    ("log | change log | activity log",                "audit query"),
    ("dashboard",                                      "reporting dashboard"),
    // People and what they may do.
    ("agent | employee | advisor",                     "user; member"),
    ("user",                                           "member; subject"),
    ("member",                                         "user"),
    ("whoami | who am i | myself",                     "user me"),
    ("manager | supervisor",                           "superior"),
    ("permission | right | privilege | grant | access", "role; subject; permission"),
    ("role assign | assign role | role assignment",    "grant; role"),
    ("security",                                       "authorization"),
    ("status | availability | state",                  "routing status; presence; state"),
    ("skill",                                          "routing skill"),
    ("language",                                       "routing language"),
    ("phone",                                          "station; phone"),
    ("department | business unit",                     "division; business unit"),
    // Access to the API.
    ("app | application | oauth app",                  "oauth client; authorization"),
    ("service account | api key | api client | api user", "oauth client; user"),
    ("client",                                         "oauth client"),
    ("regenerate | rotate | renew",                    "secret"),
    ("authorized app | authorized application",        "oauth authorization"),
    ("admin | administrator",                          "authorization; oauth"),
    ("current",                                        "me"),
    ("introspect | introspection | validate token",    "token me"),
    ("logout | log out | signout | sign out",          "token me"),
    ("session | revoke",                               "token"),
    ("sso | saml | idp",                               "identity provider"),
    ("allowlist | allow list | whitelist | ip allow list", "whitelist; address authentication"),
    ("org | organization | tenant",                    "organization me; organization"),
    ("audit log | audit trail | audit event | audit",                "audit query; audit"),
    ("api usage",                                      "usage query; usage"),
    // Customers and conversations.
    ("customer | caller | client contact | contact",   "external contact"),
    ("interaction | engagement",                       "conversation"),
    ("call | email | message | callback",              "conversation"),
    ("dial | make call | clicktodial | place call",    "conversation call"),
    ("cdr | call detail record",                       "conversation detail query"),
    ("call route",                                     "ivr"),
    ("pause",                                          "stop"),
    ("hangup | hang up | end",                         "disconnect"),
    ("lead | prospect",                                "contact; external contact"),
    ("chat | webchat",                                 "chat; message; conversation"),
    ("sms | text message",                             "message agentless; sms"),
    ("send",                                           "agentless"),
    ("recording",                                      "conversation recording"),
    ("screen recording",                               "screen session; recording"),
    ("transcript | transcription",                     "speech and text analytic transcript; transcript url"),
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
    ("contact list",                                   "contact list"),
    ("list",                                           "contact list"),
    ("dnc | donotcall | do not call",                              "dnc list"),
    // Workforce and quality.
    ("wfm | workforce",                                "workforce management"),
    ("shift | roster | schedule",                      "schedule; agent schedule"),
    ("time off | vacation | leave | pto",              "time off request"),
    ("forecast",                                       "short term forecast"),
    ("score | grade",                                  "evaluation; scoring"),
    ("scorecard",                                      "evaluation form; evaluation"),
    ("course | training",                              "learning module; module"),
    ("coaching session",                               "coaching appointment"),
    // Integrations and events.
    ("webhook",                                        "notification channel; integration; trigger"),
    ("topic | event type",                             "availabletopic; topic"),
    ("event",                                          "notification channel; availabletopic"),
    ("websocket | stream | event stream | push",       "notification channel"),
    ("subscribe",                                      "notification channel subscription; notification channel"),
    ("subscription",                                   "notification channel subscription; notification channel"),
    ("data action | custom action",                    "integration action"),
    ("article",                                        "knowledge document"),
    ("canned response | template",                     "response management response; response"),
    ("messenger | widget | web messaging",             "web deployment"),
];

/// What is done, as permissions write it; paths say it by their method.
#[rustfmt::skip]
const ACTIONS: &[(&str, &str)] = &[
    ("read | get | query | see | list | readonly",     "view; search"),
    ("write | manage | modify | change | update",      "edit; add"),
    ("create | new | insert",                          "add"),
    ("remove",                                         "delete"),
    ("run | trigger | start",                          "execute"),
];

/// What words may mean.
pub(crate) struct Synonym {
    /// The words that people write, one after another.
    pub written: Vec<String>,
    /// What the platform calls it, the likeliest first.
    pub meant: Vec<Vec<String>>,
}

type Synonyms = BTreeMap<String, Vec<Synonym>>;

/// The table, by the first word that is written; of those the longest first.
pub(crate) static SYNONYMS: LazyLock<Synonyms> = LazyLock::new(|| read(TABLE));

/// The table with what is done.
pub(super) static WITH_ACTIONS: LazyLock<Synonyms> = LazyLock::new(|| read(&[TABLE, ACTIONS].concat()));

fn read(table: &[(&str, &str)]) -> Synonyms {
    let words = |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
    let mut all = Synonyms::new();
    for (written, meant) in table {
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
}
