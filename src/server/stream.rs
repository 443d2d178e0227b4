//! The socket under TLS: what OpenSSL writes record by record leaves in few system calls.
//!
//! OpenSSL hands each record of 16 KB to the socket by itself, and each of those writes wakes the reader at the other
//! end. Here records are held until the HTTP library flushes or enough have come together. An idle connection holds
//! no buffer.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::rt::net::{ActixStream, Ready, TcpStream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes that are held, at most, before they are sent; one record more may be added to them.
pub(super) const HELD: usize = 128 * 1024;

/// The largest record of TLS with its header and tag.
const RECORD: usize = 17 * 1024;

/// A socket that sends what was written to it when it is flushed, or when [`HELD`] bytes wait.
pub(super) struct Gathering {
    socket: TcpStream,
    held: Vec<u8>,
    sent: usize,
}

impl Gathering {
    pub(super) fn new(socket: TcpStream) -> Self {
        Self { socket, held: Vec::new(), sent: 0 }
    }

    /// The socket itself.
    pub(super) fn socket(&self) -> &TcpStream {
        &self.socket
    }

    /// Sends all that is held.
    fn poll_send(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(rest) = self.held.get(self.sent..).filter(|rest| !rest.is_empty()) {
            match ready!(Pin::new(&mut self.socket).poll_write(context, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => self.sent += written,
            }
        }
        self.held = Vec::new();
        self.sent = 0;
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Gathering {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(context, into)
    }
}

impl AsyncWrite for Gathering {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.held.len() >= HELD {
            ready!(self.poll_send(context))?;
        }
        if self.held.capacity() == 0 {
            self.held.reserve_exact(if bytes.len() < 4096 { bytes.len() } else { HELD + RECORD });
        }
        self.held.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(context))?;
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(context))?;
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}

impl ActixStream for Gathering {
    fn poll_read_ready(&self, context: &mut Context<'_>) -> Poll<io::Result<Ready>> {
        ActixStream::poll_read_ready(&self.socket, context)
    }

    fn poll_write_ready(&self, context: &mut Context<'_>) -> Poll<io::Result<Ready>> {
        ActixStream::poll_write_ready(&self.socket, context)
    }
}
