"""The outlook's questions answered by simulation and by the package `aggregate`."""

import sys

import numpy as np
from campaign import Campaign, fastest, rates, report, standard_error

ROWS = 10_000


def plan(campaign):
    """P(target) with the planned leads."""
    leads = campaign.plan["planned"]
    for draws, runs in [(100_000, 5), (1_000_000, 2)]:
        seconds, found = fastest(lambda run, draws=draws: campaign.at_least(leads, draws, run), runs)
        report(f"NumPy Monte Carlo, {draws:,} draws: P(target)", seconds, found[0], standard_error(found[0], draws))


def compound(campaign):
    """Binomial wins of log-normal deals by `aggregate`, which rounds each deal to a multiple of a step."""
    from aggregate import build

    leads, rate = campaign.plan["planned"], 0.06
    law = f"{leads * rate} claims sev lognorm {campaign.mean} cv {campaign.cv} binomial {rate}"

    def ask(log2, steps):
        found = build(f"agg Deals {law}", update=False)
        found.update(log2=log2, bs=campaign.revenue / steps)
        return float(found.sf(campaign.revenue))

    # Its error falls with the step: two steps tell where it goes.
    seconds, found = fastest(lambda _: 2 * ask(16, 16_000) - ask(15, 8_000), 10)
    report("aggregate 0.30.1, 2^16 and 2^15 points, extrapolated: P(target)", seconds, found[0], 5e-7)
    seconds, (coarse, *_) = fastest(lambda _: ask(12, 1_000), 10)
    report("aggregate 0.30.1, 2^12 points: P(target)", seconds, coarse, abs(coarse - found[0]))


def won(dice, campaign):
    """Draw the sum of the amounts of the open deals that are won."""
    chances = np.array([row["chance"] for row in campaign.plan["pipeline"]["rows"]], dtype=np.float32)
    amounts = np.array([row["amount"] for row in campaign.request["pipeline"]], dtype=np.float32)
    return (dice.random((ROWS, len(chances)), dtype=np.float32) < chances).astype(np.float32) @ amounts


def simulated(campaign, name, draws, revenue):
    """Report the share of draws, a chunk at a time, in which the revenue reaches the target."""

    def draw(seed):
        dice = np.random.default_rng(seed)
        return np.mean([(revenue(dice) >= campaign.revenue).mean() for _ in range(draws // ROWS)])

    seconds, found = fastest(draw, 2)
    report(f"NumPy Monte Carlo, {draws:,} draws: {name}", seconds, found[0], standard_error(found[0], draws))


def open_deals(campaign):
    """P(open deals reach the target): who is won is drawn, deal by deal."""
    simulated(campaign, "P(target)", 100_000, lambda dice: won(dice, campaign))


def segments(campaign):
    """P(target) with today's leads of each channel, beside the open deals."""
    channels = campaign.request["channels"]
    # The share of newcomers who are won in time: what the answer says is won of all, without the rates.
    steps = [np.prod([step["mean"] for step in channel["rates"]]) for channel in channels]
    on_time = [row["won"] / mean for row, mean in zip(campaign.plan["channels"]["channels"], steps, strict=True)]

    def revenue(dice):
        wins = np.zeros(ROWS, dtype=np.int64)
        for channel, share in zip(channels, on_time, strict=True):
            wins += dice.binomial(channel["today"], share * rates(dice, channel["rates"], ROWS))
        return campaign.deals(dice, wins) + won(dice, campaign)

    simulated(campaign, "P(target)", 100_000, revenue)


if __name__ == "__main__":
    {"plan": plan, "compound": compound, "open": open_deals, "segments": segments}[sys.argv[1]](Campaign(sys.argv[2]))
