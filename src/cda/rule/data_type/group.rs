//! Siblings of one name, compared with one another.
//!
//! Several rules demand that they differ. Each group is gathered once, when an element of it is first asked, so a document
//! with a hundred thousand siblings costs no more than its length.

use std::collections::HashMap;

use crate::cda::rule::data_type::{is_null, others};
use crate::xml::document::Node;

/// Siblings on either side among which a namesake is looked for before its group is gathered.
const NEAR: usize = 64;

/// The groups of one document that were asked for: by the place of the parent, the name and the sort of keys.
#[derive(Debug, Default)]
pub(in crate::cda) struct Groups(HashMap<(usize, String, &'static str), Group>);

/// The siblings of one local name.
#[derive(Debug, Default)]
struct Group {
    /// How many have no nullFlavor.
    stated: usize,
    /// How many have each key.
    keys: HashMap<String, usize>,
}

/// How an element stands among its namesakes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Standing {
    /// Another one has no nullFlavor.
    pub(super) beside_stated: bool,
    /// Another one has the same key.
    pub(super) repeated: bool,
}

impl Groups {
    /// How an element stands among the siblings of its name. `kind` names the sort of keys; `key` makes those of any sibling,
    /// of which the last is asked for the element itself.
    pub(super) fn standing<const N: usize>(
        &mut self,
        element: Node<'_, '_>,
        kind: &'static str,
        keys: impl Fn(Node<'_, '_>) -> [Option<String>; N],
    ) -> Standing {
        let Some(parent) = element.parent().filter(|_| may_have_namesake(element)) else {
            return Standing::default();
        };
        let key = (parent.range().start, element.tag_name().name().to_owned(), kind);
        let group = self.0.entry(key).or_insert_with(|| {
            let mut group = Group::default();
            for sibling in others(element).chain([element]) {
                group.stated += usize::from(!is_null(sibling));
                for key in keys(sibling).into_iter().flatten() {
                    *group.keys.entry(key).or_default() += 1;
                }
            }
            group
        });
        let own = keys(element).into_iter().flatten().last();
        Standing {
            beside_stated: group.stated > usize::from(!is_null(element)),
            repeated: own.is_some_and(|key| group.keys.get(&key).is_some_and(|number| *number > 1)),
        }
    }
}

/// Whether a namesake stands near, or there are more siblings than are looked at.
fn may_have_namesake(element: Node<'_, '_>) -> bool {
    let is_namesake = |other: &Node<'_, '_>| other.is_element() && other.tag_name().name() == element.tag_name().name();
    let (before, after) = (element.prev_siblings().skip(1), element.next_siblings().skip(1));
    before.clone().take(NEAR).any(|other| is_namesake(&other))
        || after.clone().take(NEAR).any(|other| is_namesake(&other))
        || before.clone().nth(NEAR).is_some()
        || after.clone().nth(NEAR).is_some()
}

/// The parts of a key, all of them or none.
pub(super) fn key<const N: usize>(parts: [Option<&str>; N]) -> Option<String> {
    let parts: Option<Vec<&str>> = parts.into_iter().collect();
    parts.map(|parts| parts.join("\u{0}"))
}
