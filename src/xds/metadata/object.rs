//! The ebRIM registry object, kept whole. Spec: ITI TF-3: 4.2.3.1.

use crate::datatype::code::Code;
use crate::datatype::entry_uuid::EntryUuid;

/// What an object is in XDS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectKind {
    /// `rim:ExtrinsicObject`.
    DocumentEntry,
    /// `rim:RegistryPackage` classified as a submission set.
    SubmissionSet,
    /// `rim:RegistryPackage` classified as a folder.
    Folder,
    /// `rim:Association`.
    Association,
}

impl ObjectKind {
    /// The name of the object in the standard.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DocumentEntry => "DocumentEntry",
            Self::SubmissionSet => "SubmissionSet",
            Self::Folder => "Folder",
            Self::Association => "Association",
        }
    }

    /// The local name of its element.
    pub fn element(self) -> &'static str {
        match self {
            Self::DocumentEntry => "ExtrinsicObject",
            Self::SubmissionSet | Self::Folder => "RegistryPackage",
            Self::Association => "Association",
        }
    }
}

/// The id of an object in a message: a UUID, or a name valid within the message only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectId {
    /// Anything that does not start with `urn:uuid:`.
    Symbolic(String),
    /// A registry id.
    Uuid(EntryUuid),
}

impl ObjectId {
    /// Reads an id. `None` for an empty text and for a `urn:uuid:` that is no lower case UUID.
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            None
        } else if text.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("urn:uuid:")) {
            EntryUuid::parse(text).ok().map(Self::Uuid)
        } else {
            Some(Self::Symbolic(text.to_owned()))
        }
    }

    /// The id as it stood in the message.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Symbolic(name) => name,
            Self::Uuid(uuid) => uuid.as_str(),
        }
    }

    /// The registry id, when it is one.
    pub fn uuid(&self) -> Option<&EntryUuid> {
        match self {
            Self::Symbolic(_) => None,
            Self::Uuid(uuid) => Some(uuid),
        }
    }
}

impl From<EntryUuid> for ObjectId {
    fn from(uuid: EntryUuid) -> Self {
        Self::Uuid(uuid)
    }
}

/// `rim:Slot`.
#[derive(Clone, PartialEq, Eq)]
pub struct Slot {
    /// `@name`.
    pub name: String,
    /// `@slotType`.
    pub slot_type: Option<String>,
    /// The texts of `ValueList/Value`, in order.
    pub values: Vec<String>,
}

impl Slot {
    /// A slot with one value.
    pub fn single(name: &str, value: impl Into<String>) -> Self {
        Self { name: name.to_owned(), slot_type: None, values: vec![value.into()] }
    }
}

/// One `rim:LocalizedString`.
#[derive(Clone, PartialEq, Eq)]
pub struct LocalizedString {
    /// `@charset`.
    pub charset: Option<String>,
    /// `@xml:lang`.
    pub lang: Option<String>,
    /// `@value`.
    pub value: String,
}

/// `rim:Name` or `rim:Description`. Present and empty is not the same as absent.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct InternationalString(pub Vec<LocalizedString>);

impl InternationalString {
    /// The first text.
    pub fn text(&self) -> Option<&str> {
        self.0.first().map(|string| string.value.as_str())
    }
}

/// A registry object with everything that was sent in it.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct RegistryObject {
    /// `@id`.
    pub id: Option<ObjectId>,
    /// The other attributes, sorted by name.
    pub attributes: Vec<(String, String)>,
    /// `rim:Slot`, in order.
    pub slots: Vec<Slot>,
    /// `rim:Name`.
    pub name: Option<InternationalString>,
    /// `rim:Description`.
    pub description: Option<InternationalString>,
    /// `rim:VersionInfo`: its attributes, sorted by name.
    pub version_info: Option<Vec<(String, String)>>,
    /// `rim:ContentVersionInfo` of an extrinsic object: its attributes, sorted by name.
    pub content_version_info: Option<Vec<(String, String)>>,
    /// `rim:Classification`, in order.
    pub classifications: Vec<Classification>,
    /// `rim:ExternalIdentifier`, in order.
    pub external_identifiers: Vec<ExternalIdentifier>,
}

/// `rim:Classification`, a registry object of its own.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Classification(pub RegistryObject);

/// `rim:ExternalIdentifier`, a registry object of its own.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ExternalIdentifier(pub RegistryObject);

impl RegistryObject {
    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Sets an attribute.
    pub fn set_attribute(&mut self, name: &str, value: impl Into<String>) {
        match self.attributes.binary_search_by(|(known, _)| known.as_str().cmp(name)) {
            Ok(at) => {
                if let Some(slot) = self.attributes.get_mut(at) {
                    slot.1 = value.into();
                }
            }
            Err(at) => self.attributes.insert(at, (name.to_owned(), value.into())),
        }
    }

    /// Removes an attribute.
    pub fn remove_attribute(&mut self, name: &str) {
        self.attributes.retain(|(known, _)| known != name);
    }

    /// The first slot of that name.
    pub fn slot(&self, name: &str) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.name == name)
    }

    /// Sets a slot of one value, in the place of a former one of that name.
    pub fn set_slot(&mut self, name: &str, value: impl Into<String>) {
        match self.slots.iter_mut().find(|slot| slot.name == name) {
            Some(slot) => slot.values = vec![value.into()],
            None => self.slots.push(Slot::single(name, value)),
        }
    }

    /// The classifications by a scheme.
    pub fn classified_by<'a>(&'a self, scheme: &'a str) -> impl Iterator<Item = &'a Classification> {
        self.classifications.iter().filter(move |classification| classification.scheme() == Some(scheme))
    }

    /// The external identifiers by a scheme.
    pub fn identified_by<'a>(&'a self, scheme: &'a str) -> impl Iterator<Item = &'a ExternalIdentifier> {
        self.external_identifiers.iter().filter(move |identifier| identifier.scheme() == Some(scheme))
    }
}

impl Classification {
    /// `@classificationScheme`.
    pub fn scheme(&self) -> Option<&str> {
        self.0.attribute("classificationScheme")
    }

    /// `@classificationNode`.
    pub fn node(&self) -> Option<&str> {
        self.0.attribute("classificationNode")
    }

    /// `@classifiedObject`.
    pub fn classified_object(&self) -> Option<&str> {
        self.0.attribute("classifiedObject")
    }

    /// The coded value that it carries: `nodeRepresentation` and the single value of slot `codingScheme`.
    pub fn code(&self) -> Option<Code> {
        let value = self.0.attribute("nodeRepresentation").filter(|value| !value.is_empty())?;
        let scheme = match self.0.slot("codingScheme")?.values.as_slice() {
            [scheme] if !scheme.is_empty() => scheme.clone(),
            _ => return None,
        };
        let display = self.0.name.as_ref().and_then(|name| name.text()).map(str::to_owned);
        Some(Code { value: value.to_owned(), scheme, display })
    }
}

impl ExternalIdentifier {
    /// `@identificationScheme`.
    pub fn scheme(&self) -> Option<&str> {
        self.0.attribute("identificationScheme")
    }

    /// `@registryObject`.
    pub fn registry_object(&self) -> Option<&str> {
        self.0.attribute("registryObject")
    }

    /// `@value`.
    pub fn value(&self) -> Option<&str> {
        self.0.attribute("value")
    }
}

/// Hides the content: slots and identifiers name patients and professionals.
impl std::fmt::Debug for RegistryObject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RegistryObject({})", self.id.as_ref().map_or("no id", ObjectId::as_str))
    }
}

impl std::fmt::Debug for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Slot({}, {} values)", self.name, self.values.len())
    }
}

impl std::fmt::Debug for LocalizedString {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LocalizedString(…)")
    }
}

impl std::fmt::Debug for InternationalString {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "InternationalString({} strings)", self.0.len())
    }
}

impl std::fmt::Debug for Classification {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Classification({})", self.scheme().or(self.node()).unwrap_or("no scheme"))
    }
}

impl std::fmt::Debug for ExternalIdentifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ExternalIdentifier({})", self.scheme().unwrap_or("no scheme"))
    }
}
