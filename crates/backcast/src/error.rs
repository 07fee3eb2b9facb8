//! What is refused, and in which words: every kind of error with its message and what is allowed instead.

use core::fmt;

/// The name by which the rooms know it.
pub(crate) use self::ErrorKind as Kind;

/// One table for every kind: its code, its message (`{given}` stands for what was given) and what is allowed, in the words
/// of a request, which Python shares; after `rust`, what is allowed in the words of this crate where they differ.
macro_rules! kinds {
    ($($(#[$room:meta])* $name:ident $code:literal $message:literal => $allowed:literal $(, rust $rust:literal)?;)*) => {
        /// Why something is refused: match on it, or compare its [code](ErrorKind::code).
        ///
        /// # Example
        /// ```
        /// use backcast::{ErrorKind, Money};
        /// let why = match "1.000 EUR".parse::<Money>().unwrap_err().kind() {
        ///     ErrorKind::TooManyDecimals => "a point, or a thousand?",
        ///     _ => "something else",
        /// };
        /// assert_eq!(why, "a point, or a thousand?");
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorKind { $($(#[$room])* #[doc = $message] $name,)* }

        impl ErrorKind {
            /// All kinds, in the order of the rooms that refuse.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The kind as a stable word, such as `ambiguous_rate`: the same in every language.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The message; `{given}` stands for what was given.
            fn message(self) -> &'static str {
                match self { $(Self::$name => $message,)* }
            }

            /// What is allowed instead, in the words of a request.
            fn allowed(self) -> &'static str {
                match self { $(Self::$name => $allowed,)* }
            }

            /// The same in the words of this crate.
            fn allowed_in_rust(self) -> &'static str {
                match self { $(Self::$name => [$allowed $(, $rust)?].last().copied().unwrap_or($allowed),)* }
            }
        }
    };
}

kinds! {
    // saved
    UnknownFormat "unknown_format" "what was saved is something else: {given}" => "a document of the `format` that is read here";
    UnknownVersion "unknown_version" "what was saved is of a version that is not known here: {given}" => "a version up to that of this release";
    Damaged "damaged" "what was saved is damaged: {given}" => "a document as it was written, unchanged";
    // quantity
    NotARate "not_a_rate" "`{given}` is not a rate" => "a fraction such as `0.07`, a percentage such as `7 %`, or counts such as `7 of 100`";
    AmbiguousRate "ambiguous_rate" "a rate of `{given}`: {given} or {given} %?" => "a fraction from 0 to 1, or a percentage with its sign, such as `{given} %`";
    RateOutOfRange "rate_out_of_range" "a rate of `{given}` is impossible" => "0 to 1, or 0 % to 100 %";
    NotANumber "not_a_number" "`{given}` is not a number" => "a decimal number such as `10000` or `8333.50`";
    NotAWholeNumber "not_a_whole_number" "`{given}` is not a whole number" => "a whole number from 0 to 9,007,199,254,740,991";
    NotMoney "not_money" "`{given}` is not an amount of money" => "digits that may be grouped by `_` or spaces, a point before the decimals, and a currency, such as `1_000_000 EUR`";
    NoCurrency "no_currency" "`{given}` has no currency" => "an amount with its currency, such as `500000 USD`";
    UnknownCurrency "unknown_currency" "`{given}` is not a currency" => "an ISO 4217 code in capitals, such as `EUR` or `USD`";
    TooManyDecimals "too_many_decimals" "`{given}` has more decimals than its currency" => "at most as many decimals as the currency has; a point is never a thousands separator";
    AmbiguousAmount "ambiguous_amount" "`{given}`: does the point separate thousands or decimals?" => "an amount without a separator for thousands, such as `10000` or `10_000`";
    MixedCurrency "mixed_currency" "two currencies in one calculation: `{given}`" => "one currency for the whole goal";
    OutOfRange "out_of_range" "`{given}` is too large" => "at most 1,000,000,000,000,000 units of money, and at most 9,007,199,254,740,991 of anything counted";
    ShareOutOfRange "share_out_of_range" "a share of `{given}` is impossible" => "a share from 0 to 1, such as `0.5` or `50 %`";
    FiscalYearStart "fiscal_year_start" "a fiscal year cannot start in month {given}" => "a month from 1 to 12";
    NotADay "not_a_day" "`{given}` is not a day" => "a day of the calendar as `YYYY-MM-DD`, such as `2026-12-31`";
    NotAWeek "not_a_week" "`{given}` is not a week" => "a week of ISO 8601, such as `2026-W53`";
    NotAMonth "not_a_month" "`{given}` is not a month" => "a month of the calendar, such as `2026-12`";
    NotAQuarter "not_a_quarter" "`{given}` is not a quarter" => "a quarter, such as `2026-Q4`, or `FY2027-Q1` of a fiscal year";
    // funnel
    StageCount "stage_count" "a funnel cannot have {given} stages" => "2 to 12 stages";
    EmptyStage "empty_stage" "a stage has no name" => "a name for each stage";
    SameStage "same_stage" "the stage `{given}` is named twice" => "stage names that all differ";
    UnknownStage "unknown_stage" "`{given}` is not a stage of this funnel" => "one of the funnel's stages";
    UnknownStep "unknown_step" "`{given}` is not a step of this funnel" => "one of the funnel's steps, such as `lead->mql`";
    RateCount "rate_count" "{given}" => "one rate per step, the first step first";
    // answer
    Malformed "malformed_request" "the request cannot be read: {given}" => "a JSON object as in the published schema";
    MissingKey "missing_key" "`{given}` is missing" => "a request with `goal`, `funnel` and `rates`";
    UnknownKey "unknown_key" "`{given}` is not a key of this object" => "the keys of the published schema";
    GoalForms "goal_forms" "a goal has exactly one measure, not {given}" => "one of `revenue`, `customers`, `growth`";
    RateForms "rate_forms" "a step has exactly one rate, not {given}" => "one of `{\"rate\"}`, `{\"converted\", \"entered\"}`, `{\"mean\", \"ess\"}`";
    DealForms "deal_forms" "a deal size has exactly one form, not {given}" => "one of `{\"mean\"}`, `{\"mean\", \"cv\"}`, `{\"amounts\"}`";
    LagForms "lag_forms" "a lag has exactly one form, not {given}" => "one of `{\"pmf\"}`, `{\"median_days\", \"p90_days\"}`";
    LagCount "lag_count" "{given}" => "one lag per step, the first step first";
    UnknownRounding "unknown_rounding" "`{given}` is not a rounding" => "one of `ceil`, `end`, `nearest`, `exact`";
    UnknownFamily "unknown_family" "`{given}` is not a family of deal sizes" => "one of `log_normal`, `gamma`";
    // plan
    TooLarge "too_large" "the answer would take more work than is allowed: {given}" => "fewer channels or open leads, amounts with a common unit, or rates that are better known; `SECURITY.md` names the limits", rust "fewer channels or open leads, amounts with a common unit, or rates that are better known; or `Goal::within` other limits";
    GoalNotPositive "goal_not_positive" "a target of `{given}` needs no plan" => "a target above 0";
    Confidence "confidence_out_of_range" "a confidence of `{given}` cannot be met" => "a probability above 0 and below 1, such as `0.8` or `80 %`";
    DeadlineBeforeStart "deadline_before_start" "the deadline is before the start: {given}" => "a deadline on or after the start";
    DeadlinePassed "deadline_passed" "the deadline has passed: {given}" => "a deadline after the day up to which the records are known";
    ZeroRate "zero_rate" "with a stated rate of `{given}` the goal can never be reached" => "a stated rate above 0; or counts, such as 0 of 60, which leave room for doubt";
    ZeroEntered "zero_entered" "a rate cannot be learned from {given} leads" => "at least 1 that entered";
    MoreThanEntered "more_than_entered" "{given}: more converted than entered" => "at most as many converted as entered";
    MeanOutOfRange "mean_out_of_range" "an estimated rate of `{given}` leaves no room for doubt" => "a mean above 0 and below 1";
    WeakEstimate "weak_estimate" "an estimate of {given} says nothing" => "a mean and a weight in leads whose product is at least 0.000001, and likewise for 1 − mean";
    NotPositive "not_positive" "`{given}` is not above 0" => "a number above 0";
    FewDeals "few_deals" "a mean cannot be learned from {given} deals" => "at least 2 deals; or a mean that is taken as true";
    CvOutOfRange "cv_out_of_range" "a coefficient of variation of `{given}` is out of range" => "0 to 100: the standard deviation of a deal ÷ its mean";
    Negative "negative" "`{given}` is negative" => "0 or more";
    DealSizeMissing "deal_size_missing" "a goal in money needs the size of a deal" => "`deal_size`, such as `{\"mean\": \"10000\"}`", rust "`Rates::with_deal_size`, or a history whose won deals have amounts";
    NotIdentified "not_identified" "the step {given}" => "a history with at least one conversion in each step, within its `horizon_days`; or a stated rate", rust "a history with at least one conversion in each step, within its horizon; or `Conversion::stated`";
    WonIsNotOpen "won_is_not_open" "leads in the last stage, `{given}`, are won" => "open leads of an earlier stage";
    LagPmf "lag_pmf" "a lag cannot have {given}" => "probabilities from 0 to 1 that sum to 1, for 0, 1, 2 … days";
    LagQuantiles "lag_quantiles" "a lag cannot have a median and a 90 % quantile of {given} days" => "a median above 0 and a larger 90 % quantile, at most 3,653 days";
    NoStart "no_start" "a deadline over delays needs the day from which leads enter, not only {given}" => "`goal.start`", rust "`Goal::starting`";
    TooLate "too_late" "no lead that enters from {given} can be won in time" => "a deadline that leaves time for the shortest delay";
    SchedulePeriod "schedule_period" "a schedule needs {given}" => "`goal.start` and `goal.by`, both included, at most 3,653 days", rust "`Goal::starting` and `Goal::by`, both included, at most 3,653 days";
    NoOpenDay "no_open_day" "no lead can enter {given}: every day is a day without entries" => "at least one day with entries";
    ArrivalForms "arrival_forms" "an arrival has exactly one form, not {given}" => "`flat`, `solved`, or one of `{\"ramp\"}`, `{\"seasonal\"}`, `{\"campaigns\"}`";
    ArrivalWeights "arrival_weights" "an arrival cannot have {given}" => "weights of 0 or more, not all of them 0 from the start to the deadline; one for each of the twelve months";
    SharesSum "shares_sum" "the shares sum to {given}" => "shares from 0 to 1 that sum to 1, such as `0.6` and `40 %`";
    OutsidePeriod "outside_period" "a campaign cannot have leads on {given}" => "days from `goal.start` to `goal.by`, the first before the last", rust "days from `Goal::starting` to `Goal::by`, the first before the last";
    CampaignForms "campaign_forms" "a campaign has exactly one form, not {given}" => "one of `{\"day\", \"share\"}`, `{\"from\", \"to\", \"share\"}`";
    WeeklyCap "weekly_cap" "the weekly cap does not fit: {given}" => "with the arrival `solved` a `weekly_cap` of at least 1 that leaves room for all leads; with others none", rust "with `Arrival::Solved` a cap of at least 1 that leaves room for all leads; with others none";
    LastUsefulShare "last_useful_share" "with a share of `{given}` no day is the last useful one" => "a share above 0 and at most 1, such as `0.05` or `5 %`";
    NoName "no_name" "{given} has no name" => "a name that is not blank";
    ChannelCount "channel_count" "a mix cannot have {given} channels" => "1 to 1,000 channels";
    SameChannel "same_channel" "the channel `{given}` is named twice" => "channel names that all differ";
    UnknownChannel "unknown_channel" "`{given}` is not one of the channels" => "the name of one of the `channels`";
    FreeChannel "free_channel" "the channel `{given}` costs nothing and has no end" => "a `cost_per_lead` above 0, or a `capacity`", rust "a price above 0, or `Channel::with_capacity`";
    SaturationForms "saturation_forms" "a saturation has exactly one form, not {given}" => "one of `{\"half_at\"}`, `{\"ceiling\"}`, in leads";
    NoChannels "no_channels" "`{given}` needs channels to choose from" => "`channels`, such as `[{\"channel\": \"search\", \"rates\": […], \"cost_per_lead\": \"120\"}]`";
    // history
    NoLeads "no_leads" "no lead is known as of {given}" => "at least one lead that entered on or before that day";
    NotAHistory "not_a_history" "this is not a history: {given}" => "what a history was written to by the same version";
    DifferentAsOf "different_as_of" "tallies of different days cannot be merged: {given}" => "tallies with the same `as_of`";
    DifferentFunnel "different_funnel" "tallies of different shape cannot be merged: {given}" => "tallies with the same stages and segment dimensions";
    UnequalColumns "unequal_columns" "the columns differ in length: {given}" => "columns of one table";
    AmbiguousDates "ambiguous_dates" "the dates in `{given}` may be day-first or month-first" => "`date_order` as one of `dmy`, `mdy`, `ymd`";
    MixedDates "mixed_dates" "the dates in {given} contradict each other" => "one order of day and month in a column";
    AmbiguousAmounts "ambiguous_amounts" "the marks in the amounts of `{given}` may separate thousands or decimals" => "`decimal_mark` as `.` or `,`";
    MixedAmounts "mixed_amounts" "the amounts in {given} contradict each other" => "one decimal mark in a column; or `decimal_mark`, and amounts that are written otherwise cannot be read";
    UnknownDecimalMark "unknown_decimal_mark" "`{given}` is not a decimal mark" => "`.` or `,`";
    UnreadableCells "unreadable_cells" "too many cells cannot be read: {given}" => "at most 1 % of the amounts of a column, and at most half of its days, that are not to be read";
    MisfitRows "misfit_rows" "too many rows do not fit the header: {given}" => "one field per column in each row, with quotes around a field that holds a delimiter or a line break";
    SegmentOutOfRange "segment_out_of_range" "a row's segment is number {given}" => "an index into the table's segments, from 0";
    ImpossibleCounts "impossible_counts" "these counts cannot be: {given}" => "counts of leads as a tally gives them";
    UnknownDateOrder "unknown_date_order" "`{given}` is not a date order" => "one of `dmy`, `mdy`, `ymd`";
    UnknownTimeZone "unknown_time_zone" "`{given}` is not a time zone" => "an IANA name such as `UTC` or `Europe/Berlin`";
    NotADateColumn "not_a_date_column" "the column {given}" => "a column of dates, timestamps or text";
    NotAnAmountColumn "not_an_amount_column" "the column {given}" => "a column of numbers or text";
    UnknownOutliers "unknown_outliers" "`{given}` is no way to treat outliers" => "one of `keep`, `winsorise`, `trim`";
    MissingColumn "missing_column" "there is no column `{given}`" => "one of the table's columns";
    UnorderedStages "unordered_stages" "stages in a {given} have no order" => "a list of columns, first stage first";
    SameColumn "same_column" "the column `{given}` is used twice" => "a column of its own for each stage and each fact";
    // review
    TooShort "too_short" "no past cohort can be tested: {given}" => "records in which every step has conversions, then a whole month (or quarter) of new leads, then the days within which their customers count; a smaller `horizon_days` needs less";
    UnknownEvery "unknown_every" "`{given}` is not a length of cohorts" => "one of `month`, `quarter`";
    NoRecords "no_records" "{given} holds counts, but no longer the records that a backtest reads again" => "the history that `read_leads` gave for the whole table";
    // sources, read by the bindings
    NoSource "source_not_found" "there is no file `{given}`" => "the path of a CSV, Parquet or Excel file, a data frame, a relation, or SQL that starts with `select`, `with`, `from` or `pivot`";
    UnknownSource "unknown_source" "a {given} cannot be read as a table" => "the path of a CSV, Parquet or Excel file, a data frame that speaks Arrow, a DuckDB relation, or SQL that starts with `select`, `with`, `from` or `pivot`";
    EmptySource "empty_source" "`{given}` is empty" => "a table with a header";
    NoHeader "no_header" "`{given}` has no header: its first line reads like data" => "a first line with the names of the columns";
    NotUtf8 "not_utf8" "`{given}` is not UTF-8 text" => "a file saved as UTF-8, or `encoding` with the name of the encoding that it has";
    UnknownEncoding "unknown_encoding" "`{given}` is not an encoding" => "a name such as `utf-8`, `cp1252` or `utf-16`";
    FieldTooLong "field_too_long" "`{given}` has a field above 1 MiB" => "fields of at most 1 MiB";
    SourceFailed "source_failed" "the table cannot be read: {given}" => "a table that DuckDB can read";
}

/// A refusal in the user's words: what was given, and what is allowed.
///
/// # Example
/// ```
/// let error = "5".parse::<backcast::Rate>().unwrap_err();
/// assert_eq!(error.kind(), backcast::ErrorKind::AmbiguousRate);
/// assert_eq!(error.kind().code(), "ambiguous_rate");
/// assert_eq!(error.to_string(), "a rate of `5`: 5 or 5 %?");
/// assert_eq!(error.given(), "5");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    given: String,
    allowed: Option<String>,
    at: Option<String>,
}

/// What was given is quoted up to this many characters: a pasted file is not an error message.
const QUOTED: usize = 120;

impl Error {
    pub(crate) fn new(kind: ErrorKind, given: impl fmt::Display) -> Self {
        let given = given.to_string();
        let given = match given.char_indices().nth(QUOTED) {
            Some((end, _)) => format!("{}…", given.get(..end).unwrap_or_default()),
            None => given,
        };
        Self { kind, given, allowed: None, at: None }
    }

    /// The same refusal, quoting the whole of what was given rather than a part.
    pub(crate) fn giving(mut self, given: &str) -> Self {
        given.clone_into(&mut self.given);
        self
    }

    /// The same refusal with a narrower statement of what is allowed here.
    pub(crate) fn allowing(mut self, allowed: impl Into<String>) -> Self {
        self.allowed = Some(allowed.into());
        self
    }

    /// The same refusal with the place in the request, such as `goal.confidence`; an inner place is kept.
    pub(crate) fn at(mut self, place: impl Into<String>) -> Self {
        self.at.get_or_insert(place.into());
        self
    }

    /// The same refusal with its place inside another, such as `channels[0]`.
    pub(crate) fn within(mut self, outer: &str) -> Self {
        self.at = Some(self.at.map_or_else(|| outer.to_owned(), |inner| format!("{outer}.{inner}")));
        self
    }

    /// A refusal by a binding that reads tables: `code` as in [`ErrorKind::code`]; an unknown code is a failed source.
    #[must_use]
    pub fn from_source(code: &str, given: &str, allowed: Option<&str>) -> Self {
        let known = ErrorKind::ALL.iter().find(|kind| kind.code() == code);
        let error = Self::new(known.copied().unwrap_or(ErrorKind::SourceFailed), given);
        match allowed {
            Some(allowed) => error.allowing(allowed),
            None => error,
        }
    }

    /// Why it is refused.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What was given, as it was given.
    #[must_use]
    pub fn given(&self) -> &str {
        &self.given
    }

    /// What is allowed instead, in the words of this crate.
    #[must_use]
    pub fn allowed(&self) -> String {
        self.instead(self.kind.allowed_in_rust())
    }

    /// What is allowed instead, in the words of a request (`goal.start`, `deal_size`), which the bindings share.
    #[must_use]
    pub fn allowed_in_request(&self) -> String {
        self.instead(self.kind.allowed())
    }

    fn instead(&self, usual: &str) -> String {
        self.allowed.clone().unwrap_or_else(|| usual.replace("{given}", &self.given))
    }

    /// Where in the request it stands, such as `rates[0].rate`; `None` outside a request.
    #[must_use]
    pub fn place(&self) -> Option<&str> {
        self.at.as_deref()
    }

    /// Whether what was given may mean two things: ask which.
    #[must_use]
    pub fn is_ambiguous(&self) -> bool {
        matches!(self.kind, ErrorKind::AmbiguousRate | ErrorKind::AmbiguousAmount | ErrorKind::AmbiguousDates)
    }

    /// Whether no time is left: the deadline has passed, or no lead can be won by then.
    #[must_use]
    pub fn is_too_late(&self) -> bool {
        matches!(self.kind, ErrorKind::TooLate | ErrorKind::DeadlinePassed)
    }

    /// Whether the history says too little: wait for more records, or state what is missing.
    #[must_use]
    pub fn is_short_of_records(&self) -> bool {
        matches!(self.kind, ErrorKind::NoLeads | ErrorKind::NotIdentified | ErrorKind::TooShort)
    }

    /// All kinds with message and what is allowed in a request, as templates: for documentation and for the test that
    /// pins them.
    pub fn catalogue() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
        ErrorKind::ALL.iter().map(|kind| (kind.code(), kind.message(), kind.allowed()))
    }

    /// The kinds for which [`Error::allowed`] has words of its own, with those words.
    pub fn catalogue_in_rust() -> impl Iterator<Item = (&'static str, &'static str)> {
        let own = ErrorKind::ALL.iter().filter(|kind| kind.allowed_in_rust() != kind.allowed());
        own.map(|kind| (kind.code(), kind.allowed_in_rust()))
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A kind is equal to its code.
impl PartialEq<&str> for ErrorKind {
    fn eq(&self, code: &&str) -> bool {
        self.code() == *code
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind.message().replace("{given}", &self.given))
    }
}

impl core::error::Error for Error {}

/// What every fallible function of this crate returns.
pub type Result<T, E = Error> = core::result::Result<T, E>;
