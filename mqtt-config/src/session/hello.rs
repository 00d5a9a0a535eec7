//! The two packets that open every connection.

use bytes::{Bytes, BytesMut};
use rumqttc::v5::mqttbytes::{QoS, v5};

use super::options::{Qos, SessionOptions, Subscription, Will};
use super::outbound::SUBSCRIBE_PACKET_ID;

/// Writes CONNECT. A topic alias maximum is never announced: no alias, no message without a topic.
pub(super) fn write_connect(options: &SessionOptions, out: &mut BytesMut) {
    let connect = v5::Connect {
        keep_alive: options.keep_alive_s,
        client_id: options.client_id.clone(),
        clean_start: options.clean_start,
        properties: Some(v5::ConnectProperties {
            session_expiry_interval: Some(options.session_expiry_s),
            // 0 would be a protocol error.
            receive_maximum: Some(options.receive_maximum.max(1)),
            max_packet_size: Some(options.max_packet_size.max(1)),
            ..v5::ConnectProperties::new()
        }),
    };
    let login = options.login.as_ref().map(|login| v5::Login::new(login.username.as_str(), login.password.expose()));
    connect.write(&options.will.as_ref().map(last_will), &login, out).expect("a CONNECT is far below 256 MiB");
}

fn last_will(will: &Will) -> v5::LastWill {
    v5::LastWill {
        topic: Bytes::copy_from_slice(will.topic.as_bytes()),
        message: will.payload.clone(),
        qos: wire(will.qos),
        retain: will.retain,
        properties: Some(v5::LastWillProperties {
            delay_interval: Some(will.delay_s),
            payload_format_indicator: None,
            message_expiry_interval: None,
            content_type: None,
            response_topic: None,
            correlation_data: None,
            user_properties: Vec::new(),
        }),
    }
}

/// Writes one SUBSCRIBE with all filters.
pub(super) fn write_subscribe(subscriptions: &[Subscription], out: &mut BytesMut) {
    let filters = subscriptions.iter().map(|subscription| v5::Filter {
        preserve_retain: subscription.retain_as_published,
        ..v5::Filter::new(subscription.filter.as_str(), wire(subscription.qos))
    });
    let mut subscribe = v5::Subscribe::new_many(filters, None);
    subscribe.pkid = SUBSCRIBE_PACKET_ID;
    subscribe.write(out).expect("a SUBSCRIBE is far below 256 MiB");
}

fn wire(qos: Qos) -> QoS {
    match qos {
        Qos::AtMostOnce => QoS::AtMostOnce,
        Qos::AtLeastOnce => QoS::AtLeastOnce,
    }
}
