//! `serve`: run the gateway.

use std::sync::Arc;

use clap::Args;
use uuid::Uuid;

use crate::cli::console::{ConfigFile, Console, Failure, now};
use crate::config::Config;
use crate::config::codes::in_one_line;
use crate::endpoint::Endpoint;
use crate::mllp::Feed;
use crate::security::vihf::verify::Verifier;
use crate::server::health::{self, Check, Outcome};
use crate::server::{self, Server, ServerError, listener, log};
use crate::storage::{StorageError, Store};
use crate::transaction::{self, Gateway};
use crate::xds::validation::code::CodesInForce;

#[derive(Args)]
#[command(after_help = "\
Example:
  dmp-gateway serve --config gateway.toml

Prints `listening on https://ADDRESS` on standard error when it answers. SIGTERM ends it after the running
requests; SIGHUP makes it read certificates, authorities, revocation lists and the code table again.")]
pub(super) struct Arguments {
    #[command(flatten)]
    file: ConfigFile,
}

pub(super) fn run(arguments: &Arguments, _: &mut Console) -> Result<(), Failure> {
    let config = arguments.file.load()?;
    log::start(&config.log()).map_err(|cause| Failure::wrong_use(cause.to_string()))?;
    let mut settings = config.transaction();
    settings.judging = config.judging().map_err(|faults| Failure::wrong_use(in_one_line(&faults)))?;
    read_codes(&config, &settings.register.codes).map_err(Failure::wrong_use)?;
    let store = open(&config).map_err(|cause| Failure::input_output(cause.to_string()))?;
    serve(&config, settings, &store).map_err(|cause| Failure::input_output(cause.to_string()))
}

/// The store, swept of what no registration names.
fn open(config: &Config) -> Result<Store, StorageError> {
    let store = Store::open(&config.storage())?;
    let swept = store.sweep(now())?;
    tracing::info!(?swept, "store opened");
    Ok(store)
}

fn serve(config: &Config, mut settings: transaction::Settings, store: &Store) -> Result<(), ServerError> {
    let asked = store.clone();
    let check = Check::new("store", move || match asked.check() {
        Ok(()) => Outcome::Pass,
        Err(cause) => Outcome::Fail(cause.to_string()),
    });
    let mut server = Server::bind(config.server())?
        .heeding_signals()
        .with_check(check)
        .with_check(health::disk(config.data_directories()));
    let verifier = if config.file().vihf.required {
        let authorities = config.vihf_authorities();
        let trust = Arc::new(listener::read_trust(&authorities)?);
        let verifier = Arc::new(Verifier::new(config.vihf(), Arc::clone(&trust)));
        settings.signing = config.signing(trust);
        let running = (Arc::clone(&verifier), settings.signing.clone());
        server = server.on_reload(move || {
            let trust = Arc::new(listener::read_trust(&authorities).map_err(|cause| cause.to_string())?);
            let (assertions, signatures) = &running;
            assertions.replace_trust(Arc::clone(&trust));
            if let Some(signing) = signatures {
                signing.verifier.replace_trust(trust);
            }
            Ok(())
        });
        Some(verifier)
    } else {
        None
    };
    let (codes, again) = (settings.register.codes.clone(), config.clone());
    server = server.on_reload(move || read_codes(&again, &codes));
    let gateway = Arc::new(Gateway::new(store.clone(), settings, Uuid::new_v4));
    if let Some((settings, limits)) = config.feed() {
        server = server.with_feed(settings, Arc::new(Feed::new(Arc::clone(&gateway), limits, now, Uuid::new_v4)))?;
    }
    let endpoint = Endpoint::new(gateway, verifier, config.endpoint(), now, Uuid::new_v4);
    let endpoint = Arc::new(endpoint.with_outbox(server.outbox()));
    let (url, feed) = (server.url(), server.feed_address());
    server.run(move |services| endpoint.configure(services), || server::announce(&url, feed))
}

/// Puts the code table in force, or leaves the one that is.
fn read_codes(config: &Config, codes: &CodesInForce) -> Result<(), String> {
    let (rules, warnings) = config.codes().map_err(|faults| in_one_line(&faults))?;
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    codes.replace(rules);
    Ok(())
}
