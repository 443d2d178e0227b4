//! Somebody else's client, generated from our WSDL by zeep, deposits, finds and fetches over mutual TLS, and feeds identities.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::support::gateway::{DMP, Gateway, IHE, Setup};
use crate::support::message::PATIENT;

/// A Python with zeep, made once and kept with the build; or why there is none.
fn python() -> &'static Result<PathBuf, String> {
    static PYTHON: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    PYTHON.get_or_init(made)
}

fn made() -> Result<PathBuf, String> {
    let requirements = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance/wsdl/requirements.txt");
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("zeep");
    let python = place.join("bin/python");
    let has_zeep = || Command::new(&python).args(["-c", "import zeep"]).output().is_ok_and(|out| out.status.success());
    if has_zeep() {
        return Ok(python);
    }
    let run = |command: &mut Command| match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default().to_owned()),
        Err(cause) => Err(cause.to_string()),
    };
    run(Command::new("python3").args(["-m", "venv"]).arg(&place))?;
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "-r"]).arg(requirements))?;
    Ok(python)
}

/// A gateway whose WSDL names the port that it has: the generated client posts where it says.
fn gateway(scheme: &str, toml: &str) -> (Gateway, String) {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("{scheme}://localhost:{free}");
    let setup = Setup::toml(&format!("[server]\npublic_url = \"{url}\"\n{toml}"));
    let gateway = setup.settings(move |settings| settings.listen.set_port(free)).serve();
    (gateway, format!("{url}/si-dmp-server/v2/services"))
}

/// Runs the generated client against the services at an address, where there is a Python with zeep.
#[track_caller]
fn run(base: &str, arguments: impl FnOnce(&mut Command)) {
    let python = match python() {
        Ok(python) => python,
        Err(cause) => {
            eprintln!("no Python with zeep ({cause}): the generated client is not run");
            return;
        }
    };
    let mut command = Command::new(python);
    // A trust store or a proxy of the environment would win over what is asked for here.
    command.env_clear();
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance/wsdl/zeep_client.py"));
    command.args(["--base", base, "--patient", PATIENT]);
    arguments(&mut command);
    let output = command.output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(out.trim_end().ends_with("zeep: ok"), "{out}\n{err}");
}

#[test]
fn a_client_generated_from_the_wsdl_deposits_finds_and_fetches() {
    let (gateway, base) = gateway("https", DMP);
    let doctor = gateway.treating_doctor(PATIENT);
    let security = gateway.directory().join("security.xml");
    let namespace = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
    let assertion = doctor.assertion().unwrap();
    std::fs::write(&security, format!("<w:Security xmlns:w=\"{namespace}\">{assertion}</w:Security>")).unwrap();
    let card = gateway.pki().join("cards/medecin");
    run(&base, |command| {
        command.arg("--cert").arg(card.join("auth.pem")).arg("--key").arg(card.join("auth.key"));
        command.arg("--ca").arg(gateway.pki().join("trust.pem")).arg("--wss").arg(security);
    });
}

#[test]
fn a_client_generated_from_the_wsdl_feeds_identities() {
    let (_gateway, base) = gateway("http", IHE);
    run(&base, |command| {
        command.arg("--identities");
    });
}
