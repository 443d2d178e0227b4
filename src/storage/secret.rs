//! The secrets in the URL of a database: where they stand, and texts without them.

use std::ops::Range;

/// The URL with its passwords masked.
pub fn mask(url: &str) -> String {
    let mut shown = String::with_capacity(url.len());
    let mut from = 0;
    for place in places(url) {
        shown.push_str(url.get(from..place.start).unwrap_or_default());
        shown.push_str("****");
        from = place.end;
    }
    shown.push_str(url.get(from..).unwrap_or_default());
    shown
}

/// A message that may quote the URL or parts of it, without its passwords. One with an escape is in the messages of libpq in pieces
/// at most, so each piece counts.
pub(super) fn scrub(url: &str, message: &str) -> String {
    let whole: Vec<&str> = places(url).into_iter().filter_map(|place| url.get(place)).collect();
    let pieces = whole
        .iter()
        .flat_map(|secret| secret.split(['%', '@', '/', ':', '?', '&', '=']))
        .filter(|piece| piece.len() > 2);
    let secrets = whole.iter().copied().filter(|secret| !secret.is_empty()).chain(pieces);
    secrets.fold(message.to_owned(), |message, secret| message.replace(secret, "****"))
}

/// Where the passwords stand, in order: that of the user part, and those among the parameters.
fn places(url: &str) -> Vec<Range<usize>> {
    let Some((scheme, rest)) = url.split_once("://").filter(|(scheme, _)| !matches!(*scheme, "sqlite" | "file")) else {
        return Vec::new();
    };
    let start = scheme.len() + "://".len();
    let mut places = Vec::new();
    let user_end = end_of_user(rest);
    if let Some((user, end)) = user_end.and_then(|end| Some((rest.get(..end)?, end)))
        && let Some(colon) = user.find(':')
    {
        places.push(start + colon + 1..start + end);
    }
    let after_user = user_end.unwrap_or(0);
    let Some(question) = rest.get(after_user..).and_then(|rest| rest.find('?')) else { return places };
    let mut at = start + after_user + question + 1;
    for parameter in url.get(at..).unwrap_or_default().split('&') {
        let end = at + parameter.len();
        if let Some((name, value)) = parameter.split_once('=')
            && is_secret(name)
        {
            places.push(end - value.len()..end);
        }
        at = end + 1;
    }
    places
}

/// Where the user part ends. A password may hold any sign that its author forgot to escape, so the last `@` counts; one
/// among the parameters does only when what stands before them is no list of hosts.
fn end_of_user(rest: &str) -> Option<usize> {
    let place = rest.split_once('?').map_or(rest, |(place, _)| place);
    place.rfind('@').or_else(|| if are_hosts(place) { None } else { rest.rfind('@') })
}

fn are_hosts(place: &str) -> bool {
    let hosts = place.split_once('/').map_or(place, |(hosts, _)| hosts);
    hosts.split(',').all(|host| {
        let port = host.rsplit_once(':').map_or("", |(_, port)| port);
        host.ends_with(']') || port.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Whether a parameter of libpq is a secret: `password`, `sslpassword`, `oauth_client_secret`, the keys of SCRAM. A name with an
/// escape may be one of them.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["password", "secret", "scram_", "%"].iter().any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use crate::storage::secret::{mask, scrub};

    #[test]
    fn a_password_in_a_url_is_never_shown() {
        for (url, shown) in [
            ("sqlite:///var/registry.db", "sqlite:///var/registry.db"),
            ("sqlite:///var/a:b@c.db", "sqlite:///var/a:b@c.db"),
            ("postgres://dmp@db/registry", "postgres://dmp@db/registry"),
            ("postgres://dmp:s3cret@db:5432/registry", "postgres://dmp:****@db:5432/registry"),
            ("postgres://dmp:p@ss@db/registry", "postgres://dmp:****@db/registry"),
            ("postgres://dmp:p/ss@db/registry", "postgres://dmp:****@db/registry"),
            ("postgres://dmp:p?ss@db/registry?sslmode=require", "postgres://dmp:****@db/registry?sslmode=require"),
            ("postgres://dmp:12?password=3@db/registry", "postgres://dmp:12?password=****"),
            ("postgres://db/registry?user=dmp&password=s3cret", "postgres://db/registry?user=dmp&password=****"),
            ("postgres://db/registry?sslpassword=s3cret&user=dmp", "postgres://db/registry?sslpassword=****&user=dmp"),
            ("postgres://db/registry?p%61ssword=s3cret", "postgres://db/registry?p%61ssword=****"),
            ("postgres://db:5432,[::1]/registry?user=a@b", "postgres://db:5432,[::1]/registry?user=a@b"),
        ] {
            assert_eq!(mask(url), shown);
        }
    }

    #[test]
    fn a_message_never_shows_a_password() {
        let url = "postgres://dmp:s3cret%ZZword@db/registry?sslpassword=k3y&sslmode=require";
        let said = scrub(url, &format!("invalid token: \"s3cret%ZZword\", \"word\", \"k3y\" in {url}"));
        assert!(!said.contains("s3cret") && !said.contains("word@") && !said.contains("k3y"), "{said}");
        assert!(said.contains("sslmode=require"), "{said}");
        assert!(!scrub("postgres://dmp:p?s3cret@db/registry", "password \"p?s3cret\"").contains("s3cret"));
    }
}
