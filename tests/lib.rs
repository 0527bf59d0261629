//! What the runners in this folder share: see the `*.rs` beside this file, one runner a topic.
