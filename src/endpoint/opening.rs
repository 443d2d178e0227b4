//! From the bytes of a root part to an admitted request: guard, envelope, transaction, caller, body, in this order.
//!
//! One tree is made of the root part; envelope, assertion and body are nodes of it. Nothing of it outlives this function.

use crate::dmp::admission::admit;
use crate::dmp::caller::Caller;
use crate::endpoint::Endpoint;
use crate::endpoint::destination::Reply;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::fault::Refusal;
use crate::endpoint::message::{self, Message};
use crate::endpoint::outbox::Outbox;
use crate::security::tls::PeerIdentity;
use crate::soap::envelope::{self, Envelope, Soap11};
use crate::soap::security_header::SecurityHeader;
use crate::transaction::Context;
use crate::transaction::catalogue::{CATALOGUE, row_for};
use crate::xds::error::Profile;
use crate::xml::document::{Document, text_of_bytes};

/// A request whose caller may be heard.
pub(super) struct Opened {
    pub(super) context: Context,
    pub(super) message: Message,
    /// The root part, from which the findings of a refusal get their places.
    pub(super) root: Vec<u8>,
}

/// Opens a root part.
///
/// # Errors
/// The first thing that keeps it from being a request of a known caller. What is wrong with the request itself is in
/// the message, as findings.
pub(super) fn open(
    endpoint: &Endpoint,
    exchange: &mut Exchange,
    root: Vec<u8>,
    peer: Option<&PeerIdentity>,
) -> Result<Opened, Refusal> {
    let text = text_of_bytes(&root).map_err(|refused| Refusal::xml(&refused, ""))?;
    let document = Document::parse(text, &endpoint.settings.xml).map_err(|refused| Refusal::xml(&refused, text))?;
    exchange.message_id = envelope::message_id_of(&document);
    let envelope = Envelope::read(&document, soap11(exchange))?;
    exchange.tolerate(envelope.tolerated.iter().copied());
    let (body, action) = (envelope.body, envelope.addressing.action.as_deref());
    let name = body.tag_name();
    let (root_name, profile) = ((name.namespace().unwrap_or(""), name.name()), endpoint.settings.profile);
    let row = row_for(exchange.service, root_name, action, endpoint.action_required(), profile)
        .map_err(|unserved| Refusal::unserved(&unserved, exchange.service, profile, action, body))?;
    exchange.row = Some(row);
    let allowed = endpoint.outbox.as_ref().map_or(&[][..], Outbox::allowed);
    let reply = Reply::of(&envelope.addressing, row, allowed)?;
    let caller = caller(endpoint, exchange, envelope.security, peer)?;
    let context = Context { correlation: exchange.correlation.clone(), now: exchange.now, caller };
    let message = message::decode(row, body, &context, &endpoint.gateway.settings().register);
    // Not before: a caller who is not known gets his fault where he stands.
    exchange.reply = reply;
    Ok(Opened { context, message, root })
}

/// SOAP 1.1 is taken only inside packages, and only where a transaction of the service allows it.
fn soap11(exchange: &Exchange) -> Soap11 {
    let allowed = CATALOGUE.iter().any(|row| row.service == exchange.service && row.soap11_root_part);
    if exchange.packaged && allowed { Soap11::Taken } else { Soap11::Refused }
}

fn caller(
    endpoint: &Endpoint,
    exchange: &mut Exchange,
    security: SecurityHeader<'_, '_>,
    peer: Option<&PeerIdentity>,
) -> Result<Option<Caller>, Refusal> {
    let Some(verifier) = &endpoint.verifier else { return Ok(None) };
    let SecurityHeader::One(header) = security else { return Err(Refusal::no_assertion()) };
    let vihf = verifier.verify(header, peer, exchange.now)?;
    exchange.structure = Some(vihf.structure_id().to_owned());
    exchange.software = Some(format!("{} {}", vihf.software().name, vihf.software().version));
    match endpoint.settings.profile {
        Profile::Dmp => Ok(Some(admit(vihf)?)),
        Profile::Ihe => Ok(None),
    }
}
