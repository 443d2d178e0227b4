//! What deviates from the standards and is taken all the same, because named clients in the field send it.
//!
//! Each is a named rule with a test in `tests/soap.rs` or `tests/mtom.rs`; reading reports which were needed,
//! so that the log of an exchange can tell an editor what a stricter server would refuse.

/// A deviation that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tolerance {
    /// `mustUnderstand` without the SOAP prefix.
    UnqualifiedMustUnderstand,
    /// An empty `wsa:To`.
    EmptyTo,
    /// No `wsa:ReplyTo`.
    NoReplyTo,
    /// No `wsa:Action`; the body then says which transaction it is, where the profile allows.
    NoAction,
    /// White space around an addressing value.
    PaddedAddressing,
    /// SOAP 1.1 in the root part of a package.
    Soap11Root,
    /// Parts and headers whose lines end with LF alone.
    LineFeedOnly,
    /// A part in base64.
    Base64Part,
    /// A root part that is not the first part.
    RootNotFirst,
    /// A `cid:` reference that is percent-encoded.
    EncodedReference,
    /// A Content-ID that is itself percent-encoded, equal to the reference as written.
    EncodedContentId,
    /// `start` without angle brackets.
    BareStart,
    /// A parameter of Content-Type that needs quotes and has none.
    UnquotedParameter,
    /// No `type` parameter in multipart/related.
    NoPackageType,
    /// A root part that does not say `application/xop+xml`.
    RootMediaType,
    /// A SOAP message as `application/octet-stream`, `application/xml` or `text/xml`.
    SimpleMediaType,
    /// Inline base64 in a package instead of `xop:Include`.
    InlineInPackage,
    /// White space around `xop:Include`.
    PaddedInclude,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The deviation.
    pub tolerance: Tolerance,
    /// The name by which it is logged.
    pub id: &'static str,
    /// What is taken.
    pub taken: &'static str,
    /// Who sends it.
    pub whose: &'static str,
    /// What says otherwise, or allows it.
    pub spec: &'static str,
}

impl Tolerance {
    /// Its row in the table.
    pub fn row(self) -> Option<&'static Row> {
        TABLE.iter().find(|row| row.tolerance == self)
    }

    /// The name by which it is logged.
    pub fn id(self) -> &'static str {
        self.row().map_or("", |row| row.id)
    }
}

const fn row(
    tolerance: Tolerance,
    id: &'static str,
    taken: &'static str,
    whose: &'static str,
    spec: &'static str,
) -> Row {
    Row { tolerance, id, taken, whose, spec }
}

/// Every tolerance, in the order of a request's way in.
pub const TABLE: &[Row] = {
    use Tolerance as T;
    &[
        row(
            T::SimpleMediaType,
            "TOL-MEDIA-01",
            "a SOAP message as application/octet-stream, application/xml or text/xml",
            "DRIMbox (ITI-57)",
            "SOAP 1.2 part 2: 7.1.4",
        ),
        row(
            T::UnquotedParameter,
            "TOL-MEDIA-02",
            "a Content-Type parameter that needs quotes and has none",
            "older Axis clients",
            "RFC 2045: 5.1",
        ),
        row(
            T::NoPackageType,
            "TOL-MEDIA-03",
            "multipart/related without its type parameter",
            "clients on generic mail libraries",
            "RFC 2387: 3.1",
        ),
        row(T::BareStart, "TOL-MIME-01", "start without angle brackets", ".NET clients", "RFC 2387: 3.2"),
        row(
            T::LineFeedOnly,
            "TOL-MIME-02",
            "lines that end with LF alone",
            "official DMP sample, DRIMbox",
            "RFC 2045: 2.1",
        ),
        row(
            T::Base64Part,
            "TOL-MIME-03",
            "a document part in base64, whatever the case of the name",
            "DRIMbox (KOS)",
            "RFC 2045: 6.8",
        ),
        row(
            T::RootNotFirst,
            "TOL-MIME-04",
            "a root part named by start that is not the first part",
            "DRIMbox",
            "RFC 2387: 3.2",
        ),
        row(
            T::RootMediaType,
            "TOL-MIME-05",
            "a root part that says application/soap+xml, text/xml or nothing",
            "official DMP sample",
            "XOP 1.0: 4.1",
        ),
        row(
            T::Soap11Root,
            "TOL-SOAP-01",
            "a SOAP 1.1 envelope in the root part of ITI-41",
            "official DMP sample",
            "ITI TF-2: V.3.2",
        ),
        row(
            T::UnqualifiedMustUnderstand,
            "TOL-SOAP-02",
            "mustUnderstand without namespace, which is ignored",
            "official DMP samples and kit",
            "SOAP 1.2 part 1: 5.2.3",
        ),
        row(T::EmptyTo, "TOL-WSA-01", "an empty wsa:To", "official DMP samples", "WS-Addressing 1.0 core: 3.2"),
        row(
            T::NoReplyTo,
            "TOL-WSA-02",
            "no wsa:ReplyTo, read as anonymous",
            "NIST toolkit (ITI-43)",
            "ITI TF-2: V.3.2.2",
        ),
        row(T::NoAction, "TOL-WSA-03", "no wsa:Action, where the profile allows", "DMP kit", "ITI TF-2: V.3.2.2"),
        row(
            T::PaddedAddressing,
            "TOL-WSA-04",
            "white space around an addressing value",
            "samples of the Technical Framework",
            "WS-Addressing 1.0 core: 3.2",
        ),
        row(T::EncodedReference, "TOL-XOP-01", "a percent-encoded cid reference", "Axis2, .NET", "RFC 2392: 2"),
        row(
            T::EncodedContentId,
            "TOL-XOP-02",
            "a percent-encoded Content-ID that equals the reference as written",
            "older CXF clients",
            "RFC 2392: 2",
        ),
        row(
            T::InlineInPackage,
            "TOL-XOP-03",
            "inline base64 in a package",
            "clients that optimise some documents only",
            "XOP 1.0: 3.1",
        ),
        row(
            T::PaddedInclude,
            "TOL-XOP-04",
            "white space around xop:Include",
            "clients that indent their XML",
            "XOP 1.0: 3.2",
        ),
    ]
};

#[cfg(test)]
mod tests {
    use super::TABLE;

    #[test]
    fn every_tolerance_has_one_row_and_its_own_id() {
        let rows: std::collections::BTreeSet<_> = TABLE.iter().map(|row| row.tolerance).collect();
        let ids: std::collections::BTreeSet<_> = TABLE.iter().map(|row| row.id).collect();
        assert_eq!((rows.len(), ids.len()), (TABLE.len(), TABLE.len()));
        assert!(TABLE.iter().all(|row| row.tolerance.id() == row.id && !row.whose.is_empty()));
    }
}
