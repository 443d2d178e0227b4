//! What must not be seen when a configuration is shown or a message names a location.

/// The URL with the password of its user part masked, if it has one.
pub fn mask(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    // The last `@` ends the user part: a password may hold one that was not escaped.
    let shown = match authority.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((name, _)) => format!("{name}:****@{host}"),
            None => authority.to_owned(),
        },
        None => authority.to_owned(),
    };
    format!("{scheme}://{shown}{}", mask_parameters(path))
}

/// `password=` may also stand among the parameters of a `postgres` URL.
fn mask_parameters(path: &str) -> String {
    let Some((path, parameters)) = path.split_once('?') else { return path.to_owned() };
    let shown: Vec<String> = parameters
        .split('&')
        .map(|parameter| match parameter.split_once('=') {
            Some((name, _)) if name.to_ascii_lowercase().contains("password") => format!("{name}=****"),
            _ => parameter.to_owned(),
        })
        .collect();
    format!("{path}?{}", shown.join("&"))
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn a_password_in_a_url_is_never_shown() {
        for (url, shown) in [
            ("sqlite:///var/registry.db", "sqlite:///var/registry.db"),
            ("postgres://dmp@db/registry", "postgres://dmp@db/registry"),
            ("postgres://dmp:s3cret@db:5432/registry", "postgres://dmp:****@db:5432/registry"),
            ("postgres://dmp:p@ss@db/registry", "postgres://dmp:****@db/registry"),
            ("postgres://db/registry?user=dmp&password=s3cret", "postgres://db/registry?user=dmp&password=****"),
            ("postgres://db/registry?sslpassword=s3cret", "postgres://db/registry?sslpassword=****"),
        ] {
            assert_eq!(mask(url), shown);
        }
    }
}
