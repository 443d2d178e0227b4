//! HL7 version 3: the messages of the patient identity feed and their acknowledgement.
//!
//! Spec: ITI TF-2: 3.44; HL7 V3 NE 2008, transmission wrappers `MCCI_MT000100UV01` and `MCCI_MT000200UV01`. Pure: a tree in, values and
//! bytes out. Of a patient only the identifiers are read.

pub mod acknowledgement;
pub mod interaction;
pub mod patient_feed;
pub mod rule;
pub mod transmission;
