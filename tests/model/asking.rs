//! Draws stored queries over what the registry holds, some of them faulty.

use crate::model::draw::{Draw, existing};
use crate::model::name::Name;
use crate::model::query::{Query, Slot, Value, type_urn};
use crate::model::world::{Code, Id, LinkKind, Object, Status, What, World};

impl Draw {
    /// A query of that name with random parameters.
    pub(crate) fn query(&mut self, world: &World, name: Name) -> Query {
        let mut slots = Vec::new();
        match name {
            Name::FindDocuments => self.find_documents(&mut slots, Patients::One),
            Name::FindDocumentsForMultiplePatients => self.find_documents(&mut slots, Patients::Any),
            Name::FindDocumentsByReferenceId => {
                self.find_documents(&mut slots, Patients::One);
                for _ in 0..=self.random.below(2) {
                    let values = (0..=self.random.below(2)).map(|_| Value::Text(self.reference_pattern())).collect();
                    slots.push(Slot { name: "$XDSDocumentEntryReferenceIdList", values });
                }
            }
            Name::FindSubmissionSets => self.find_submission_sets(&mut slots),
            Name::FindFolders => self.find_folders(world, &mut slots, Patients::One),
            Name::FindFoldersForMultiplePatients => self.find_folders(world, &mut slots, Patients::Any),
            Name::GetAll => {
                let patient = self.patient();
                slots.push(one("$patientId", patient));
                for status in ["$XDSDocumentEntryStatus", "$XDSSubmissionSetStatus", "$XDSFolderStatus"] {
                    self.statuses(&mut slots, status);
                }
                self.contents(&mut slots);
            }
            Name::GetDocuments | Name::GetDocumentsAndAssociations => {
                self.select(world, &mut slots, Kind::Entry, 3);
            }
            Name::GetFolders => self.select(world, &mut slots, Kind::Folder, 3),
            Name::GetAssociations | Name::GetSubmissionSets => {
                let values = (0..=self.random.below(4)).map(|_| self.uuid_of(world, Kind::Any)).collect();
                slots.push(Slot { name: "$uuid", values });
            }
            Name::GetSubmissionSetAndContents => {
                self.select(world, &mut slots, Kind::Set, 1);
                self.contents(&mut slots);
            }
            Name::GetFolderAndContents => {
                self.select(world, &mut slots, Kind::Folder, 1);
                self.contents(&mut slots);
            }
            Name::GetFoldersForDocument => self.select(world, &mut slots, Kind::Entry, 1),
            Name::GetRelatedDocuments => {
                self.select(world, &mut slots, Kind::Entry, 1);
                let all = LinkKind::RELATIONSHIPS.iter().chain([&LinkKind::HasMember]);
                let mut values: Vec<Value> =
                    all.filter(|_| self.random.percent(60)).map(|kind| Value::Text(kind.urn().to_owned())).collect();
                if values.is_empty() {
                    values.push(Value::Text(LinkKind::Append.urn().to_owned()));
                }
                slots.push(Slot { name: "$AssociationTypes", values });
                self.types(&mut slots);
            }
        }
        self.history(name, &mut slots);
        if self.random.percent(6) {
            self.spoil_query(&mut slots);
        }
        let leaf = self.random.percent(75);
        Query { name, leaf, slots }
    }

    fn patients(&mut self, slots: &mut Vec<Slot>, name: &'static str, patients: Patients) {
        let values: Vec<Value> = match patients {
            Patients::One if self.random.percent(3) => vec![Value::Text(self.patients[3].clone())],
            Patients::One => vec![Value::Text(self.patient())],
            Patients::Any => (0..self.random.below(4)).map(|_| Value::Text(self.patient())).collect(),
        };
        if !values.is_empty() {
            slots.push(Slot { name, values });
        }
    }

    fn statuses(&mut self, slots: &mut Vec<Slot>, name: &'static str) {
        let (approved, deprecated) = (Status::Approved.urn(), Status::Deprecated.urn());
        let urns: &[&str] = match self.random.below(20) {
            0..=8 => &[approved],
            9..=13 => &[approved, deprecated],
            14..=16 => &[deprecated],
            17 => &["urn:oasis:names:tc:ebxml-regrep:StatusType:Submitted", deprecated],
            18 => &[approved, deprecated, approved],
            _ => &["Approved"],
        };
        let values = urns.iter().map(|urn| Value::Text((*urn).to_owned())).collect();
        slots.push(Slot { name, values });
    }

    fn find_documents(&mut self, slots: &mut Vec<Slot>, patients: Patients) {
        self.patients(slots, "$XDSDocumentEntryPatientId", patients);
        self.statuses(slots, "$XDSDocumentEntryStatus");
        for name in ["$XDSDocumentEntryTypeCode", "$XDSDocumentEntryPracticeSettingCode"] {
            self.coded(slots, name, 8);
        }
        // Without a patient these are what keeps a query within its sequence.
        let alone = matches!(patients, Patients::Any);
        for name in ["$XDSDocumentEntryClassCode", "$XDSDocumentEntryHealthcareFacilityTypeCode"] {
            self.coded(slots, name, if alone { 40 } else { 8 });
        }
        self.coded(slots, "$XDSDocumentEntryEventCodeList", 12);
        if self.random.percent(5) {
            self.coded(slots, "$XDSDocumentEntryEventCodeList", 100);
        }
        for times in [
            ["$XDSDocumentEntryCreationTimeFrom", "$XDSDocumentEntryCreationTimeTo"],
            ["$XDSDocumentEntryServiceStartTimeFrom", "$XDSDocumentEntryServiceStartTimeTo"],
            ["$XDSDocumentEntryServiceStopTimeFrom", "$XDSDocumentEntryServiceStopTimeTo"],
        ] {
            self.range(slots, times, 12);
        }
        if self.random.percent(15) {
            let values = (0..=self.random.below(2)).map(|_| Value::Text(self.pattern())).collect();
            slots.push(Slot { name: "$XDSDocumentEntryAuthorPerson", values });
        }
        self.contents(slots);
    }

    fn find_submission_sets(&mut self, slots: &mut Vec<Slot>) {
        self.patients(slots, "$XDSSubmissionSetPatientId", Patients::One);
        self.statuses(slots, "$XDSSubmissionSetStatus");
        if self.random.percent(30) {
            slots.push(one("$XDSSubmissionSetSourceId", "1.2.3.1".to_owned()));
        }
        self.range(slots, ["$XDSSubmissionSetSubmissionTimeFrom", "$XDSSubmissionSetSubmissionTimeTo"], 30);
        if self.random.percent(30) {
            let pattern = self.pattern();
            slots.push(one("$XDSSubmissionSetAuthorPerson", pattern));
        }
        self.coded(slots, "$XDSSubmissionSetContentType", 30);
    }

    fn find_folders(&mut self, world: &World, slots: &mut Vec<Slot>, patients: Patients) {
        self.patients(slots, "$XDSFolderPatientId", patients);
        self.statuses(slots, "$XDSFolderStatus");
        let times = world.objects().filter_map(|object| match &object.what {
            What::Folder(folder) => Some(folder.updated.clone()),
            What::Set(_) | What::Entry(_) | What::Link(_) => None,
        });
        let times: Vec<String> = times.collect();
        for name in ["$XDSFolderLastUpdateTimeFrom", "$XDSFolderLastUpdateTimeTo"] {
            if let Some(time) = self.random.any(&times).filter(|_| self.random.percent(20)) {
                slots.push(Slot { name, values: vec![Value::Number(time)] });
            }
        }
        self.coded(slots, "$XDSFolderCodeList", 30);
        if self.random.percent(10) {
            self.coded(slots, "$XDSFolderCodeList", 100);
        }
    }

    fn contents(&mut self, slots: &mut Vec<Slot>) {
        self.coded(slots, "$XDSDocumentEntryFormatCode", 12);
        self.coded(slots, "$XDSDocumentEntryConfidentialityCode", 12);
        if self.random.percent(5) {
            self.coded(slots, "$XDSDocumentEntryConfidentialityCode", 100);
        }
        self.types(slots);
    }

    fn types(&mut self, slots: &mut Vec<Slot>) {
        let types: &[bool] = match self.random.below(6) {
            0 => &[false, true],
            1 => &[true],
            2 => &[false],
            _ => return,
        };
        let values = types.iter().map(|on_demand| Value::Text(type_urn(*on_demand).to_owned())).collect();
        slots.push(Slot { name: "$XDSDocumentEntryType", values });
    }

    fn coded(&mut self, slots: &mut Vec<Slot>, name: &'static str, chance: u64) {
        if self.random.percent(chance) {
            let text = |(code, scheme): Code| format!("{code}^^{scheme}");
            let values = (0..=self.random.below(2)).map(|_| Value::Text(text(self.code()))).collect();
            slots.push(Slot { name, values });
        }
    }

    fn range(&mut self, slots: &mut Vec<Slot>, names: [&'static str; 2], chance: u64) {
        for name in names {
            if self.random.percent(chance) {
                let time = self.time();
                let value = if self.random.percent(20) { Value::Text(time) } else { Value::Number(time) };
                slots.push(Slot { name, values: vec![value] });
            }
        }
    }

    fn reference_pattern(&mut self) -> String {
        if self.random.percent(60) {
            self.reference()
        } else {
            (*self.random.pick(&["r1%", "%order", "r_^^^%", "R%", "%"])).to_owned()
        }
    }

    /// Chooses objects by one of their ids.
    fn select(&mut self, world: &World, slots: &mut Vec<Slot>, kind: Kind, most: usize) {
        let [uuid, unique, logical] = kind.parameters();
        let number = 1 + self.random.below(most);
        let by = self.random.below(10);
        let values = |draw: &mut Self| (0..number).map(|_| draw.uuid_of(world, kind)).collect::<Vec<_>>();
        if by < 5 {
            let values = values(self);
            slots.push(Slot { name: uuid, values });
        } else if by < 9 || most == 1 {
            let objects = existing(world, |one| kind.is(world, one));
            let unique_id = |id: &Id| world.get(*id).map(|one| one.unique_id.clone());
            let unknown = format!("1.3.{}.0", self.serial);
            let values = (0..number)
                .map(|_| self.random.any(&objects).as_ref().and_then(unique_id).unwrap_or_else(|| unknown.clone()))
                .map(Value::Text)
                .collect();
            slots.push(Slot { name: unique, values });
        } else {
            let mut values = values(self);
            for value in &mut values {
                if let Value::Uuid(id) = value
                    && let Some(object) = world.get(*id)
                {
                    *id = object.logical;
                }
            }
            slots.push(Slot { name: logical, values });
        }
    }

    fn uuid_of(&mut self, world: &World, kind: Kind) -> Value {
        let kind = if self.random.percent(5) { Kind::Any } else { kind };
        let objects = existing(world, |one| kind.is(world, one));
        match self.random.any(&objects).filter(|_| self.random.percent(95)) {
            Some(id) => Value::Uuid(id),
            None => Value::NoUuid(self.random.uuid(self.serial)),
        }
    }

    fn history(&mut self, name: Name, slots: &mut Vec<Slot>) {
        let by_logical_id = slots.iter().any(|slot| slot.name.ends_with("LogicalID"));
        if by_logical_id && self.random.percent(90) || self.random.percent(30) {
            let level = *self.random.pick(&["2", "2", "2", "2", "1", "1", "3"]);
            slots.push(Slot { name: "$MetadataLevel", values: vec![Value::Number(level.to_owned())] });
        }
        let takes_status =
            matches!(name, Name::GetAssociations | Name::GetFolderAndContents | Name::GetRelatedDocuments);
        if takes_status && self.random.percent(30) {
            self.statuses(slots, "$XDSAssociationStatus");
        }
    }

    fn spoil_query(&mut self, slots: &mut Vec<Slot>) {
        let at = self.random.below(slots.len());
        match self.random.below(4) {
            0 => drop(slots.remove(at)),
            1 => {
                let again = slots[at].clone();
                slots.push(again);
            }
            2 => {
                if let Some(value) = slots[at].values.first().cloned() {
                    slots[at].values.push(value);
                }
            }
            _ => {
                let bad = (*self.random.pick(&["a", "a^^", "^^1.2", "a^b^1.2"])).to_owned();
                slots.push(one("$XDSDocumentEntryFormatCode", bad));
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Patients {
    One,
    Any,
}

/// Which objects a selector means.
#[derive(Clone, Copy)]
enum Kind {
    Set,
    Entry,
    Folder,
    Any,
}

impl Kind {
    fn is(self, world: &World, object: &Object) -> bool {
        match self {
            Self::Set => world.is_set(object.id),
            Self::Entry => object.entry().is_some(),
            Self::Folder => world.is_folder(object.id),
            Self::Any => true,
        }
    }

    /// By entryUUID, uniqueId and logicalID.
    fn parameters(self) -> [&'static str; 3] {
        match self {
            Self::Set => ["$XDSSubmissionSetEntryUUID", "$XDSSubmissionSetUniqueId", ""],
            Self::Folder => ["$XDSFolderEntryUUID", "$XDSFolderUniqueId", "$XDSFolderLogicalID"],
            Self::Entry | Self::Any => {
                ["$XDSDocumentEntryEntryUUID", "$XDSDocumentEntryUniqueId", "$XDSDocumentEntryLogicalID"]
            }
        }
    }
}

fn one(name: &'static str, text: String) -> Slot {
    Slot { name, values: vec![Value::Text(text)] }
}
