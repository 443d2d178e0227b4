//! The identities of one patient, as a message of an identity feed names them. Spec: ITI TF-2: 3.8.4.1.3, 3.44.4.1.3.

use crate::datatype::cx::PatientId;

/// One identity for each assigning authority, in the order in which they were named.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identities(Vec<PatientId>);

/// Why an identity is not one more of the patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotOneMore {
    /// Its authority gave the patient another one.
    Ambiguous,
    /// There are [`Identities::MOST`] already.
    TooMany,
}

impl Identities {
    /// The most identities of one patient: each is compared with the others, and written.
    pub const MOST: usize = 100;

    /// Adds an identity; the same once more changes nothing.
    ///
    /// # Errors
    /// [`NotOneMore`].
    pub fn add(&mut self, identity: PatientId) -> Result<(), NotOneMore> {
        match self.of_authority(&identity) {
            Some(same) if *same == identity => Ok(()),
            Some(_) => Err(NotOneMore::Ambiguous),
            None if self.0.len() == Self::MOST => Err(NotOneMore::TooMany),
            None => {
                self.0.push(identity);
                Ok(())
            }
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The one that takes over from another patient's: that of the same authority, or the only one there is.
    pub fn successor_of(&self, subsumed: &PatientId) -> Option<&PatientId> {
        let only = || if let [only] = self.0.as_slice() { Some(only) } else { None };
        self.of_authority(subsumed).or_else(only)
    }

    /// All of them.
    pub fn into_vec(self) -> Vec<PatientId> {
        self.0
    }

    fn of_authority(&self, identity: &PatientId) -> Option<&PatientId> {
        self.0.iter().find(|other| other.authority() == identity.authority())
    }
}

#[cfg(test)]
mod tests {
    use super::{Identities, NotOneMore};
    use crate::datatype::cx::PatientId;

    fn identity(id: &str, authority: usize) -> PatientId {
        PatientId::parse(&format!("{id}^^^&1.2.{authority}&ISO")).unwrap()
    }

    #[test]
    fn an_authority_gives_a_patient_one_identity() {
        let mut identities = Identities::default();
        assert!(identities.is_empty());
        for (id, authority) in [("b", 2), ("a", 1), ("b", 2)] {
            assert_eq!(identities.add(identity(id, authority)), Ok(()));
        }
        assert_eq!(identities.add(identity("c", 1)), Err(NotOneMore::Ambiguous));
        assert_eq!(identities.into_vec(), [identity("b", 2), identity("a", 1)]);
    }

    #[test]
    fn the_number_of_identities_is_bounded() {
        let mut identities = Identities::default();
        for authority in 1..=Identities::MOST {
            assert_eq!(identities.add(identity("a", authority)), Ok(()));
        }
        assert_eq!(identities.add(identity("a", 1000)), Err(NotOneMore::TooMany));
        assert_eq!(identities.add(identity("a", 1)), Ok(()));
    }

    #[test]
    fn the_successor_is_of_the_same_authority_or_the_only_one() {
        let mut identities = Identities::default();
        identities.add(identity("a", 1)).unwrap();
        assert_eq!(identities.successor_of(&identity("x", 9)), Some(&identity("a", 1)));
        identities.add(identity("b", 2)).unwrap();
        assert_eq!(identities.successor_of(&identity("x", 2)), Some(&identity("b", 2)));
        assert_eq!(identities.successor_of(&identity("x", 9)), None);
    }
}
