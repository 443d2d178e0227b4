//! What can stop the harness itself; a wrong answer of the server is a finding, not a failure.

/// Why the harness could not go on.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// An argument, a plan or a sample that cannot be used.
    #[error("{0}")]
    Usage(String),
    /// A file, a process or a socket.
    #[error("{what}: {source}")]
    Io {
        /// What was being done.
        what: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A key, a certificate or a computation of openssl.
    #[error("openssl: {0}")]
    Crypto(#[from] openssl::error::ErrorStack),
    /// The other side closed or refused the connection.
    #[error("refused: {0}")]
    Refused(String),
    /// An answer that cannot be read at all.
    #[error("unreadable answer: {0}")]
    Unreadable(String),
}

impl Failure {
    /// An I/O failure with what was being done.
    pub fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }

    /// The exit code of the command line: 2 wrong use, 3 input or output, 4 refused by the other side.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Io { .. } | Self::Crypto(_) => 3,
            Self::Refused(_) | Self::Unreadable(_) => 4,
        }
    }
}
