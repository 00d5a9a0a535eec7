//! The rival: what it costs to receive events over rumqttc and do nothing with them.
//!
//! Prints `{"ready":true}` when it is subscribed, and what the messages cost when all are there.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use bench::figure::print_line;
use bench::usage::cpu_seconds;
use clap::Parser;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Packet, SubscribeReasonCode};
use rumqttc::v5::{AsyncClient, Event, EventLoop, MqttOptions};
use serde_json::json;

/// Receives events at QoS 1, acknowledges each as rumqttc does by itself, and counts them.
#[derive(Debug, Parser)]
struct Arguments {
    /// Port of the broker on 127.0.0.1.
    #[arg(long)]
    mqtt_port: u16,
    /// How many messages to wait for.
    #[arg(long)]
    count: u64,
    /// What to subscribe to.
    #[arg(long, default_value = "motcua/v1/+/+/+/evt")]
    filter: String,
    /// Account at the broker; without it the client is anonymous.
    #[arg(long, requires = "password_file")]
    username: Option<String>,
    /// File with the account's password.
    #[arg(long)]
    password_file: Option<PathBuf>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let (client, mut events) = AsyncClient::new(options(&arguments)?, 1000);
    client.subscribe(&arguments.filter, QoS::AtLeastOnce).await?;
    subscribed(&mut events).await?;
    print_line(&json!({"ready": true}));
    let me = std::process::id();
    let cpu_before = cpu_seconds(me)?;
    let (mut received, mut begin) = (0, Instant::now());
    while received < arguments.count {
        if let Event::Incoming(Packet::Publish(_)) = events.poll().await? {
            if received == 0 {
                begin = Instant::now();
            }
            received += 1;
        }
    }
    let seconds = begin.elapsed().as_secs_f64();
    print_line(&json!({"messages": received, "seconds": seconds, "cpu_s": cpu_seconds(me)? - cpu_before}));
    Ok(())
}

fn options(arguments: &Arguments) -> Result<MqttOptions> {
    let mut options = MqttOptions::new("bare-subscriber", "127.0.0.1", arguments.mqtt_port);
    options.set_keep_alive(Duration::from_secs(10));
    options.set_clean_start(true);
    options.set_max_packet_size(Some(256 * 1024));
    if let (Some(name), Some(file)) = (&arguments.username, &arguments.password_file) {
        let password = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        options.set_credentials(name, password.trim_end());
    }
    Ok(options)
}

async fn subscribed(events: &mut EventLoop) -> Result<()> {
    loop {
        if let Event::Incoming(Packet::SubAck(answer)) = events.poll().await? {
            match answer.return_codes[..] {
                [SubscribeReasonCode::Success(_)] => return Ok(()),
                ref refused => bail!("the broker refused the subscription: {refused:?}"),
            }
        }
    }
}
