//! Where answers may go when a caller does not wait for them on his connection. Spec: ITI TF-2: V.3.2.2;
//! WS-Addressing 1.0 SOAP binding: 5.
//!
//! Only to scheme, host and port that the configuration names, compared exactly: a caller must not make the gateway
//! talk to machines that he cannot reach himself.

use actix_web::http::Uri;

use crate::soap::addressing::Addressing;
use crate::soap::fault::Fault;
use crate::transaction::catalogue::Row;

/// Scheme, host and port of an address that answers may go to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target {
    secure: bool,
    host: String,
    port: u16,
}

/// A text that is no target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected scheme, host and port such as https://consumer.example:9443, without a path")]
pub struct NoTarget;

/// One address among those that answers may go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// What the configuration names.
    pub target: Target,
    /// The whole address, as the caller wrote it.
    pub address: String,
}

/// Where the answer of one request goes; on the same connection where there is no destination.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Reply {
    /// An answer that is no fault.
    pub(super) answer: Option<Destination>,
    /// A fault.
    pub(super) fault: Option<Destination>,
}

impl Target {
    /// Reads what an operator wrote.
    ///
    /// # Errors
    /// [`NoTarget`].
    pub fn parse(text: &str) -> Result<Self, NoTarget> {
        let uri: Uri = text.parse().map_err(|_| NoTarget)?;
        let bare = uri.path_and_query().is_none_or(|rest| rest.as_str() == "/") && !text.ends_with('/');
        Self::of(&uri).filter(|_| bare).ok_or(NoTarget)
    }

    fn of(uri: &Uri) -> Option<Self> {
        let secure = match uri.scheme_str()? {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        // `https://allowed.example@elsewhere.example` is an address at the second.
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@'))?;
        let host = authority.host().to_ascii_lowercase();
        let port = authority.port_u16().unwrap_or(if secure { 443 } else { 80 });
        // A port that is written and cannot be read is no default.
        let written = authority.as_str().rsplit_once(']').map_or(authority.as_str(), |(_, after)| after);
        if host.is_empty() || (written.contains(':') && authority.port_u16().is_none()) {
            return None;
        }
        Some(Self { secure, host, port })
    }

    /// Whether it is reached by TLS.
    pub fn is_secure(&self) -> bool {
        self.secure
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}:{}", if self.secure { "https" } else { "http" }, self.host, self.port)
    }
}

impl Reply {
    /// Where the answer of a request goes.
    ///
    /// # Errors
    /// The fault that says which setting would have to name the address. A `FaultTo` beside an answer on the same
    /// connection is not refused where nothing is sent elsewhere: clients in use send one and do not listen there.
    pub(super) fn of(addressing: &Addressing, row: &Row, allowed: &[Target]) -> Result<Self, Box<Fault>> {
        let answer = match addressing.reply_to.as_deref() {
            None => None,
            Some(_) if !row.transaction.may_answer_elsewhere() => {
                return Err(Box::new(Fault::only_anonymous("ReplyTo", &format!("{} is always so", row.number))));
            }
            Some(address) => Some(permitted("ReplyTo", address, allowed)?),
        };
        let fault = match addressing.fault_to.as_deref() {
            None => answer.clone(),
            Some(_) if answer.is_none() => None,
            Some(address) => Some(permitted("FaultTo", address, allowed)?),
        };
        Ok(Self { answer, fault })
    }
}

fn permitted(header: &'static str, address: &str, allowed: &[Target]) -> Result<Destination, Box<Fault>> {
    let refused = |why: &str| Err(Box::new(Fault::only_anonymous(header, why)));
    if allowed.is_empty() {
        return refused("asynchronous.reply_to names no address");
    }
    let Some(target) = address.parse::<Uri>().ok().and_then(|uri| Target::of(&uri)) else {
        return refused("it is no http or https address with a host");
    };
    if allowed.contains(&target) {
        return Ok(Destination { target, address: address.to_owned() });
    }
    refused(&format!("asynchronous.reply_to does not name {target}"))
}

#[cfg(test)]
mod tests {
    use super::{Target, permitted};

    #[test]
    fn a_target_is_scheme_host_and_port_and_nothing_more() {
        assert_eq!(Target::parse("https://Consumer.example").unwrap().to_string(), "https://consumer.example:443");
        assert_eq!(Target::parse("http://[::1]:8080").unwrap().to_string(), "http://[::1]:8080");
        for bad in
            ["", "consumer.example", "ftp://a", "https://a/path", "https://a/", "https://u@a", "https://a:x", "*"]
        {
            assert!(Target::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_address_must_be_named_exactly() {
        let allowed = [Target::parse("https://consumer.example:9443").unwrap()];
        for good in ["https://consumer.example:9443/a?b", "https://CONSUMER.example:9443"] {
            assert_eq!(permitted("ReplyTo", good, &allowed).unwrap().address, good);
        }
        for bad in [
            "http://consumer.example:9443/",
            "https://consumer.example/",
            "https://consumer.example:94430/",
            "https://consumer.example.evil.example:9443/",
            "https://consumer.example:9443@evil.example/",
            "https://evil.example/https://consumer.example:9443",
            "https://evil.example#@consumer.example:9443",
            "https://consumer.example:9443\\@evil.example/",
            "file:///etc/passwd",
            "https://",
        ] {
            assert!(permitted("ReplyTo", bad, &allowed).is_err(), "{bad}");
        }
    }
}
