//! Each module's own settings, built from the configuration.

use crate::config::Config;
use crate::xml::limits;

impl Config {
    /// Bounds of one XML text.
    pub fn xml_limits(&self) -> limits::Limits {
        let limits = &self.file().limits;
        limits::Limits {
            bytes: limits.root_bytes,
            depth: limits.xml_depth,
            attributes: limits.xml_attributes,
            tag_bytes: limits.xml_tag_bytes,
            namespaces: limits.xml_namespaces,
            text_bytes: limits.xml_text_bytes,
            nodes: limits.xml_nodes,
        }
    }
}
