//! A merge in the registry's tables: nothing stays behind, and each object tells its way.

use std::path::Path;

use dmp_gateway::datatype::cx::PatientId;
use dmp_gateway::storage::registry::merge::Standing;

use super::{TestStore, deposit, noon, numbered, patient};
use crate::xds_fixture;

/// Tables that a merge changes itself; all others of a patient follow their object by the database's own rule.
const MOVED_BY_HAND: &[&str] = &["patient", "registry_object", "global_id", "unique_id_use"];

fn other(number: u32) -> PatientId {
    PatientId::parse(&format!("{number}^^^&1.2.250.1.213.1.4.10&ISO")).unwrap()
}

#[test]
fn each_table_of_a_patient_follows_a_merge() {
    for database in ["sqlite", "postgresql"] {
        let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/storage/migrations").join(database);
        let mut tables = 0;
        for migration in std::fs::read_dir(migrations).unwrap().map(|entry| entry.unwrap().path().join("up.sql")) {
            let text = std::fs::read_to_string(&migration).unwrap();
            for table in text.split("CREATE TABLE ").skip(1) {
                let table = table.trim_start_matches("IF NOT EXISTS ");
                let (name, columns) = table.split_once(" (").unwrap();
                let columns = columns.split("\n)").next().unwrap();
                if columns.contains("patient_id ") {
                    tables += 1;
                    let follows = columns.contains("REFERENCES registry_object ON UPDATE CASCADE");
                    assert!(follows || MOVED_BY_HAND.contains(&name), "{database}: {name} stays behind in a merge");
                }
            }
        }
        assert!(tables >= 12, "{database}: {tables}");
    }
}

#[test]
fn an_object_tells_through_which_merges_it_went() {
    let test = TestStore::new();
    let (first, second, third) = (patient(), other(2), other(3));
    let registered = deposit(&test.store, &numbered(xds_fixture::base(), 1));
    let entry = registered.entries[0].entry_uuid.as_str();
    let later = noon() + chrono::TimeDelta::minutes(1);
    let merge = |from: &PatientId, into: &PatientId, at| {
        test.store
            .write("test", |writer| {
                writer.know_patient(from, at)?;
                writer.know_patient(into, at)?;
                writer.merge_patient(from, into, at)
            })
            .unwrap()
    };
    // Set, entry, and the association between them.
    assert_eq!(merge(&first, &second, noon()), 3);
    assert_eq!(merge(&second, &third, later), 3);
    let way = test.store.read("test", |reader| reader.way_of(&third, entry)).unwrap();
    let way: Vec<(PatientId, i64)> = way.into_iter().map(|moved| (moved.from, moved.at)).collect();
    assert_eq!(way, [(first.clone(), noon().timestamp_millis()), (second.clone(), later.timestamp_millis())]);
    let standing = |id: &PatientId| test.store.read("test", |reader| reader.standing(id)).unwrap();
    assert_eq!(standing(&first), Standing::MergedInto(second.clone()));
    assert_eq!(standing(&second), Standing::MergedInto(third.clone()));
    assert_eq!(standing(&third), Standing::Active);
    assert_eq!(standing(&other(4)), Standing::Unknown);
}

#[test]
fn a_merge_that_is_given_up_moves_nothing() {
    let test = TestStore::new();
    let (from, into) = (patient(), other(2));
    let registered = deposit(&test.store, &numbered(xds_fixture::base(), 1));
    let entry = registered.entries[0].entry_uuid.as_str();
    let given_up = test.store.write("test", |writer| {
        writer.know_patient(&from, noon())?;
        writer.merge_patient(&from, &into, noon())?;
        Err::<(), _>(dmp_gateway::storage::StorageError::OtherDocumentKept)
    });
    assert!(given_up.is_err());
    assert_eq!(test.store.read("test", |reader| reader.way_of(&into, entry)).unwrap(), []);
    assert_eq!(test.store.read("test", |reader| reader.standing(&from)).unwrap(), Standing::Unknown);
}
