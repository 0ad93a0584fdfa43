//! What sources of every kind say, on the fixtures and on small documents.
