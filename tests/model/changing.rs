//! Draws updates (ITI-57): new versions, other statuses, new associations, some together, some with one thing wrong.

use crate::model::draw::{Draw, existing};
use crate::model::submit::{End, Submission};
use crate::model::world::{Id, LinkKind, Object, Status, What, World};

impl Draw {
    /// An update of something of a patient; nothing where there is nothing to update.
    pub(crate) fn update(&mut self, world: &World) -> Option<Submission> {
        let patient = self.patient();
        // The patient may change with the new version.
        let set = if self.random.percent(12) { self.patient() } else { patient.clone() };
        let set = self.set(&set);
        let mut sent = Submission { on_demand: false, set, entries: vec![], folders: vec![], links: vec![] };
        self.operation(world, &patient, &mut sent)?;
        if self.random.percent(30) {
            // Several operations are one request.
            let _ = self.operation(world, &patient, &mut sent);
        }
        if self.random.percent(25) {
            self.spoil_update(world, &mut sent);
        }
        Some(sent)
    }

    fn operation(&mut self, world: &World, patient: &str, sent: &mut Submission) -> Option<()> {
        match self.random.below(10) {
            0..4 => self.new_entry(world, patient, sent),
            4..6 if sent.folders.is_empty() => self.new_folder(world, patient, sent),
            4..8 => self.other_status(world, patient, sent),
            _ => self.more_associations(world, patient, sent),
        }
    }

    fn latest(&mut self, world: &World, patient: &str, is: impl Fn(&Object) -> bool) -> Option<Id> {
        let approved = self.random.percent(90);
        let wanted = |one: &Object| {
            one.patient == patient && world.is_latest(one) && is(one) && (!approved || one.status == Status::Approved)
        };
        self.random.any(&existing(world, wanted))
    }

    fn new_entry(&mut self, world: &World, patient: &str, sent: &mut Submission) -> Option<()> {
        let former = self.latest(world, patient, |one| one.entry().is_some())?;
        let known = world.get(former)?;
        let (at, patient) = (sent.entries.len(), sent.set.patient.clone());
        let mut entry = self.entry(&patient, known.entry()?.on_demand);
        entry.unique_id.clone_from(&known.unique_id);
        entry.lid = Some(End::Known(known.logical));
        sent.entries.push(entry);
        self.take_in(sent, End::Entry(at), known);
        if self.random.percent(15) {
            self.order_status(sent, End::Entry(at), Status::Approved);
        }
        Some(())
    }

    fn new_folder(&mut self, world: &World, patient: &str, sent: &mut Submission) -> Option<()> {
        let former = self.latest(world, patient, |one| matches!(one.what, What::Folder(_)))?;
        let known = world.get(former)?;
        let patient = sent.set.patient.clone();
        let mut folder = self.folder(&patient);
        folder.unique_id.clone_from(&known.unique_id);
        folder.lid = Some(End::Known(known.logical));
        sent.folders.push(folder);
        self.take_in(sent, End::Folder(0), known);
        Some(())
    }

    /// The set takes the new version in and says which one it follows.
    fn take_in(&mut self, sent: &mut Submission, member: End, former: &Object) {
        let mut link = self.link(LinkKind::HasMember, End::Set, member);
        link.membership = Some("Original");
        link.orders.push(("PreviousVersion", former.version.to_string()));
        if self.random.percent(60) {
            let word = *self.random.pick(&["yes", "no", "no"]);
            link.orders.push(("AssociationPropagation", word.to_owned()));
        }
        sent.links.push(link);
    }

    fn order_status(&mut self, sent: &mut Submission, target: End, from: Status) {
        let to = if from == Status::Approved { Status::Deprecated } else { Status::Approved };
        let mut link = self.link(LinkKind::UpdateStatus, End::Set, target);
        link.orders = vec![("OriginalStatus", from.urn().to_owned()), ("NewStatus", to.urn().to_owned())];
        sent.links.push(link);
    }

    fn other_status(&mut self, world: &World, patient: &str, sent: &mut Submission) -> Option<()> {
        let of_patient = |id: Id| world.get(id).is_some_and(|one| one.patient == patient);
        let associations: Vec<Id> = world
            .links()
            .filter(|(_, link)| !world.is_set(link.source) && of_patient(link.source))
            .map(|(object, _)| object.id)
            .collect();
        let objects = existing(world, |one| one.patient == patient && !world.is_set(one.id) && world.is_latest(one));
        let target = if self.random.percent(50) { self.random.any(&associations) } else { self.random.any(&objects) };
        let target = target?;
        let from = world.get(target)?.status;
        self.order_status(sent, End::Known(target), from);
        Some(())
    }

    fn more_associations(&mut self, world: &World, patient: &str, sent: &mut Submission) -> Option<()> {
        let in_force = |one: &Object| one.patient == patient && one.status == Status::Approved;
        let documents = existing(world, |one| one.entry().is_some() && in_force(one));
        let folders = existing(world, |one| world.is_folder(one.id) && in_force(one));
        let (source, target) = (self.random.any(&documents)?, self.random.any(&documents)?);
        let folder = self.random.any(&folders).filter(|_| self.random.percent(60));
        // A version that comes with the same request is named by its name there.
        let new_entry = (!sent.entries.is_empty() && self.random.percent(50)).then_some(End::Entry(0));
        let new_folder = (!sent.folders.is_empty() && self.random.percent(50)).then_some(End::Folder(0));
        let payload = match folder {
            _ if new_entry.is_some() || new_folder.is_some() => {
                let target = new_entry.unwrap_or(End::Known(target));
                match new_folder.or_else(|| folder.map(End::Known)) {
                    Some(folder) => self.link(LinkKind::HasMember, folder, target),
                    None => self.link(LinkKind::Signs, End::Known(source), target),
                }
            }
            Some(folder) => self.link(LinkKind::HasMember, End::Known(folder), End::Known(target)),
            None if source == target => return None,
            None => {
                // What a replacement does that is brought in this way, the rules do not say.
                let kind = *self.random.pick(&[LinkKind::Append, LinkKind::Transform, LinkKind::Signs]);
                let transforms = |id: Id| world.links().any(|(_, l)| l.kind == LinkKind::Transform && l.source == id);
                let kind = if kind == LinkKind::Append && transforms(target) { LinkKind::Signs } else { kind };
                self.link(kind, End::Known(source), End::Known(target))
            }
        };
        let at = sent.links.len();
        sent.links.push(payload);
        let order = self.link(LinkKind::Submit, End::Set, End::Link(at));
        sent.links.push(order);
        if self.random.percent(15) {
            self.order_status(sent, End::Link(at), Status::Approved);
        }
        Some(())
    }

    fn spoil_update(&mut self, world: &World, sent: &mut Submission) {
        let stray = self.random.uuid(self.serial);
        let any = existing(world, |_| true);
        let (other, known) = (self.patient(), self.random.any(&any));
        let link_at = self.random.below(sent.links.len());
        let at = self.random.below(9);
        let entry = sent.entries.first_mut();
        let folder = sent.folders.first_mut();
        let link = &mut sent.links[link_at];
        match (at, entry, folder) {
            (0, Some(entry), _) => entry.lid = Some(End::NoUuid(stray)),
            (0, _, Some(folder)) => folder.lid = Some(End::NoUuid(stray)),
            (1, Some(entry), _) => entry.lid = None,
            (1, _, Some(folder)) => folder.lid = None,
            (2, Some(entry), _) => entry.without = Some("typeCode"),
            (2, _, Some(folder)) => folder.without = Some("codeList"),
            (3, Some(entry), _) => entry.unique_id.push_str(".7"),
            (3, _, Some(folder)) => folder.unique_id.push_str(".7"),
            (4, _, _) => sent.set.patient = other,
            (5, _, _) => {
                for (name, value) in &mut link.orders {
                    *value = match *name {
                        "PreviousVersion" => (*self.random.pick(&["7", "one", "0"])).to_owned(),
                        "AssociationPropagation" => "perhaps".to_owned(),
                        _ => (*self.random.pick(&[Status::Approved, Status::Deprecated])).urn().to_owned(),
                    };
                }
            }
            (6, _, _) => drop(link.orders.pop()),
            (7, _, _) => link.target = known.map_or(End::NoUuid(stray), End::Known),
            _ => link.orders.push(("OriginalStatus", Status::Approved.urn().to_owned())),
        }
    }
}
