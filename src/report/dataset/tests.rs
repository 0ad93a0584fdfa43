//! What the dataset of a small night looks like.
