//! The cheapest mix of 50 channels that reaches a goal, beside SLSQP (`SciPy`) on the exact probability.

use backcast_benches::Result;
use backcast_benches::clock::{Found, Table};
use backcast_benches::question::Question;
use serde_json::{Value, json};

/// A mix is as cheap as a peer's if it is dearer by at most this share.
const DEARER: f64 = 1e-3;

pub(crate) fn tables() -> Result<()> {
    let mut table = Table::new("the cheapest mix of 50 channels for 200 customers at 80 %: what it costs");
    let asked = Question::ask("mix", request("0"))?;
    let cost = |asked: &Question| {
        Ok::<_, backcast_benches::Error>(Found { value: asked.number("/channels/cheapest/cost")?, error: 0.0 })
    };
    let found = cost(&asked)?;
    let said = asked.peers("mix.py", "mix")?;
    let whole = "backcast, the whole answer, with the cheapest mixes for six confidences";
    table.row(whole, asked.seconds(), Some(found));
    let shared = Question::ask("mix-shared", request("0.5"))?;
    table.row(
        "backcast, half of the rates' variance common to all channels: the same",
        shared.seconds(),
        Some(cost(&shared)?),
    );
    for peer in said {
        if peer.found.is_some_and(|peer| found.value > (1.0 + DEARER) * peer.value) {
            return Err(format!("we pay {}, {} {:?}", found.value, peer.name, peer.found).into());
        }
        table.row(&peer.name, peer.seconds, peer.found);
    }
    table.print();
    Ok(())
}

/// One learned step per channel, with a price and a capacity.
fn request(shared_shock: &str) -> Value {
    let channel = |i: u32| {
        let entered = 200 + (i * 617) % 1800;
        json!({
            "channel": format!("channel {i}"),
            "rates": [{"converted": (entered * (10 + (i * 23) % 50) / 1000).max(2), "entered": entered}],
            "cost_per_lead": f64::from(2000 + (i * 1_237) % 4000) / 100.0,
            "capacity": 100 + (i * 311) % 800,
        })
    };
    json!({
        "goal": {"customers": 200, "confidence": 0.8},
        "funnel": ["lead", "customer"],
        "channels": (0..50).map(channel).collect::<Vec<_>>(),
        "shared_shock": shared_shock,
    })
}
