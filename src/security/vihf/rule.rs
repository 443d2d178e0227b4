//! The rules of an assertion, one row each: what is answered when it is broken, in both languages.
//!
//! The order of the table is the order of the checks. Texts that the national server is known to answer are kept
//! word for word at their beginning. `{}` stands for the name of the element or attribute, or for the reason.
//! Spec: DMP TD0.1, order of checks.

/// Which SOAP fault subcode an answer carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VihfFault {
    /// `wsse:InvalidSecurity`: the header itself.
    InvalidSecurity,
    /// `wsse:InvalidSecurityToken`: the content of the assertion.
    InvalidSecurityToken,
    /// `wsse:FailedCheck`: the signature.
    FailedCheck,
    /// `DMPInvalidCertificate`: the certificate that signed.
    InvalidCertificate,
    /// `wsse:FailedAuthentication`: who speaks is not who is named.
    FailedAuthentication,
}

/// One check.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Stable identifier, quoted in answers, tests and documentation.
    pub id: &'static str,
    /// The subcode of its refusal.
    pub fault: VihfFault,
    /// Text in French.
    pub fr: &'static str,
    /// Text in English.
    pub en: &'static str,
}

/// Declares the rules as constants and as the table of all of them.
///
/// A macro because each rule is named where it is checked and listed where all are: once written, never forgotten.
macro_rules! rules {
    ($($name:ident = $id:literal $fault:ident $fr:literal / $en:literal;)*) => {
        $(pub(crate) const $name: Rule =
            Rule { id: $id, fault: VihfFault::$fault, fr: $fr, en: $en };)*

        /// Every rule, in the order of the checks.
        pub const RULES: &[Rule] = &[$($name),*];
    };
}

rules! {
    NO_ASSERTION = "VIHF-SEC-00" InvalidSecurity
        "L'en-tête wsse:Security et son assertion (VIHF) sont absents."
        / "The wsse:Security header and its assertion (VIHF) are missing.";
    ONE_ASSERTION = "VIHF-SEC-01" InvalidSecurity
        "L'en-tête wsse:Security doit contenir une assertion SAML 2.0 et une seule"
        / "The wsse:Security header must hold one SAML 2.0 assertion and only one";
    NO_COMMENT_IN_VALUE = "VIHF-SEC-02" InvalidSecurity
        "Commentaire ou instruction de traitement à l'intérieur d'une valeur de l'assertion"
        / "Comment or processing instruction inside a value of the assertion";
    UNIQUE_ID = "VIHF-SEC-03" InvalidSecurity
        "L'identifiant de l'assertion désigne plus d'un élément de l'en-tête wsse:Security"
        / "The ID of the assertion names more than one element of the wsse:Security header";
    SAML_VERSION = "VIHF-STR-01" InvalidSecurityToken
        "L'attribut Version de l'assertion est absent ou différent de 2.0"
        / "The Version attribute of the assertion is missing or other than 2.0";
    ASSERTION_ID = "VIHF-STR-02" InvalidSecurityToken
        "L'attribut ID de l'assertion est absent ou mal formé"
        / "The ID attribute of the assertion is missing or malformed";
    STRUCTURE = "VIHF-STR-03" InvalidSecurityToken
        "Structure de l'assertion non conforme : {}"
        / "The structure of the assertion is not the one of a VIHF: {}";
    PLAIN_VALUE = "VIHF-STR-04" InvalidSecurityToken
        "La valeur de {} est vide ou contient autre chose que du texte"
        / "The value of {} is empty or holds something else than text";
    INSTANT = "VIHF-STR-05" InvalidSecurityToken
        "{} est absent ou n'est pas un instant UTC"
        / "{} is missing or is not an instant in UTC";
    ISSUER = "VIHF-STR-06" InvalidSecurityToken
        "Issuer n'est pas un nom distinctif X.509 au format X509SubjectName"
        / "Issuer is not an X.509 distinguished name in the format X509SubjectName";
    AUTHN_CONTEXT = "VIHF-STR-07" InvalidSecurityToken
        "Contexte d'authentification absent ou incohérent avec le mode d'authentification : {}"
        / "Authentication context missing or at odds with the authentication mode: {}";
    ATTRIBUTE_MISSING = "VIHF-ATT-01" InvalidSecurityToken
        "L'attribut {} est absent du VIHF"
        / "The attribute {} is missing from the VIHF";
    ATTRIBUTE_REPEATED = "VIHF-ATT-02" InvalidSecurityToken
        "L'attribut {} du VIHF est présent plusieurs fois ou porte trop de valeurs"
        / "The attribute {} of the VIHF is repeated or has too many values";
    ATTRIBUTE_MALFORMED = "VIHF-ATT-03" InvalidSecurityToken
        "La valeur de l'attribut {} du VIHF est mal formée"
        / "The value of the attribute {} of the VIHF is malformed";
    VERSION = "VIHF-ATT-04" InvalidSecurityToken
        "Version de VIHF inconnue ({})"
        / "Unknown version of VIHF ({})";
    MODE = "VIHF-ATT-05" InvalidSecurityToken
        "Mode d'authentification inconnu ({})"
        / "Unknown authentication mode ({})";
    RESOURCE_URN = "VIHF-ATT-06" InvalidSecurityToken
        "L'attribut {} ne désigne pas le DMP"
        / "The attribute {} does not name the DMP";
    PURPOSE = "VIHF-ATT-07" InvalidSecurityToken
        "Mode d'accès inconnu ({})"
        / "Unknown purpose of use ({})";
    SIGNATURE_MISSING = "VIHF-SIG-01" FailedCheck
        "Le VIHF n'est pas signé"
        / "The VIHF is not signed";
    SIGNATURE_SHAPE = "VIHF-SIG-02" FailedCheck
        "La signature du VIHF n'a pas la forme attendue"
        / "The signature of the VIHF does not have the expected shape";
    SIGNATURE_ALGORITHM = "VIHF-SIG-03" FailedCheck
        "Algorithme refusé dans la signature du VIHF"
        / "Algorithm refused in the signature of the VIHF";
    SIGNATURE_REFERENCE = "VIHF-SIG-04" FailedCheck
        "La signature du VIHF ne référence pas l'assertion qui la contient"
        / "The signature of the VIHF does not refer to the assertion that holds it";
    SIGNATURE_TRANSFORMS = "VIHF-SIG-05" FailedCheck
        "Transformations refusées dans la signature du VIHF"
        / "Transforms refused in the signature of the VIHF";
    SIGNATURE_DIGEST = "VIHF-SIG-06" FailedCheck
        "Le condensat de la signature n'est pas celui de l'assertion : elle a été modifiée après signature"
        / "The digest of the signature is not the one of the assertion: it was changed after it was signed";
    SIGNATURE_VALUE = "VIHF-SIG-07" FailedCheck
        "La valeur de signature du VIHF n'a pas été produite par la clé du certificat joint"
        / "The signature value of the VIHF was not made by the key of its certificate";
    CERTIFICATE = "VIHF-CRT-01" InvalidCertificate
        "Le certificat ayant signé le VIHF n'est pas un certificat de signature valide : illisible"
        / "The certificate that signed the VIHF is not a valid signature certificate: unreadable";
    CERTIFICATE_CHAIN = "VIHF-CRT-02" InvalidCertificate
        "Le certificat ayant signé le VIHF n'est pas un certificat de signature valide : autorité non reconnue"
        / "The certificate that signed the VIHF is not a valid signature certificate: unknown authority";
    CERTIFICATE_HOLDER = "VIHF-CRT-03" InvalidCertificate
        "Le certificat ayant signé le VIHF n'est pas un certificat de signature valide : ni personne, ni structure"
        / "The certificate that signed the VIHF is not a valid signature certificate: neither person nor structure";
    CERTIFICATE_DATES = "VIHF-CRT-04" InvalidCertificate
        "Le certificat ayant signé le VIHF n'est pas un certificat de signature valide : hors de sa période de validité"
        / "The certificate that signed the VIHF is not a valid signature certificate: outside its validity";
    CERTIFICATE_REVOKED = "VIHF-CRT-05" InvalidCertificate
        "Le certificat ayant signé le VIHF n'est pas un certificat de signature valide : révoqué"
        / "The certificate that signed the VIHF is not a valid signature certificate: revoked";
    CERTIFICATE_LIST = "VIHF-CRT-06" InvalidCertificate
        "Le certificat ayant signé le VIHF ne peut être vérifié : liste de révocation absente ou périmée"
        / "The certificate that signed the VIHF cannot be verified: revocation list missing or too old";
    CERTIFICATE_USAGE = "VIHF-CRT-07" InvalidCertificate
        "Le certificat ayant signé le VIHF n'est pas un certificat de signature valide : usage de clé"
        / "The certificate that signed the VIHF is not a valid signature certificate: key usage";
    ISSUER_IS_SIGNER = "VIHF-ISS-01" FailedAuthentication
        "Issuer n'est pas le sujet du certificat qui a signé le VIHF"
        / "Issuer is not the subject of the certificate that signed the VIHF";
    ISSUER_IS_PEER = "VIHF-ISS-02" FailedAuthentication
        "VIHF non signé : Issuer n'est pas le sujet du certificat TLS d'une personne"
        / "Unsigned VIHF: Issuer is not the subject of the TLS certificate of a person";
    ISSUED_IN_FUTURE = "VIHF-TIM-01" InvalidSecurityToken
        "IssueInstant est dans le futur ; vérifier l'horloge du poste"
        / "IssueInstant is in the future; check the clock of the client";
    ISSUED_TOO_LONG_AGO = "VIHF-TIM-02" InvalidSecurityToken
        "Le VIHF a expiré : IssueInstant est trop ancien"
        / "The VIHF has expired: IssueInstant is too old";
    AUTHN_IN_FUTURE = "VIHF-TIM-03" InvalidSecurityToken
        "AuthnInstant est dans le futur ; vérifier l'horloge du poste"
        / "AuthnInstant is in the future; check the clock of the client";
    AUTHN_TOO_LONG_AGO = "VIHF-TIM-04" InvalidSecurityToken
        "L'authentification du professionnel est trop ancienne (AuthnInstant)"
        / "The authentication of the professional is too old (AuthnInstant)";
    NOT_BEFORE = "VIHF-TIM-05" InvalidSecurityToken
        "Le VIHF n'est pas encore valable (Conditions/@NotBefore)"
        / "The VIHF is not valid yet (Conditions/@NotBefore)";
    NOT_ON_OR_AFTER = "VIHF-TIM-06" InvalidSecurityToken
        "Le VIHF n'est plus valable (Conditions/@NotOnOrAfter)"
        / "The VIHF is not valid any more (Conditions/@NotOnOrAfter)";
    MODE_OF_CERTIFICATE = "VIHF-PMO-01" FailedAuthentication
        "Erreur d'authentification de la personne morale : le mode {} ne correspond pas au type de certificat"
        / "Authentication of the legal person failed: the mode {} does not go with this kind of certificate";
    NAME_ID = "VIHF-PMO-02" FailedAuthentication
        "NameID n'est pas l'identifiant du porteur de la carte"
        / "NameID is not the identifier of the holder of the card";
    STRUCTURE_OF_CERTIFICATE = "VIHF-PMO-03" FailedAuthentication
        "Erreur d'authentification de la personne morale : {} n'est pas la structure du certificat"
        / "Authentication of the legal person failed: {} is not the structure of the certificate";
    PEER = "VIHF-PMO-04" FailedAuthentication
        "Erreur d'authentification de la personne morale : le certificat TLS est celui d'un autre porteur"
        / "Authentication of the legal person failed: the TLS certificate is that of another holder";
    SPECIALITY = "VIHF-ROL-01" InvalidSecurityToken
        "Aucune spécialité dans le vihf pour cette profession"
        / "No speciality in the VIHF for this profession";
    ROLE_CODE = "VIHF-ROL-02" InvalidSecurityToken
        "Profession inconnue dans le vihf ({})"
        / "Unknown profession in the VIHF ({})";
    SPECIALITY_CODE = "VIHF-ROL-03" InvalidSecurityToken
        "Spécialité inconnue dans le vihf ({})"
        / "Unknown speciality in the VIHF ({})";
    SECTOR_CODE = "VIHF-ROL-04" InvalidSecurityToken
        "Secteur d'activité inconnu dans le vihf ({})"
        / "Unknown sector of activity in the VIHF ({})";
    RESOURCE_ID = "VIHF-INS-01" InvalidSecurityToken
        "{} n'est pas un identifiant de patient au format CX"
        / "{} is not a patient identifier in CX form";
    RESOURCE_AUTHORITY = "VIHF-INS-02" InvalidSecurityToken
        "{} : autorité d'affectation non admise dans cet environnement"
        / "{}: assigning authority not taken in this environment";
    RESOURCE_KEY = "VIHF-INS-03" InvalidSecurityToken
        "{} : INS mal formé ou clé fausse"
        / "{}: malformed INS or wrong key";
}

/// Who demands the rules of a family, which is the middle of their ids.
const SPECS: &[(&str, &str)] = &[
    ("SEC", "WSS SAML token profile 1.1: 3.3; DMP TD0.1"),
    ("STR", "SAML 2.0 core: 2.3; DMP TD0.1"),
    ("ATT", "DMP TD0.1, attributes of the VIHF"),
    ("SIG", "XML-DSig 1.0: 4; SAML 2.0 core: 5.4; DMP TD0.1, signature"),
    ("CRT", "RFC 5280: 6.1; DMP TD0.1, signature certificate"),
    ("ISS", "DMP TD0.1, Issuer"),
    ("TIM", "SAML 2.0 core: 2.5.1.2; DMP TD0.1, instants"),
    ("PMO", "DMP TD0.1, authentication of the legal person"),
    ("ROL", "DMP TD0.1, subject role and Secteur_Activite; JDV_J61, JDV_J65"),
    ("INS", "DMP TD0.1, resource-id"),
];

/// A refused assertion: what a developer at the other side needs to find the mistake.
///
/// Holds names of elements and attributes, URIs and instants; never a patient, a person or a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{rule}: {reason_en}")]
pub struct VihfError {
    /// The rule that was broken.
    pub rule: &'static str,
    /// The subcode of the fault.
    pub kind: VihfFault,
    /// Text in French.
    pub reason_fr: String,
    /// Text in English.
    pub reason_en: String,
    /// Where in the message.
    pub xpath: Option<String>,
    /// What would have been taken.
    pub expected: Option<String>,
    /// What stood there, when it is harmless.
    pub found: Option<String>,
    /// The clock of the server, when the refusal is about time.
    pub server_time: Option<String>,
}

impl VihfFault {
    /// The subcode of the fault, without its prefix.
    pub fn subcode(self) -> &'static str {
        match self {
            Self::InvalidSecurity => "InvalidSecurity",
            Self::InvalidSecurityToken => "InvalidSecurityToken",
            Self::FailedCheck => "FailedCheck",
            Self::InvalidCertificate => "DMPInvalidCertificate",
            Self::FailedAuthentication => "FailedAuthentication",
        }
    }
}

impl Rule {
    /// Who demands it.
    pub fn spec(&self) -> &'static str {
        let family = self.id.split('-').nth(1).unwrap_or_default();
        SPECS.iter().find(|(name, _)| *name == family).map_or("", |(_, spec)| spec)
    }

    /// The refusal of a rule without variable part.
    pub(in crate::security::vihf) fn broken(&self) -> Box<VihfError> {
        self.broken_by("")
    }

    /// The refusal of a rule, with the name or reason that its text has room for.
    pub(in crate::security::vihf) fn broken_by(&self, what: &str) -> Box<VihfError> {
        Box::new(VihfError {
            rule: self.id,
            kind: self.fault,
            reason_fr: self.fr.replace("{}", what),
            reason_en: self.en.replace("{}", what),
            xpath: None,
            expected: None,
            found: None,
            server_time: None,
        })
    }
}

impl VihfError {
    pub(in crate::security::vihf) fn at(mut self: Box<Self>, xpath: impl Into<String>) -> Box<Self> {
        self.xpath = Some(xpath.into());
        self
    }

    pub(in crate::security::vihf) fn expected(mut self: Box<Self>, expected: impl Into<String>) -> Box<Self> {
        self.expected = Some(expected.into());
        self
    }

    pub(in crate::security::vihf) fn found(mut self: Box<Self>, found: impl Into<String>) -> Box<Self> {
        self.found = Some(found.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::RULES;

    #[test]
    fn rules_have_distinct_identifiers_and_the_same_room_in_both_languages() {
        for (at, rule) in RULES.iter().enumerate() {
            assert!(RULES.iter().skip(at + 1).all(|other| other.id != rule.id), "{}", rule.id);
            assert_eq!(rule.fr.contains("{}"), rule.en.contains("{}"), "{}", rule.id);
            assert!(!rule.spec().is_empty(), "{}", rule.id);
        }
    }
}
