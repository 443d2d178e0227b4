//! The signature of a deposit: verified, and compared with the set, its documents and whoever sends them.
//! Spec: DMP TD2.1, signature of the submission set.
//!
//! Nothing is read for a set without signature. Documents whose octets were signed are digested piece by piece; of those
//! that were signed in canonical form one is in memory at a time, none that is larger than a CDA may be.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::dmp::caller::Caller;
use crate::dmp::submission_signature::{
    Digested, Policy, Signed, Unsigned, announced, compare, coverage, metadata, refused, signer,
};
use crate::security::signature::algorithm::Hash;
use crate::security::signature::xades::verify::{Verifier, too_large};
use crate::storage::StorageError;
use crate::transaction::intake::ReceivedDocument;
use crate::transaction::{Context, Gateway};
use crate::xds::error::Finding;
use crate::xds::metadata::document_entry::DocumentEntry;
use crate::xds::metadata::submission::Submission;
use crate::xds::validation::provide::Pairing;
use crate::xml::limits::Limits;

/// How signatures of deposits are judged. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Signing {
    /// What becomes of a deposit whose signature is not as it should be.
    pub policy: Policy,
    /// What becomes of one without, where signatures are enforced.
    pub unsigned: Unsigned,
    /// Who verifies; one for all threads.
    pub verifier: Arc<Verifier>,
    /// How much XML a document may be whose canonical form was signed.
    pub limits: Limits,
}

/// What came: entries, and the document of each by the id of its entry.
struct Deposit<'d> {
    submission: &'d Submission,
    documents: BTreeMap<&'d str, &'d ReceivedDocument>,
}

/// Judges the signature of a submission. Nothing where signatures are not looked at.
pub(super) fn judge(
    gateway: &Gateway,
    context: &Context,
    submission: &Submission,
    pairing: &Pairing,
    documents: &[ReceivedDocument],
) -> Result<Vec<Finding>, StorageError> {
    let signing = gateway.settings.signing.as_ref().filter(|signing| signing.policy != Policy::Off);
    let Some(signing) = signing else { return Ok(Vec::new()) };
    // A report says what is wrong with a signature; a client that has none knows it.
    let unsigned = if signing.policy == Policy::Enforce { signing.unsigned } else { Unsigned::Accept };
    let (entry, mut findings) = announced(submission, unsigned);
    if let Some(entry) = entry {
        let sector = context.caller.as_ref().map(|caller| caller.vihf().sector());
        findings.extend(metadata(entry, &submission.submission_set, sector));
        let pairs = submission.entries.iter().zip(&pairing.document_of_entry);
        let came = pairs.filter_map(|(entry, at)| Some((entry.id.as_str(), documents.get((*at)?)?)));
        let deposit = Deposit { submission, documents: came.collect() };
        findings.extend(deposit.verify(gateway, context, signing, entry)?);
    }
    if signing.policy == Policy::Report {
        findings = findings.into_iter().map(Finding::tolerated).collect();
    }
    Ok(findings)
}

impl Deposit<'_> {
    fn verify(
        &self,
        gateway: &Gateway,
        context: &Context,
        signing: &Signing,
        entry: &DocumentEntry,
    ) -> Result<Vec<Finding>, StorageError> {
        // An entry without document has its finding already.
        let Some(document) = self.documents.get(entry.id.as_str()) else { return Ok(Vec::new()) };
        let verified = match too_large(document.size()) {
            Some(error) => Err(error),
            None => signing.verifier.verify(&document.bytes(gateway)?, context.now),
        };
        let verified = match verified {
            Ok(verified) => verified,
            Err(error) => return Ok(vec![refused(entry, &error)]),
        };
        let (mut findings, signed) = coverage(entry, self.submission, &verified);
        for signed in &signed {
            if let Some(document) = self.documents.get(signed.entry.id.as_str()) {
                findings.extend(compare(signed, &digest(gateway, signing, signed, document)?));
            }
        }
        let vihf = context.caller.as_ref().map(Caller::vihf);
        findings.extend(vihf.and_then(|vihf| signer(entry, &verified, vihf)));
        Ok(findings)
    }
}

/// Digests a document as its signer did.
fn digest(
    gateway: &Gateway,
    signing: &Signing,
    signed: &Signed<'_>,
    document: &ReceivedDocument,
) -> Result<Digested, StorageError> {
    let reference = signed.reference;
    if reference.canonicalization().is_some() {
        if document.size() > signing.limits.bytes as u64 {
            return Ok(Digested::TooLarge);
        }
        let digest = reference.digest_of(&document.bytes(gateway)?, &signing.limits);
        return Ok(digest.map_or(Digested::NotXml, Digested::As));
    }
    // The repository has this one already.
    if reference.hash() == Hash::Sha1 {
        return Ok(Digested::As(document.hash().as_bytes().to_vec()));
    }
    let mut digest = reference.hash().start();
    document.read_through(gateway, &mut |piece| digest.update(piece))?;
    Ok(Digested::As(digest.finish()))
}
