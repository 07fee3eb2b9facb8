// Numbers as people read them, in the language of the page.

const NARROW = "\u202f";
const WIDE = "\u00a0";

export type Format = ReturnType<typeof formatIn>;

/** The formats of one language; a number that does not exist is a dash. */
export function formatIn(language: string) {
  const decimals = (digits: number) => new Intl.NumberFormat(language, { maximumFractionDigits: digits });
  const whole = decimals(0);
  const few = decimals(1);
  const fine = decimals(2);
  const stated = decimals(20);
  const tenth = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const dash = (show: (value: number) => string) => (value: number | null | undefined) => (value == null ? "–" : show(value));
  return {
    /** How many are expected: with a decimal where they are few. */
    mean: dash((value) => (value < 100 ? few : whole).format(value)),
    count: dash((value) => fine.format(value)),
    /** Money without its currency; cents only where they still matter. */
    amount: (value: number) => (Math.abs(value) < 1000 ? fine : whole).format(value),
    /** One decimal place; what is only nearly certain, or nearly impossible, never reads as certain or impossible. */
    percent: dash((fraction) => {
      const percent = fraction * 100;
      if (percent < 100 && percent > 99.9) return `>${NARROW}${tenth.format(99.9)}${WIDE}%`;
      if (percent > 0 && percent < 0.1) return `<${NARROW}${tenth.format(0.1)}${WIDE}%`;
      return `${tenth.format(percent)}${WIDE}%`;
    }),
    /** A percentage as it was stated: 99.9 never reads as 100. */
    statedPercent: (percent: string) => `${stated.format(Number(percent))}${WIDE}%`,
  };
}
