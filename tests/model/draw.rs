//! Draws submissions: mostly legal ones over what the registry holds, some with one thing wrong.

use crate::model::random::Random;
use crate::model::submit::{End, Sent, SentLink, Submission};
use crate::model::world::{Code, Entry, Folder, Id, LinkKind, Object, Set, Status, What, World};

/// What the steps of one sequence are drawn from. Everything in it is its own, so that sequences share a registry.
pub(crate) struct Draw {
    pub(crate) random: Random,
    /// Patients; the last is not known.
    pub(crate) patients: Vec<String>,
    /// A number that no other sequence has.
    pub(crate) serial: u64,
    /// How many objects were drawn.
    drawn: u64,
}

const PERSONS: [&str; 7] = [
    "^Ford^Ann",
    "^ford^Bob",
    "^Åström^Li",
    "^O'Neil^C%",
    "^Under_score^D",
    "12^^^^^^^^&1.2.3&ISO",
    "^Back\\slash^(E),F",
];

const FORGOTTEN: [&str; 9] = [
    "classCode",
    "confidentialityCode",
    "creationTime",
    "hash",
    "size",
    "repositoryUniqueId",
    "sourcePatientId",
    "typeCode",
    "languageCode",
];

impl Draw {
    pub(crate) fn new(serial: u64) -> Self {
        let patients = (0..4).map(|at| format!("m{serial}p{at}^^^&1.2.250.1.213.1.4.10&ISO")).collect();
        Self { random: Random::new(0), patients, serial, drawn: 0 }
    }

    pub(crate) fn known_patients(&self) -> &[String] {
        &self.patients[..3]
    }

    /// Most things happen to one patient.
    pub(crate) fn patient(&mut self) -> String {
        let at = if self.random.percent(70) { 0 } else { 1 + self.random.below(2) };
        self.patients[at].clone()
    }

    pub(crate) fn code(&mut self) -> Code {
        let code = (*self.random.pick(&["a", "b", "c"])).to_owned();
        (code, format!("1.2.{}.{}", self.serial, self.random.below(2)))
    }

    fn codes(&mut self, least: usize) -> Vec<Code> {
        let mut codes: Vec<Code> = (0..least + self.random.below(3)).map(|_| self.code()).collect();
        codes.sort();
        codes.dedup();
        codes
    }

    /// A time of one to fourteen... digits: all lengths that a DTM may have.
    pub(crate) fn time(&mut self) -> String {
        let year = self.random.pick(&["2004", "2005", "2006"]);
        let month = self.random.pick(&["01", "02", "12"]);
        let day = self.random.pick(&["01", "28"]);
        let (hour, minute) = (self.random.pick(&["00", "23"]), self.random.pick(&["00", "59"]));
        let second = self.random.pick(&["00", "01"]);
        let all = format!("{year}{month}{day}{hour}{minute}{second}");
        let digits = *self.random.pick(&[4, 6, 8, 8, 10, 12, 14, 14]);
        all[..digits].to_owned()
    }

    fn persons(&mut self) -> Vec<String> {
        (0..self.random.below(3)).map(|_| (*self.random.pick(&PERSONS)).to_owned()).collect()
    }

    pub(crate) fn pattern(&mut self) -> String {
        let patterns = [
            "%Ford%",
            "%ford%",
            "^Ford^Ann",
            "^_ord^%",
            "%",
            "%\\%",
            "%'%",
            "^O'Neil^C%",
            "%_score%",
            "%(E),F",
            "12%",
            "FORD%",
            "%Åstr_m%",
            "%n",
            "_",
            "",
        ];
        (*self.random.pick(&patterns)).to_owned()
    }

    fn number(&mut self) -> u64 {
        self.drawn += 1;
        self.drawn
    }

    /// A UUID of its own, or a name for this message.
    fn id(&mut self, name: &str) -> String {
        if self.random.percent(40) { self.random.uuid(self.serial) } else { name.to_owned() }
    }

    fn sent<T>(&mut self, kind: &str, patient: &str, value: T) -> Sent<T> {
        let number = self.number();
        Sent {
            id: self.id(&format!("{kind}{number}")),
            lid: None,
            patient: patient.to_owned(),
            unique_id: format!("1.3.{}.{number}", self.serial),
            title: format!("{kind}{number}"),
            without: None,
            value,
        }
    }

    pub(crate) fn set(&mut self, patient: &str) -> Sent<Set> {
        let value = Set {
            source: (*self.random.pick(&["1.2.3.1", "1.2.3.2"])).to_owned(),
            time: self.time(),
            authors: self.persons(),
            content_type: self.code(),
        };
        self.sent("set", patient, value)
    }

    pub(crate) fn entry(&mut self, patient: &str, on_demand: bool) -> Sent<Entry> {
        let mut times = [self.time(), self.time()];
        times.sort_by_key(|time| crate::model::query::earliest(time));
        let [start, stop] = times;
        let value = Entry {
            on_demand,
            hash: if on_demand { String::new() } else { format!("{:040x}", self.random.next()) },
            size: if on_demand { 0 } else { self.random.next() % 1000 },
            class: self.code(),
            kind: self.code(),
            format: self.code(),
            facility: self.code(),
            practice: self.code(),
            confidentiality: self.codes(1),
            events: self.codes(0),
            created: self.time(),
            start: self.random.percent(60).then_some(start),
            stop: self.random.percent(60).then_some(stop),
            authors: self.persons(),
            references: (0..self.random.below(3)).map(|_| self.reference()).collect(),
        };
        self.sent("doc", patient, value)
    }

    pub(crate) fn reference(&mut self) -> String {
        let id = self.random.pick(&["r1", "r2", "R1", "r%"]);
        let kind = self.random.pick(&["urn:ihe:iti:xds:2013:order", "urn:ihe:iti:xds:2013:accession"]);
        format!("{id}^^^&1.2.3&ISO^{kind}")
    }

    pub(crate) fn folder(&mut self, patient: &str) -> Sent<Folder> {
        let value = Folder { codes: self.codes(1), updated: String::new() };
        self.sent("folder", patient, value)
    }

    pub(crate) fn link(&mut self, kind: LinkKind, source: End, target: End) -> SentLink {
        let number = self.number();
        let title = format!("link{number}");
        SentLink {
            id: self.id(&title),
            title,
            kind,
            source,
            target,
            membership: None,
            documented: false,
            orders: Vec::new(),
        }
    }

    /// A submission that breaks no rule.
    pub(crate) fn submission(&mut self, world: &World) -> Submission {
        let patient = self.patient();
        let on_demand = self.random.percent(15);
        let set = self.set(&patient);
        let mut sent = Submission { on_demand, set, entries: vec![], folders: vec![], links: vec![] };
        let least = usize::from(on_demand);
        for at in 0..(least + self.random.below(3 - least)) {
            let mut entry = self.entry(&patient, on_demand);
            if self.random.percent(12) {
                self.same_document_again(world, &sent, &mut entry);
            }
            sent.entries.push(entry);
            let mut member = self.link(LinkKind::HasMember, End::Set, End::Entry(at));
            member.membership = Some("Original");
            sent.links.push(member);
        }
        let replaces = self.relate(world, &patient, &mut sent);
        self.fill_folders(world, &patient, &mut sent, replaces);
        if self.random.percent(10) && !replaces {
            self.refer(world, &mut sent);
        }
        sent
    }

    /// The same bytes under the same uniqueId are another entry.
    fn same_document_again(&mut self, world: &World, sent: &Submission, entry: &mut Sent<Entry>) {
        let documents: Vec<Id> = existing(world, |one| {
            one.entry().is_some_and(|known| !known.on_demand && !entry.value.on_demand)
                && sent.entries.iter().all(|other| other.unique_id != one.unique_id)
        });
        if let Some(known) = self.random.any(&documents).and_then(|id| world.get(id)) {
            entry.unique_id.clone_from(&known.unique_id);
            if let Some(value) = known.entry() {
                entry.value.hash = if self.random.percent(30) { value.hash.to_uppercase() } else { value.hash.clone() };
                entry.value.size = value.size;
            }
        }
    }

    /// Relations of the new documents; says whether one replaces.
    fn relate(&mut self, world: &World, patient: &str, sent: &mut Submission) -> bool {
        let on_demand = sent.on_demand;
        for at in 0..sent.entries.len() {
            if !self.random.percent(55) {
                continue;
            }
            let kind = *self.random.pick(&LinkKind::RELATIONSHIPS);
            let wants_on_demand = on_demand || kind == LinkKind::IsSnapshotOf;
            let targets = existing(world, |one| {
                let transformation = world.links().any(|(_, l)| l.kind == LinkKind::Transform && l.source == one.id);
                one.entry().is_some_and(|entry| entry.on_demand == wants_on_demand)
                    && one.patient == patient
                    && one.status == Status::Approved
                    && !(kind == LinkKind::Append && transformation)
            });
            if kind == LinkKind::IsSnapshotOf && on_demand {
                continue;
            }
            let Some(target) = self.random.any(&targets) else { continue };
            let mut link = self.link(kind, End::Entry(at), End::Known(target));
            link.documented = self.random.percent(20) && !matches!(kind, LinkKind::Signs | LinkKind::IsSnapshotOf);
            sent.links.push(link);
            // What a second relation to the same documents would mean, the rules do not say.
            if kind.replaces() {
                return true;
            }
        }
        if sent.entries.len() == 2 && self.random.percent(25) {
            let kind = *self.random.pick(&[LinkKind::Append, LinkKind::Transform, LinkKind::Signs]);
            let transforms = |link: &SentLink| link.kind == LinkKind::Transform;
            if !sent.links.iter().any(transforms) {
                let link = self.link(kind, End::Entry(1), End::Entry(0));
                sent.links.push(link);
            }
        }
        false
    }

    /// Folders, new and old, and what goes into them.
    fn fill_folders(&mut self, world: &World, patient: &str, sent: &mut Submission, replaces: bool) {
        let mut folders: Vec<End> = Vec::new();
        if self.random.percent(if sent.entries.is_empty() { 80 } else { 30 }) {
            let folder = self.folder(patient);
            sent.folders.push(folder);
            let mut member = self.link(LinkKind::HasMember, End::Set, End::Folder(0));
            // Tolerated on folders.
            member.membership = self.random.percent(20).then_some("Original");
            sent.links.push(member);
            folders.push(End::Folder(0));
        }
        let in_force = |one: &Object| one.status == Status::Approved && one.patient == patient;
        let known = existing(world, |one| world.is_folder(one.id) && in_force(one));
        if self.random.percent(40)
            && let Some(folder) = self.random.any(&known)
        {
            folders.push(End::Known(folder));
        }
        let mut documents: Vec<End> = (0..sent.entries.len()).map(End::Entry).collect();
        let registered = existing(world, |one| one.entry().is_some() && in_force(one));
        if self.random.percent(30)
            && !replaces
            && let Some(document) = self.random.any(&registered)
        {
            documents.push(End::Known(document));
        }
        for folder in folders {
            for document in &documents {
                if self.random.percent(65) {
                    let membership = self.link(LinkKind::HasMember, folder.clone(), document.clone());
                    sent.links.push(membership);
                    let of_set = self.link(LinkKind::HasMember, End::Set, End::Link(sent.links.len() - 1));
                    sent.links.push(of_set);
                }
            }
        }
    }

    /// The set refers to a document of the registry, of whatever patient.
    fn refer(&mut self, world: &World, sent: &mut Submission) {
        if let Some(document) = self.random.any(&existing(world, |one| one.entry().is_some())) {
            let mut member = self.link(LinkKind::HasMember, End::Set, End::Known(document));
            member.membership = Some("Reference");
            sent.links.push(member);
        }
    }

    /// Changes one thing for the worse, mostly; whether it is worse is for the model to say.
    pub(crate) fn spoil(&mut self, world: &World, known_uuids: &[String], sent: &mut Submission) {
        match self.random.below(10) {
            0 | 1 => self.spoil_patient(sent),
            2 | 3 => self.spoil_ids(world, known_uuids, sent),
            4 => self.spoil_attributes(sent),
            5..=7 => self.spoil_links(world, sent),
            _ => self.spoil_relations(world, sent),
        }
    }

    fn spoil_patient(&mut self, sent: &mut Submission) {
        let unknown = self.patients[3].clone();
        let other = self.patient();
        match self.random.below(3) {
            0 => {
                sent.set.patient.clone_from(&unknown);
                sent.entries.iter_mut().for_each(|one| one.patient.clone_from(&unknown));
                sent.folders.iter_mut().for_each(|one| one.patient.clone_from(&unknown));
            }
            1 => sent.entries.iter_mut().for_each(|one| one.patient.clone_from(&other)),
            _ => sent.folders.iter_mut().for_each(|one| one.patient.clone_from(&other)),
        }
    }

    fn spoil_ids(&mut self, world: &World, known_uuids: &[String], sent: &mut Submission) {
        let used = existing(world, |one| !one.unique_id.is_empty());
        let used = self.random.any(&used).and_then(|id| world.get(id));
        let documents = existing(world, |one| one.entry().is_some_and(|known| !known.on_demand));
        let document = self.random.any(&documents).and_then(|id| world.get(id));
        match self.random.below(6) {
            0 => {
                let same = sent.set.unique_id.clone();
                sent.entries.iter_mut().for_each(|one| one.unique_id.clone_from(&same));
            }
            1 => sent.set.unique_id = used.map_or_else(|| sent.set.unique_id.clone(), |one| one.unique_id.clone()),
            2 => {
                for folder in &mut sent.folders {
                    folder.unique_id = used.map_or_else(|| folder.unique_id.clone(), |one| one.unique_id.clone());
                }
            }
            3 | 4 if !sent.on_demand => {
                if let (Some(entry), Some(known)) = (sent.entries.first_mut(), document) {
                    entry.unique_id.clone_from(&known.unique_id);
                    if let Some(value) = known.entry().filter(|_| self.random.percent(50)) {
                        entry.value.hash.clone_from(&value.hash);
                    }
                }
            }
            _ => {
                let Some(taken) = self.random.any(known_uuids) else { return };
                let at = self.random.below(3);
                match (sent.entries.first_mut(), sent.links.first_mut()) {
                    (Some(entry), _) if at == 0 => entry.id = taken,
                    (_, Some(link)) if at == 1 => link.id = taken,
                    _ => sent.set.id = taken,
                }
            }
        }
    }

    fn spoil_attributes(&mut self, sent: &mut Submission) {
        let forgotten = *self.random.pick(&FORGOTTEN);
        let on_demand = sent.on_demand;
        if let Some(entry) = sent.entries.first_mut() {
            match self.random.below(4) {
                0 => (entry.value.start, entry.value.stop) = (Some("2007".to_owned()), Some("20061231".to_owned())),
                1 if !on_demand => sent.on_demand = true,
                _ if on_demand && matches!(forgotten, "hash" | "size" | "creationTime") => {}
                _ => entry.without = Some(forgotten),
            }
        } else if let Some(folder) = sent.folders.first_mut() {
            folder.without = Some("codeList");
        } else {
            sent.set.without = Some("contentTypeCode");
        }
    }

    fn spoil_links(&mut self, world: &World, sent: &mut Submission) {
        let number = sent.links.len();
        if number == 0 {
            return;
        }
        let at = self.random.below(number);
        let stray = self.random.uuid(self.serial);
        let folders = existing(world, |one| world.is_folder(one.id));
        match self.random.below(9) {
            0 => {
                // Others name the rest by their place.
                let named = sent.links.iter().any(|l| matches!(l.target, End::Link(other) if other >= at));
                if !named {
                    sent.links.remove(at);
                }
            }
            1 => sent.links[at].target = End::NoUuid(stray),
            2 => sent.links[at].target = End::NoName("nothing".to_owned()),
            3 => sent.links[at].documented = !sent.links[at].documented,
            4 => sent.links[at].membership = *self.random.pick(&[None, Some("Original"), Some("Reference")]),
            5 => sent.links[at].orders = vec![("PreviousVersion", "1".to_owned())],
            6 => {
                sent.links[at].kind = *self.random.pick(&[LinkKind::Unknown, LinkKind::UpdateStatus, LinkKind::Submit]);
            }
            7 => {
                let target = self.random.any(&folders).map_or(End::Set, End::Known);
                let link = self.link(LinkKind::HasMember, End::Set, target);
                sent.links.push(link);
            }
            _ => {
                let mut again = sent.links[at].clone();
                again.id = stray;
                again.title = format!("again{}", self.number());
                sent.links.push(again);
            }
        }
    }

    /// One more relation, to any document whatever.
    fn spoil_relations(&mut self, world: &World, sent: &mut Submission) {
        let documents = existing(world, |one| one.entry().is_some());
        let Some(target) = self.random.any(&documents) else { return };
        if sent.links.iter().any(|link| link.kind.is_relationship()) {
            sent.links.retain(|link| !link.kind.is_relationship());
            // Places have moved: only plain memberships are left to name.
            sent.links.retain(|link| !matches!(link.target, End::Link(_)) && !is_of_folder(link));
        }
        let kind = *self.random.pick(&LinkKind::RELATIONSHIPS);
        let into_folder = self.random.percent(20);
        let source = if sent.entries.is_empty() { End::Set } else { End::Entry(0) };
        let target = if self.random.percent(15) { source.clone() } else { End::Known(target) };
        let folders = existing(world, |one| world.is_folder(one.id));
        match self.random.any(&folders) {
            Some(folder) if into_folder => {
                let membership = self.link(LinkKind::HasMember, End::Known(folder), target);
                sent.links.push(membership);
                let of_set = self.link(LinkKind::HasMember, End::Set, End::Link(sent.links.len() - 1));
                sent.links.push(of_set);
            }
            _ => {
                let link = self.link(kind, source, target);
                sent.links.push(link);
            }
        }
    }
}

fn is_of_folder(link: &SentLink) -> bool {
    matches!(link.source, End::Folder(_) | End::Known(_))
}

/// Objects of the registry that are so.
pub(crate) fn existing(world: &World, is: impl Fn(&Object) -> bool) -> Vec<Id> {
    world
        .objects()
        .filter(|object| !matches!(object.what, What::Link(_)) && is(object))
        .map(|object| object.id)
        .collect()
}
