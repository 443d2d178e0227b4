//! What a registry holds, as plain values in one vector. Spec: ITI TF-3: 4.2.1, 4.2.3.
//!
//! An object is known by its place in the vector; the UUIDs that the registry draws are no matter of the model.

use std::collections::BTreeSet;

/// The model's own name of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id(pub(crate) usize);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    Approved,
    Deprecated,
}

impl Status {
    pub(crate) fn urn(self) -> &'static str {
        match self {
            Self::Approved => "urn:oasis:names:tc:ebxml-regrep:StatusType:Approved",
            Self::Deprecated => "urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated",
        }
    }
}

/// A code: (code, scheme). Display names are never compared.
pub(crate) type Code = (String, String);

/// Why a request is refused: the error codes of which the answer may name some, and no others.
pub(crate) type Codes = BTreeSet<&'static str>;

#[derive(Debug, Clone)]
pub(crate) struct Object {
    pub(crate) id: Id,
    /// The first version of the same object.
    pub(crate) logical: Id,
    pub(crate) version: u32,
    pub(crate) status: Status,
    /// Of an association: nothing.
    pub(crate) patient: String,
    pub(crate) unique_id: String,
    /// No two objects that were sent have the same title.
    pub(crate) title: String,
    pub(crate) what: What,
}

#[derive(Debug, Clone)]
pub(crate) enum What {
    Set(Set),
    Entry(Box<Entry>),
    Folder(Folder),
    Link(Link),
}

#[derive(Debug, Clone)]
pub(crate) struct Set {
    pub(crate) source: String,
    pub(crate) time: String,
    pub(crate) authors: Vec<String>,
    pub(crate) content_type: Code,
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) on_demand: bool,
    pub(crate) hash: String,
    pub(crate) size: u64,
    pub(crate) class: Code,
    pub(crate) kind: Code,
    pub(crate) format: Code,
    pub(crate) facility: Code,
    pub(crate) practice: Code,
    pub(crate) confidentiality: Vec<Code>,
    pub(crate) events: Vec<Code>,
    pub(crate) created: String,
    pub(crate) start: Option<String>,
    pub(crate) stop: Option<String>,
    pub(crate) authors: Vec<String>,
    pub(crate) references: Vec<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Folder {
    pub(crate) codes: Vec<Code>,
    /// Fourteen digits.
    pub(crate) updated: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Link {
    pub(crate) kind: LinkKind,
    pub(crate) source: Id,
    pub(crate) target: Id,
    /// Slot `SubmissionSetStatus`.
    pub(crate) membership: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LinkKind {
    HasMember,
    Replace,
    Append,
    Transform,
    TransformAndReplace,
    Signs,
    IsSnapshotOf,
    UpdateStatus,
    Submit,
    /// Nothing that IHE knows.
    Unknown,
}

impl LinkKind {
    pub(crate) const RELATIONSHIPS: [Self; 6] =
        [Self::Replace, Self::Append, Self::Transform, Self::TransformAndReplace, Self::Signs, Self::IsSnapshotOf];

    pub(crate) fn urn(self) -> &'static str {
        match self {
            Self::HasMember => "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember",
            Self::Replace => "urn:ihe:iti:2007:AssociationType:RPLC",
            Self::Append => "urn:ihe:iti:2007:AssociationType:APND",
            Self::Transform => "urn:ihe:iti:2007:AssociationType:XFRM",
            Self::TransformAndReplace => "urn:ihe:iti:2007:AssociationType:XFRM_RPLC",
            Self::Signs => "urn:ihe:iti:2007:AssociationType:signs",
            Self::IsSnapshotOf => "urn:ihe:iti:2010:AssociationType:IsSnapshotOf",
            Self::UpdateStatus => "urn:ihe:iti:2010:AssociationType:UpdateAvailabilityStatus",
            Self::Submit => "urn:ihe:iti:2010:AssociationType:SubmitAssociation",
            Self::Unknown => "urn:ihe:iti:2007:AssociationType:APND_TXFM",
        }
    }

    pub(crate) fn is_relationship(self) -> bool {
        Self::RELATIONSHIPS.contains(&self)
    }

    /// Whether the target goes out of force.
    pub(crate) fn replaces(self) -> bool {
        matches!(self, Self::Replace | Self::TransformAndReplace)
    }
}

/// The whole registry.
#[derive(Debug, Clone, Default)]
pub(crate) struct World {
    /// Patients that the feed has made known.
    pub(crate) patients: Vec<String>,
    /// Objects in the order of their coming; one that was removed leaves its place empty.
    pub(crate) places: Vec<Option<Object>>,
    /// Folders that the present request has moved in time: it does so once.
    pub(crate) touched: Vec<Id>,
}

impl World {
    /// The world as the next request finds it.
    pub(crate) fn next(&self) -> Self {
        Self { touched: Vec::new(), ..self.clone() }
    }

    pub(crate) fn objects(&self) -> impl Iterator<Item = &Object> {
        self.places.iter().flatten()
    }

    pub(crate) fn get(&self, id: Id) -> Option<&Object> {
        self.places.get(id.0).and_then(Option::as_ref)
    }

    pub(crate) fn change(&mut self, id: Id) -> &mut Object {
        self.places[id.0].as_mut().unwrap()
    }

    /// Stores a first version.
    pub(crate) fn add(&mut self, patient: &str, unique_id: &str, title: &str, what: What) -> Id {
        let id = Id(self.places.len());
        self.places.push(Some(Object {
            id,
            logical: id,
            version: 1,
            status: Status::Approved,
            patient: patient.to_owned(),
            unique_id: unique_id.to_owned(),
            title: title.to_owned(),
            what,
        }));
        id
    }

    pub(crate) fn add_link(&mut self, kind: LinkKind, source: Id, target: Id, membership: Option<&'static str>) -> Id {
        self.add("", "", "", What::Link(Link { kind, source, target, membership }))
    }

    pub(crate) fn entry(&self, id: Id) -> Option<&Entry> {
        self.get(id).and_then(Object::entry)
    }

    pub(crate) fn is_folder(&self, id: Id) -> bool {
        self.get(id).is_some_and(|object| matches!(object.what, What::Folder(_)))
    }

    pub(crate) fn is_set(&self, id: Id) -> bool {
        self.get(id).is_some_and(|object| matches!(object.what, What::Set(_)))
    }

    pub(crate) fn is_approved(&self, id: Id) -> bool {
        self.get(id).is_some_and(|object| object.status == Status::Approved)
    }

    /// Associations with their objects.
    pub(crate) fn links(&self) -> impl Iterator<Item = (&Object, &Link)> {
        self.objects().filter_map(|object| object.link().map(|link| (object, link)))
    }

    /// Whether no later version of the object exists.
    pub(crate) fn is_latest(&self, object: &Object) -> bool {
        self.objects().all(|other| other.logical != object.logical || other.version <= object.version)
    }

    /// Moves the lastUpdateTime of a folder: to the present, and in any case forward.
    pub(crate) fn touch(&mut self, folder: Id, now: &str) {
        if self.touched.contains(&folder) {
            return;
        }
        self.touched.push(folder);
        if let What::Folder(folder) = &mut self.change(folder).what {
            folder.updated =
                if folder.updated.as_str() < now { now.to_owned() } else { a_second_after(&folder.updated) };
        }
    }
}

impl Object {
    pub(crate) fn entry(&self) -> Option<&Entry> {
        match &self.what {
            What::Entry(entry) => Some(entry),
            What::Set(_) | What::Folder(_) | What::Link(_) => None,
        }
    }

    pub(crate) fn link(&self) -> Option<&Link> {
        match &self.what {
            What::Link(link) => Some(link),
            What::Set(_) | What::Folder(_) | What::Entry(_) => None,
        }
    }
}

fn a_second_after(dtm: &str) -> String {
    let time = chrono::NaiveDateTime::parse_from_str(dtm, "%Y%m%d%H%M%S").unwrap();
    (time + chrono::TimeDelta::seconds(1)).format("%Y%m%d%H%M%S").to_string()
}
