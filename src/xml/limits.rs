//! Bounds that stand before every tree parser, as one value that a deployment may set.

/// How much XML one message may hold. The defaults take every message seen in the field with room to spare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole text.
    pub bytes: usize,
    /// Open elements at one point.
    pub depth: usize,
    /// Attributes in one tag, namespace declarations included.
    pub attributes: usize,
    /// Bytes of one tag.
    pub tag_bytes: usize,
    /// Namespace declarations in scope at one point.
    pub namespaces: usize,
    /// Bytes of one run of text: element content between two tags.
    pub text_bytes: usize,
    /// Nodes of the tree.
    pub nodes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 8 << 20,
            depth: 256,
            attributes: 256,
            tag_bytes: 64 << 10,
            namespaces: 128,
            text_bytes: 8 << 20,
            nodes: 400_000,
        }
    }
}
