//! The endpoints of the channels.

mod callbacks;
mod connect;
mod wecom;

use std::sync::Arc;

use xinlu_http::Endpoint;

use crate::Channels;

/// All endpoints of this part.
pub fn endpoints(channels: &Arc<Channels>) -> Vec<Endpoint> {
    let mut endpoints = wecom::endpoints(channels);
    endpoints.extend(connect::endpoints(channels));
    endpoints.extend(callbacks::endpoints(channels));
    endpoints
}

#[cfg(test)]
mod tests;
