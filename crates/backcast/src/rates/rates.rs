//! All that history supports for one funnel: a rate per step, the size of a deal, and what to know about them.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::deals::{DealSizes, deal_sizes};
use super::{Conversion, DealEstimate, DealSize, Estimate, Fitted, Lag, Outliers, Pace};
use crate::error::{Error, Kind, Result};
use crate::funnel::Funnel;
use crate::history::{Amounts, Deals, Tally};
use crate::quantity::{Currency, Day, shown};

/// The rates of a funnel's steps, with the size of a deal.
///
/// # Example
/// ```
/// use backcast::{Conversion, Funnel, Rates};
/// let funnel = Funnel::new(["lead", "customer"])?;
/// let rates = Rates::new(funnel, vec![Conversion::learned(20, 1000)?])?;
/// assert_eq!(rates.funnel().last(), "customer");
/// # Ok::<(), backcast::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Rates {
    pub(super) funnel: Funnel,
    pub(super) conversions: Vec<Option<Conversion>>,
    pub(super) deal_size: Option<DealSize>,
    pub(super) as_of: Option<Day>,
    pub(super) notes: Vec<String>,
    pub(super) table: Vec<Estimate>,
    pub(super) warnings: Vec<String>,
    pub(super) amounts: Option<WonAmounts>,
    pub(super) deal_sizes: DealSizes,
    pub(super) lags: Option<Vec<Lag>>,
    pub(super) losses: Vec<Vec<f64>>,
    pub(super) pace: Option<Pace>,
}

/// Per step mean and effective sample size, where anything is known.
type Posteriors = Vec<Option<(f64, f64)>>;

/// The amounts of won deals in minor units, and what is known of their currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct WonAmounts {
    pub(super) deals: Deals,
    pub(super) fitted: Fitted,
    /// Whether outliers were kept: then the amounts are those that were fitted.
    pub(super) as_recorded: bool,
    pub(super) currency: Option<Currency>,
}

impl WonAmounts {
    /// Whether counts and sums fit each other: what is loaded may have been changed.
    pub(super) fn is_sound(&self) -> bool {
        let counted = self.deals.amounts().try_fold((-1, 0_u64), |(before, sum), (minor, count)| {
            Some((minor, sum.checked_add(count).filter(|_| minor > before && count > 0)?))
        });
        let fits = counted.is_some_and(|(_, sum)| sum == self.deals.count() && sum > 0);
        fits && self.fitted.deals > 0 && self.fitted.is_sound()
    }

    pub(crate) fn deals(&self) -> u64 {
        self.deals.count()
    }

    /// Without a known currency amounts are in hundredths of whatever currency the goal has.
    pub(crate) fn size_in(&self, currency: Currency) -> Result<DealSize> {
        match self.currency {
            Some(known) if known != currency => Err(Error::new(Kind::MixedCurrency, format!("{known} and {currency}"))),
            _ => {
                let decimals = self.currency.map_or(Amounts::DECIMALS, Currency::decimals);
                let amounts = self.as_recorded.then(|| self.deals.amounts().collect());
                DealSize::of_fitted(&self.fitted, amounts, decimals, currency)
            }
        }
    }
}

impl Rates {
    /// One conversion per step, the first step first.
    ///
    /// # Errors
    /// `rate_count`.
    pub fn new(funnel: Funnel, conversions: Vec<Conversion>) -> Result<Self> {
        let steps = funnel.steps().len();
        if conversions.len() != steps {
            let given = format!("{} for {}", shown::counted(conversions.len(), "rate"), shown::counted(steps, "step"));
            return Err(Error::new(Kind::RateCount, given));
        }
        let conversions = conversions.into_iter().map(Some).collect();
        Ok(Self {
            funnel,
            conversions,
            deal_size: None,
            as_of: None,
            notes: Vec::new(),
            table: Vec::new(),
            warnings: Vec::new(),
            amounts: None,
            deal_sizes: DealSizes::default(),
            lags: None,
            losses: Vec::new(),
            pace: None,
        })
    }

    pub(super) fn of_estimates(
        funnel: Funnel,
        conversions: Vec<Option<Conversion>>,
        table: Vec<Estimate>,
        as_of: Day,
    ) -> Self {
        Self {
            funnel,
            conversions,
            deal_size: None,
            as_of: Some(as_of),
            notes: Vec::new(),
            table,
            warnings: Vec::new(),
            amounts: None,
            deal_sizes: DealSizes::default(),
            lags: None,
            losses: Vec::new(),
            pace: None,
        }
    }

    pub(super) fn with_amounts(mut self, tally: &Tally, outliers: Outliers) -> Self {
        self.deal_sizes = deal_sizes(tally, outliers);
        self.amounts = self.deal_sizes.table.first().map(|all| WonAmounts {
            deals: tally.deals(),
            fitted: all.fitted.clone(),
            as_recorded: outliers == Outliers::Keep,
            currency: tally.currency(),
        });
        self
    }

    /// The size of a deal: all deals together first, then each segment if there are any; empty where no amount is known.
    ///
    /// # Example
    /// ```
    /// use backcast::{Funnel, History, Rates, Table};
    /// use backcast::history::{Chunk, Days};
    /// let chunk = Chunk {
    ///     stages: vec![Days::Read(vec![0; 8]), Days::Read(vec![9; 8])],
    ///     amounts: Some(vec![100_000, 120_000, 90_000, 250_000, 110_000, 180_000, 70_000, 130_000]),
    ///     ..Chunk::default()
    /// };
    /// let history = History::read(&Table::new(Funnel::new(["lead", "customer"])?, vec![chunk]))?;
    /// let rates = Rates::learn(history.tally(), None)?;
    /// let all = &rates.deal_sizes()[0];
    /// assert_eq!((all.deals, all.fitted.family.name()), (8, "log-normal"));
    /// assert!(all.low.unwrap() < all.mean && all.mean < all.high.unwrap());
    /// # Ok::<(), backcast::Error>(())
    /// ```
    #[must_use]
    pub fn deal_sizes(&self) -> &[DealEstimate] {
        &self.deal_sizes.table
    }

    /// What to know of the deal sizes, in sentences: too few deals, amounts of 0, outliers, large deals that close later.
    #[must_use]
    pub fn deal_notes(&self) -> &[String] {
        &self.deal_sizes.notes
    }

    /// With a sentence that every plan over these rates repeats.
    pub(crate) fn warning(mut self, warning: String) -> Self {
        self.warnings.push(warning);
        self
    }

    /// With these sentences before all others.
    pub(super) fn warning_first(mut self, warnings: &[String]) -> Self {
        self.warnings.splice(0..0, warnings.iter().cloned());
        self
    }

    /// The currency of the history's amounts, if it is known.
    pub(crate) fn amount_currency(&self) -> Option<Currency> {
        self.amounts.as_ref().and_then(|amounts| amounts.currency)
    }

    /// The mean of the amounts of won deals, in a currency, and how many there are; `None` where no amount is known.
    ///
    /// # Errors
    /// `mixed_currency` if the amounts are known to be in another one; `not_positive` if they sum to nothing.
    pub fn deal_size_in(&self, currency: Currency) -> Result<Option<(DealSize, u64)>> {
        let Some(known) = &self.amounts else { return Ok(None) };
        Ok(Some((known.size_in(currency)?, known.deals())))
    }

    /// The estimates behind the rates: all leads together first, then each segment; per segment one row per step, then
    /// the whole way where it is not the only step. Empty for stated rates.
    #[must_use]
    pub fn table(&self) -> &[Estimate] {
        &self.table
    }

    /// What to know of the estimates, in sentences.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Per step the posterior as mean and effective sample size; `None` where there is none or the rate is stated.
    #[must_use]
    pub fn posteriors(&self) -> Vec<Option<(f64, f64)>> {
        self.conversions.iter().map(|known| known.as_ref().and_then(Conversion::mean_and_weight)).collect()
    }

    /// Per segment its posteriors, one per step, as mean and effective sample size: how channels hand over their rates.
    /// `None` where nothing is known of a step. Empty without segments.
    #[must_use]
    pub fn segment_posteriors(&self) -> Vec<(String, Posteriors)> {
        let steps = self.funnel.steps().len();
        let worth = |row: &Estimate| row.posterior.map(|(a, b)| (a / (a + b), a + b));
        let mut all: Vec<(String, Posteriors)> = Vec::new();
        for rows in self.table.chunk_by(|a, b| a.segment == b.segment) {
            let Some(segment) = rows.first().and_then(|row| row.segment.as_ref()) else { continue };
            all.push((segment.to_string(), rows.iter().map(worth).collect()));
        }
        // The whole way comes after the steps.
        for (_, posteriors) in &mut all {
            posteriors.truncate(steps);
        }
        all
    }

    /// With deals as the history's won deals were, where no size is stated: what every plan starts from. `currency` is the
    /// goal's; without one it is that of the history. What to know of the amounts becomes part of the warnings.
    ///
    /// # Errors
    /// `mixed_currency` if the amounts are known to be in another one; `not_positive` if they sum to nothing.
    pub(crate) fn sized_in(&self, currency: Option<Currency>) -> Result<Cow<'_, Self>> {
        let currency = currency.or_else(|| self.amount_currency()).filter(|_| self.deal_size.is_none());
        let Some((size, deals)) = currency.map(|currency| self.deal_size_in(currency)).transpose()?.flatten() else {
            return Ok(Cow::Borrowed(self));
        };
        let note = format!("deal size: from {} won deals", shown::count(deals));
        let sized = self.clone().with_deal_size(size).noting(note);
        Ok(Cow::Owned(self.deal_notes().iter().cloned().fold(sized, Self::warning)))
    }

    /// With deals of this size.
    #[must_use]
    pub fn with_deal_size(mut self, size: DealSize) -> Self {
        self.deal_size = Some(size);
        self
    }

    /// The same with the rates, deals and delays of a mix of channels.
    pub(crate) fn blended(
        &self,
        steps: Vec<Conversion>,
        size: Option<DealSize>,
        lags: Option<Vec<Lag>>,
    ) -> Result<Self> {
        let steps = Self::new(self.funnel.clone(), steps)?.conversions;
        Ok(Self { conversions: steps, deal_size: size, lags, ..self.clone() })
    }

    /// Known up to this day, included: a deadline on or before it has passed.
    #[must_use]
    pub fn known_until(mut self, as_of: Day) -> Self {
        self.as_of = Some(as_of);
        self
    }

    /// With the delay of each step, the first step first.
    ///
    /// # Errors
    /// `lag_count`.
    pub fn with_lags(mut self, lags: Vec<Lag>) -> Result<Self> {
        let steps = self.funnel.steps().len();
        if lags.len() != steps {
            return Err(Error::new(
                Kind::LagCount,
                format!("{} for {}", shown::counted(lags.len(), "lag"), shown::counted(steps, "step")),
            ));
        }
        self.lags = Some(lags);
        Ok(self)
    }

    /// With so many leads coming in of late: a plan says how many times as many it takes.
    #[must_use]
    pub fn at_pace(mut self, pace: Pace) -> Self {
        self.pace = Some(pace);
        self
    }

    /// How many leads come in of late, where known.
    #[must_use]
    pub fn pace(&self) -> Option<Pace> {
        self.pace
    }

    /// With the share of each step's losers whose loss is recorded within each number of days.
    pub(super) fn with_losses(mut self, losses: Vec<Vec<f64>>) -> Self {
        self.losses = losses;
        self
    }

    pub(crate) fn losses(&self) -> &[Vec<f64>] {
        &self.losses
    }

    /// The delay of each step, where known.
    #[must_use]
    pub fn lags(&self) -> Option<&[Lag]> {
        self.lags.as_deref()
    }

    /// With a line that `explain` repeats: where a rate comes from, what was assumed.
    #[must_use]
    pub fn noting(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// The path.
    #[must_use]
    pub fn funnel(&self) -> &Funnel {
        &self.funnel
    }

    /// The size of a deal, if one is known.
    #[must_use]
    pub fn deal_size(&self) -> Option<&DealSize> {
        self.deal_size.as_ref()
    }

    /// The last day whose records are complete.
    #[must_use]
    pub fn as_of(&self) -> Option<Day> {
        self.as_of
    }

    pub(crate) fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What is believed of each step.
    ///
    /// # Errors
    /// `not_identified` for a step in which nothing has converted, or nothing within its horizon.
    pub(crate) fn conversions(&self) -> Result<Vec<Conversion>> {
        let unknown = |step: usize| {
            let given = self.table.get(step).map(|row| format!("`{}` has no rate: {}", row.step, row.why_none()));
            Error::new(Kind::NotIdentified, given.unwrap_or_default())
        };
        let steps = self.conversions.iter().enumerate();
        steps.map(|(step, known)| known.clone().ok_or_else(|| unknown(step))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{Chunk, Days, History, Table};

    /// The refusal of a plan over 40 leads of which those in `won` convert on their day.
    fn refusal(won: &[i32], horizon_days: Option<u32>) -> Result<(String, Vec<String>)> {
        let days = (0..40).map(|lead| won.get(lead).copied().unwrap_or(i32::MIN)).collect();
        let chunk = Chunk { stages: vec![Days::Read(vec![0; 40]), Days::Read(days)], ..Chunk::default() };
        let funnel = Funnel::new(["lead", "won"])?;
        let table = Table { as_of: Some("1970-03-31".parse()?), ..Table::new(funnel, vec![chunk]) };
        let rates = Rates::learn(History::read(&table)?.tally(), horizon_days)?;
        let refused = rates.conversions().err().map(|error| error.to_string());
        Ok((refused.unwrap_or_default(), rates.warnings().to_vec()))
    }

    #[test]
    fn a_step_without_a_rate_says_why() -> Result<()> {
        let (refused, warnings) = refusal(&[], None)?;
        assert_eq!(refused, "the step `lead->won` has no rate: none of its leads has converted yet");
        assert!(
            warnings.contains(
                &"lead->won: no rate can be estimated, because none of its leads has converted yet".to_owned()
            )
        );
        let (refused, _) = refusal(&[30, 30, 40], Some(20))?;
        assert_eq!(
            refused,
            "the step `lead->won` has no rate: none of its leads has converted within 20 days; later: 3"
        );
        assert_eq!(refusal(&[30, 30, 40], None)?.0, "");
        Ok(())
    }
}
