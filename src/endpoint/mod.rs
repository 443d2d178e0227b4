//! The SOAP face of the gateway: it opens messages, finds the transaction, and packs answers. It decides nothing.
//!
//! One handler serves every service and every transaction; what differs between them stands in the catalogue.

mod answer;
mod asynchronous;
pub mod destination;
mod document;
mod exchange;
mod fault;
mod identity;
mod message;
mod opening;
pub mod outbox;
mod query;
mod receive;
mod removal;
mod wsdl;

use std::sync::Arc;

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::endpoint::exchange::Exchange;
use crate::endpoint::outbox::Outbox;
use crate::security::vihf::verify::Verifier;
use crate::soap::mtom::package;
use crate::telemetry::correlation::Correlation;
use crate::transaction::Gateway;
use crate::transaction::catalogue::{ActionRequired, Row, Service, TOOLKIT_ON_DEMAND_ANSWER, Transaction};
use crate::xds::error::Profile;
use crate::xml::limits::Limits;

/// The face and what stands behind it. Shared by all workers.
pub struct Endpoint {
    gateway: Arc<Gateway>,
    verifier: Option<Arc<Verifier>>,
    outbox: Option<Outbox>,
    settings: Settings,
    clock: fn() -> DateTime<Utc>,
    draw: fn() -> Uuid,
}

/// What a deployment decides about messages.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whose rules apply.
    pub profile: Profile,
    /// The path before the name of a service, such as `/si-dmp-server/v2/services`.
    pub base_path: String,
    /// The address that callers know, without path; it stands in the WSDL.
    pub public_url: String,
    /// Which HTTP status a fault has.
    pub fault_status: FaultStatus,
    /// Which action the answer of ITI-61 has.
    pub on_demand_answer: OnDemandAnswer,
    /// How much a package may hold.
    pub package: package::Limits,
    /// How much XML a root part may hold.
    pub xml: Limits,
}

/// Which HTTP status a fault has. Clients of the national service look for 500; SOAP 1.2 has 400 for the sender's faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultStatus {
    /// 500 for all.
    Always500,
    /// 400 for the sender's, 500 for ours.
    ByCode,
}

/// Which action the answer of ITI-61 has: the framework and the toolkit of the connectathons do not agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDemandAnswer {
    /// The action of the request and `Response`.
    Framework,
    /// The one that the NIST toolkit looks for.
    Toolkit,
}

impl Settings {
    /// `wsa:Action` of the answer of a transaction.
    fn answer_action(&self, row: &Row) -> &'static str {
        if row.transaction == Transaction::Iti61 && self.on_demand_answer == OnDemandAnswer::Toolkit {
            return TOOLKIT_ON_DEMAND_ANSWER;
        }
        row.answer_action(self.profile)
    }
}

impl Endpoint {
    /// A face. Without `verifier` no assertion is looked at: profile `ihe` with `vihf.required = false`.
    ///
    /// `clock` and `draw` are where time and new identifiers come from; tests give fixed ones.
    pub fn new(
        gateway: Arc<Gateway>,
        verifier: Option<Arc<Verifier>>,
        settings: Settings,
        clock: fn() -> DateTime<Utc>,
        draw: fn() -> Uuid,
    ) -> Self {
        Self { gateway, verifier, outbox: None, settings, clock, draw }
    }

    /// Lets answers go to other addresses; without an outbox all stay on the connection of their request.
    #[must_use]
    pub fn with_outbox(self, outbox: Outbox) -> Self {
        Self { outbox: Some(outbox), ..self }
    }

    /// Registers the services and the WSDL.
    pub fn configure(self: &Arc<Self>, config: &mut ServiceConfig) {
        config.app_data(Data::from(Arc::clone(self)));
        for service in Service::ALL.into_iter().filter(|service| service.is_served(self.settings.profile)) {
            let path = format!("{}/{}", self.settings.base_path, service.path());
            config.service(
                web::resource(path)
                    .route(
                        web::post().to(move |endpoint, request, payload| handle(service, endpoint, request, payload)),
                    )
                    .route(web::get().to(move |endpoint, request| wsdl::serve(service, endpoint, request))),
            );
        }
        config.route("/wsdl.zip", web::get().to(wsdl::archive));
    }

    /// Whether `wsa:Action` has to be the one of the catalogue.
    fn action_required(&self) -> ActionRequired {
        match self.settings.profile {
            Profile::Ihe => ActionRequired::Exact,
            Profile::Dmp => ActionRequired::Tolerant,
        }
    }
}

async fn handle(
    service: Service,
    endpoint: Data<Endpoint>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let correlation = request.extensions().get::<Correlation>().cloned();
    let correlation = correlation.unwrap_or_else(|| Correlation::new(None, (endpoint.draw)()));
    let mut exchange = Exchange::begin(service, correlation, (endpoint.clock)());
    let response = receive::answer(&endpoint, &request, payload, &mut exchange).await;
    exchange.end(response.status().as_u16());
    response
}
