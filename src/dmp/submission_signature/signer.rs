//! Whether the signer is whom the assertion names. Spec: DMP TD2.1, signature of the submission set.

use crate::dmp::submission_signature::rule::SIGNER;
use crate::security::pki::holder::Holder;
use crate::security::signature::xades::verify::VerifiedSignature;
use crate::security::vihf::verify::VerifiedVihf;
use crate::xds::error::Finding;
use crate::xds::metadata::document_entry::DocumentEntry;

/// A person signs who is named by the assertion, or whose card vouches for it; a structure that it names, or whose
/// certificate vouches for it.
pub fn signer(entry: &DocumentEntry, verified: &VerifiedSignature, vihf: &VerifiedVihf) -> Option<Finding> {
    let (kind, named) = match verified.holder() {
        Holder::Person { .. } => ("person", vihf.name_id()),
        Holder::Organisation { .. } => ("structure", vihf.structure_id()),
    };
    let id = verified.holder().identifier();
    let same_kind = matches!(
        (verified.holder(), vihf.holder()),
        (Holder::Person { .. }, Holder::Person { .. }) | (Holder::Organisation { .. }, Holder::Organisation { .. })
    );
    let coherent = id == named || (same_kind && id == vihf.holder().identifier());
    // Neither of the two is told: an identifier of a person stays out of logs.
    (!coherent).then(|| SIGNER.broken(entry, format_args!("the certificate of the signature is of another {kind}")))
}
