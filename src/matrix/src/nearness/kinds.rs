//! Kinds of words that weigh differently, whatever they are about.

/// Words that say what to do and not with what: they decide between names that are near for other reasons.
#[rustfmt::skip]
pub(super) const VERBS: &[&str] = &[
    "get", "fetch", "show", "view", "read", "list", "find", "search", "query", "lookup", "create", "add", "new",
    "insert", "update", "edit", "set", "change", "modify", "write", "manage", "delete", "remove", "run", "execute",
    "send", "assign", "export", "import", "download", "upload", "hold", "mute", "pause", "resume", "start", "stop",
    "make", "subscribe", "disable", "enable", "activate", "deactivate", "suspend", "lock", "unlock",
];

/// Words that say next to nothing.
#[rustfmt::skip]
pub(super) const FILLERS: &[&str] = &[
    "all", "data", "info", "information", "platform", "public", "my", "admin", "genesys", "purecloud", "cloud",
    "general", "voice", "digital",
];

/// Words that make a variant of another operation.
#[rustfmt::skip]
pub(super) const VARIANTS: &[&str] = &[
    "job", "view", "bulk", "mine", "schema", "export", "import", "preview", "draft", "version", "template",
    "result", "setting", "default", "simulate", "validate", "merge", "enrich", "availability", "all", "summary",
    "scim", "trustee", "trustor", "orgauthorization", "guest", "gamification", "graph", "assistant",
    "identityresolution", "custom", "webchat", "screenmonitor", "scan", "orphan", "fieldconfig", "content",
];

/// Words that only say that a POST carries a question.
pub(super) const QUESTIONS: &[&str] = &["query", "search"];

/// Words that other things stand below.
pub(super) const CONTAINERS: &[&str] = &["provider", "edge", "participant", "communication"];

pub(super) const OWN: &[&str] = &["me"];

/// Words that ask for figures about a thing. What they are called says less than what they mean.
pub(super) const MEASURES: &[&str] =
    &["summary", "statistic", "report", "metric", "detail", "performance", "realtime", "live", "history"];

/// What things were called elsewhere or once; the platform uses these words for little.
pub(super) const MISNOMERS: &[&str] = &["interaction", "customer", "lead"];
