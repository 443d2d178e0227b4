//! The tables as diesel sees them. What each column means stands in `migrations/`.

use diesel::{allow_tables_to_appear_in_same_query, table};

table! {
    /// Known identities.
    patient (patient_id) {
        patient_id -> Text,
        known_since -> BigInt,
        merged_into -> Nullable<Text>,
        merged_at -> Nullable<BigInt>,
    }
}

table! {
    /// Whose object an entryUUID names, and which versions a logicalID has.
    global_id (entry_uuid) {
        entry_uuid -> Text,
        patient_id -> Text,
        kind -> Text,
        logical_id -> Text,
        version -> Integer,
    }
}

table! {
    /// Every object with its ebRIM.
    registry_object (patient_id, entry_uuid) {
        patient_id -> Text,
        entry_uuid -> Text,
        kind -> Text,
        logical_id -> Text,
        version -> Integer,
        status -> Text,
        unique_id -> Nullable<Text>,
        received_at -> BigInt,
        fragment_head -> Binary,
        fragment_tail -> Binary,
    }
}

table! {
    /// Who uses a uniqueId.
    unique_id_use (unique_id, entry_uuid) {
        unique_id -> Text,
        entry_uuid -> Text,
        patient_id -> Text,
        kind -> Text,
        hash -> Nullable<Text>,
        size -> Nullable<BigInt>,
    }
}

table! {
    /// What queries ask of a document entry.
    document_entry (patient_id, entry_uuid) {
        patient_id -> Text,
        entry_uuid -> Text,
        object_type -> Text,
        creation_time -> Text,
        service_start_time -> Nullable<Text>,
        service_stop_time -> Nullable<Text>,
        class_code -> Text,
        type_code -> Text,
        format_code -> Text,
        healthcare_facility_type_code -> Text,
        practice_setting_code -> Text,
    }
}

table! {
    /// What queries ask of a submission set.
    submission_set (patient_id, entry_uuid) {
        patient_id -> Text,
        entry_uuid -> Text,
        source_id -> Text,
        submission_time -> Text,
        content_type_code -> Text,
    }
}

table! {
    /// What queries ask of a folder.
    folder (patient_id, entry_uuid) {
        patient_id -> Text,
        entry_uuid -> Text,
        last_update_time -> Text,
    }
}

table! {
    /// Who is related to whom.
    association (patient_id, entry_uuid) {
        patient_id -> Text,
        entry_uuid -> Text,
        source -> Text,
        target -> Text,
        association_type -> Text,
    }
}

table! {
    /// Codes of which an object may have several.
    object_code (patient_id, entry_uuid, attribute, code) {
        patient_id -> Text,
        entry_uuid -> Text,
        attribute -> Text,
        code -> Text,
    }
}

table! {
    /// Persons among the authors.
    object_author (patient_id, entry_uuid, position) {
        patient_id -> Text,
        entry_uuid -> Text,
        position -> Integer,
        person -> Text,
    }
}

table! {
    /// Values of referenceIdList.
    entry_reference (patient_id, entry_uuid, position) {
        patient_id -> Text,
        entry_uuid -> Text,
        position -> Integer,
        reference_id -> Text,
    }
}

table! {
    /// Which objects a merge moved.
    merged_object (patient_id, entry_uuid, merged_from) {
        patient_id -> Text,
        entry_uuid -> Text,
        merged_from -> Text,
        merged_at -> BigInt,
    }
}

table! {
    /// Documents of the repository.
    document (repository_unique_id, unique_id) {
        repository_unique_id -> Text,
        unique_id -> Text,
        mime_type -> Text,
        size -> BigInt,
        hash -> Text,
        blob -> Text,
        received_at -> BigInt,
    }
}

table! {
    /// Files of removed documents, until they are gone.
    removed_file (blob) {
        blob -> Text,
        removed_at -> BigInt,
    }
}

allow_tables_to_appear_in_same_query!(
    patient,
    global_id,
    registry_object,
    unique_id_use,
    document_entry,
    submission_set,
    folder,
    association,
    object_code,
    object_author,
    entry_reference,
    merged_object,
    document,
    removed_file,
);
