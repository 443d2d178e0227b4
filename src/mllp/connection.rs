//! One connection: frames in, acknowledgements out, one after the other, each within its time.
//!
//! A sender that is slow, silent or does not read its acknowledgements loses its connection and harms nobody else.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

use crate::mllp::Feed;
use crate::mllp::framing::{Broken, Frames, framed};

/// What a connection asks of whoever holds it.
pub trait Holder {
    /// Whether the peer may still speak; asked before each message is carried out.
    ///
    /// # Errors
    /// Why not, for the log.
    fn admit(&self) -> Result<(), String>;

    /// The connection is between two messages from now on, or no longer.
    fn idle(&self, idle: bool);

    /// Ends when a connection that is idle has to close.
    fn close(&self) -> impl Future<Output = ()>;
}

/// Why a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The sender closed it between two messages.
    Closed,
    /// It was idle, and had to make room or had been so for too long.
    Idle,
    /// The sender closed it, or it broke, in a message.
    Broken,
    /// A message, or the reading of its acknowledgement, took too long.
    Slow,
    /// A message beyond the limit.
    TooLong,
    /// It was not MLLP.
    NotMllp,
    /// The peer may not speak any more.
    NotAdmitted,
}

impl End {
    /// The label of the metric of connections that were cut; none when nobody cut it.
    pub fn cut(self) -> Option<&'static str> {
        match self {
            Self::Closed | Self::Idle | Self::Broken => None,
            Self::Slow => Some("slow feed"),
            Self::TooLong => Some("long feed message"),
            Self::NotMllp => Some("not MLLP"),
            Self::NotAdmitted => Some("certificate"),
        }
    }
}

/// Bytes read at one time.
const PIECE: usize = 16 << 10;

/// Answers the messages of a connection until it ends.
pub async fn converse<S: AsyncRead + AsyncWrite + Unpin>(feed: &Arc<Feed>, mut stream: S, holder: &impl Holder) -> End {
    let limits = feed.limits;
    let mut frames = Frames::new(limits.message_bytes);
    let mut buffer = vec![0; PIECE];
    let mut deadline = Instant::now() + limits.idle;
    loop {
        let read = if frames.in_message() {
            read(&mut stream, &mut buffer, deadline).await
        } else {
            deadline = Instant::now() + limits.idle;
            holder.idle(true);
            let read = tokio::select! {
                read = read(&mut stream, &mut buffer, deadline) => read,
                () = holder.close() => return End::Idle,
            };
            holder.idle(false);
            deadline = Instant::now() + limits.message;
            read
        };
        let mut bytes = match read {
            Read::Some(length) => buffer.get(..length).unwrap_or_default(),
            Read::End if frames.in_message() => return End::Broken,
            Read::End => return End::Closed,
            Read::Late if frames.in_message() => return End::Slow,
            Read::Late => return End::Idle,
        };
        loop {
            let answer = match frames.next(&mut bytes) {
                Ok(None) => break,
                Ok(Some(message)) => {
                    if let Err(cause) = holder.admit() {
                        tracing::info!(cause, "a feed's certificate is no longer taken");
                        return End::NotAdmitted;
                    }
                    carry_out(feed, move |feed| feed.answer(&message)).await
                }
                Err(Broken::NotMllp) => return End::NotMllp,
                Err(Broken::TooLong(beginning)) => {
                    if let Some(answer) = carry_out(feed, move |feed| feed.refuse_length(&beginning)).await {
                        let _ = write(&mut stream, &answer, limits.message).await;
                    }
                    return End::TooLong;
                }
            };
            let Some(answer) = answer else { return End::Broken };
            if write(&mut stream, &answer, limits.message).await.is_err() {
                return End::Slow;
            }
            deadline = Instant::now() + limits.message;
        }
    }
}

enum Read {
    Some(usize),
    End,
    Late,
}

async fn read(stream: &mut (impl AsyncRead + Unpin), buffer: &mut [u8], deadline: Instant) -> Read {
    match timeout_at(deadline, stream.read(buffer)).await {
        Ok(Ok(0) | Err(_)) => Read::End,
        Ok(Ok(length)) => Read::Some(length),
        Err(_) => Read::Late,
    }
}

async fn write(stream: &mut (impl AsyncWrite + Unpin), answer: &[u8], within: Duration) -> io::Result<()> {
    let sending = async {
        stream.write_all(&framed(answer)).await?;
        stream.flush().await
    };
    timeout_at(Instant::now() + within, sending).await.unwrap_or_else(|late| Err(late.into()))
}

/// Storage blocks: it has threads of its own. `None` when the work did not end; the log of that thread says why.
async fn carry_out(feed: &Arc<Feed>, work: impl FnOnce(&Feed) -> Vec<u8> + Send + 'static) -> Option<Vec<u8>> {
    let feed = Arc::clone(feed);
    match tokio::task::spawn_blocking(move || work(&feed)).await {
        Ok(answer) => Some(answer),
        Err(cause) => {
            tracing::error!(%cause, "a message of the feed was not carried out");
            None
        }
    }
}
